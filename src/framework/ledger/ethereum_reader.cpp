#include "framework/ledger/ethereum_reader.hpp"

#include "contract/evm/world.hpp"
#include "crypto/hash.hpp"
#include "framework/ledger/sender_of.hpp"
#include "ledger/dialect_block.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::framework {
namespace {

using ethereum::Address;
using ethereum::Hash;
using ethereum::Word;
namespace evm = contract::evm;

Error no_block(std::uint64_t height) {
    return {Code::not_found, fmt::format("there is no block {}", height)};
}

ethereum::ChainSettings settings_of(const ledger::DialectSettings& dialect, crypto::HashId hash) {
    ethereum::ChainSettings settings;
    settings.chain_id = dialect.chain_id;
    settings.metered = dialect.metered;
    settings.gas_price = ledger::word_of(dialect.base_fee);
    settings.block_gas_limit = dialect.transaction_gas;
    settings.call_gas_cap = dialect.transaction_gas;
    settings.max_init_code = std::size_t{2} * dialect.max_code_bytes;
    settings.max_transaction_bytes = ledger::k_max_transaction_bytes;
    settings.hash = hash;
    settings.client = "bsn/v" BSN_VERSION "/linux/c++20";
    return settings;
}

/// What a transaction paid for a unit of gas (EIP-1559).
Word effective_price(const ledger::DialectSettings& dialect,
                     const ethereum::Transaction& transaction) {
    if (!dialect.metered) return {};
    if (transaction.type != ethereum::TransactionType::dynamic_fee) return transaction.max_fee;
    const Word with_tip = evm::sum(ledger::word_of(dialect.base_fee), transaction.max_priority_fee);
    return std::min(with_tip, transaction.max_fee);
}

ethereum::CallStatus status_of(evm::ExitStatus status) {
    switch (status) {
        case evm::ExitStatus::success: return ethereum::CallStatus::success;
        case evm::ExitStatus::reverted: return ethereum::CallStatus::reverted;
        case evm::ExitStatus::out_of_gas: return ethereum::CallStatus::out_of_gas;
        default: return ethereum::CallStatus::failed;
    }
}

/// Empties an account's storage. A big one would take long: who asks may be anybody.
Status clear_storage(const Address& address, ledger::StateOverlay& state) {
    constexpr std::size_t k_most_slots = 100'000;
    std::size_t slots = 0;
    BSN_CHECK(state.scan(ledger::ethereum::k_evm, ledger::ethereum::slots_prefix(address), {},
                         [&slots](ByteView, ByteView) { return ++slots <= k_most_slots; }));
    if (slots > k_most_slots) {
        return Error{Code::invalid_argument,
                     fmt::format("account 0x{} has more than {} slots, too many to replace all; "
                                 "name those that matter in \"stateDiff\"",
                                 to_hex(address), k_most_slots)};
    }
    return evm::erase_slots(address, state);
}

Status put_over(const ethereum::AccountOverride& changed, ledger::StateOverlay& state) {
    BSN_TRY(found, evm::WorldSource(state).account(changed.address));
    evm::Account account = found.value_or(evm::Account{});
    account.nonce = changed.nonce.value_or(account.nonce);
    account.balance = changed.balance.value_or(account.balance);
    if (changed.code) {
        account.code_hash = crypto::hash(crypto::HashId::keccak256, *changed.code);
        if (account.has_code()) evm::put_code(account.code_hash, *changed.code, state);
    }
    evm::put_account(changed.address, account.is_empty() ? std::nullopt : std::optional(account),
                     state);
    if (changed.storage_replaced) BSN_CHECK(clear_storage(changed.address, state));
    for (const auto& [slot, value] : changed.slots) {
        evm::put_slot(changed.address, slot, value, state);
    }
    return {};
}

/// The state as of one certified block.
class CertifiedState final : public ethereum::StateView {
  public:
    CertifiedState(const peer::Replica& replica, peer::CertifiedView view)
        : replica_(replica), view_(std::move(view)), state_(view_.state), source_(state_) {}

    Result<ethereum::AccountState> account(const Address& address) override {
        BSN_TRY(found, source_.account(address));
        if (!found) return ethereum::AccountState{};
        return ethereum::AccountState{found->nonce, found->balance};
    }
    Result<Bytes> code(const Address& address) override {
        BSN_TRY(found, source_.account(address));
        if (!found || !found->has_code()) return Bytes{};
        return source_.code(found->code_hash);
    }
    Result<Word> slot(const Address& address, const Word& slot) override {
        return source_.slot(address, slot);
    }
    Status put_over(const std::vector<ethereum::AccountOverride>& accounts) override {
        for (const ethereum::AccountOverride& account : accounts) {
            BSN_CHECK(framework::put_over(account, state_));
        }
        return {};
    }
    Result<ethereum::CallOutcome> call(const ethereum::CallMessage& message) override {
        evm::Message executed;
        executed.type = message.max_priority_fee ? 2 : message.access_list.empty() ? 0 : 1;
        executed.from = message.from;
        executed.to = message.to;
        executed.value = message.value;
        executed.data = message.data;
        executed.gas = message.gas;
        executed.gas_price = message.gas_price;
        executed.max_priority_fee = message.max_priority_fee;
        executed.access_list = message.access_list;
        const evm::Surroundings where{view_.height + 1, view_.time + 1, 0,
                                      [this](ledger::Height height) {
                                          return peer::dialect_hash(replica_.blocks(), height);
                                      }};
        BSN_TRY(execution, replica_.machine()->call(where, executed, state_));
        if (execution.status == evm::ExitStatus::inadmissible) {
            return Error{Code::invalid_argument, execution.reason};
        }
        return ethereum::CallOutcome{status_of(execution.status), std::move(execution.reason),
                                     std::move(execution.output), execution.gas_used,
                                     execution.gas_refunded};
    }
    Result<ethereum::AccountProof> prove(const Address& address,
                                         const std::vector<Word>& slots) override {
        BSN_TRY(proved, replica_.prove_account(view_, address, slots));
        ethereum::AccountProof proof;
        proof.account = std::move(proved.proof);
        proof.storage_root = proved.storage_root;
        if (proved.fields) proof.code_hash = proved.fields->code_hash;
        for (auto& slot : proved.slots) proof.slots.push_back(std::move(slot.proof));
        return proof;
    }

  private:
    const peer::Replica& replica_;
    peer::CertifiedView view_;
    ledger::StateOverlay state_;  ///< over the view's: what calls are to see otherwise
    evm::WorldSource source_;
};

}  // namespace

EthereumReader::EthereumReader(peer::Replica& replica, const Prover& prover, ClientLimits limits)
    : replica_(replica),
      prover_(prover),
      limits_(std::move(limits)),
      settings_(settings_of(replica.machine()->settings(), replica.machine()->hash())) {}

Result<ethereum::BlockHeader> EthereumReader::header(std::uint64_t height) const {
    if (height > this->height()) return no_block(height);
    BSN_TRY(block, replica_.blocks().dialect_block(height));
    if (!block) return no_block(height);
    BSN_TRY(header, ethereum::Header::decode(block->header));
    return ethereum::BlockHeader{std::move(header), block->hash};
}

Result<std::uint64_t> EthereumReader::height_of(const Hash& block) const {
    BSN_TRY(height, replica_.blocks().height_of_dialect_block(block));
    if (height && *height <= this->height()) return *height;
    return Error{Code::not_found, fmt::format("there is no block 0x{}", to_hex(block))};
}

Result<std::shared_ptr<const ethereum::Block>> EthereumReader::block(std::uint64_t height) const {
    return recent_.get(height, [this](std::uint64_t missing) { return load(missing); });
}

Result<std::shared_ptr<const ethereum::Block>> EthereumReader::load(std::uint64_t height) const {
    BSN_TRY(head, header(height));
    BSN_TRY(ours, prover_.block(height));
    auto block = std::make_shared<ethereum::Block>();
    block->header = std::move(head.header);
    block->hash = head.hash;
    block->size = block->header.encode().size();
    for (std::size_t i = 0; i < ours->transactions.size(); ++i) {
        const ByteView body = ledger::Transaction::body_of(ours->transactions[i]);
        BSN_TRY(transaction, ethereum::Transaction::decode(body));
        BSN_TRY(receipt, ledger::Receipt::decode(ours->block.receipts[i]));
        ethereum::ExecutedTransaction executed;
        executed.transaction = std::move(transaction);
        executed.hash = crypto::hash(crypto::HashId::keccak256, body);
        executed.from = sender_of(ours, i);
        executed.success = receipt.status == ledger::ExecutionStatus::success;
        executed.gas_used = receipt.gas;
        executed.cumulative_gas = receipt.cumulative_gas;
        executed.effective_gas_price =
            effective_price(replica_.machine()->settings(), executed.transaction);
        if (auto created = Address::from(receipt.created_address)) executed.created = *created;
        executed.logs = ledger::logs_of(receipt);
        executed.output = std::move(receipt.result);
        block->size += body.size();
        block->transactions.push_back(std::move(executed));
    }
    return std::shared_ptr<const ethereum::Block>(std::move(block));
}

Result<ethereum::TransactionPlace> EthereumReader::find_transaction(const Hash& hash) const {
    BSN_TRY(place, replica_.blocks().find(hash));
    if (!place || place->height > height()) {
        return Error{Code::not_found, "the transaction is in no certified block"};
    }
    return ethereum::TransactionPlace{place->height, place->index};
}

Result<std::unique_ptr<ethereum::StateView>> EthereumReader::state(std::uint64_t height) const {
    BSN_TRY(view, replica_.view_at(height));
    if (!view.readable) {
        return Error{Code::unavailable,
                     "the node has just begun with this app or restarted, and gathers the other "
                     "peers' signatures; try again"};
    }
    return std::unique_ptr<ethereum::StateView>(
        std::make_unique<CertifiedState>(replica_, std::move(view)));
}

}  // namespace bsn::framework
