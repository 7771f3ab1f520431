// The messages of a block, and their receipts.

#include "contract/evm/block.hpp"

#include "../contract_fixture.hpp"
#include "contract/contract.hpp"
#include "support/evm_world.hpp"

namespace bsn::contract::evm {
namespace {

using contract::testing::MemoryState;
using ledger::ExecutionStatus;
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

class EvmBlock : public ::testing::Test {
  protected:
    void deploy(const Address& address, const Bytes& code) {
        const Hash hash = crypto::hash(ledger::HashId::keccak256, code);
        put_account(address, Account{.nonce = 1, .code_hash = hash}, overlay);
        put_code(hash, code, overlay);
    }
    std::vector<MessageOutcome> execute(std::vector<Message> messages) {
        const Runtime runtime(settings);
        auto outcomes = run(runtime, block, messages, overlay);
        EXPECT_TRUE(outcomes);
        return std::move(*outcomes);
    }
    ledger::Receipt receipt(const Bytes& code) {
        deploy(k_contract, code);
        put_account(k_alice, std::nullopt, overlay);
        auto outcomes = execute({message_to(k_alice, k_contract)});
        EXPECT_FALSE(outcomes[0].refusal);
        // A receipt that nobody could read would stop the channel.
        EXPECT_EQ(*ledger::Receipt::decode(outcomes[0].receipt.encode()), outcomes[0].receipt);
        return outcomes[0].receipt;
    }
    /// Bytecode that reverts with data.
    static Bytes reverting(const Bytes& data) {
        Bytecode code;
        for (std::size_t i = 0; i < data.size(); ++i) {
            code.push(data[i]).push(i).op(Op::mstore8);
        }
        return code.push(data.size()).push(0).op(Op::revert);
    }
    static Bytes abi(std::string_view selector, const Bytes& arguments) {
        Bytes data = *from_hex(selector);
        data.insert(data.end(), arguments.begin(), arguments.end());
        return data;
    }

    Settings settings;
    BlockEnvironment block = block_environment();
    MemoryState below;
    ledger::StateOverlay overlay{below};
};

TEST_F(EvmBlock, each_message_sees_what_those_before_it_did) {
    deploy(k_contract, Bytecode()
                           .push(1)
                           .push(0)
                           .op(Op::sload)
                           .op(Op::add)
                           .op(Op::dup1)
                           .push(0)
                           .op(Op::sstore)
                           .return_word());
    std::vector<Message> messages(3, message_to(k_alice, k_contract));
    for (std::uint64_t i = 0; i < 3; ++i) messages[i].nonce = i;
    const auto outcomes = execute(messages);
    for (std::uint64_t i = 0; i < 3; ++i) {
        EXPECT_EQ(outcomes[i].receipt.result, to_bytes(word_of(i + 1)));
    }
    EXPECT_EQ(*WorldSource(overlay).slot(k_contract, Word{}), word_of(3));
    EXPECT_EQ((*WorldSource(overlay).account(k_alice))->nonce, 3U);
}

TEST_F(EvmBlock, what_is_not_admissible_changes_nothing_and_says_why) {
    Message early = message_to(k_alice, k_bob);
    early.nonce = 1;
    const auto outcomes = execute({early, message_to(k_alice, k_bob), early});
    ASSERT_TRUE(outcomes[0].refusal);
    EXPECT_EQ(outcomes[0].refusal->substr(0, 14), "nonce too high");
    EXPECT_FALSE(outcomes[1].refusal);
    EXPECT_FALSE(outcomes[2].refusal);
    EXPECT_EQ((*WorldSource(overlay).account(k_alice))->nonce, 2U);
}

TEST_F(EvmBlock, a_message_to_no_contract_fails_where_only_contracts_are_called) {
    settings.nonces = Nonces::random;
    settings.callees = Callees::contracts;
    const Address made = ledger::ethereum::created_address(ledger::HashId::keccak256, k_alice, 0);
    // Judged as of each message's turn: the same address has a contract once it is made.
    const auto outcomes =
        execute({message_to(k_alice, made), creation_by(k_alice, Bytecode::deploying(Bytes(1))),
                 message_to(k_alice, made)});
    EXPECT_FALSE(outcomes[0].refusal);
    EXPECT_EQ(outcomes[0].receipt.status, ExecutionStatus::refused);
    EXPECT_EQ(outcomes[0].receipt.error, "there is no contract at the called address");
    EXPECT_EQ(outcomes[0].receipt.gas, 21'000U);
    EXPECT_EQ(outcomes[1].receipt.status, ExecutionStatus::success);
    EXPECT_EQ(outcomes[2].receipt.status, ExecutionStatus::success) << outcomes[2].receipt.error;
    // The fork's own contracts are some, too.
    Address identity;
    identity.data()[Address::k_size - 1] = 4;
    EXPECT_EQ(execute({message_to(k_bob, identity)})[0].receipt.status, ExecutionStatus::success);
    // Money stays where it is.
    put_account(k_bob, Account{.balance = word_of(5)}, overlay);
    Message paying = message_to(k_bob, k_contract);
    paying.value = word_of(5);
    EXPECT_EQ(execute({paying})[0].receipt.status, ExecutionStatus::refused);
    EXPECT_EQ((*WorldSource(overlay).account(k_bob))->balance, word_of(5));
    EXPECT_FALSE(*WorldSource(overlay).account(k_contract));
}

TEST_F(EvmBlock, receipts_tell_what_came_of_it) {
    const ledger::Receipt ok = receipt(Bytecode()
                                           .push(0x41)
                                           .push(0)
                                           .op(Op::mstore8)
                                           .push(7)
                                           .push(1)
                                           .push(0)
                                           .op(Op::log1)
                                           .push(1)
                                           .push(0)
                                           .op(Op::return_));
    EXPECT_EQ(ok.status, ExecutionStatus::success);
    EXPECT_EQ(ok.result, to_bytes("A"));
    EXPECT_EQ(ok.error, "");
    ASSERT_EQ(ok.logs.size(), 1U);
    EXPECT_EQ(ok.logs[0],
              (ledger::LogEntry{to_hex(k_contract), {to_bytes(word_of(7))}, to_bytes("A")}));
    EXPECT_GT(ok.gas, 21'000U);

    const ledger::Receipt empty = receipt(Bytecode().op(Op::jumpdest).push(0).op(Op::jump));
    EXPECT_EQ(empty.status, ExecutionStatus::out_of_gas);
    EXPECT_EQ(empty.error, "out of gas");
    EXPECT_EQ(empty.gas, 1'000'000U);

    const ledger::Receipt halted = receipt(Bytecode().op(Op::invalid));
    EXPECT_EQ(halted.status, ExecutionStatus::refused);
    EXPECT_EQ(halted.error, "invalid opcode: INVALID");
}

TEST_F(EvmBlock, a_creation_has_an_address_and_no_result) {
    const auto outcomes = execute({creation_by(k_alice, Bytecode::deploying(Bytes(100)))});
    EXPECT_EQ(outcomes[0].receipt.created_address,
              to_bytes(ledger::ethereum::created_address(ledger::HashId::keccak256, k_alice, 0)));
    EXPECT_TRUE(outcomes[0].receipt.result.empty());
}

TEST_F(EvmBlock, a_result_that_no_receipt_takes_is_left_out) {
    const ledger::Receipt fits =
        receipt(Bytecode().push(k_max_receipt_result).push(0).op(Op::return_));
    EXPECT_EQ(fits.result.size(), k_max_receipt_result);
    const ledger::Receipt large =
        receipt(Bytecode().push(k_max_receipt_result + 1).push(0).op(Op::return_));
    EXPECT_EQ(large.status, ExecutionStatus::success);
    EXPECT_TRUE(large.result.empty());
}

TEST_F(EvmBlock, says_why_a_contract_reverted) {
    Bytes text = words({word_of(32), word_of(5)});
    const Bytes sold = to_bytes("sold!");
    text.insert(text.end(), sold.begin(), sold.end());
    text.resize(96);
    const ledger::Receipt error = receipt(reverting(abi("08c379a0", text)));
    EXPECT_EQ(error.status, ExecutionStatus::refused);
    EXPECT_EQ(error.error, "execution reverted: sold!");
    EXPECT_EQ(error.result.size(), 100U);
    EXPECT_EQ(receipt(reverting(abi("4e487b71", words({word_of(0x11)})))).error,
              "execution reverted: arithmetic underflow or overflow (0x11)");
    EXPECT_EQ(receipt(reverting(abi("4e487b71", words({word_of(0x99)})))).error,
              "execution reverted: unknown panic code: 0x99");
    EXPECT_EQ(receipt(reverting(abi("cf479181", words({word_of(1)})))).error,
              "execution reverted: custom error 0xcf479181");
    EXPECT_EQ(receipt(reverting({})).error, "execution reverted");
    // What only looks like a text.
    for (const Bytes& broken :
         {Bytes{}, words({word_of(32)}), words({word_of(32), word_of(33)}),
          words({word_of(UINT64_MAX), word_of(1)}), words({word_of(32), word_of(UINT64_MAX)})}) {
        EXPECT_EQ(revert_reason(abi("08c379a0", broken)),
                  "execution reverted: custom error 0x08c379a0");
    }
    EXPECT_EQ(receipt(reverting(abi("08c379a0", words({word_of(32), word_of(1),
                                                       [] {
                                                           Word w;
                                                           w.data()[0] = 0xff;
                                                           return w;
                                                       }()}))))
                  .error,
              ledger::readable_error("execution reverted: \xff"));
}

TEST_F(EvmBlock, rewards_are_added_in_order_and_can_be_read) {
    settings.fees = Fees::metered;
    put_account(k_alice, Account{.balance = word_of(1'000'000'000)}, overlay);
    deploy(k_contract, Bytecode().op(Op::coinbase).op(Op::balance).return_word());
    std::vector<Message> messages(3, message_to(k_alice, k_contract));
    for (std::uint64_t i = 0; i < 3; ++i) {
        messages[i].nonce = i;
        messages[i].gas = 30'000;
        messages[i].gas_price = word_of(2);
    }
    const auto outcomes = execute(messages);
    std::uint64_t earned = 0;
    for (const MessageOutcome& outcome : outcomes) {
        EXPECT_EQ(outcome.receipt.result, to_bytes(word_of(earned)));
        earned += 2 * outcome.receipt.gas;
    }
    EXPECT_EQ((*WorldSource(overlay).account(block.beneficiary))->balance, word_of(earned));
    EXPECT_EQ((*WorldSource(overlay).account(k_alice))->balance, word_of(1'000'000'000 - earned));
}

TEST_F(EvmBlock, a_state_that_cannot_be_read_is_an_error) {
    below.unreadable = true;
    const Runtime runtime(settings);
    const std::vector<Message> messages{message_to(k_alice, k_bob)};
    const auto outcomes = run(runtime, block, messages, overlay);
    ASSERT_FALSE(outcomes);
    EXPECT_EQ(outcomes.error().code, Code::io_error);
}

TEST_F(EvmBlock, a_full_block_refuses_what_is_left_with_and_without_a_pool) {
    std::vector<Message> messages;
    for (std::uint64_t sender = 0; sender < 60; ++sender) {
        messages.push_back(message_to(account(1'000 + sender), k_bob));
    }
    block.gas_left = 40 * 21'000 - 1;
    const Runtime runtime(settings);
    ThreadPool pool(2);
    for (Executor* helper : {static_cast<Executor*>(nullptr), static_cast<Executor*>(&pool)}) {
        ledger::StateOverlay state{below};
        const auto outcomes = run(runtime, block, messages, state, {}, helper);
        ASSERT_TRUE(outcomes);
        ASSERT_EQ(outcomes->size(), messages.size());
        for (std::size_t i = 0; i < messages.size(); ++i) {
            EXPECT_EQ((*outcomes)[i].refusal.has_value(), i >= 40) << i;
            EXPECT_EQ((*outcomes)[i].may_come_again, i >= 40) << i;
            const auto sender = WorldSource(state).account(messages[i].from);
            EXPECT_EQ(sender->has_value(), i < 40) << i;
        }
    }
}

}  // namespace
}  // namespace bsn::contract::evm
