// EVM accounts in world state.

#include "contract/evm/world.hpp"

#include "../contract_fixture.hpp"
#include "support/evm_world.hpp"

namespace bsn::contract::evm {
namespace {

using contract::testing::MemoryState;
using testing::account;
using testing::block_environment;
using testing::creation_by;
using testing::message_to;
using testing::Op;
using Bytecode = testing::Code;
using ledger::word_of;

const Address k_alice = account(1);
const Address k_contract = account(3);

class EvmWorld : public ::testing::Test {
  protected:
    void put(const Address& address, const Account& account) {
        ledger::StateOverlay overlay(below);
        put_account(address, account, overlay);
        below.apply(overlay);
    }
    void deploy(const Address& address, const Bytes& code) {
        ledger::StateOverlay overlay(below);
        const Hash hash = crypto::hash(ledger::HashId::keccak256, code);
        put_account(address, Account{.nonce = 1, .code_hash = hash}, overlay);
        put_code(hash, code, overlay);
        below.apply(overlay);
    }
    Execution execute(const Message& message) {
        WorldSource source(below);
        auto execution = runtime.execute(block_environment(), message, source);
        EXPECT_TRUE(execution);
        ledger::StateOverlay overlay(below);
        EXPECT_TRUE(apply(*execution, overlay));
        below.apply(overlay);
        return *execution;
    }
    std::size_t entries(const Bytes& prefix) {
        std::size_t count = 0;
        EXPECT_TRUE(below.scan(ledger::ethereum::k_evm, prefix, {}, [&](ByteView, ByteView) {
            ++count;
            return true;
        }));
        return count;
    }

    MemoryState below;
    Runtime runtime{Settings{.fork = Fork::shanghai}};
};

TEST_F(EvmWorld, keeps_what_messages_change) {
    put(k_alice, Account{.balance = word_of(10)});
    const Bytes code = Bytecode().push(300).push(2).op(Op::sstore);
    const Execution creation = execute(creation_by(k_alice, Bytecode::deploying(code)));
    const Address created = *creation.created;
    WorldSource source(below);
    EXPECT_EQ((*source.account(created))->code_hash, crypto::hash(ledger::HashId::keccak256, code));
    EXPECT_EQ(*source.code((*source.account(created))->code_hash), code);
    EXPECT_EQ((**source.account(k_alice)), (Account{.nonce = 1, .balance = word_of(10)}));

    Message message = message_to(k_alice, created);
    message.nonce = 1;
    execute(message);
    EXPECT_EQ(*source.slot(created, word_of(2)), word_of(300));
    EXPECT_EQ(*source.slot(created, word_of(3)), Word{});
    EXPECT_EQ(entries({'s'}), 1U);
}

TEST_F(EvmWorld, erases_slots_that_become_zero_and_accounts_that_become_empty) {
    deploy(k_contract, Bytecode().push(0).op(Op::calldataload).push(2).op(Op::sstore));
    execute(message_to(k_alice, k_contract, testing::words({word_of(5)})));
    EXPECT_EQ(entries({'s'}), 1U);
    Message message = message_to(k_alice, k_contract, testing::words({Word{}}));
    message.nonce = 1;
    execute(message);
    EXPECT_EQ(entries({'s'}), 0U);

    ledger::StateOverlay overlay(below);
    put_account(k_alice, std::nullopt, overlay);
    below.apply(overlay);
    EXPECT_FALSE((*WorldSource(below).account(k_alice)));
    EXPECT_EQ(entries({'a'}), 1U);
}

TEST_F(EvmWorld, a_destroyed_contract_leaves_no_slot) {
    deploy(k_contract, Bytecode().push(k_alice).op(Op::selfdestruct));
    ledger::StateOverlay overlay(below);
    Address neighbour = k_contract;
    neighbour.data()[19] ^= 1U;
    for (std::uint64_t slot = 0; slot < 5; ++slot) {
        put_slot(k_contract, word_of(slot), word_of(1), overlay);
        put_slot(neighbour, word_of(slot), word_of(1), overlay);
    }
    below.apply(overlay);
    execute(message_to(k_alice, k_contract));
    EXPECT_EQ(entries(ledger::ethereum::slots_prefix(k_contract)), 0U);
    EXPECT_EQ(entries(ledger::ethereum::slots_prefix(neighbour)), 5U);
    EXPECT_EQ(entries(ledger::ethereum::account_key(k_contract)), 0U);
}

TEST_F(EvmWorld, tells_what_is_damaged) {
    using ledger::ethereum::k_evm;
    WorldSource source(below);
    below.entries[{std::string(k_evm), ledger::ethereum::account_key(k_alice)}] = Bytes{0x01};
    EXPECT_EQ(source.account(k_alice).error().code, Code::corrupted);
    below.entries[{std::string(k_evm), ledger::ethereum::slot_key(k_alice, Word{})}] = Bytes{0};
    EXPECT_EQ(source.slot(k_alice, Word{}).error().code, Code::corrupted);
    EXPECT_EQ(source.code(Hash{}).error().code, Code::corrupted);
    below.unreadable = true;
    EXPECT_EQ(source.account(k_alice).error().code, Code::io_error);
}

TEST_F(EvmWorld, adds_rewards) {
    ledger::StateOverlay overlay(below);
    EXPECT_TRUE(add_to_balance(k_alice, Word{}, overlay));
    EXPECT_TRUE(overlay.changes()->empty());
    EXPECT_TRUE(add_to_balance(k_alice, word_of(UINT64_MAX), overlay));
    EXPECT_TRUE(add_to_balance(k_alice, word_of(2), overlay));
    EXPECT_EQ(to_hex((*WorldSource(overlay).account(k_alice))->balance).substr(46),
              "010000000000000001");
}

}  // namespace
}  // namespace bsn::contract::evm
