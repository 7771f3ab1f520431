#include "contract/evm/account_changes.hpp"

#include "ledger/ethereum/account.hpp"

#include <map>

namespace bsn::contract::evm {
namespace {

using ledger::Address;
using ledger::Word;
using ledger::ethereum::Account;

// The first bytes of keys (`ledger/ethereum/account.hpp`).
constexpr std::uint8_t k_account = 'a';
constexpr std::uint8_t k_slot = 's';

}  // namespace

Result<std::vector<ledger::AccountChange>> account_changes(
    const std::vector<ledger::StateOverlay::Change>& changes) {
    std::map<Address, ledger::AccountChange> accounts;
    for (const auto& change : changes) {
        if (change.contract != ledger::ethereum::k_evm || change.key.size() <= Address::k_size) {
            continue;
        }
        const ByteView key = change.key;
        if (key[0] != k_account && key[0] != k_slot) continue;
        BSN_TRY(address, Address::from(key.subspan(1, Address::k_size)));
        ledger::AccountChange& account = accounts[address];
        account.address = address;
        if (key[0] == k_slot) {
            BSN_TRY(slot, Word::from(key.subspan(1 + Address::k_size)));
            Word value;
            if (change.after) {
                BSN_TRY(decoded, ledger::ethereum::decode_slot(*change.after));
                value = decoded;
            }
            account.storage.emplace_back(slot, value);
        } else if (change.after) {
            BSN_TRY(decoded, Account::decode(*change.after));
            account.fields = {decoded.nonce, decoded.balance, decoded.code_hash};
        } else {
            account.erased = true;
        }
    }
    std::vector<ledger::AccountChange> list;
    for (auto& [address, account] : accounts) {
        // Its slots are gone with it.
        if (account.erased) account.storage.clear();
        list.push_back(std::move(account));
    }
    return list;
}

}  // namespace bsn::contract::evm
