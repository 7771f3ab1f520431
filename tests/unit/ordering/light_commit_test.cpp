#include "ordering/cometbft/light_commit.hpp"

#include "ordering/cometbft/rpc_block.hpp"
#include "support/ledger_fixtures.hpp"
#include "support/signed_chain.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <functional>

namespace bsn::ordering {
namespace {

using Json = nlohmann::json;
using testing::BlockPlan;
using testing::SigningValidators;
namespace types = tendermint::types;

/// What a cometbft 0.38 answered, in a network of four validators.
struct Recorded {
    Json json;
    std::string chain_id;
    std::vector<Validator> validators;

    Recorded() {
        std::ifstream file(BSN_TESTS_DIR "/vectors/commits.json");
        json = Json::parse(file);
        chain_id = json["chain_id"];
        for (const Json& one : json["validators"]) {
            validators.push_back({*from_hex(one["key"].get<std::string>()), one["power"]});
        }
    }
    static Result<SignedBlock> read(const Json& one) {
        return signed_block_of(one["block"]["result"], one["commit"]["result"]);
    }
    ValidatorSet set() const { return *ValidatorSet::of(validators); }
};

TEST(LightCommitTest, blocks_of_a_cometbft_are_believed) {
    const Recorded recorded;
    std::size_t most_transactions = 0;
    for (const Json& one : recorded.json["blocks"]) {
        const std::uint64_t height = one["height"];
        auto block = verify_block(*Recorded::read(one), recorded.chain_id, height, recorded.set());
        ASSERT_TRUE(block) << height << ": " << block.error().message;
        EXPECT_EQ(block->height, height);
        EXPECT_EQ(block->next_validators, recorded.set().hash());
        EXPECT_GT(block->time, 1'700'000'000'000U);
        most_transactions = std::max(most_transactions, block->transactions.size());
    }
    EXPECT_GE(most_transactions, 2U);
}

/// Each text of a JSON, changed in one place: what becomes of it is handed to `judge`.
void for_each_change(Json& whole, Json& part, const std::string& path,
                     const std::function<void(const std::string& path)>& judge) {
    if (part.is_structured()) {
        for (auto& [key, value] : part.items()) {
            for_each_change(whole, value, path + "/" + key, judge);
        }
        return;
    }
    const Json before = part;
    if (part.is_number()) {
        part = part.get<int>() + 1;
        judge(path);
    } else if (part.is_string() && !before.get<std::string>().empty()) {
        auto text = before.get<std::string>();
        char& letter = text[path.ends_with("time") || path.ends_with("timestamp") ? 18 : 0];
        letter = letter == '1' ? '2' : '1';
        part = text;
        judge(path);
    }
    part = before;
}

TEST(LightCommitTest, no_field_of_a_recorded_block_can_be_changed) {
    const Recorded recorded;
    const ValidatorSet set = recorded.set();
    for (Json one : recorded.json["blocks"]) {
        const std::uint64_t height = one["height"];
        // One place is enough for a signature to be lost: three of the four are needed.
        Json& places = one["commit"]["result"]["signed_header"]["commit"]["signatures"];
        std::size_t signed_places = 0;
        for (Json& place : places) {
            if (place["block_id_flag"] == 2 && ++signed_places > 3) place["block_id_flag"] = 1;
        }
        std::size_t judged = 0;
        auto judge = [&](const std::string& path) {
            auto block = Recorded::read(one);
            Status good = block ? Status() : block.error();
            if (good) {
                auto verified = verify_block(*block, recorded.chain_id, height, set);
                if (!verified) good = verified.error();
            }
            EXPECT_FALSE(good) << "height " << height << ": " << path << " was changed";
            ++judged;
        };
        Json& signed_header = one["commit"]["result"]["signed_header"];
        for_each_change(one, signed_header["header"], "header", judge);
        auto& commit = signed_header["commit"];
        for (const char* field : {"height", "round", "block_id"}) {
            for_each_change(one, commit[field], field, judge);
        }
        for (Json& place : places) {
            if (place["block_id_flag"] == 2) for_each_change(one, place, "signature", judge);
        }
        for_each_change(one, one["block"]["result"]["block"]["data"], "data", judge);
        EXPECT_GT(judged, 25U);
        // With three signatures it is still believed, when nothing else is changed.
        EXPECT_TRUE(verify_block(*Recorded::read(one), recorded.chain_id, height, set));
    }
}

class MadeBlockTest : public ::testing::Test {
  protected:
    BlockPlan plan() const {
        BlockPlan plan;
        plan.chain_id = "bsn-test";
        plan.height = 7;
        plan.transactions = {to_bytes("one"), to_bytes("two"), to_bytes("three")};
        plan.app_hash = testing::filled<ledger::Hash>(3);
        plan.next_validators = signers.set().hash();
        return plan;
    }
    Status judge(const SignedBlock& block, const ValidatorSet& set) const {
        auto verified = verify_block(block, "bsn-test", 7, set);
        return verified ? Status() : verified.error();
    }
    Status judge(const SignedBlock& block) const { return judge(block, signers.set()); }
    /// A signed block, whose commit is changed after that.
    SignedBlock changed(const std::function<void(types::Commit&)>& change) const {
        SignedBlock block = make_signed_block(plan(), signers);
        types::Commit commit;
        commit.ParseFromString(to_text(block.commit));
        change(commit);
        block.commit = to_bytes(commit.SerializeAsString());
        return block;
    }

    SigningValidators signers{7};
};

TEST_F(MadeBlockTest, more_than_two_thirds_must_have_signed) {
    BlockPlan some = plan();
    some.absent = 2;
    EXPECT_TRUE(judge(make_signed_block(some, signers)));
    some.absent = 3;
    Status refused = judge(make_signed_block(some, signers));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::bad_signature);
    EXPECT_NE(refused.error().message.find("4 of 7"), std::string::npos);
}

TEST_F(MadeBlockTest, exactly_two_thirds_are_not_enough) {
    SigningValidators six(6);
    BlockPlan some = plan();
    some.absent = 2;
    EXPECT_FALSE(judge(make_signed_block(some, six), six.set()));
    some.absent = 1;
    EXPECT_TRUE(judge(make_signed_block(some, six), six.set()));
}

TEST_F(MadeBlockTest, power_counts_and_not_heads) {
    signers.powers = {1, 1, 1, 1, 1, 1, 100};
    BlockPlan some = plan();
    EXPECT_TRUE(judge(make_signed_block(some, signers)));
    some.absent = 1;  // the one of power 100: it stands first
    EXPECT_FALSE(judge(make_signed_block(some, signers)));
}

TEST_F(MadeBlockTest, a_signature_counts_once_and_at_its_place) {
    EXPECT_FALSE(judge(changed([](types::Commit& commit) {
        for (int i = 1; i < 7; ++i) *commit.mutable_signatures(i) = commit.signatures(0);
    })));
    EXPECT_FALSE(judge(changed([](types::Commit& commit) {
        for (int i = 0; i < 7; ++i) *commit.add_signatures() = commit.signatures(i);
    })));
    EXPECT_FALSE(
        judge(changed([](types::Commit& commit) { commit.mutable_signatures()->RemoveLast(); })));
    EXPECT_FALSE(judge(changed([](types::Commit& commit) { commit.clear_signatures(); })));
}

TEST_F(MadeBlockTest, votes_for_nothing_do_not_count) {
    EXPECT_FALSE(judge(changed([](types::Commit& commit) {
        for (int i = 0; i < 3; ++i) {
            commit.mutable_signatures(i)->set_block_id_flag(types::BLOCK_ID_FLAG_NIL);
        }
    })));
}

TEST_F(MadeBlockTest, a_few_wrong_signatures_do_no_harm) {
    EXPECT_TRUE(judge(changed([](types::Commit& commit) {
        commit.mutable_signatures(0)->set_signature(std::string(64, 's'));
        commit.mutable_signatures(1)->set_signature("");
    })));
}

TEST_F(MadeBlockTest, of_other_validators) {
    const SigningValidators others(7);
    EXPECT_FALSE(judge(make_signed_block(plan(), others)));
    EXPECT_FALSE(judge(make_signed_block(plan(), signers), others.set()));
}

TEST_F(MadeBlockTest, of_another_chain_or_height) {
    const SignedBlock block = make_signed_block(plan(), signers);
    EXPECT_EQ(verify_block(block, "bsn-other", 7, signers.set()).error().code,
              Code::invalid_argument);
    EXPECT_EQ(verify_block(block, "bsn-test", 8, signers.set()).error().code,
              Code::invalid_argument);
    EXPECT_EQ(verify_block(block, "bsn-test", 0, signers.set()).error().code,
              Code::invalid_argument);
}

TEST_F(MadeBlockTest, other_transactions) {
    for (const std::vector<Bytes>& others : {std::vector<Bytes>{},
                                             {to_bytes("one"), to_bytes("two")},
                                             {to_bytes("two"), to_bytes("one"), to_bytes("three")},
                                             {to_bytes("onetwothree")}}) {
        SignedBlock block = make_signed_block(plan(), signers);
        block.transactions = others;
        EXPECT_EQ(judge(block).error().code, Code::bad_signature);
    }
}

TEST_F(MadeBlockTest, too_large_or_malformed) {
    SignedBlock block = make_signed_block(plan(), signers);
    block.header.resize(k_max_header_bytes + 1);
    EXPECT_EQ(judge(block).error().code, Code::too_large);
    block = make_signed_block(plan(), signers);
    block.commit.pop_back();
    EXPECT_EQ(judge(block).error().code, Code::invalid_argument);
    block = make_signed_block(plan(), signers);
    block.transactions.assign(k_max_transactions + 1, {});
    EXPECT_EQ(judge(block).error().code, Code::too_large);
}

TEST(ValidatorSetTest, is_ordered_by_power_then_by_address) {
    const SigningValidators signers(5);
    std::vector<Validator> some = signers.validators();
    some[2].power = 9;
    const ValidatorSet set = *ValidatorSet::of(some);
    EXPECT_EQ(set.members()[0].validator, some[2]);
    EXPECT_EQ(set.total_power(), 13U);
    for (std::size_t i = 2; i < 5; ++i) {
        EXPECT_LT(set.members()[i - 1].address, set.members()[i].address);
    }
}

TEST(ValidatorSetTest, refuses_what_is_no_set) {
    const std::vector<Validator> good = SigningValidators(2).validators();
    EXPECT_FALSE(ValidatorSet::of({}));
    EXPECT_FALSE(ValidatorSet::of({good[0], good[0]}));
    EXPECT_FALSE(ValidatorSet::of({good[0], {good[1].key, 0}}));
    EXPECT_FALSE(ValidatorSet::of({{Bytes(31), 1}}));
    EXPECT_FALSE(ValidatorSet::of({{good[0].key, ~0ULL}, good[1]}));
}

TEST(RpcBlockTest, is_read_strictly) {
    const Recorded recorded;
    const Json one = recorded.json["blocks"][2];
    auto refused = [&](const std::string& pointer, const Json& value) {
        Json other = one;
        other[Json::json_pointer(pointer)] = value;
        auto read = Recorded::read(other);
        EXPECT_FALSE(read) << pointer << " = " << value.dump();
    };
    const std::string header = "/commit/result/signed_header/header/";
    const std::string commit = "/commit/result/signed_header/commit/";
    refused("/commit/result/signed_header", nullptr);
    refused(header + "height", 24);
    refused(header + "height", "24x");
    refused(header + "height", "");
    refused(header + "app_hash", "XY");
    refused(header + "app_hash", "ABC");
    refused(header + "chain_id", 5);
    for (const char* time :
         {"", "2026-11-28", "2026-11-28T08:20:37.501", "2026-13-28T08:20:37Z",
          "2026-02-30T08:20:37Z", "2026-11-28T24:20:37Z", "2026-11-28T08:20:37.Z",
          "2026-11-28T08:20:37.1234567890Z", "2026-11-28T08:20:37+08:00", "2026-11-28 08:20:37Z"}) {
        refused(header + "time", time);
    }
    refused(commit + "round", "0");
    refused(commit + "round", -1);
    refused(commit + "round", 1ULL << 31U);
    refused(commit + "signatures", Json::object());
    refused(commit + "signatures/0/block_id_flag", 9);
    refused(commit + "signatures/0/signature", "?");
    refused(commit + "signatures/0", 1);
    refused("/block/result/block/data/txs", nullptr);
    refused("/block/result/block/data/txs/0", "not base64");
    refused("/block/result/block/data/txs/0", 1);
    EXPECT_FALSE(signed_block_of(nullptr, nullptr));
    EXPECT_TRUE(Recorded::read(one));
}

}  // namespace
}  // namespace bsn::ordering
