#pragma once
// How a block is executed, in order or in parallel; inside of contract/evm.

#include "contract/evm/block.hpp"
#include "contract/evm/block_state.hpp"

namespace bsn::contract::evm {

/// A message that was executed, and its receipt if it was admissible.
struct Executed {
    Execution execution;
    ledger::Receipt receipt;
};

/// One block on its way. One thread; others only read, while it waits for them.
class BlockRun {
  public:
    BlockRun(const Runtime& runtime, const BlockEnvironment& block,
             std::span<const Message> messages, ledger::StateOverlay& state,
             const MakePrecompiles& precompiles);

    std::span<const Message> messages() const { return messages_; }
    /// The message whose turn it is.
    std::size_t next() const { return outcomes_.size(); }
    bool done() const { return next() == messages_.size(); }
    /// Whether the messages so far used all the gas that the block has.
    bool full() const { return block_.gas_left != 0 && gas_used_ >= block_.gas_left; }
    /// Refuses those that are left, since the block is full.
    void refuse_rest();

    /// Executes and commits the next `count` messages, or those that are left.
    Status run_in_order(std::size_t count);
    /// Any thread.
    Result<Executed> execute(const Message& message, StateSource& source) const;
    /// Takes what came of the message whose turn it is.
    Status commit(Executed executed, Version version);

    const Layer& committed() const { return layer_; }
    const ledger::StateOverlay& below() const { return state_; }

    /// Writes all changes into the overlay.
    Result<std::vector<MessageOutcome>> finish();

  private:
    const Runtime& runtime_;
    const BlockEnvironment& block_;
    std::span<const Message> messages_;
    ledger::StateOverlay& state_;
    const MakePrecompiles& precompiles_;
    Layer layer_;
    CommittedSource source_;
    std::vector<MessageOutcome> outcomes_;
    std::uint64_t gas_used_ = 0;
};

/// Executes a block with the help of a pool.
Status run_in_parallel(BlockRun& block, Executor& pool);

}  // namespace bsn::contract::evm
