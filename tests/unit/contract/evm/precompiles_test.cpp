// Contracts in C++ at addresses of a dialect's own.

#include "contract/evm/runtime.hpp"
#include "support/evm_world.hpp"

#include <gtest/gtest.h>

namespace bsn::contract::evm {
namespace {

using testing::account;
using testing::block_environment;
using testing::message_to;
using testing::Op;
using Bytecode = testing::Code;
using ledger::word_of;

const Address k_alice = account(1);
const Address k_contract = account(3);

Address dialect(std::uint64_t number) {
    Address address = account(number);
    address.data()[0] = 0;
    return address;
}
const Address k_table = dialect(0x1001);

/// Counts its calls in slot 0, logs the caller, and answers the input.
class Counter final : public Precompiles {
  public:
    bool owns(const Address& address) override { return address == k_table; }
    Result<PrecompileOutcome> run(const PrecompileCall& call, Journal& journal) override {
        if (unreadable) return Error{Code::io_error, "no table"};
        last = call;
        last.input = {};
        BSN_TRY(count, journal.load(call.address, Word{}));
        const auto stored =
            journal.store(call.address, Word{}, word_of(*ledger::number_of_word(count) + 1));
        if (!stored && stored.error().code == Code::forbidden) {
            return PrecompileOutcome{.status = ExitStatus::reverted, .output = to_bytes("static")};
        }
        BSN_CHECK(stored);
        BSN_CHECK(
            journal.log({call.address, {testing::word_of(call.caller)}, to_bytes(call.input)}));
        return PrecompileOutcome{.status = status, .gas_used = gas, .output = to_bytes(call.input)};
    }

    ExitStatus status = ExitStatus::success;
    std::uint64_t gas = 500;
    bool unreadable = false;
    PrecompileCall last;
};

class EvmPrecompiles : public ::testing::Test {
  protected:
    Result<Execution> run(const Bytes& code) {
        state.deploy(k_contract, code);
        return runtime.execute(block, message_to(k_alice, k_contract), state, &counter);
    }
    static Bytes returning_the_answer(Op kind) {
        return Bytecode()
            .push(0xabcd)
            .push(0)
            .op(Op::mstore)
            .call(kind, k_table, 32)
            .op(Op::pop)
            .op(Op::returndatasize)
            .push(0)
            .push(0)
            .op(Op::returndatacopy)
            .op(Op::returndatasize)
            .push(0)
            .op(Op::return_);
    }

    Runtime runtime{Settings{}};
    BlockEnvironment block = block_environment();
    testing::EvmState state;
    Counter counter;
};

TEST_F(EvmPrecompiles, have_a_code_of_one_byte) {
    const auto execution = run(Bytecode().push(k_table).op(Op::extcodesize).return_word());
    EXPECT_EQ(execution->output, to_bytes(word_of(1)));
    const auto other = run(Bytecode().push(dialect(0x1002)).op(Op::extcodesize).return_word());
    EXPECT_EQ(other->output, to_bytes(Word{}));
}

TEST_F(EvmPrecompiles, are_called_and_change_the_state) {
    const auto execution = run(returning_the_answer(Op::call));
    ASSERT_EQ(execution->status, ExitStatus::success) << execution->reason;
    EXPECT_EQ(execution->output, to_bytes(word_of(0xabcd)));
    EXPECT_EQ(counter.last.caller, k_contract);
    EXPECT_EQ(counter.last.origin, k_alice);
    ASSERT_EQ(execution->logs.size(), 1U);
    EXPECT_EQ(execution->logs[0],
              (Log{k_table, {testing::word_of(k_contract)}, to_bytes(word_of(0xabcd))}));
    ASSERT_EQ(execution->changes.size(), 2U);
    const Change& change = execution->changes[0];  // 00… is before ac…
    EXPECT_EQ(change.address, k_table);
    EXPECT_FALSE(change.written);
    EXPECT_EQ(change.slots, (std::vector<std::pair<Word, Word>>{{Word{}, word_of(1)}}));
    state.apply(*execution);
    state.accounts.erase(k_alice);
    const auto second = run(returning_the_answer(Op::call));
    EXPECT_EQ(second->changes[0].slots[0].second, word_of(2));
}

TEST_F(EvmPrecompiles, are_called_by_a_message_itself) {
    const auto execution =
        runtime.execute(block, message_to(k_alice, k_table, to_bytes("hello")), state, &counter);
    EXPECT_EQ(execution->output, to_bytes("hello"));
    EXPECT_EQ(execution->gas_used, 21'000U + 5 * 16 + 500);
    EXPECT_EQ(execution->logs.size(), 1U);
}

TEST_F(EvmPrecompiles, a_revert_undoes_what_they_did) {
    counter.status = ExitStatus::reverted;
    const auto own = run(returning_the_answer(Op::call));
    EXPECT_EQ(own->output, to_bytes(word_of(0xabcd)));
    EXPECT_TRUE(own->logs.empty());
    ASSERT_EQ(own->changes.size(), 1U);  // the sender's nonce

    counter.status = ExitStatus::success;
    const auto callers = run(Bytecode().call(Op::call, k_table).push(0).push(0).op(Op::revert));
    EXPECT_EQ(callers->status, ExitStatus::reverted);
    EXPECT_TRUE(callers->logs.empty());
    ASSERT_EQ(callers->changes.size(), 1U);
}

TEST_F(EvmPrecompiles, cannot_write_in_a_static_call) {
    const auto execution = run(returning_the_answer(Op::staticcall));
    EXPECT_EQ(execution->output, to_bytes("static"));
    EXPECT_TRUE(counter.last.is_static);
}

TEST_F(EvmPrecompiles, use_gas_and_may_have_too_little) {
    counter.gas = 2'000'000;
    const auto execution = runtime.execute(block, message_to(k_alice, k_table), state, &counter);
    EXPECT_EQ(execution->status, ExitStatus::out_of_gas);
    counter.gas = 0;
    counter.status = ExitStatus::halted;
    const auto halted = runtime.execute(block, message_to(k_alice, k_table), state, &counter);
    EXPECT_EQ(halted->status, ExitStatus::halted);
    EXPECT_EQ(halted->gas_used, 1'000'000U);
}

TEST_F(EvmPrecompiles, a_state_that_they_cannot_read_ends_the_execution) {
    counter.unreadable = true;
    const auto own = run(returning_the_answer(Op::call));
    ASSERT_FALSE(own);
    EXPECT_EQ(own.error().code, Code::io_error);
    EXPECT_EQ(own.error().message, "no table");
    counter.unreadable = false;
    state.unreadable_slots = true;
    const auto below = run(returning_the_answer(Op::call));
    ASSERT_FALSE(below);
    EXPECT_EQ(below.error().message, "block 7 of the disk");
}

TEST_F(EvmPrecompiles, may_hold_value_like_any_account) {
    state.fund(k_alice, 10);
    Message message = message_to(k_alice, k_table);
    message.value = word_of(4);
    const auto execution = runtime.execute(block, message, state, &counter);
    ASSERT_EQ(execution->changes.size(), 2U);
    const Change& change = execution->changes[0];
    EXPECT_EQ(change.account, (Account{.balance = word_of(4)}));
    EXPECT_FALSE(change.code);
}

}  // namespace
}  // namespace bsn::contract::evm
