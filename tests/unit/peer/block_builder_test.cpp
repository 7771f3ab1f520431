// Execution: the same order makes the same block, whoever executes it.

#include "peer/block_builder.hpp"

#include "ledger/merkle_map.hpp"
#include "peer/database_keys.hpp"
#include "store/database.hpp"
#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

namespace bsn::peer {
namespace {

using crypto::SuiteId;
using ledger::ControlRecord;
using testing::make_key;

constexpr UnixMillis k_start = 1'795'333'800'123;

/// Judges by the access table, as app channels do.
class ByTable final : public Admission {
  public:
    explicit ByTable(const AccessTable& table) : table_(table) {}
    Status authorize(const ledger::Transaction& transaction,
                     const ledger::StateReader&) const override {
        const auto& payload = transaction.payload();
        return table_.authorize(payload.creator, transaction.signer(), payload.contract,
                                payload.function);
    }

  private:
    const AccessTable& table_;
};

/// A batch on its way into a block: its envelope and its transactions, or why it is skipped.
struct Ordered {
    ledger::Envelope envelope;
    Result<std::shared_ptr<const CheckedBatch>> batch = std::shared_ptr<const CheckedBatch>();
};

/// One channel on one database.
class Channel {
  public:
    explicit Channel(
        ledger::StateCommitmentType type = ledger::StateCommitmentType::multiset_hash) {
        contract::add_builtin_contracts(contracts_);
        auto first = delivery(1);
        first.controls = {
            ledger::AppControl{"app", SuiteId::secp256r1, type, {}},
            ledger::EpochControl{epoch.record},
            ledger::ContractControl{"kv", "kv", 1},
            ledger::RoleControl{"writer", false, {"kv.*"}},
            ledger::MemberControl{ledger::participant_id_of(key.public_key()),
                                  key.public_key(),
                                  ledger::MemberState::active,
                                  {"writer"}},
            ledger::StateControl{},
        };
        for (const auto& record : first.controls) access.apply(record);
        auto built = build_first_block(inputs(), first, [](ledger::StateOverlay& state) {
            state.put("kv", to_bytes("prepared"), to_bytes("1"));
        });
        apply(built.value());
    }

    Delivery delivery(std::uint64_t height, UnixMillis time = k_start) const {
        Delivery made;
        made.orderer = testing::filled<ledger::OrdererId>(0x44);
        made.height = height;
        made.time = time;
        made.controls_through = height - 1;
        return made;
    }
    BuilderInputs inputs() const {
        return {rules, contracts_, admission, access, epoch_number,
                state, blocks,     *database, prefix};
    }
    BuiltBlock build(Delivery order, const std::vector<Ordered>& items) {
        std::vector<Result<std::shared_ptr<const CheckedBatch>>> batches;
        for (std::size_t i = 0; i < items.size(); ++i) {
            order.items.push_back({static_cast<std::uint32_t>(i), items[i].envelope});
            batches.push_back(items[i].batch);
        }
        for (const auto& record : order.controls) access.apply(record);
        return build_block(inputs(), tip, order, batches).value();
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
        for (std::uint32_t i = 0; i < built.admitted.size(); ++i) {
            const Admitted& one = built.admitted[i];
            blocks.put_transaction(*batch, one.id, {built.block.header.height, i});
            blocks.put_nonce(*batch, one.creator, one.nonce, {built.block.header.height, i});
        }
        auto skipped = skipped_whole(built.block);
        for (std::uint32_t i = 0; i < built.block.envelopes.size(); ++i) {
            if (skipped.contains(i)) continue;
            blocks.put_executed(*batch, built.block.envelopes[i].digest,
                                {built.block.header.height, true});
        }
        EXPECT_TRUE(database->write(*batch));
        tip = built.tip;
    }
    BuiltBlock run(std::uint64_t height, const std::vector<Ordered>& items,
                   UnixMillis time = k_start) {
        BuiltBlock built = build(delivery(height, time), items);
        apply(built);
        return built;
    }

    ledger::Payload payload(std::uint32_t nonce, const std::string& entry) const {
        auto made = testing::sample_payload(key, nonce);
        made.valid_until = k_start + 600'000;
        made.contract = "kv";
        made.function = "set";
        made.arguments = {to_bytes(R"({"baseKey":")" + entry + R"(","baseValue":"1"})")};
        return made;
    }
    ledger::Transaction set(std::uint32_t nonce, const std::string& entry) const {
        return ledger::Transaction::sign(payload(nonce, entry), key);
    }
    Ordered order(const std::vector<ledger::Transaction>& transactions) const {
        Ordered ordered;
        auto batch = make_checked_batch(rules, transactions);
        ordered.envelope = testing::sample_envelope(epoch, *batch->bytes);
        ordered.batch = batch;
        return ordered;
    }
    bool has(const std::string& entry) const {
        return state.get("kv", to_bytes("base_key_" + entry)).value().has_value();
    }

    crypto::PrivateKey key = make_key(SuiteId::secp256r1, 1);
    ChannelRules rules{testing::sample_network(), testing::sample_channel(), SuiteId::secp256r1,
                       crypto::HashId::sha256};
    testing::TestEpoch epoch = testing::make_epoch(rules.channel, 3);
    ledger::Epoch epoch_number = 0;
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

std::vector<ledger::Transaction> some(const Channel& channel, std::uint32_t first, int count) {
    std::vector<ledger::Transaction> transactions;
    for (int i = 0; i < count; ++i) {
        auto nonce = first + static_cast<std::uint32_t>(i);
        transactions.push_back(channel.set(nonce, "key-" + std::to_string(nonce)));
    }
    return transactions;
}

// --- determinism

TEST(BlockBuilderTest, two_builders_on_two_databases_make_the_same_blocks) {
    Channel one;
    Channel two;
    EXPECT_EQ(one.tip.hash, two.tip.hash);
    for (std::uint64_t height = 2; height < 6; ++height) {
        auto first = one.order(some(one, static_cast<std::uint32_t>(height) * 100, 5));
        auto second = one.order(some(one, static_cast<std::uint32_t>(height) * 100 + 3, 5));
        BuiltBlock a = one.run(height, {first, second});
        BuiltBlock b = two.run(height, {first, second});
        EXPECT_EQ(a.hash, b.hash);
        EXPECT_EQ(a.block.encode(), b.block.encode());
        EXPECT_EQ(a.tip.encode(), b.tip.encode());
    }
}

TEST(BlockBuilderTest, the_order_of_envelopes_and_transactions_matters) {
    Channel channel;
    auto a = channel.set(1, "same");
    auto b = channel.set(2, "same");
    auto first = channel.order({a});
    auto second = channel.order({b});
    auto hash = [&](const std::vector<Ordered>& items) {
        return channel.build(channel.delivery(2), items).hash;
    };
    EXPECT_NE(hash({first, second}), hash({second, first}));
    EXPECT_NE(hash({channel.order({a, b})}), hash({channel.order({b, a})}));
    EXPECT_EQ(hash({first, second}), hash({first, second}));
}

TEST(BlockBuilderTest, a_block_is_what_its_header_says) {
    Channel channel;
    auto ordered = channel.order(some(channel, 1, 5));
    Delivery delivery = channel.delivery(7, k_start + 50);
    delivery.controls = {ledger::ContractControl{"kv2", "kv", 1}};
    Tip before = channel.tip;
    BuiltBlock built = channel.build(delivery, {ordered});
    const ledger::Header& header = built.block.header;
    EXPECT_EQ(header.height, 1U);
    EXPECT_EQ(header.previous, before.hash);
    EXPECT_EQ(header.network, channel.rules.network);
    EXPECT_EQ(header.channel, channel.rules.channel);
    EXPECT_EQ(header.position.height, 7U);
    EXPECT_EQ(header.time, k_start + 50);
    EXPECT_EQ(header.transactions, 5U);
    EXPECT_EQ(built.hash, header.hash());
    std::vector<Bytes> batches{*(*ordered.batch)->bytes};
    Status status = ledger::check_block(built.block, &batches);
    EXPECT_TRUE(status.ok()) << status.error().message;
    EXPECT_TRUE(ledger::Block::decode(built.block.encode()).ok());
    EXPECT_EQ(built.tip.height, 1U);
    EXPECT_EQ(built.tip.hash, built.hash);
    EXPECT_EQ(built.tip.order_height, 7U);
    EXPECT_EQ(built.tip.controls_through, 6U);
    EXPECT_EQ(built.tip.transactions, before.transactions + 5);
    ASSERT_EQ(built.admitted.size(), 5U);
    EXPECT_EQ(built.admitted[2].id, (*ordered.batch)->entries[2].transaction->id());
}

TEST(BlockBuilderTest, time_grows_also_when_the_orderers_does_not) {
    Channel channel;
    BuiltBlock first = channel.run(2, {}, k_start + 500);
    EXPECT_EQ(first.block.header.time, k_start + 500);
    EXPECT_EQ(channel.run(3, {}, k_start).block.header.time, k_start + 501);
}

TEST(BlockBuilderTest, cumulative_gas_adds_up) {
    Channel channel;
    BuiltBlock built = channel.run(2, {channel.order(some(channel, 1, 3))});
    std::uint64_t sum = 0;
    for (const Bytes& bytes : built.block.receipts) {
        auto receipt = ledger::Receipt::decode(bytes).value();
        EXPECT_GT(receipt.gas, 0U);
        sum += receipt.gas;
        EXPECT_EQ(receipt.cumulative_gas, sum);
    }
}

// --- what is not admitted

TEST(BlockBuilderTest, a_duplicate_within_a_block_is_skipped) {
    Channel channel;
    auto a = channel.set(1, "a");
    BuiltBlock built = channel.run(2, {channel.order({a, a}), channel.order({a})});
    EXPECT_EQ(built.block.header.transactions, 1U);
    EXPECT_EQ(built.block.skipped,
              (std::vector<ledger::Skipped>{{0, 1, Code::duplicate}, {1, 0, Code::duplicate}}));
    ASSERT_EQ(built.refused.size(), 2U);
    EXPECT_EQ(built.refused[0].id, a.id());
}

TEST(BlockBuilderTest, a_duplicate_across_blocks_is_skipped) {
    Channel channel;
    auto a = channel.set(1, "a");
    channel.run(2, {channel.order({a})});
    BuiltBlock built = channel.run(3, {channel.order({channel.set(2, "b"), a})});
    EXPECT_EQ(built.block.skipped, (std::vector<ledger::Skipped>{{0, 1, Code::duplicate}}));
    EXPECT_EQ(built.block.header.transactions, 1U);
}

TEST(BlockBuilderTest, a_nonce_is_its_creators_own) {
    Channel channel;
    auto other = make_key(SuiteId::secp256r1, 2);
    channel.access.apply(ledger::MemberControl{ledger::participant_id_of(other.public_key()),
                                               other.public_key(),
                                               ledger::MemberState::active,
                                               {"writer"}});
    auto payload = channel.payload(1, "b");
    payload.creator = ledger::participant_id_of(other.public_key());
    BuiltBlock built = channel.run(
        2, {channel.order({channel.set(1, "a"), ledger::Transaction::sign(payload, other)})});
    EXPECT_EQ(built.block.header.transactions, 2U);
}

TEST(BlockBuilderTest, a_transaction_outside_of_its_window_is_skipped_and_keeps_its_nonce) {
    Channel channel;
    UnixMillis now = k_start + 10'000;
    auto late = channel.payload(1, "a");
    late.valid_until = now - 1;
    auto just = channel.payload(2, "b");
    just.valid_until = now;
    auto far = channel.payload(3, "c");
    far.valid_until = now + k_max_validity + 1;
    auto farthest = channel.payload(4, "d");
    farthest.valid_until = now + k_max_validity;
    auto again = channel.set(1, "e");
    auto sign = [&](const ledger::Payload& payload) {
        return ledger::Transaction::sign(payload, channel.key);
    };
    BuiltBlock built = channel.run(
        2, {channel.order({sign(late), sign(just), sign(far), sign(farthest), again})}, now);
    EXPECT_EQ(built.block.skipped,
              (std::vector<ledger::Skipped>{{0, 0, Code::expired}, {0, 2, Code::expired}}));
    EXPECT_EQ(built.block.header.transactions, 3U);
    EXPECT_TRUE(channel.has("e")) << "what was not admitted used no nonce";
}

TEST(BlockBuilderTest, whoever_is_not_permitted_is_skipped_and_keeps_the_nonce) {
    Channel channel;
    auto payload = channel.payload(1, "a");
    payload.contract = "evidence";
    auto stranger = channel.payload(1, "b");
    auto key = make_key(SuiteId::secp256r1, 9);
    stranger.creator = ledger::participant_id_of(key.public_key());
    BuiltBlock built = channel.run(
        2, {channel.order({ledger::Transaction::sign(payload, channel.key),
                           ledger::Transaction::sign(stranger, key), channel.set(1, "c")})});
    EXPECT_EQ(built.block.skipped,
              (std::vector<ledger::Skipped>{{0, 0, Code::forbidden}, {0, 1, Code::forbidden}}));
    EXPECT_TRUE(channel.has("c"));
}

/// Every reason for which admission may refuse has to have a number in blocks.
TEST(BlockBuilderTest, a_transaction_signed_with_a_former_key_is_skipped) {
    Channel channel;
    auto key = make_key(SuiteId::secp256r1, 9);
    BuiltBlock built =
        channel.run(2, {channel.order({ledger::Transaction::sign(channel.payload(1, "a"), key),
                                       channel.set(1, "b")})});
    EXPECT_EQ(built.block.skipped, (std::vector<ledger::Skipped>{{0, 0, Code::unauthenticated}}));
    EXPECT_TRUE(channel.has("b"));
    EXPECT_EQ(ledger::Block::decode(built.block.encode()).value(), built.block);
}

TEST(BlockBuilderTest, a_refused_call_is_in_the_block_and_its_nonce_is_used) {
    Channel channel;
    channel.run(2, {channel.order({channel.set(1, "a")})});
    BuiltBlock built = channel.run(3, {channel.order({channel.set(2, "a")})});
    ASSERT_EQ(built.block.receipts.size(), 1U);
    EXPECT_EQ(ledger::Receipt::decode(built.block.receipts[0])->status,
              ledger::ExecutionStatus::refused);
    BuiltBlock again = channel.run(4, {channel.order({channel.set(2, "b")})});
    EXPECT_EQ(again.block.skipped, (std::vector<ledger::Skipped>{{0, 0, Code::duplicate}}));
    EXPECT_FALSE(channel.has("b"));
}

TEST(BlockBuilderTest, inadmissible_entries_are_skipped_with_the_reason_of_their_check) {
    Channel channel;
    auto ordered = channel.order({channel.set(1, "a"), channel.set(2, "b")});
    auto batch = std::make_shared<CheckedBatch>(**ordered.batch);
    batch->entries[0] = {std::nullopt, Code::bad_signature, "forged"};
    ordered.batch = std::shared_ptr<const CheckedBatch>(batch);
    BuiltBlock built = channel.run(2, {ordered});
    EXPECT_EQ(built.block.skipped, (std::vector<ledger::Skipped>{{0, 0, Code::bad_signature}}));
    EXPECT_FALSE(channel.has("a"));
    EXPECT_TRUE(channel.has("b"));
}

TEST(BlockBuilderTest, what_was_skipped_is_part_of_the_header) {
    Channel one;
    Channel two;
    auto ordered = one.order({one.set(1, "a")});
    auto skipped = ordered;
    skipped.batch = Error{Code::expired, "late"};
    auto otherwise = ordered;
    otherwise.batch = Error{Code::bad_signature, "forged"};
    auto a = one.build(one.delivery(2), {skipped});
    auto b = two.build(two.delivery(2), {otherwise});
    EXPECT_NE(a.hash, b.hash);
    EXPECT_EQ(
        a.block.skipped,
        (std::vector<ledger::Skipped>{{0, ledger::Skipped::k_whole_envelope, Code::expired}}));
    EXPECT_EQ(skipped_whole(a.block), (std::map<std::uint32_t, Code>{{0, Code::expired}}));
    EXPECT_EQ(a.block.envelopes.size(), 1U);
    EXPECT_TRUE(a.admitted.empty());
}

// --- first block, controls, handover

TEST(BlockBuilderTest, the_first_block_holds_the_controls_and_what_was_prepared) {
    Channel channel;
    EXPECT_EQ(channel.tip.height, 0U);
    EXPECT_EQ(channel.tip.order_height, 1U);
    EXPECT_EQ(channel.tip.transactions, 0U);
    EXPECT_TRUE(channel.state.get("kv", to_bytes("prepared")).value().has_value());
    EXPECT_EQ(deployed_contract(channel.state, "kv").value()->type, "kv");
    AccessTable loaded;
    ASSERT_TRUE(loaded.load(channel.state));
    EXPECT_EQ(loaded.app().name, "app");
}

TEST(BlockBuilderTest, controls_count_for_the_transactions_of_their_block) {
    Channel channel;
    auto upgraded = channel.payload(1, "a");
    upgraded.contract = "kv2";
    Delivery delivery = channel.delivery(2);
    delivery.controls = {ledger::ContractControl{"kv2", "kv", 1},
                         ledger::RoleControl{"writer", false, {"kv2.set"}}};
    BuiltBlock built = channel.build(
        delivery,
        {channel.order({ledger::Transaction::sign(upgraded, channel.key), channel.set(2, "b")})});
    EXPECT_EQ(built.block.skipped, (std::vector<ledger::Skipped>{{0, 1, Code::forbidden}}));
    EXPECT_EQ(ledger::Receipt::decode(built.block.receipts.at(0))->status,
              ledger::ExecutionStatus::success);
    EXPECT_EQ(built.block.controls, delivery.controls);
}

TEST(BlockBuilderTest, a_change_of_peers_is_named_by_the_last_header_of_the_epoch) {
    Channel channel;
    auto next = testing::make_epoch(channel.rules.channel, 2, {SuiteId::secp256r1}, 1).record;
    next.revoked = {{channel.epoch.record.peers[2].node, 2}};
    Delivery delivery = channel.delivery(2);
    delivery.controls = {ledger::EpochControl{next}};
    BuiltBlock built = channel.build(delivery, {channel.order({channel.set(1, "a")})});
    EXPECT_EQ(built.block.header.epoch, 0U);
    EXPECT_EQ(built.block.header.find_extension(ledger::extension::k_next_epoch), next.hash());
    EXPECT_EQ(built.block.header.transactions, 1U);
    auto old = std::make_shared<const ledger::EpochRecord>(channel.epoch.record);
    auto signers = signers_of(delivery.controls, old);
    EXPECT_EQ(signers->peers, old->peers);
    EXPECT_EQ(signers->revoked, next.revoked) << "who is revoked signs no more";
    EXPECT_EQ(signers_of({ledger::StateControl{}}, old), old);
    BuiltBlock plain = channel.build(channel.delivery(3), {});
    EXPECT_FALSE(plain.block.header.find_extension(ledger::extension::k_next_epoch).has_value());
}

// --- commitments

TEST(BlockBuilderTest, the_multiset_hash_depends_on_the_entries_and_not_on_the_way_to_them) {
    Channel one;
    Channel two;
    auto a = one.set(1, "a");
    auto b = one.set(2, "b");
    // The history of kv keeps heights: the same blocks in the same order, cut in other batches.
    one.run(2, {one.order({a, b})});
    two.run(2, {two.order({a}), two.order({b})});
    EXPECT_EQ(one.tip.state.digest(crypto::HashId::sha256),
              two.tip.state.digest(crypto::HashId::sha256));
    EXPECT_NE(one.tip.hash, two.tip.hash) << "though the blocks differ";
}

TEST(BlockBuilderTest, a_replica_with_another_entry_makes_another_header) {
    Channel one;
    Channel two;
    auto batch = two.database->batch();
    batch->put(store::Table::state,
               ledger::StoredState::database_key(two.prefix, "kv", to_bytes("base_key_a")),
               to_bytes(R"({"BaseKey":"a","BaseInfo":"9"})"));
    ASSERT_TRUE(two.database->write(*batch));
    auto ordered = one.order({one.set(1, "a")});
    EXPECT_NE(one.run(2, {ordered}).hash, two.run(2, {ordered}).hash);
}

class StoredNodes final : public ledger::MerkleMapNodes {
  public:
    explicit StoredNodes(const Channel& channel) : channel_(channel) {}
    Result<std::optional<Bytes>> get(ByteView path) const override {
        return channel_.database->get(store::Table::meta, map_node_key(channel_.prefix, path));
    }
    void put(ByteView, ByteView) override { FAIL(); }
    void erase(ByteView) override { FAIL(); }

  private:
    const Channel& channel_;
};

TEST(BlockBuilderTest, the_merkle_map_proves_each_entry_against_the_header) {
    Channel channel(ledger::StateCommitmentType::merkle_map);
    BuiltBlock last = channel.run(2, {channel.order(some(channel, 1, 20))});
    auto erase = channel.payload(50, "");
    erase.function = "delete";
    erase.arguments = {to_bytes("key-7")};
    last = channel.run(3, {channel.order({ledger::Transaction::sign(erase, channel.key)})});
    ASSERT_EQ(ledger::Receipt::decode(last.block.receipts.at(0))->status,
              ledger::ExecutionStatus::success);
    EXPECT_EQ(last.block.header.state_type, ledger::StateCommitmentType::merkle_map);
    StoredNodes nodes(channel);
    ledger::MerkleMap map(nodes);
    const ledger::Hash root = last.block.header.state;
    EXPECT_EQ(map.root().value(), root);
    for (int i : {1, 7, 20}) {
        Bytes entry = to_bytes("base_key_key-" + std::to_string(i));
        auto value = channel.state.get("kv", entry).value();
        auto proof = map.prove(as_bytes("kv"), entry).value();
        std::optional<ByteView> shown;
        if (value) shown = *value;
        EXPECT_EQ(value.has_value(), i != 7);
        EXPECT_TRUE(ledger::check_merkle_map_proof(root, as_bytes("kv"), entry, shown, proof));
        EXPECT_FALSE(ledger::check_merkle_map_proof(root, as_bytes("kv"), entry,
                                                    as_bytes("another"), proof));
    }
}

TEST(BlockBuilderTest, the_merkle_map_is_the_same_on_two_databases) {
    Channel one(ledger::StateCommitmentType::merkle_map);
    Channel two(ledger::StateCommitmentType::merkle_map);
    auto ordered = one.order(some(one, 1, 5));
    EXPECT_EQ(one.run(2, {ordered}).hash, two.run(2, {ordered}).hash);
    EXPECT_NE(one.tip.hash, Channel().tip.hash);
}

// --- envelopes

TEST(CheckEnvelopeTest, what_is_executed_and_what_is_skipped) {
    Channel channel;
    auto code = [&](const ledger::Envelope& envelope, std::uint64_t height = 2) {
        Status status = check_envelope(channel.inputs(), channel.epoch.record,
                                       channel.delivery(height), envelope);
        return status ? Code::internal : status.error().code;
    };
    auto resigned = [&](ledger::Envelope envelope) {
        envelope.availability =
            channel.epoch.certify_all(testing::availability_statement(envelope));
        return envelope;
    };
    auto ordered = channel.order({channel.set(1, "a")});
    const ledger::Envelope good = ordered.envelope;
    EXPECT_EQ(code(good), Code::internal);
    EXPECT_EQ(code(good, good.valid_until_order_height), Code::internal);
    EXPECT_EQ(code(good, good.valid_until_order_height + 1), Code::expired);
    auto envelope = good;
    envelope.epoch = 1;
    EXPECT_EQ(code(resigned(envelope)), Code::unavailable);
    envelope = good;
    envelope.digest_hash = crypto::HashId::sm3;
    EXPECT_EQ(code(resigned(envelope)), Code::wrong_suite);
    envelope = good;
    envelope.count += 1;
    EXPECT_EQ(code(envelope), Code::bad_signature) << "signed for another count";
    envelope = good;
    envelope.availability[0].signatures.pop_back();
    EXPECT_NE(code(envelope), Code::internal) << "no quorum";
    channel.access.apply(ledger::StateControl{ledger::AppState::suspended, "why"});
    EXPECT_EQ(code(good), Code::suspended);
    EXPECT_EQ(code(testing::sample_tick(channel.epoch, 0)), Code::internal)
        << "time goes on in a suspended app";
    channel.access.apply(ledger::StateControl{});
    channel.run(2, {ordered});
    EXPECT_EQ(code(good, 3), Code::duplicate);
}

TEST(CheckEnvelopeTest, a_tick_is_current_while_its_height_is_the_last) {
    Channel channel;
    channel.tip.height = 7;
    EXPECT_TRUE(tick_is_current(testing::sample_tick(channel.epoch, 7), channel.tip));
    EXPECT_FALSE(tick_is_current(testing::sample_tick(channel.epoch, 6), channel.tip));
    EXPECT_FALSE(tick_is_current(testing::sample_tick(channel.epoch, 8), channel.tip));
    auto broken = testing::sample_tick(channel.epoch, 7);
    broken.body.push_back(0);
    EXPECT_FALSE(tick_is_current(broken, channel.tip));
}

TEST(TipTest, a_stored_tip_is_read_again_and_nothing_else_is) {
    Channel channel;
    channel.run(2, {channel.order({channel.set(1, "a")})});
    Bytes stored = channel.tip.encode();
    auto read = Tip::decode(stored);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->encode(), stored);
    EXPECT_EQ(read->hash, channel.tip.hash);
    EXPECT_EQ(read->state, channel.tip.state);
    Bytes future = stored;
    future[1] = 99;
    EXPECT_EQ(Tip::decode(future).error().code, Code::unsupported_version);
    stored.pop_back();
    EXPECT_FALSE(Tip::decode(stored).ok());
}

}  // namespace
}  // namespace bsn::peer
