#include "contract/evm/machine.hpp"

#include "contract/evm/world.hpp"
#include "contract/fisco/evm_precompiles.hpp"
#include "ledger/dialect_block.hpp"
#include "ledger/ethereum/address.hpp"

#include <algorithm>

namespace bsn::contract::evm {
namespace {

using ledger::Dialect;

static_assert(static_cast<int>(Fork::istanbul) + 1 == static_cast<int>(ledger::EvmFork::istanbul));
static_assert(static_cast<int>(Fork::prague) + 1 == static_cast<int>(ledger::EvmFork::prague));

Settings runtime_settings(const ledger::DialectSettings& settings, crypto::HashId hash) {
    Settings runtime;
    runtime.fork = static_cast<Fork>(static_cast<int>(settings.fork) - 1);
    runtime.chain_id = settings.chain_id;
    runtime.max_code_size = settings.max_code_bytes;
    runtime.fees = settings.metered ? Fees::metered : Fees::free;
    runtime.nonces = settings.dialect == Dialect::fisco ? Nonces::random : Nonces::counted;
    runtime.callees = settings.dialect == Dialect::fisco ? Callees::contracts : Callees::any;
    runtime.hash = hash;
    runtime.max_gas = settings.transaction_gas;
    runtime.call_gas = settings.transaction_gas;
    return runtime;
}

Message message_of(const ledger::ethereum::Transaction& transaction, const Address& from) {
    Message message;
    message.type = static_cast<std::uint8_t>(transaction.type);
    message.from = from;
    message.to = transaction.to;
    message.value = transaction.value;
    message.data = transaction.data;
    message.gas = transaction.gas;
    message.gas_price = transaction.max_fee;
    if (transaction.type == ledger::ethereum::TransactionType::dynamic_fee) {
        message.max_priority_fee = transaction.max_priority_fee;
    }
    message.nonce = transaction.nonce;
    message.access_list = transaction.access_list;
    return message;
}

/// FISCO's clients ask for more gas than there is, and a price that nobody charges.
Message message_of(const ledger::fisco::Transaction& transaction, const Address& from,
                   std::uint64_t most_gas) {
    Message message;
    message.from = from;
    message.to = transaction.to;
    message.value = transaction.value;
    message.data = transaction.data;
    message.gas = std::min(most_gas, ledger::number_of_word(transaction.gas).value_or(most_gas));
    return message;
}

}  // namespace

Machine::Machine(ledger::DialectSettings settings, crypto::SuiteId suite)
    : settings_(std::move(settings)),
      hash_(crypto::suite_hash(suite)),
      runtime_(runtime_settings(settings_, hash_)) {}

void Machine::begin(ledger::StateOverlay& state) const {
    for (const ledger::Allocation& allocation : settings_.balances) {
        Account account;
        account.balance = allocation.balance;
        put_account(allocation.address, account, state);
    }
}

BlockEnvironment Machine::environment(const Surroundings& where) const {
    BlockEnvironment environment;
    environment.number = where.height;
    // FISCO BCOS 2 gives its contracts milliseconds.
    environment.time = settings_.dialect == Dialect::fisco ? where.time : where.time / 1000;
    environment.gas_limit = ledger::k_block_gas;
    environment.base_fee = settings_.base_fee;
    environment.block_hash = where.block_hash;
    return environment;
}

MakePrecompiles Machine::precompiles(const Surroundings& where) const {
    return fisco::evm_precompiles({hash_, where.height}, settings_.dialect == Dialect::fisco
                                                             ? fisco::Offer::all
                                                             : fisco::Offer::names_only);
}

Result<Address> Machine::account_of(const crypto::PublicKey& key) const {
    return ledger::ethereum::address_of(key);
}

Result<std::vector<MessageOutcome>> Machine::run(
    const Surroundings& where, std::span<const ledger::Transaction* const> transactions,
    ledger::StateOverlay& state, Executor* pool) const {
    std::vector<Message> messages;
    messages.reserve(transactions.size());
    for (const ledger::Transaction* transaction : transactions) {
        BSN_TRY(from, account_of(transaction->signer()));
        messages.push_back(
            transaction->ethereum() != nullptr
                ? message_of(*transaction->ethereum(), from)
                : message_of(*transaction->fisco(), from, settings_.transaction_gas));
    }
    BlockEnvironment block = environment(where);
    block.gas_left = k_block_gas_used - std::min(k_block_gas_used - 1, where.gas_used);
    return evm::run(runtime_, block, messages, state, precompiles(where), pool);
}

Result<Execution> Machine::call(const Surroundings& where, const Message& message,
                                const ledger::StateReader& state) const {
    WorldSource source(state);
    const auto contracts = precompiles(where)();
    return runtime_.call(environment(where), message, source, contracts.get());
}

Result<bool> Machine::is_contract(const Address& address, const ledger::StateReader& state) const {
    WorldSource source(state);
    const auto contracts = precompiles({})();
    return evm::is_contract(address, source, contracts.get());
}

}  // namespace bsn::contract::evm
