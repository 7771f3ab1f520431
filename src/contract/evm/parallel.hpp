#pragma once
// How a block is executed, in order or in parallel; inside of contract/evm.

#include "contract/evm/block.hpp"
#include "contract/evm/block_state.hpp"

#include <memory>

namespace bsn::contract::evm {

/// A message that was executed, and its receipt if it was admissible.
struct Executed {
    Execution execution;
    ledger::Receipt receipt;
    std::vector<KeyId> changed;  ///< ids of what it changed
};

/// Threads of a pool that work for one thread, as far as they have time. They stay for a moment
/// after their work, since there is often more at once.
class Crew {
  public:
    /// `lane` is 0 for the caller's thread; no two that work at once have the same.
    using Work = std::function<void(std::size_t lane)>;

    Crew(Executor& pool, std::size_t helpers);
    ~Crew();
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    std::size_t lanes() const;
    /// Calls `work` on this thread and on each helper that comes in time; ends when all have ended.
    void run(const Work& work);

  private:
    struct Shared;
    static void attend(Shared& shared);

    Executor& pool_;
    /// A helper that comes late finds the door closed, and touches nothing but this.
    std::shared_ptr<Shared> shared_;
};

/// One block on its way. One thread; others only read, while it waits for them.
class BlockRun {
  public:
    /// `parts` threads can take up changes beside one another.
    BlockRun(const Runtime& runtime, const BlockEnvironment& block,
             std::span<const Message> messages, ledger::StateOverlay& state,
             const MakePrecompiles& precompiles, std::size_t parts);

    const Runtime& runtime() const { return runtime_; }
    std::span<const Message> messages() const { return messages_; }
    const Address& beneficiary() const { return block_.beneficiary; }
    /// The message whose turn it is.
    std::size_t next() const { return outcomes_.size(); }
    bool done() const { return next() == messages_.size(); }

    /// Executes and commits the next `count` messages, or those that are left.
    Status run_in_order(std::size_t count);
    /// Any thread, with a seat of its own.
    Result<Executed> execute(const Message& message, StateSource& source,
                             Runtime::Seat& seat) const;
    /// Executes the message whose turn it is.
    Result<Executed> execute_next();
    /// Takes what came of the message whose turn it is. Its changes are in `committed()` after
    /// `apply`, and before the next message is executed here.
    Status take(Executed executed, Version version);
    /// Takes up the changes of the messages that were taken.
    void apply(Crew* crew);

    const BlockState& committed() const { return committed_; }
    const ledger::StateOverlay& below() const { return state_; }

    /// Writes all changes into the overlay.
    Result<std::vector<MessageOutcome>> finish(Crew* crew);

  private:
    struct Taken {
        Execution execution;
        std::vector<KeyId> changed;
        Version version;
    };

    /// Whether the messages so far used all the gas that the block has.
    bool full() const { return block_.gas_left != 0 && gas_used_ >= block_.gas_left; }
    /// Refuses those that are left, since the block is full.
    void refuse_rest();
    Status reward(const Word& amount, Version version);

    const Runtime& runtime_;
    const BlockEnvironment& block_;
    std::span<const Message> messages_;
    ledger::StateOverlay& state_;
    const MakePrecompiles& precompiles_;
    BlockState committed_;
    CommittedSource source_;
    Runtime::Seat seat_;
    std::vector<Taken> taken_;  ///< and not applied yet
    std::vector<MessageOutcome> outcomes_;
    std::uint64_t gas_used_ = 0;
};

/// Executes a block with the help of others.
Status run_in_parallel(BlockRun& block, Crew& crew);

}  // namespace bsn::contract::evm
