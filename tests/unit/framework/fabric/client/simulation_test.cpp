#include "framework/fabric/client/simulation.hpp"

#include <gtest/gtest.h>
#include <ledger/rwset/kvrwset/kv_rwset.pb.h>
#include <ledger/rwset/rwset.pb.h>
#include <peer/proposal.pb.h>
#include <peer/proposal_response.pb.h>

namespace bsn::framework::fabric {
namespace {

std::string payload_of(const std::string& results) {
    protos::ChaincodeAction action;
    action.set_results(results);
    protos::ProposalResponsePayload payload;
    payload.set_extension(action.SerializeAsString());
    return payload.SerializeAsString();
}

Result<bool> has_effects_of(const std::string& payload) {
    protos::ProposalResponse answer;
    answer.set_payload(payload);
    return has_effects(answer);
}

/// A call that read something of the chaincode, and perhaps more.
struct Simulation {
    Simulation() { set.add_reads()->set_key("a"); }

    std::string payload() const {
        rwset::TxReadWriteSet all;
        all.add_ns_rwset()->set_namespace_("_lifecycle");
        rwset::NsReadWriteSet& own = *all.add_ns_rwset();
        own.set_namespace_("kv");
        own.set_rwset(set.SerializeAsString());
        own.add_collection_hashed_rwset()->set_hashed_rwset(hidden.SerializeAsString());
        return payload_of(all.SerializeAsString());
    }

    kvrwset::KVRWSet set;
    kvrwset::HashedRWSet hidden;
};

TEST(Simulation, ReadingWritesNothing) {
    Simulation read;
    read.hidden.add_hashed_reads()->set_key_hash("a");
    EXPECT_FALSE(has_effects_of(read.payload()).value());
    EXPECT_FALSE(has_effects_of(payload_of("")).value());
}

TEST(Simulation, EachWayToWriteIsSeen) {
    Simulation entry;
    entry.set.add_writes()->set_key("a");
    EXPECT_TRUE(has_effects_of(entry.payload()).value());
    Simulation metadata;
    metadata.set.add_metadata_writes()->set_key("a");
    EXPECT_TRUE(has_effects_of(metadata.payload()).value());
    Simulation hidden;
    hidden.hidden.add_hashed_writes()->set_key_hash("a");
    EXPECT_TRUE(has_effects_of(hidden.payload()).value());
}

TEST(Simulation, WhatCannotBeReadIsNotTakenForARead) {
    EXPECT_EQ(has_effects_of("\xff").error().code, Code::invalid_argument);
    EXPECT_EQ(has_effects_of(payload_of("\xff")).error().code, Code::invalid_argument);
}

}  // namespace
}  // namespace bsn::framework::fabric
