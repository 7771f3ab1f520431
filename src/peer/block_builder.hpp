#pragma once
// Execution: ordered envelopes and their batches become a block. Deterministic: every peer that
// starts from the same tip and state makes the same bytes.

#include "contract/contract.hpp"
#include "contract/evm/machine.hpp"
#include "ledger/block.hpp"
#include "ledger/block_store.hpp"
#include "ledger/dialect_block.hpp"
#include "peer/access_table.hpp"
#include "peer/block_records.hpp"
#include "peer/checked_batch.hpp"
#include "peer/tip.hpp"
#include "peer/void_votes.hpp"

#include <memory>
#include <vector>

namespace bsn::peer {

/// What one ordering height holds for one channel.
struct Delivery {
    ledger::OrdererId orderer;
    std::uint32_t era = 0;
    std::uint64_t height = 0;  ///< ordering height
    UnixMillis time = 0;

    struct Item {
        std::uint32_t index = 0;  ///< among the envelopes of the ordering height
        ledger::Envelope envelope;
    };
    std::vector<Item> items;
    /// What the permission chain decided about the channel since its last block.
    std::vector<ledger::ControlRecord> controls;
    std::uint64_t controls_through = 0;
};

/// A transaction that was ordered but not admitted.
struct Refused {
    ledger::TxId id;
    Error why;
};

/// A block ready to be written, with all that goes with it.
struct BuiltBlock {
    ledger::Block block;
    ledger::Hash hash;
    Tip tip;
    std::vector<Admitted> admitted;
    std::vector<Refused> refused;
    std::vector<ledger::StateOverlay::Change> changes;
    /// Nodes of the Merkle map to be written; none: to be erased.
    std::map<Bytes, std::optional<Bytes>> map_nodes;
    std::vector<std::pair<ledger::ChannelId, ledger::ControlRecord>> decisions;
    /// The block as the channel's dialect sees it.
    std::optional<ledger::DialectBlock> dialect;
};

/// What building looks up. All must outlive the builder.
struct BuilderInputs {
    const ChannelRules& rules;
    const contract::Contracts& contracts;
    const Admission& admission;
    const AccessTable& access;  ///< with the block's control records applied already
    ledger::Epoch epoch = 0;    ///< of the channel before those records
    const ledger::StateReader& state;
    const ledger::BlockStore& blocks;
    const store::Database& database;  ///< holds the Merkle map's nodes
    ByteView channel_prefix;
    const contract::evm::Machine* machine = nullptr;  ///< of channels with a dialect
    Executor* pool = nullptr;                         ///< may help the machine
};

/// Whether an error is this node's own trouble (its disk, or a bug) and no property of what was
/// ordered: it must stop the channel here, never make this node skip what others execute.
bool is_own_trouble(Code code);

/// Why an envelope is not executed at all; success if it is to be. `digest` look-ups included.
Status check_envelope(const BuilderInputs& inputs, const ledger::EpochRecord& epoch,
                      const Delivery& delivery, const ledger::Envelope& envelope);

/// Whether a tick is still wanted: the channel stands where its sender saw it.
bool tick_is_current(const ledger::Envelope& tick, const Tip& tip);

/// The envelopes of a block whose batches its peers fetched and executed.
std::vector<OrderedEnvelope> executed_batches(const ledger::Block& block);

/// The peers whose signatures count for a block: the epoch's, less those whom the block's own
/// control records revoke.
std::shared_ptr<const ledger::EpochRecord> signers_of(
    const std::vector<ledger::ControlRecord>& controls,
    std::shared_ptr<const ledger::EpochRecord> epoch);

/// Makes the first block of a channel. `prepare` may add entries to its state.
Result<BuiltBlock> build_first_block(const BuilderInputs& inputs, const Delivery& delivery,
                                     const std::function<void(ledger::StateOverlay&)>& prepare);

/// Makes the next block. `batches` has one entry for each item: the batch, or why the envelope is
/// skipped (ticks and void votes have a null batch). Fails only if the state cannot be read.
Result<BuiltBlock> build_block(
    const BuilderInputs& inputs, const Tip& tip, const Delivery& delivery,
    const std::vector<Result<std::shared_ptr<const CheckedBatch>>>& batches);

}  // namespace bsn::peer
