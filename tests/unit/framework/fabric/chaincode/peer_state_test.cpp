#include "framework/fabric/chaincode/peer_state.hpp"

#include <gtest/gtest.h>
#include <ledger/queryresult/kv_query_result.pb.h>

#include <map>

namespace bsn::framework::fabric {
namespace {

/// A peer with these entries, which remembers what it was asked.
class Entries final : public PeerDialogue {
  public:
    Result<std::string> ask(protos::ChaincodeMessage_Type type, std::string payload) override {
        asked.push_back(type);
        if (type == protos::ChaincodeMessage::GET_STATE) {
            protos::GetState question;
            question.ParseFromString(payload);
            return entries[question.key()];
        }
        protos::GetStateByRange range;
        range.ParseFromString(payload);
        protos::QueryResponse page;
        const auto end = entries.lower_bound(range.endkey());
        for (auto at = entries.lower_bound(range.startkey()); at != end; ++at) {
            queryresult::KV entry;
            entry.set_key(at->first);
            entry.set_value(at->second);
            page.add_results()->set_resultbytes(entry.SerializeAsString());
        }
        return page.SerializeAsString();
    }

    std::map<std::string, std::string> entries;
    std::vector<protos::ChaincodeMessage_Type> asked;
};

std::optional<std::string> text(PeerState& state, ByteView key) {
    auto value = state.get("", key);
    EXPECT_TRUE(value.ok());
    return *value ? std::optional(to_text(**value)) : std::nullopt;
}

TEST(FabricPeerState, NeighboursAreReadWithOneQuestion) {
    Entries peer;
    const std::vector<Bytes> keys{{'a', 0, 0xFE}, {'a', 0, 0xFF}, {'a', 1, 0}, {'a', 1, 1}};
    peer.entries[state_key(keys[0])] = "first";
    peer.entries[state_key(keys[3])] = "last";
    peer.entries[state_key(Bytes{'a', 0, 0xFF, 7})] = "longer, and not asked for";
    peer.entries[state_key(Bytes{'a', 1, 2})] = "behind";
    PeerState state(peer);
    ASSERT_TRUE(state.read_ahead(keys));
    EXPECT_EQ(text(state, keys[0]), "first");
    EXPECT_EQ(text(state, keys[1]), std::nullopt);
    EXPECT_EQ(text(state, keys[2]), std::nullopt);
    EXPECT_EQ(text(state, keys[3]), "last");
    EXPECT_EQ(peer.asked, std::vector{protos::ChaincodeMessage::GET_STATE_BY_RANGE});
}

TEST(FabricPeerState, OthersAreReadOneByOneWhenTheyAreAskedFor) {
    Entries peer;
    const std::vector<Bytes> keys{{'a'}, {'a', 1}, {'a', 3}, {'b', 4}, {0xFF}};
    for (const Bytes& key : keys) peer.entries[state_key(key)] = "there";
    PeerState state(peer);
    ASSERT_TRUE(state.read_ahead(keys));
    EXPECT_TRUE(peer.asked.empty());
    for (const Bytes& key : keys) EXPECT_EQ(text(state, key), "there");
    EXPECT_EQ(peer.asked, std::vector(keys.size(), protos::ChaincodeMessage::GET_STATE));
}

}  // namespace
}  // namespace bsn::framework::fabric
