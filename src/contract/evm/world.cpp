#include "contract/evm/world.hpp"

namespace bsn::contract::evm {

using ledger::ethereum::account_key;
using ledger::ethereum::code_key;
using ledger::ethereum::k_evm;
using ledger::ethereum::slot_key;
using ledger::ethereum::slots_prefix;

Result<std::optional<Account>> WorldSource::account(const Address& address) {
    BSN_TRY(bytes, below_.get(k_evm, account_key(address)));
    if (!bytes) return std::optional<Account>{};
    BSN_TRY(account, Account::decode(*bytes));
    return std::optional<Account>(account);
}

Result<Bytes> WorldSource::code(const Hash& hash) {
    BSN_TRY(bytes, below_.get(k_evm, code_key(hash)));
    if (!bytes) return Error{Code::corrupted, "the code of a contract of the EVM is missing"};
    return std::move(*bytes);
}

Result<Word> WorldSource::slot(const Address& address, const Word& slot) {
    BSN_TRY(bytes, below_.get(k_evm, slot_key(address, slot)));
    if (!bytes) return Word{};
    return ledger::ethereum::decode_slot(*bytes);
}

void put_account(const Address& address, const std::optional<Account>& account,
                 ledger::StateOverlay& state) {
    if (account) {
        state.put(k_evm, account_key(address), account->encode());
    } else {
        state.erase(k_evm, account_key(address));
    }
}

void put_code(const Hash& hash, const Bytes& code, ledger::StateOverlay& state) {
    state.put(k_evm, code_key(hash), code);
}

void put_slot(const Address& address, const Word& slot, const Word& value,
              ledger::StateOverlay& state) {
    if (value.is_zero()) {
        state.erase(k_evm, slot_key(address, slot));
    } else {
        state.put(k_evm, slot_key(address, slot), ledger::ethereum::encode_slot(value));
    }
}

Status erase_slots(const Address& address, ledger::StateOverlay& state) {
    std::vector<Bytes> keys;
    BSN_CHECK(state.scan(k_evm, slots_prefix(address), {}, [&](ByteView key, ByteView) {
        keys.push_back(to_bytes(key));
        return true;
    }));
    for (const Bytes& key : keys) state.erase(k_evm, key);
    return {};
}

Status apply(const Execution& execution, ledger::StateOverlay& state) {
    for (const auto& [hash, bytes] : execution.kept) put_code(hash, bytes, state);
    for (const Change& change : execution.changes) {
        if (change.destroyed) BSN_CHECK(erase_slots(change.address, state));
        if (change.code) put_code(change.account->code_hash, *change.code, state);
        if (change.written) put_account(change.address, change.account, state);
        for (const auto& [slot, value] : change.slots) {
            put_slot(change.address, slot, value, state);
        }
    }
    return {};
}

Status add_to_balance(const Address& address, const Word& amount, ledger::StateOverlay& state) {
    if (amount.is_zero()) return {};
    BSN_TRY(found, WorldSource(state).account(address));
    Account account = found.value_or(Account{});
    account.balance = sum(account.balance, amount);
    put_account(address, account, state);
    return {};
}

Word sum(const Word& a, const Word& b) {
    Word total;
    unsigned carry = 0;
    for (std::size_t i = Word::k_size; i-- > 0;) {
        carry += unsigned{a.data()[i]} + b.data()[i];
        total.data()[i] = static_cast<std::uint8_t>(carry);
        carry >>= 8;
    }
    return total;
}

}  // namespace bsn::contract::evm
