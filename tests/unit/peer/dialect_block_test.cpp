// Execution of a dialect's transactions: blocks of a channel that speaks Ethereum or FISCO BCOS.

#include "base/codec.hpp"
#include "contract/evm/account_changes.hpp"
#include "contract/evm/world.hpp"
#include "ledger/ethereum/address.hpp"
#include "ledger/ethereum/header.hpp"
#include "ledger/ethereum/ordered_trie.hpp"
#include "ledger/fisco/header.hpp"
#include "ledger/fisco/merkle.hpp"
#include "ledger/merkle_patricia.hpp"
#include "peer/block_builder.hpp"
#include "peer/database_keys.hpp"
#include "store/database.hpp"
#include "support/evm_world.hpp"
#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

namespace bsn::peer {
namespace {

using contract::testing::Op;
using crypto::SuiteId;
using ledger::Address;
using ledger::Dialect;
using ledger::Word;
using testing::make_key;
using Bytecode = contract::testing::Code;

constexpr UnixMillis k_start = 1'795'333'800'123;

class ByTable final : public Admission {
  public:
    explicit ByTable(const AccessTable& table) : table_(table) {}
    Status authorize(const ledger::Transaction& transaction,
                     const ledger::StateReader&) const override {
        return table_.authorize_key(transaction.signer(), transaction.payload().contract,
                                    transaction.payload().function);
    }

  private:
    const AccessTable& table_;
};

ledger::DialectSettings settings_of(Dialect dialect) {
    ledger::DialectSettings settings;
    settings.dialect = dialect;
    settings.fork = ledger::EvmFork::cancun;
    settings.chain_id = 5;
    settings.group = dialect == Dialect::fisco ? 2 : 0;
    settings.transaction_gas = 10'000'000;
    settings.max_code_bytes = 24'576;
    settings.open_accounts = true;
    return settings;
}

/// A channel of a dialect on a database of its own.
class Channel {
  public:
    explicit Channel(ledger::DialectSettings settings = settings_of(Dialect::ethereum),
                     ledger::StateCommitmentType type = ledger::StateCommitmentType::multiset_hash,
                     SuiteId suite = SuiteId::secp256k1)
        : suite_(suite),
          rules{testing::sample_network(), testing::sample_channel(), suite,
                crypto::suite_hash(suite), settings},
          machine(settings, suite) {
        Delivery first = delivery(1);
        first.controls = {ledger::AppControl{"app", suite, type, {}},
                          ledger::DialectControl{settings}, ledger::EpochControl{epoch.record},
                          ledger::StateControl{}};
        for (const auto& record : first.controls) access.apply(record);
        auto built = build_first_block(inputs(), first, [](ledger::StateOverlay&) {});
        EXPECT_TRUE(built.ok()) << built.error().message;
        apply(*built);
    }

    Delivery delivery(std::uint64_t height) const {
        Delivery made;
        made.orderer = testing::filled<ledger::OrdererId>(0x44);
        made.height = height;
        made.time = k_start;
        made.controls_through = height - 1;
        return made;
    }
    BuilderInputs inputs() const {
        return {rules,  contracts_, admission, access,   0,      state,
                blocks, *database,  prefix,    &machine, nullptr};
    }
    BuiltBlock run(std::uint64_t height, const std::vector<Bytes>& transactions) {
        std::vector<ledger::Transaction> decoded;
        for (const Bytes& bytes : transactions) decoded.push_back(rules.check(bytes).value());
        auto batch = make_checked_batch(rules, std::move(decoded));
        Delivery order = delivery(height);
        order.items.push_back({0, testing::sample_envelope(epoch, *batch->bytes)});
        auto built = build_block(inputs(), tip, order, {batch});
        EXPECT_TRUE(built.ok()) << built.error().message;
        apply(*built);
        return std::move(*built);
    }
    /// What a replica does with a block: writes it.
    void apply(const BuiltBlock& built) {
        auto batch = database->batch();
        for (const auto& change : built.changes) {
            Bytes entry = ledger::StoredState::database_key(prefix, change.contract, change.key);
            if (change.after) {
                batch->put(store::Table::state, entry, *change.after);
            } else {
                batch->erase(store::Table::state, entry);
            }
        }
        for (const auto& [path, node] : built.map_nodes) {
            if (node) {
                batch->put(store::Table::meta, map_node_key(prefix, path), *node);
            } else {
                batch->erase(store::Table::meta, map_node_key(prefix, path));
            }
        }
        EXPECT_TRUE(put_block_records(*batch, blocks, built.block, built.hash, built.admitted,
                                      built.dialect));
        EXPECT_TRUE(database->write(*batch));
        tip = built.tip;
    }
    std::uint64_t nonce_of(const crypto::PrivateKey& key) const {
        contract::evm::WorldSource source(state);
        auto account = source.account(*ledger::ethereum::address_of(key.public_key()));
        return account.value() ? (*account)->nonce : 0;
    }

    SuiteId suite_;
    ChannelRules rules;
    contract::evm::Machine machine;
    testing::TestEpoch epoch = testing::make_epoch(rules.channel, 3);
    AccessTable access;
    ByTable admission{access};
    Bytes prefix{0, 0, 0, 1};
    std::unique_ptr<store::Database> database = store::make_memory_database();
    ledger::StoredState state{*database, prefix};
    ledger::BlockStore blocks{*database, prefix};
    Tip tip;

  private:
    contract::Contracts contracts_;
};

/// Code that counts its calls in slot 0, put there by a creation.
Bytes counter_creation() {
    const Bytes code = Bytecode().push(0).op(Op::sload).push(1).op(Op::add).push(0).op(Op::sstore);
    // The creation returns the bytes that stand behind it.
    const auto size = static_cast<std::uint8_t>(code.size());
    Writer creation;
    for (const int byte :
         {0x60, int{size}, 0x60, 0x0c, 0x60, 0x00, 0x39, 0x60, int{size}, 0x60, 0, 0xf3}) {
        creation.u8(static_cast<std::uint8_t>(byte));
    }
    creation.raw(code);
    return creation.take();
}

Bytes ethereum(const crypto::PrivateKey& key, std::uint64_t nonce, const std::optional<Address>& to,
               Bytes data = {}) {
    ledger::ethereum::Transaction transaction;
    transaction.type = ledger::ethereum::TransactionType::dynamic_fee;
    transaction.chain_id = 5;
    transaction.nonce = nonce;
    transaction.gas = 200'000;
    transaction.to = to;
    transaction.data = std::move(data);
    transaction.sign(key);
    return ledger::Transaction::wrap(Dialect::ethereum, transaction.encode());
}

Bytes fisco(const crypto::PrivateKey& key, std::uint64_t random, const std::optional<Address>& to,
            Bytes data = {}, std::uint64_t block_limit = 100) {
    ledger::fisco::Transaction transaction;
    transaction.nonce = ledger::word_of(random);
    transaction.gas = ledger::word_of(300'000'000);
    transaction.block_limit = block_limit;
    transaction.to = to;
    transaction.data = std::move(data);
    transaction.chain_id = 5;
    transaction.group_id = 2;
    transaction.sign(key);
    return ledger::Transaction::wrap(Dialect::fisco, transaction.encode());
}

Address created_by(const crypto::PrivateKey& key, std::uint64_t nonce,
                   crypto::HashId hash = crypto::HashId::keccak256) {
    return ledger::ethereum::created_address(hash, *ledger::ethereum::address_of(key.public_key()),
                                             nonce);
}

ledger::Receipt receipt(const BuiltBlock& built, std::size_t index) {
    return ledger::Receipt::decode(built.block.receipts.at(index)).value();
}

class DialectBlockTest : public ::testing::Test {
  protected:
    crypto::PrivateKey key = make_key(SuiteId::secp256k1, 1);
    crypto::PrivateKey other = make_key(SuiteId::secp256k1, 2);
};

TEST_F(DialectBlockTest, a_contract_is_created_and_called_in_the_order_of_nonces) {
    Channel channel;
    const Address contract = created_by(key, 0);
    const BuiltBlock built =
        channel.run(2, {ethereum(key, 0, std::nullopt, counter_creation()),
                        ethereum(key, 1, contract), ethereum(other, 0, contract)});
    ASSERT_EQ(built.block.receipts.size(), 3U);
    EXPECT_EQ(receipt(built, 0).created_address, to_bytes(contract.view()));
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(receipt(built, i).status, ledger::ExecutionStatus::success);
    }
    EXPECT_EQ(receipt(built, 2).cumulative_gas,
              receipt(built, 0).gas + receipt(built, 1).gas + receipt(built, 2).gas);
    contract::evm::WorldSource source(channel.state);
    EXPECT_EQ(source.slot(contract, Word()).value(), ledger::word_of(2));
    EXPECT_EQ(channel.nonce_of(key), 2U);
}

TEST_F(DialectBlockTest, a_transaction_out_of_turn_is_not_admitted_and_may_come_again) {
    Channel channel;
    const Address to = created_by(other, 7);
    const BuiltBlock early = channel.run(2, {ethereum(key, 1, to), ethereum(other, 0, to)});
    ASSERT_EQ(early.refused.size(), 1U);
    EXPECT_NE(early.refused[0].why.message.find("nonce too high"), std::string::npos);
    ASSERT_EQ(early.block.skipped.size(), 1U);
    EXPECT_EQ(early.block.skipped[0].transaction, 0U);
    EXPECT_EQ(early.block.header.transactions, 1U);
    const BuiltBlock in_turn = channel.run(3, {ethereum(key, 0, to), ethereum(key, 1, to)});
    EXPECT_TRUE(in_turn.refused.empty());
    const BuiltBlock late = channel.run(4, {ethereum(key, 1, to)});
    ASSERT_EQ(late.refused.size(), 1U);
    EXPECT_NE(late.refused[0].why.message.find("nonce too low"), std::string::npos);
}

TEST_F(DialectBlockTest, the_dialects_header_follows_from_ours_and_chains_on_its_own) {
    Channel channel;
    const ledger::Hash first = channel.blocks.dialect_block(0).value()->hash;
    const Bytes sent = ethereum(key, 0, std::nullopt, counter_creation());
    const BuiltBlock built = channel.run(2, {sent});
    ASSERT_TRUE(built.dialect);
    EXPECT_EQ(built.block.header.find_extension(ledger::extension::k_dialect), built.dialect->hash);
    const auto header = ledger::ethereum::Header::decode(built.dialect->header).value();
    EXPECT_EQ(header.hash(), built.dialect->hash);
    EXPECT_EQ(header.parent, first);
    EXPECT_EQ(header.number, built.block.header.height);
    EXPECT_EQ(header.timestamp, built.block.header.time / 1000);
    EXPECT_EQ(header.gas_used, receipt(built, 0).gas);
    EXPECT_EQ(header.state_root, built.block.header.state);
    EXPECT_EQ(header.transactions_root, ledger::ethereum::ordered_trie_root(std::vector<Bytes>{
                                            Bytes(sent.begin() + 4, sent.end())}));
    EXPECT_EQ(channel.blocks.height_of_dialect_block(built.dialect->hash).value(), 1U);
    EXPECT_EQ(channel.blocks.dialect_block(1).value()->transactions, 1U);
}

TEST_F(DialectBlockTest, two_peers_make_the_same_blocks_with_a_pool_and_without) {
    Channel one;
    Channel two;
    ThreadPool pool(2);
    std::vector<Bytes> transactions{ethereum(key, 0, std::nullopt, counter_creation())};
    for (std::uint32_t i = 0; i < 60; ++i) {
        transactions.push_back(
            ethereum(make_key(SuiteId::secp256k1, 100 + i), 0, created_by(key, 0)));
    }
    BuilderInputs helped = two.inputs();
    helped.pool = &pool;
    std::vector<ledger::Transaction> decoded;
    for (const Bytes& bytes : transactions) decoded.push_back(two.rules.check(bytes).value());
    auto batch = make_checked_batch(two.rules, std::move(decoded));
    Delivery order = two.delivery(2);
    order.items.push_back({0, testing::sample_envelope(two.epoch, *batch->bytes)});
    const BuiltBlock with = build_block(helped, two.tip, order, {batch}).value();
    const BuiltBlock without = one.run(2, transactions);
    // Their envelopes bear signatures of their own.
    EXPECT_EQ(with.block.receipts, without.block.receipts);
    EXPECT_EQ(with.block.header.state, without.block.header.state);
    EXPECT_EQ(with.block.header.transaction_root, without.block.header.transaction_root);
    EXPECT_EQ(with.dialect->hash, without.dialect->hash);
}

TEST_F(DialectBlockTest, members_only_means_members_only) {
    ledger::DialectSettings settings = settings_of(Dialect::ethereum);
    settings.open_accounts = false;
    Channel channel(settings);
    channel.access.apply(ledger::RoleControl{"member", false, {"*"}});
    channel.access.apply(ledger::MemberControl{ledger::participant_id_of(key.public_key()),
                                               key.public_key(),
                                               ledger::MemberState::active,
                                               {"member"}});
    const Address to = created_by(key, 0);
    const BuiltBlock built = channel.run(2, {ethereum(other, 0, to), ethereum(key, 0, to)});
    ASSERT_EQ(built.refused.size(), 1U);
    EXPECT_EQ(built.refused[0].why.code, Code::forbidden);
    EXPECT_EQ(built.block.header.transactions, 1U);
}

TEST_F(DialectBlockTest, balances_are_there_from_the_beginning) {
    ledger::DialectSettings settings = settings_of(Dialect::ethereum);
    const Address rich = *ledger::ethereum::address_of(key.public_key());
    settings.balances = {{rich, ledger::word_of(1'000)}};
    Channel channel(settings);
    contract::evm::WorldSource source(channel.state);
    EXPECT_EQ(source.account(rich).value()->balance, ledger::word_of(1'000));
}

TEST_F(DialectBlockTest, a_channel_with_tries_commits_to_the_state_as_ethereum_does) {
    ledger::DialectSettings settings = settings_of(Dialect::ethereum);
    const Address rich = *ledger::ethereum::address_of(key.public_key());
    settings.balances = {{rich, ledger::word_of(1'000)}};
    Channel channel(settings, ledger::StateCommitmentType::merkle_patricia);
    const Address contract = created_by(key, 0);
    channel.run(2, {ethereum(key, 0, std::nullopt, counter_creation())});
    const BuiltBlock built = channel.run(3, {ethereum(key, 1, contract)});
    EXPECT_EQ(built.block.header.state_type, ledger::StateCommitmentType::merkle_patricia);

    // The same state, built at once from what the world state holds.
    std::vector<ledger::StateOverlay::Change> entries;
    ASSERT_TRUE(channel.state.scan("evm", {}, {}, [&](ByteView entry, ByteView value) {
        entries.push_back({"evm", to_bytes(entry), std::nullopt, to_bytes(value)});
        return true;
    }));
    class Nodes final : public ledger::MerkleMapNodes {
      public:
        Result<std::optional<Bytes>> get(ByteView path) const override {
            auto found = nodes_.find(to_bytes(path));
            return found == nodes_.end() ? std::optional<Bytes>() : found->second;
        }
        void put(ByteView path, ByteView node) override { nodes_[to_bytes(path)] = to_bytes(node); }
        void erase(ByteView path) override { nodes_.erase(to_bytes(path)); }

      private:
        std::map<Bytes, Bytes> nodes_;
    } nodes;
    ledger::MerklePatricia tries(nodes);
    ASSERT_TRUE(tries.apply(contract::evm::account_changes(entries).value()));
    EXPECT_EQ(tries.root().value(), built.block.header.state);
    const auto header = ledger::ethereum::Header::decode(built.dialect->header).value();
    EXPECT_EQ(header.state_root, built.block.header.state);
}

TEST_F(DialectBlockTest, a_fisco_transaction_is_taken_once_and_up_to_its_block_limit) {
    Channel channel(settings_of(Dialect::fisco));
    const Address to = created_by(key, 7);
    const BuiltBlock built =
        channel.run(2, {fisco(key, 1, to), fisco(key, 1, to, {1}), fisco(key, 2, to, {}, 0)});
    ASSERT_EQ(built.refused.size(), 2U);
    EXPECT_EQ(built.refused[0].why.code, Code::duplicate);
    EXPECT_EQ(built.refused[1].why.code, Code::expired);
    EXPECT_EQ(built.block.header.transactions, 1U);
    const BuiltBlock again = channel.run(3, {fisco(key, 1, to, {2})});
    EXPECT_EQ(again.refused.at(0).why.code, Code::duplicate) << "in a later block as well";
}

TEST_F(DialectBlockTest, a_fisco_transaction_to_no_contract_has_the_status_of_a_wrong_address) {
    Channel channel(settings_of(Dialect::fisco));
    const BuiltBlock built = channel.run(2, {fisco(key, 1, created_by(key, 7))});
    EXPECT_TRUE(built.refused.empty());
    const ledger::Receipt refused = receipt(built, 0);
    EXPECT_EQ(refused.status, ledger::ExecutionStatus::refused);
    EXPECT_EQ(ledger::fisco_receipt(refused, crypto::HashId::keccak256).status, 0x1aU);
    EXPECT_EQ(built.dialect->failed, 1U);
}

TEST_F(DialectBlockTest, fisco_headers_name_the_sealers_and_chain_on_their_own) {
    for (const SuiteId suite : {SuiteId::secp256k1, SuiteId::sm2}) {
        Channel channel(settings_of(Dialect::fisco), ledger::StateCommitmentType::multiset_hash,
                        suite);
        const auto signer = make_key(suite, 1);
        const ledger::Hash first = channel.blocks.dialect_block(0).value()->hash;
        const BuiltBlock built =
            channel.run(2, {fisco(signer, 1, std::nullopt, counter_creation())});
        const auto header = ledger::fisco::Header::decode(built.dialect->header).value();
        EXPECT_EQ(header.hash(crypto::suite_hash(suite)), built.dialect->hash);
        EXPECT_EQ(header.parent, first);
        EXPECT_EQ(header.timestamp, built.block.header.time);
        EXPECT_EQ(header.sealer_list.size(), 3U);
        const ledger::Receipt created = receipt(built, 0);
        EXPECT_EQ(created.status, ledger::ExecutionStatus::success) << created.error;
        EXPECT_EQ(created.created_address,
                  to_bytes(created_by(signer, 0, crypto::suite_hash(suite)).view()));
    }
}

}  // namespace
}  // namespace bsn::peer
