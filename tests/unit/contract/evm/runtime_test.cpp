// One message: what it changes, why it is refused, how it fails.

#include "contract/evm/runtime.hpp"

#include "support/evm_world.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

namespace bsn::contract::evm {
namespace {

using testing::account;
using testing::block_environment;
using testing::creation_by;
using testing::message_to;
using testing::Op;
using testing::words;
using Bytecode = testing::Code;
using ledger::word_of;

const Address k_alice = account(1);
const Address k_bob = account(2);
const Address k_contract = account(3);

class EvmRuntime : public ::testing::Test {
  protected:
    EvmRuntime() { state.fund(k_alice, 1'000'000'000'000); }

    Execution run(const Message& message) {
        const Runtime runtime(settings);
        auto execution = runtime.execute(block, message, state);
        EXPECT_TRUE(execution) << (execution ? "" : execution.error().message);
        return execution ? *execution : Execution{};
    }
    Execution run_code(const Bytes& code, Bytes data = {}) {
        state.deploy(k_contract, code);
        return run(message_to(k_alice, k_contract, std::move(data)));
    }
    Word returned(const Bytes& code, Bytes data = {}) {
        const Execution execution = run_code(code, std::move(data));
        EXPECT_EQ(execution.status, ExitStatus::success) << execution.reason;
        return Word::from(execution.output).ok() ? *Word::from(execution.output) : Word{};
    }
    std::string refusal(const Message& message) {
        const Execution execution = run(message);
        EXPECT_EQ(execution.status, ExitStatus::inadmissible);
        EXPECT_TRUE(execution.changes.empty());
        return execution.reason;
    }

    Settings settings;
    BlockEnvironment block = block_environment();
    testing::EvmState state;
};

TEST_F(EvmRuntime, transfers_value_and_counts_the_nonce) {
    Message message = message_to(k_alice, k_bob);
    message.value = word_of(5);
    const Execution execution = run(message);
    EXPECT_EQ(execution.status, ExitStatus::success);
    EXPECT_EQ(execution.gas_used, 21'000U);
    ASSERT_EQ(execution.changes.size(), 2U);
    state.apply(execution);
    EXPECT_EQ(state.accounts[k_alice].nonce, 1U);
    EXPECT_EQ(state.accounts[k_alice].balance, word_of(1'000'000'000'000 - 5));
    EXPECT_EQ(state.accounts[k_bob].balance, word_of(5));
}

TEST_F(EvmRuntime, says_why_a_message_is_not_admissible_as_geth_does) {
    state.accounts[k_alice].nonce = 6;
    const std::string alice = ledger::ethereum::to_checksum_text(k_alice);
    Message message = message_to(k_alice, k_bob);
    message.nonce = 5;
    EXPECT_EQ(refusal(message), "nonce too low: address " + alice + ", tx: 5 state: 6");
    message.nonce = 8;
    EXPECT_EQ(refusal(message), "nonce too high: address " + alice + ", tx: 8 state: 6");
    message.nonce = 6;
    message.value = word_of(2'000'000'000'000);
    EXPECT_EQ(refusal(message), "insufficient funds for gas * price + value: address " + alice +
                                    " have 1000000000000 want 2000000000000");
    message.value = Word{};
    message.gas = 20'000;
    EXPECT_EQ(refusal(message), "intrinsic gas too low: have 20000, want 21000");
    message.gas = block.gas_limit + 1;
    EXPECT_EQ(refusal(message), "exceeds block gas limit: have 30000001, limit 30000000");
    settings.max_gas = 100'000;
    message.gas = 100'001;
    EXPECT_EQ(refusal(message), "transaction gas limit too high (cap: 100000, tx: 100001)");

    settings.max_gas = 0;
    message = creation_by(k_alice, Bytes(49'153));
    message.nonce = 6;
    EXPECT_EQ(refusal(message), "max initcode size exceeded: code size 49153 limit 49152");
    state.deploy(k_bob, Bytecode().op(Op::stop));
    message = message_to(k_bob, k_alice);
    message.nonce = 1;
    EXPECT_EQ(refusal(message),
              "sender not an eoa: address " + ledger::ethereum::to_checksum_text(k_bob));
    message.type = 2;
    settings.fork = Fork::berlin;
    EXPECT_EQ(refusal(message), "transaction type not supported");
}

TEST_F(EvmRuntime, checks_fees_where_gas_is_metered) {
    settings.fees = Fees::metered;
    block.base_fee = 7;
    const std::string alice = ledger::ethereum::to_checksum_text(k_alice);
    Message message = message_to(k_alice, k_bob);
    message.type = 2;
    message.gas_price = word_of(1);
    message.max_priority_fee = word_of(1);
    EXPECT_EQ(refusal(message), "max fee per gas less than block base fee: address " + alice +
                                    ", maxFeePerGas: 1, baseFee: 7");
    message.max_priority_fee = word_of(2);
    EXPECT_EQ(refusal(message), "max priority fee per gas higher than max fee per gas: address " +
                                    alice + ", maxPriorityFeePerGas: 2, maxFeePerGas: 1");
    message.gas_price = word_of(1'000'000'000);
    EXPECT_EQ(refusal(message), "insufficient funds for gas * price + value: address " + alice +
                                    " have 1000000000000 want 1000000000000000");
    message.gas_price.data()[0] = 1;
    EXPECT_EQ(refusal(message),
              "insufficient funds for gas * price + value: the price exceeds 128 bits");
}

TEST_F(EvmRuntime, charges_the_sender_and_tells_the_reward_apart) {
    settings.fees = Fees::metered;
    block.base_fee = 7;
    Message message = message_to(k_alice, k_bob);
    message.type = 2;
    message.gas_price = word_of(20);
    message.max_priority_fee = word_of(3);
    const Execution execution = run(message);
    EXPECT_EQ(execution.reward, word_of(21'000 * 3));
    ASSERT_EQ(execution.changes.size(), 1U);  // not the beneficiary's account
    state.apply(execution);
    EXPECT_EQ(state.accounts[k_alice].balance, word_of(1'000'000'000'000 - 21'000 * 10));
}

TEST_F(EvmRuntime, asks_nothing_for_gas_that_is_free) {
    block.base_fee = 7;
    const Address poor = account(77);
    Message message = message_to(poor, k_bob);
    message.type = 2;
    message.gas_price.data()[0] = 1;  // beyond 128 bits, and nobody cares
    message.max_priority_fee = word_of(3);
    const Execution execution = run(message);
    EXPECT_EQ(execution.status, ExitStatus::success);
    EXPECT_EQ(execution.reward, Word{});
    ASSERT_EQ(execution.changes.size(), 1U);
    EXPECT_EQ(execution.changes[0].account->balance, Word{});
    EXPECT_EQ(execution.changes[0].account->nonce, 1U);

    EXPECT_EQ(returned(Bytecode().ops(Op::gasprice, Op::basefee, Op::add).return_word()), Word{});
    message.value = word_of(1);
    EXPECT_EQ(refusal(message), "insufficient funds for gas * price + value: address " +
                                    ledger::ethereum::to_checksum_text(poor) + " have 0 want 1");
}

TEST_F(EvmRuntime, random_nonces_are_not_checked_and_count_creations) {
    settings.nonces = Nonces::random;
    Message message = message_to(k_alice, k_bob);
    message.nonce = 0xdead'beef;
    const Execution call = run(message);
    EXPECT_EQ(call.status, ExitStatus::success);
    EXPECT_TRUE(call.changes.empty());

    message = creation_by(k_alice, Bytecode::deploying(Bytecode().op(Op::stop).bytes()));
    message.nonce = 0xdead'beef;
    for (std::uint64_t count = 0; count < 2; ++count) {
        const Execution creation = run(message);
        EXPECT_EQ(creation.created,
                  ledger::ethereum::created_address(ledger::HashId::keccak256, k_alice, count));
        state.apply(creation);
        EXPECT_EQ(state.accounts[k_alice].nonce, count + 1);
    }
}

TEST_F(EvmRuntime, creates_a_contract_that_answers) {
    const Bytes code = Bytecode().push(42).return_word();
    const Execution creation = run(creation_by(k_alice, Bytecode::deploying(code)));
    ASSERT_TRUE(creation.created) << creation.reason;
    EXPECT_EQ(*creation.created,
              ledger::ethereum::created_address(ledger::HashId::keccak256, k_alice, 0));
    EXPECT_EQ(creation.output, code);
    state.apply(creation);
    EXPECT_EQ(state.codes.at(state.accounts[*creation.created].code_hash), code);
    Message call = message_to(k_alice, *creation.created);
    call.nonce = 1;
    EXPECT_EQ(run(call).output, to_bytes(word_of(42)));
}

TEST_F(EvmRuntime, limits_the_size_of_code_as_the_channel_says) {
    const Bytes code(30'000);
    const Message creation = creation_by(k_alice, Bytecode::deploying(code));
    EXPECT_EQ(run(creation).reason, "max code size exceeded");
    settings.max_code_size = 40'000;
    EXPECT_EQ(run(creation).status, ExitStatus::success);
}

TEST_F(EvmRuntime, a_revert_gives_its_reason_and_undoes) {
    const Execution execution = run_code(Bytecode()
                                             .push(7)
                                             .push(1)
                                             .op(Op::sstore)
                                             .push(9)
                                             .push(0)
                                             .op(Op::mstore)
                                             .push(32)
                                             .push(0)
                                             .op(Op::revert));
    EXPECT_EQ(execution.status, ExitStatus::reverted);
    EXPECT_EQ(execution.reason, "execution reverted");
    EXPECT_EQ(execution.output, to_bytes(word_of(9)));
    ASSERT_EQ(execution.changes.size(), 1U);  // the sender's nonce
    EXPECT_EQ(execution.changes[0].address, k_alice);
    EXPECT_LT(execution.gas_used, 100'000U);
}

TEST_F(EvmRuntime, a_failure_takes_all_gas) {
    const Execution broken = run_code(Bytecode().op(Op::invalid));
    EXPECT_EQ(broken.status, ExitStatus::halted);
    EXPECT_EQ(broken.reason, "invalid opcode: INVALID");
    EXPECT_EQ(broken.gas_used, 1'000'000U);
    const Execution endless = run_code(Bytecode().op(Op::jumpdest).push(0).op(Op::jump));
    EXPECT_EQ(endless.status, ExitStatus::out_of_gas);
    EXPECT_EQ(endless.reason, "out of gas");
    EXPECT_EQ(endless.gas_used, 1'000'000U);
    EXPECT_EQ(run_code(Bytecode().push(5).op(Op::jump)).reason, "invalid jump destination");
    EXPECT_EQ(run_code(Bytecode().op(Op::add)).reason, "stack underflow");
}

TEST_F(EvmRuntime, endless_recursion_ends) {
    state.deploy(k_contract, Bytecode().call(Op::call, k_contract).push(1).push(0).op(Op::sstore));
    Message message = message_to(k_alice, k_contract);
    message.gas = block.gas_limit;
    const Execution execution = run(message);
    EXPECT_EQ(execution.status, ExitStatus::success);
    EXPECT_EQ(execution.changes[1].slots.size(), 1U);
}

TEST_F(EvmRuntime, reports_logs_and_slots_in_order) {
    state.slots[{k_contract, word_of(9)}] = word_of(1);
    state.slots[{k_contract, word_of(4)}] = word_of(4);
    const Execution execution = run_code(Bytecode()
                                             .push(8)
                                             .push(300)
                                             .op(Op::sstore)
                                             .push(0)
                                             .push(9)
                                             .op(Op::sstore)
                                             .push(4)
                                             .push(4)
                                             .op(Op::sstore)  // as it was
                                             .push(0xaa)
                                             .push(0)
                                             .op(Op::mstore8)
                                             .push(2)
                                             .push(1)
                                             .push(1)
                                             .push(0)
                                             .op(Op::log2));
    ASSERT_EQ(execution.logs.size(), 1U);
    EXPECT_EQ(execution.logs[0], (Log{k_contract, {word_of(1), word_of(2)}, {0xaa}}));
    ASSERT_EQ(execution.changes.size(), 2U);
    const Change& change = execution.changes[1];
    EXPECT_EQ(change.address, k_contract);
    EXPECT_FALSE(change.written);
    EXPECT_EQ(change.slots, (std::vector<std::pair<Word, Word>>{{word_of(9), Word{}},
                                                                {word_of(300), word_of(8)}}));
    EXPECT_GT(execution.gas_refunded, 0U);
}

TEST_F(EvmRuntime, leaves_no_more_logs_than_a_receipt_lists) {
    block.gas_limit = 1'000'000'000;
    state.deploy(k_contract,
                 Bytecode().op(Op::jumpdest).push(0).push(0).op(Op::log0).push(0).op(Op::jump));
    Message message = message_to(k_alice, k_contract);
    message.gas = 100'000'000;
    const Execution execution = run(message);
    EXPECT_EQ(execution.status, ExitStatus::out_of_gas);
    EXPECT_EQ(execution.gas_used, message.gas);

    // 65,535 are fine.
    const Bytes loop = Bytecode()
                           .push(0xffff)
                           .op(Op::jumpdest)
                           .push(0)
                           .push(0)
                           .op(Op::log0)
                           .push(1)
                           .op(Op::swap1)
                           .op(Op::sub)
                           .op(Op::dup1)
                           .push(3)
                           .op(Op::jumpi);
    state.deploy(k_contract, loop);
    EXPECT_EQ(run(message).logs.size(), 0xffffU);
}

TEST_F(EvmRuntime, blobs_and_permissions_create_nothing) {
    settings.fork = Fork::prague;
    Message message = creation_by(k_alice, Bytecode::deploying(Bytecode().op(Op::stop).bytes()));
    message.type = 3;
    EXPECT_EQ(refusal(message), "blob transaction of type create");
    message.type = 4;
    EXPECT_EQ(refusal(message), "EIP-7702 transaction cannot be used to create contract");
    message.to = k_bob;
    EXPECT_EQ(refusal(message), "EIP-7702 transaction with empty auth list (sender " +
                                    ledger::ethereum::to_checksum_text(k_alice) + ")");
    message.type = 5;
    EXPECT_EQ(refusal(message), "transaction type not supported");
}

TEST_F(EvmRuntime, a_destroyed_contract_is_gone_before_cancun_and_stays_after) {
    const Bytes code = Bytecode().push(k_bob).op(Op::selfdestruct);
    settings.fork = Fork::shanghai;
    Execution execution = run_code(code);
    ASSERT_EQ(execution.changes.size(), 2U);
    EXPECT_TRUE(execution.changes[1].destroyed);
    EXPECT_TRUE(execution.changes[1].written);
    EXPECT_FALSE(execution.changes[1].account);
    settings.fork = Fork::cancun;
    execution = run_code(code);
    EXPECT_EQ(execution.changes.size(), 1U);
}

TEST_F(EvmRuntime, an_account_that_becomes_empty_is_gone) {
    settings.nonces = Nonces::random;
    Message message = message_to(k_alice, k_bob);
    message.value = state.accounts[k_alice].balance;
    const Execution execution = run(message);
    ASSERT_EQ(execution.changes.size(), 2U);
    EXPECT_EQ(execution.changes[0].address, k_alice);
    EXPECT_TRUE(execution.changes[0].written);
    EXPECT_FALSE(execution.changes[0].account);
}

TEST_F(EvmRuntime, knows_its_block_and_chain) {
    settings.chain_id = 2026;
    block.block_hash = [](std::uint64_t number) -> Result<Hash> {
        return *Hash::from(word_of(number * 1000));
    };
    EXPECT_EQ(returned(Bytecode().op(Op::chainid).return_word()), word_of(2026));
    EXPECT_EQ(returned(Bytecode().op(Op::number).return_word()), word_of(100));
    EXPECT_EQ(returned(Bytecode().op(Op::timestamp).return_word()), word_of(1'700'000'000));
    EXPECT_EQ(returned(Bytecode().push(99).op(Op::blockhash).return_word()), word_of(99'000));
    EXPECT_EQ(returned(Bytecode().push(100).op(Op::blockhash).return_word()), Word{});
}

TEST_F(EvmRuntime, each_fork_has_its_opcodes) {
    const Bytes code = Bytecode().op(Op::push0).return_word();
    settings.fork = Fork::paris;
    EXPECT_EQ(run_code(code).reason, "invalid opcode");
    for (const Fork fork : {Fork::shanghai, Fork::cancun, Fork::prague}) {
        settings.fork = fork;
        EXPECT_EQ(run_code(code).status, ExitStatus::success);
    }
    settings.fork = Fork::istanbul;
    EXPECT_EQ(run_code(Bytecode().op(Op::basefee)).reason, "invalid opcode");
}

TEST_F(EvmRuntime, a_call_needs_no_nonce_and_no_money) {
    state.accounts[k_alice].nonce = 6;
    settings.fees = Fees::metered;
    block.base_fee = 7;
    state.deploy(k_contract, Bytecode().op(Op::gasprice).return_word());
    const Runtime runtime(settings);
    Message message = message_to(k_contract, k_contract);  // from a contract
    message.gas = 0;
    auto execution = runtime.call(block, message, state);
    ASSERT_TRUE(execution);
    EXPECT_EQ(execution->status, ExitStatus::success) << execution->reason;
    message.gas_price = word_of(11);
    execution = runtime.call(block, message, state);
    EXPECT_EQ(execution->output, to_bytes(word_of(11)));
    message.value = word_of(1);
    EXPECT_EQ(runtime.call(block, message, state)->status, ExitStatus::inadmissible);
}

TEST_F(EvmRuntime, a_call_gets_no_more_gas_than_calls_may_have) {
    settings.call_gas = 60'000;
    state.deploy(k_contract, Bytecode().op(Op::gas).return_word());
    const Runtime runtime(settings);
    Message message = message_to(k_alice, k_contract);
    message.gas = 50'000'000;
    const auto execution = runtime.call(block, message, state);
    EXPECT_LT(Word::from(execution->output)->view()[30], 60'000 >> 8);
    EXPECT_EQ(*ledger::number_of_word(*Word::from(execution->output)), 60'000U - 21'000 - 2);
}

TEST_F(EvmRuntime, a_state_that_cannot_be_read_is_no_failure_of_the_contract) {
    const Runtime runtime(settings);
    // Deep inside, where a contract could catch a failure of its callee.
    const Address outer = account(4);
    state.deploy(k_contract, Bytecode().push(1).op(Op::sload));
    state.deploy(outer, Bytecode().call(Op::call, k_contract).op(Op::stop));
    state.unreadable_slots = true;
    auto execution = runtime.execute(block, message_to(k_alice, outer), state);
    ASSERT_FALSE(execution);
    EXPECT_EQ(execution.error().code, Code::corrupted);
    EXPECT_EQ(execution.error().message, "block 7 of the disk");
    state.unreadable = true;
    execution = runtime.execute(block, message_to(k_alice, k_bob), state);
    ASSERT_FALSE(execution);
    EXPECT_EQ(execution.error().code, Code::io_error);
    block.block_hash = [](std::uint64_t) -> Result<Hash> {
        return Error{Code::unavailable, "not here"};
    };
    state.unreadable = state.unreadable_slots = false;
    state.deploy(k_contract, Bytecode().push(99).op(Op::blockhash));
    execution = runtime.execute(block, message_to(k_alice, outer), state);
    ASSERT_FALSE(execution);
    EXPECT_EQ(execution.error().code, Code::unavailable);
    // And the next message is as if nothing had been.
    block.block_hash = nullptr;
    EXPECT_TRUE(runtime.execute(block, message_to(k_alice, outer), state));
}

TEST_F(EvmRuntime, an_exception_of_the_state_passes_through) {
    class Throwing final : public StateSource {
        Result<std::optional<Account>> account(const Address&) override {
            throw std::runtime_error("a bug");
        }
        Result<Bytes> code(const Hash&) override { return Bytes{}; }
        Result<Word> slot(const Address&, const Word&) override { return Word{}; }
    } throwing;
    const Runtime runtime(settings);
    EXPECT_THROW((void)runtime.execute(block, message_to(k_alice, k_bob), throwing),
                 std::runtime_error);
    EXPECT_TRUE(runtime.execute(block, message_to(k_alice, k_bob), state));
}

TEST_F(EvmRuntime, sm3_takes_the_place_of_keccak) {
    settings.hash = ledger::HashId::sm3;
    const Hash sm3_of_abc = crypto::hash(ledger::HashId::sm3, as_bytes("abc"));
    EXPECT_EQ(returned(Bytecode()
                           .push(as_bytes("abc"))
                           .push(0)
                           .op(Op::mstore)
                           .push(3)
                           .push(29)
                           .op(Op::keccak256)
                           .return_word()),
              *Word::from(sm3_of_abc));
    EXPECT_EQ(returned(Bytecode().push(0).push(0).op(Op::keccak256).return_word()),
              *Word::from(crypto::hash(ledger::HashId::sm3, ByteView{})));

    const Bytes code = Bytecode().push(42).return_word();
    const Execution creation = run(creation_by(k_alice, Bytecode::deploying(code)));
    EXPECT_EQ(creation.created, ledger::ethereum::created_address(ledger::HashId::sm3, k_alice, 0));
    state.apply(creation);
    EXPECT_EQ(state.accounts[*creation.created].code_hash,
              crypto::hash(ledger::HashId::keccak256, code));
    state.accounts[k_alice].nonce = 0;
    EXPECT_EQ(returned(Bytecode().push(*creation.created).op(Op::extcodehash).return_word()),
              *Word::from(crypto::hash(ledger::HashId::sm3, code)));
    EXPECT_EQ(returned(Bytecode().push(k_alice).op(Op::extcodehash).return_word()),
              *Word::from(crypto::hash(ledger::HashId::sm3, ByteView{})));
    EXPECT_EQ(returned(Bytecode().push(k_bob).op(Op::extcodehash).return_word()), Word{});
}

TEST_F(EvmRuntime, both_hashes_make_the_addresses_of_create2) {
    const Bytes code = Bytecode().push(7).push(0).push(0).push(0).op(Op::create2).return_word();
    for (const auto hash : {ledger::HashId::keccak256, ledger::HashId::sm3}) {
        settings.hash = hash;
        const Word address = returned(code);
        EXPECT_TRUE(equal(address.view().last(20), ledger::ethereum::created_address(
                                                       hash, k_contract, word_of(7), Bytes{})));
    }
}

TEST_F(EvmRuntime, many_threads_execute_at_once) {
    state.deploy(k_contract,
                 Bytecode().push(0).op(Op::calldataload).op(Op::dup1).op(Op::mul).return_word());
    const Runtime runtime(settings);
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (std::uint64_t thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] {
            testing::EvmState own = state;
            for (std::uint64_t i = 0; i < 200; ++i) {
                const std::uint64_t number = thread * 1000 + i;
                auto execution = runtime.execute(
                    block, message_to(k_alice, k_contract, words({word_of(number)})), own);
                if (!execution || execution->output != to_bytes(word_of(number * number))) ++wrong;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace bsn::contract::evm
