#include "fabric_fixture.hpp"
#include "framework/fabric/chaincode/proposal.hpp"
#include "framework/fabric/chaincode/state_keys.hpp"
#include "unit/contract/contract_fixture.hpp"

#include <nlohmann/json.hpp>

#include <random>

namespace bsn::framework::fabric {
namespace {

using namespace testing;
using contract::testing::MemoryState;
using nlohmann::json;

/// Random calls, run on Fabric and on our own world state.
class FabricSameAsOwn : public ContractServerTest {
  protected:
    void run_both(const FabricCall& call, const contract::Function& function) {
        protos::ChaincodeMessage message;
        message.set_txid(call.transaction);
        message.mutable_proposal()->set_proposal_bytes(FabricPeer::proposal_of(call));
        auto origin = origin_of(message);
        ASSERT_TRUE(origin) << origin.error().message;
        std::vector<Bytes> arguments;
        for (std::size_t i = 1; i < call.arguments.size(); ++i) {
            arguments.push_back(to_bytes(call.arguments[i]));
        }
        contract::Call own;
        own.contract = contract_->type();
        own.function = call.arguments[0];
        own.arguments = arguments;
        own.caller = origin->caller;
        own.transaction = origin->transaction;
        own.height = origin->height;
        own.index = origin->index;
        own.time = origin->time;

        auto there = peer_->call(call);
        if (function.kind == contract::FunctionKind::read) {
            auto here = contract::query(contract_.get(), own, state_);
            ASSERT_EQ(there.status == 200, here.ok()) << there.message;
            EXPECT_EQ(there.payload, here ? to_text(*here) : "");
            EXPECT_EQ(there.message, here ? "" : here.error().message);
        } else {
            ledger::StateOverlay overlay(state_);
            auto here = contract::execute(contract_.get(), own, overlay);
            ASSERT_TRUE(here);
            EXPECT_EQ(there.payload, to_text(here->receipt.result));
            EXPECT_EQ(there.message, here->receipt.error);
            EXPECT_EQ(there.event.has_value(), !here->receipt.logs.empty());
            state_.apply(overlay);
        }
        std::map<std::pair<std::string, Bytes>, Bytes> kept;
        for (const auto& [key, value] : peer_->state) {
            kept[{std::string(contract_->type()), *contract_key(key)}] = to_bytes(value);
        }
        ASSERT_EQ(kept, state_.entries);
    }

    MemoryState state_;
    std::mt19937 random_{7};
};

TEST_F(FabricSameAsOwn, Evidence) {
    start(contract::make_evidence_contract());
    Identity other;
    for (int i = 0; i < 600; ++i) {
        const auto& functions = contract_->functions();
        const auto& function = functions[random_() % functions.size()];
        const std::string hash = hash_text(random_() % 40);
        const Identity& who = random_() % 2 == 0 ? user_ : other;
        std::vector<std::string> arguments{std::string(function.name)};
        if (function.name == "deposit" || function.name == "find") {
            arguments.push_back(hash);
        } else if (function.name == "depositBatch") {
            arguments.push_back(json{
                {{"hash", hash}, {"metadata", "合同"}},
                {{"hash", hash_text(random_() % 60)},
                 {"metadata", ""}}}.dump());
        } else if (function.name == "get") {
            arguments.insert(arguments.end(), {hash, who.participant()});
        } else {
            arguments.insert(arguments.end(),
                             {who.participant(), "", std::to_string(1 + random_() % 9)});
        }
        auto call = next(std::move(arguments));
        call.certificate = who.certificate;
        ASSERT_NO_FATAL_FAILURE(run_both(call, function)) << i << ' ' << function.name;
    }
}

TEST_F(FabricSameAsOwn, KeysAndValues) {
    start(contract::make_kv_contract_2());
    const std::vector<std::string> keys{"a", "ab", "键", "b", "", " ", "ÿ"};
    for (int i = 0; i < 600; ++i) {
        const auto& functions = contract_->functions();
        const auto& function = functions[random_() % functions.size()];
        auto key = [&] { return keys[random_() % keys.size()]; };
        auto entry = [&] {
            return json{{"baseKey", key()}, {"baseValue", std::to_string(random_() % 100)}};
        };
        std::vector<std::string> arguments{std::string(function.name)};
        if (function.name == "set" || function.name == "Set" || function.name == "update" ||
            function.name == "Update") {
            arguments.push_back(entry().dump());
        } else if (function.name == "setMany") {
            arguments.push_back(json{entry(), entry()}.dump());
        } else if (function.name == "list") {
            arguments.insert(arguments.end(), {key(), "", std::to_string(1 + random_() % 5)});
        } else {
            arguments.push_back(key());
        }
        ASSERT_NO_FATAL_FAILURE(run_both(next(std::move(arguments)), function))
            << i << ' ' << function.name;
    }
}

}  // namespace
}  // namespace bsn::framework::fabric
