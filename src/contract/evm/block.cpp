#include "contract/evm/block.hpp"

#include "contract/evm/parallel.hpp"
#include "ledger/dialect_block.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace bsn::contract::evm {
namespace {

/// Keeps of an execution only what it cost.
void fail_without_contract(Execution& execution) {
    const std::uint64_t gas = execution.gas_used;
    execution = {};
    execution.status = ExitStatus::no_contract;
    execution.reason = ledger::k_no_contract;
    execution.gas_used = gas;
}

/// Does each part of a work once, on as many threads as come.
void in_parts(Crew* crew, std::size_t parts, const std::function<void(std::size_t part)>& work) {
    std::atomic<std::size_t> next{0};
    const auto take = [&](std::size_t) {
        for (std::size_t part = next++; part < parts; part = next++) work(part);
    };
    if (crew == nullptr) {
        take(0);
    } else {
        crew->run(take);
    }
}

}  // namespace

Result<bool> is_contract(const Address& address, StateSource& state, Precompiles* precompiles) {
    // The fork's own precompiled contracts lie below this.
    constexpr std::uint8_t k_first_free = 1;
    if (precompiles != nullptr && precompiles->owns(address)) return true;
    const std::uint8_t* bytes = address.data();
    const bool is_low = std::all_of(bytes, bytes + Address::k_size - 2,
                                    [](std::uint8_t byte) { return byte == 0; });
    if (is_low && bytes[Address::k_size - 2] < k_first_free) return true;
    BSN_TRY(account, state.account(address));
    return account && account->has_code();
}

Result<std::vector<MessageOutcome>> run(const Runtime& runtime, const BlockEnvironment& block,
                                        std::span<const Message> messages,
                                        ledger::StateOverlay& state,
                                        const MakePrecompiles& precompiles, Executor* pool) {
    if (pool == nullptr) {
        BlockRun in_order(runtime, block, messages, state, precompiles, 1);
        BSN_CHECK(in_order.run_in_order(messages.size()));
        return in_order.finish(nullptr);
    }
    Crew crew(*pool, std::max(2U, std::thread::hardware_concurrency()) - 1);
    BlockRun parallel(runtime, block, messages, state, precompiles, crew.lanes());
    BSN_CHECK(run_in_parallel(parallel, crew));
    return parallel.finish(&crew);
}

BlockRun::BlockRun(const Runtime& runtime, const BlockEnvironment& block,
                   std::span<const Message> messages, ledger::StateOverlay& state,
                   const MakePrecompiles& precompiles, std::size_t parts)
    : runtime_(runtime),
      block_(block),
      messages_(messages),
      state_(state),
      precompiles_(precompiles),
      committed_(parts),
      source_(committed_, state),
      seat_(runtime) {
    outcomes_.reserve(messages.size());
}

Status BlockRun::run_in_order(std::size_t count) {
    for (; count > 0 && !done(); --count) {
        const Version version = final_version(next());
        BSN_TRY(executed, execute_next());
        BSN_CHECK(take(std::move(executed), version));
    }
    return {};
}

Result<Executed> BlockRun::execute_next() {
    apply(nullptr);
    return execute(messages_[next()], source_, seat_);
}

Result<Executed> BlockRun::execute(const Message& message, StateSource& source,
                                   Runtime::Seat& seat) const {
    const auto precompiles = precompiles_ ? precompiles_() : nullptr;
    BSN_TRY(execution, runtime_.execute(seat, block_, message, source, precompiles.get()));
    if (runtime_.settings().callees == Callees::contracts && message.to &&
        execution.status == ExitStatus::success && execution.output.empty()) {
        // After the execution, which has judged the gas; the source still has the state before it.
        BSN_TRY(called, is_contract(*message.to, source, precompiles.get()));
        if (!called) fail_without_contract(execution);
    }
    Executed executed{std::move(execution), {}, {}};
    if (executed.execution.status != ExitStatus::inadmissible) {
        executed.receipt = take_receipt(executed.execution);
        executed.changed = changed_ids(executed.execution);
    }
    return executed;
}

Status BlockRun::take(Executed executed, Version version) {
    MessageOutcome& outcome = outcomes_.emplace_back();
    if (executed.execution.status == ExitStatus::inadmissible) {
        outcome.refusal = std::move(executed.execution.reason);
        return {};
    }
    const Word earned = executed.execution.reward;
    outcome.receipt = std::move(executed.receipt);
    gas_used_ += outcome.receipt.gas;
    taken_.push_back({std::move(executed.execution), std::move(executed.changed), version});
    if (!earned.is_zero()) BSN_CHECK(reward(earned, version));
    if (full()) refuse_rest();
    return {};
}

Status BlockRun::reward(const Word& amount, Version version) {
    apply(nullptr);
    BSN_TRY(found, source_.account(block_.beneficiary));
    Account beneficiary = found.value_or(Account{});
    beneficiary.balance = sum(beneficiary.balance, amount);
    committed_.put_account(block_.beneficiary, beneficiary, version);
    return {};
}

void BlockRun::apply(Crew* crew) {
    constexpr std::size_t k_worth_help = 64;
    const auto apply_part = [this](std::size_t part) {
        for (const Taken& taken : taken_) {
            committed_.apply(taken.execution, taken.changed, taken.version, part);
        }
    };
    in_parts(taken_.size() < k_worth_help ? nullptr : crew, committed_.parts(), apply_part);
    taken_.clear();
}

void BlockRun::refuse_rest() {
    while (!done()) {
        MessageOutcome& outcome = outcomes_.emplace_back();
        outcome.refusal = "the block is full: its messages used all the gas that a block has";
        outcome.may_come_again = true;
    }
}

Result<std::vector<MessageOutcome>> BlockRun::finish(Crew* crew) {
    apply(crew);
    BSN_CHECK(committed_.write_wiped(state_));
    std::vector<ledger::StateEntries> entries(committed_.parts());
    in_parts(crew, entries.size(),
             [&](std::size_t part) { entries[part] = committed_.entries(part); });
    for (auto& part : entries) state_.merge(ledger::ethereum::k_evm, std::move(part));
    return std::move(outcomes_);
}

}  // namespace bsn::contract::evm
