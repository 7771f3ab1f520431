#include "peer/block_builder.hpp"

#include "base/codec.hpp"
#include "contract/evm/account_changes.hpp"
#include "ledger/merkle.hpp"
#include "ledger/merkle_map.hpp"
#include "ledger/merkle_patricia.hpp"
#include "peer/database_keys.hpp"
#include "peer/outbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace bsn::peer {
namespace {

/// The Merkle map's nodes of one channel: what the block changes, over what is stored.
class MapNodes final : public ledger::MerkleMapNodes {
  public:
    explicit MapNodes(const BuilderInputs& inputs) : inputs_(inputs) {}

    Result<std::optional<Bytes>> get(ByteView path) const override {
        auto found = changed_.find(to_bytes(path));
        if (found != changed_.end()) return found->second;
        return inputs_.database.get(store::Table::meta, map_node_key(inputs_.channel_prefix, path));
    }
    void put(ByteView path, ByteView node) override { changed_[to_bytes(path)] = to_bytes(node); }
    void erase(ByteView path) override { changed_[to_bytes(path)] = std::nullopt; }

    std::map<Bytes, std::optional<Bytes>> take() { return std::move(changed_); }

  private:
    const BuilderInputs& inputs_;
    std::map<Bytes, std::optional<Bytes>> changed_;
};

/// One block being made.
class Builder {
  public:
    Builder(const BuilderInputs& inputs, const Delivery& delivery, const Tip* tip)
        : inputs_(inputs), delivery_(delivery), overlay_(inputs.state) {
        header().hash_id = inputs.rules.hash;
        header().network = inputs.rules.network;
        header().channel = inputs.rules.channel;
        header().epoch = inputs.epoch;
        header().position = {delivery.orderer, delivery.era, delivery.height,
                             delivery.items.empty() ? 0 : delivery.items.front().index};
        header().time = delivery.time;
        if (tip != nullptr) {
            header().height = tip->height + 1;
            header().previous = tip->hash;
            header().time = std::max(tip->time + 1, delivery.time);
            built_.tip = *tip;
        }
    }

    ledger::StateOverlay& overlay() { return overlay_; }

    void run_controls() {
        for (const ledger::ControlRecord& record : delivery_.controls) {
            put_control(overlay_, record);
            if (const auto* epoch = std::get_if<ledger::EpochControl>(&record)) {
                // The first block is of epoch 0 already; later ones hand over to what they name.
                if (header().height > 0) next_epoch_ = epoch->record.hash();
            }
            if (std::holds_alternative<ledger::DialectControl>(record)) {
                inputs_.machine->begin(overlay_);
            }
        }
        built_.block.controls = delivery_.controls;
    }

    Status run_item(std::size_t item, const Result<std::shared_ptr<const CheckedBatch>>& batch) {
        const auto envelope = static_cast<std::uint32_t>(built_.block.envelopes.size());
        built_.block.envelopes.push_back(delivery_.items[item].envelope);
        if (!batch) {
            built_.block.skipped.push_back(
                {envelope, ledger::Skipped::k_whole_envelope, batch.error().code});
            return {};
        }
        if (*batch == nullptr) return {};  // a tick, or a void vote
        if (inputs_.machine != nullptr) return run_dialect(envelope, **batch);
        for (std::size_t i = 0; i < (*batch)->entries.size(); ++i) {
            const CheckedBatch::Entry& entry = (*batch)->entries[i];
            BSN_TRY(refusal, run_transaction(entry));
            if (refusal) skip(envelope, i, entry, std::move(*refusal));
        }
        return {};
    }

    Result<BuiltBlock> finish() {
        ledger::Block& block = built_.block;
        header().transactions = static_cast<std::uint32_t>(leaves_.size());
        header().transaction_root = ledger::merkle_root(header().hash_id, leaves_);
        header().receipt_root = ledger::merkle_root(header().hash_id, receipt_leaves_);
        put_decisions();
        BSN_TRY(changes, overlay_.changes());
        built_.changes = std::move(changes);
        BSN_CHECK(commit_to_state());
        BSN_CHECK(derive_dialect_block());
        add_extensions();
        built_.hash = header().hash();
        Tip& tip = built_.tip;
        tip.height = block.header.height;
        tip.hash = built_.hash;
        tip.time = block.header.time;
        tip.order_height = delivery_.height;
        tip.controls_through = delivery_.controls_through;
        tip.transactions += block.header.transactions;
        return std::move(built_);
    }

  private:
    using Refusal = std::optional<Error>;

    ledger::Header& header() { return built_.block.header; }

    void skip(std::uint32_t envelope, std::size_t index, const CheckedBatch::Entry& entry,
              Error why) {
        built_.block.skipped.push_back({envelope, static_cast<std::uint32_t>(index), why.code});
        if (entry.transaction) built_.refused.push_back({entry.transaction->id(), std::move(why)});
    }

    /// Why the transaction is not admitted, as far as that can be said before it is executed.
    Result<Refusal> check_admission(const CheckedBatch::Entry& entry) {
        if (!entry.transaction) return Refusal(Error{entry.refusal, entry.reason});
        const ledger::Transaction& transaction = *entry.transaction;
        const ledger::Payload& payload = transaction.payload();
        if (Status status = check_window(transaction, header().time, header().height); !status) {
            return Refusal(status.error());
        }
        if (Status status = inputs_.admission.authorize(transaction, overlay_); !status) {
            if (is_own_trouble(status.error().code)) return status.error();
            return Refusal(status.error());
        }
        // An Ethereum account's own nonce says whether it is its transaction's turn.
        if (transaction.ethereum() != nullptr) return Refusal{};
        BSN_TRY(used, inputs_.blocks.nonce_used(payload.creator, payload.nonce));
        if (used || !nonces_.emplace(payload.creator, payload.nonce).second) {
            return Refusal(Error{Code::duplicate, "this nonce of its creator was used before"});
        }
        return Refusal{};
    }

    /// Why the transaction is not admitted; none if it was executed.
    Result<Refusal> run_transaction(const CheckedBatch::Entry& entry) {
        BSN_TRY(refusal, check_admission(entry));
        if (!refusal) BSN_CHECK(execute(*entry.transaction));
        return refusal;
    }

    /// Executes a batch of a dialect's transactions, so that those can run beside each other that
    /// have nothing to do with one another.
    Status run_dialect(std::uint32_t envelope, const CheckedBatch& batch) {
        std::vector<Refusal> refusals;
        std::vector<const ledger::Transaction*> admissible;
        for (const CheckedBatch::Entry& entry : batch.entries) {
            BSN_TRY(refusal, check_admission(entry));
            if (!refusal) admissible.push_back(&*entry.transaction);
            refusals.push_back(std::move(refusal));
        }
        BSN_TRY(outcomes, inputs_.machine->run(surroundings(), admissible, overlay_, inputs_.pool));
        auto outcome = outcomes.begin();
        for (std::size_t i = 0; i < batch.entries.size(); ++i) {
            if (!refusals[i]) {
                if (outcome->refusal) {
                    refusals[i] =
                        Error{outcome->may_come_again ? Code::unavailable : Code::invalid_argument,
                              std::move(*outcome->refusal)};
                } else {
                    append(*batch.entries[i].transaction, std::move(outcome->receipt));
                }
                ++outcome;
            }
            if (refusals[i]) skip(envelope, i, batch.entries[i], std::move(*refusals[i]));
        }
        return {};
    }

    contract::evm::Surroundings surroundings() const {
        const ledger::Header& header = built_.block.header;
        return {header.height, header.time, gas_,
                [this](ledger::Height height) { return dialect_hash(inputs_.blocks, height); }};
    }

    Status execute(const ledger::Transaction& transaction) {
        const ledger::Payload& payload = transaction.payload();
        contract::Call call{
            payload.contract, payload.function,     payload.arguments,
            payload.creator,  transaction.signer(), inputs_.rules.channel,
            transaction.id(), header().height,      static_cast<std::uint32_t>(leaves_.size()),
            header().time,    delivery_.height,     inputs_.rules.network};
        BSN_TRY(outcome, contract::execute(code_of(payload.contract), call, overlay_));
        append(transaction, std::move(outcome.receipt));
        std::move(outcome.decisions.begin(), outcome.decisions.end(),
                  std::back_inserter(built_.decisions));
        return {};
    }

    void append(const ledger::Transaction& transaction, ledger::Receipt receipt) {
        gas_ += receipt.gas;
        receipt.cumulative_gas = gas_;
        Bytes encoded = receipt.encode();
        leaves_.push_back(ledger::merkle_leaf(inputs_.rules.hash, transaction.bytes()));
        receipt_leaves_.push_back(ledger::merkle_leaf(inputs_.rules.hash, encoded));
        built_.block.receipts.push_back(std::move(encoded));
        const ledger::Payload& payload = transaction.payload();
        built_.admitted.push_back({transaction.id(), payload.creator, payload.nonce});
        if (inputs_.machine == nullptr) return;
        transactions_.push_back(&transaction);
        receipts_.push_back(std::move(receipt));
    }

    const contract::Contract* code_of(std::string_view name) const {
        std::optional<ledger::ContractControl> deployed = inputs_.access.contract(name);
        return deployed ? inputs_.contracts.find(deployed->type, deployed->version) : nullptr;
    }

    void put_decisions() {
        for (std::size_t i = 0; i < built_.decisions.size(); ++i) {
            const auto& [channel, record] = built_.decisions[i];
            put_decision(overlay_, channel, delivery_.height, static_cast<std::uint32_t>(i),
                         record);
        }
    }

    Status commit_to_state() {
        ledger::StateCommitmentType type = inputs_.access.app().state_type;
        header().state_type = type;
        if (type == ledger::StateCommitmentType::merkle_map) return commit_to_map();
        if (type == ledger::StateCommitmentType::merkle_patricia) return commit_to_tries();
        for (const auto& change : built_.changes) {
            ByteView contract = as_bytes(change.contract);
            if (change.before) built_.tip.state.remove(contract, change.key, *change.before);
            if (change.after) built_.tip.state.add(contract, change.key, *change.after);
        }
        header().state = built_.tip.state.digest(header().hash_id);
        return {};
    }

    Status commit_to_map() {
        MapNodes nodes(inputs_);
        ledger::MerkleMap map(nodes);
        for (const auto& change : built_.changes) {
            ByteView contract = as_bytes(change.contract);
            BSN_CHECK(change.after ? map.put(contract, change.key, *change.after)
                                   : map.erase(contract, change.key));
        }
        BSN_TRY(root, map.root());
        header().state = root;
        built_.map_nodes = nodes.take();
        return {};
    }

    Status commit_to_tries() {
        MapNodes nodes(inputs_);
        ledger::MerklePatricia tries(nodes);
        BSN_TRY(accounts, contract::evm::account_changes(built_.changes));
        BSN_CHECK(tries.apply(accounts));
        BSN_TRY(root, tries.root());
        header().state = root;
        built_.map_nodes = nodes.take();
        return {};
    }

    Status derive_dialect_block() {
        if (inputs_.machine == nullptr) return {};
        const ledger::DialectSettings& settings = inputs_.machine->settings();
        ledger::DialectBlock parent;
        if (header().height > 0) {
            BSN_TRY(before, dialect_block(inputs_.blocks, header().height - 1));
            parent = std::move(before);
        }
        built_.dialect = ledger::make_dialect_block(settings, header(), parent, transactions_,
                                                    receipts_, *inputs_.access.epoch());
        return {};
    }

    void add_extensions() {
        const ledger::Block& block = built_.block;
        auto& extensions = header().extensions;
        if (next_epoch_) extensions.push_back({ledger::extension::k_next_epoch, *next_epoch_});
        HashId id = header().hash_id;
        if (!block.controls.empty()) {
            extensions.push_back(
                {ledger::extension::k_controls, ledger::hash_controls(id, block.controls)});
        }
        if (!block.envelopes.empty()) {
            extensions.push_back(
                {ledger::extension::k_envelopes, ledger::hash_envelopes(id, block.envelopes)});
        }
        if (!block.skipped.empty()) {
            extensions.push_back(
                {ledger::extension::k_skipped, ledger::hash_skipped(id, block.skipped)});
        }
        if (built_.dialect) {
            extensions.push_back({ledger::extension::k_dialect, built_.dialect->hash});
        }
    }

    using HashId = crypto::HashId;

    const BuilderInputs& inputs_;
    const Delivery& delivery_;
    ledger::StateOverlay overlay_;
    BuiltBlock built_;
    std::vector<ledger::Hash> leaves_;
    std::vector<ledger::Hash> receipt_leaves_;
    std::set<std::pair<ledger::ParticipantId, ledger::Nonce>> nonces_;
    // What a dialect's block is made of; its transactions lie in the batches.
    std::vector<const ledger::Transaction*> transactions_;
    std::vector<ledger::Receipt> receipts_;
    std::optional<ledger::Hash> next_epoch_;
    std::uint64_t gas_ = 0;
};

}  // namespace

bool is_own_trouble(Code code) {
    return code == Code::io_error || code == Code::no_space || code == Code::corrupted ||
           code == Code::internal;
}

Status check_envelope(const BuilderInputs& inputs, const ledger::EpochRecord& epoch,
                      const Delivery& delivery, const ledger::Envelope& envelope) {
    if (delivery.height > envelope.valid_until_order_height) {
        return Error{Code::expired, "envelope ordered after its valid-until height"};
    }
    if (envelope.digest_hash != inputs.rules.hash) {
        return Error{Code::wrong_suite, "batch digest by another hash function than the channel's"};
    }
    BSN_CHECK(ledger::check_availability(envelope, epoch, inputs.rules.network, delivery.height));
    if (!names_batch(envelope)) return {};
    BSN_CHECK(inputs.access.check_active());
    BSN_TRY(executed, inputs.blocks.executed(envelope.digest));
    // One of which nothing was admitted may come again: the reasons may have passed.
    if (executed && executed->admitted) {
        return Error{Code::duplicate, "batch was executed before"};
    }
    return {};
}

bool tick_is_current(const ledger::Envelope& tick, const Tip& tip) {
    Reader reader(tick.body);
    std::uint64_t after = reader.u64();
    return reader.finish("tick").ok() && after == tip.height;
}

std::vector<OrderedEnvelope> executed_batches(const ledger::Block& block) {
    std::vector<OrderedEnvelope> executed;
    std::map<std::uint32_t, Code> skipped = skipped_whole(block);
    for (std::uint32_t i = 0; i < block.envelopes.size(); ++i) {
        const ledger::Envelope& envelope = block.envelopes[i];
        if (envelope.kind != ledger::EnvelopeKind::batch || skipped.contains(i)) continue;
        executed.push_back(
            {block.header.position.height, envelope.core_hash(crypto::HashId::sha256)});
    }
    return executed;
}

std::shared_ptr<const ledger::EpochRecord> signers_of(
    const std::vector<ledger::ControlRecord>& controls,
    std::shared_ptr<const ledger::EpochRecord> epoch) {
    for (const ledger::ControlRecord& record : controls) {
        const auto* next = std::get_if<ledger::EpochControl>(&record);
        if (next == nullptr || next->record.revoked == epoch->revoked) continue;
        auto signers = std::make_shared<ledger::EpochRecord>(*epoch);
        signers->revoked = next->record.revoked;
        epoch = std::move(signers);
    }
    return epoch;
}

Result<BuiltBlock> build_first_block(const BuilderInputs& inputs, const Delivery& delivery,
                                     const std::function<void(ledger::StateOverlay&)>& prepare) {
    Builder builder(inputs, delivery, nullptr);
    builder.run_controls();
    prepare(builder.overlay());
    return builder.finish();
}

Result<BuiltBlock> build_block(
    const BuilderInputs& inputs, const Tip& tip, const Delivery& delivery,
    const std::vector<Result<std::shared_ptr<const CheckedBatch>>>& batches) {
    ensure(batches.size() == delivery.items.size(), "one batch or reason for each envelope");
    Builder builder(inputs, delivery, &tip);
    builder.run_controls();
    for (std::size_t item = 0; item < batches.size(); ++item) {
        BSN_CHECK(builder.run_item(item, batches[item]));
    }
    return builder.finish();
}

}  // namespace bsn::peer
