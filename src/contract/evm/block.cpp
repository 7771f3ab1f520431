#include "contract/evm/block.hpp"

#include "contract/evm/parallel.hpp"
#include "ledger/dialect_block.hpp"

#include <algorithm>

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
    BlockRun block_run(runtime, block, messages, state, precompiles);
    if (pool == nullptr) {
        BSN_CHECK(block_run.run_in_order(messages.size()));
    } else {
        BSN_CHECK(run_in_parallel(block_run, *pool));
    }
    return block_run.finish();
}

BlockRun::BlockRun(const Runtime& runtime, const BlockEnvironment& block,
                   std::span<const Message> messages, ledger::StateOverlay& state,
                   const MakePrecompiles& precompiles)
    : runtime_(runtime),
      block_(block),
      messages_(messages),
      state_(state),
      precompiles_(precompiles),
      source_(layer_, state) {
    outcomes_.reserve(messages.size());
}

Status BlockRun::run_in_order(std::size_t count) {
    for (; count > 0 && !done(); --count) {
        BSN_TRY(executed, execute(messages_[next()], source_));
        BSN_CHECK(commit(std::move(executed), final_version(next())));
    }
    return {};
}

Result<Executed> BlockRun::execute(const Message& message, StateSource& source) const {
    const auto precompiles = precompiles_ ? precompiles_() : nullptr;
    BSN_TRY(execution, runtime_.execute(block_, message, source, precompiles.get()));
    if (runtime_.settings().callees == Callees::contracts && message.to &&
        execution.status == ExitStatus::success && execution.output.empty()) {
        // After the execution, which has judged the gas; the source still has the state before it.
        BSN_TRY(called, is_contract(*message.to, source, precompiles.get()));
        if (!called) fail_without_contract(execution);
    }
    Executed executed{std::move(execution), {}};
    if (executed.execution.status != ExitStatus::inadmissible) {
        executed.receipt = take_receipt(executed.execution);
    }
    return executed;
}

Status BlockRun::commit(Executed executed, Version version) {
    Execution& execution = executed.execution;
    MessageOutcome& outcome = outcomes_.emplace_back();
    if (execution.status == ExitStatus::inadmissible) {
        outcome.refusal = std::move(execution.reason);
        return {};
    }
    layer_.apply(execution, version);
    if (!execution.reward.is_zero()) {
        BSN_TRY(found, source_.account(block_.beneficiary));
        Account beneficiary = found.value_or(Account{});
        beneficiary.balance = sum(beneficiary.balance, execution.reward);
        layer_.put_account(block_.beneficiary, beneficiary, version);
    }
    outcome.receipt = std::move(executed.receipt);
    gas_used_ += outcome.receipt.gas;
    if (full()) refuse_rest();
    return {};
}

void BlockRun::refuse_rest() {
    while (!done()) {
        MessageOutcome& outcome = outcomes_.emplace_back();
        outcome.refusal = "the block is full: its messages used all the gas that a block has";
        outcome.may_come_again = true;
    }
}

Result<std::vector<MessageOutcome>> BlockRun::finish() {
    BSN_CHECK(layer_.write(state_));
    return std::move(outcomes_);
}

}  // namespace bsn::contract::evm
