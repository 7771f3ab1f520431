#pragma once
// Identities of an organisation, and endorsements as peers make them.

#include "crypto/certificate_authority.hpp"
#include "framework/fabric/client/proposal_builder.hpp"
#include "framework/fabric/client/transaction.hpp"

#include <gtest/gtest.h>
#include <peer/chaincode_event.pb.h>

namespace bsn::framework::fabric::testing {

inline constexpr UnixMillis k_time = 1'795'333'800'123;

inline Identity make_identity(const std::string& msp_id, const std::string& name) {
    auto key = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
    Identity identity;
    identity.msp_id = msp_id;
    identity.certificate = crypto::make_authority_certificate(key, name, k_time, 365);
    identity.signer = std::make_shared<KeySigner>(std::move(key));
    return identity;
}

inline ProposalSpec call(std::vector<std::string> arguments) {
    ProposalSpec spec;
    spec.channel = "app";
    spec.chaincode = "evidence";
    spec.arguments = std::move(arguments);
    spec.time = k_time;
    return spec;
}

/// What a peer signs after it has executed.
inline std::string response_payload(const std::string& result, const std::string& event = {}) {
    protos::ChaincodeAction action;
    action.mutable_response()->set_status(200);
    action.mutable_response()->set_payload(result);
    action.mutable_chaincode_id()->set_name("evidence");
    if (!event.empty()) {
        protos::ChaincodeEvent made;
        made.set_chaincode_id("evidence");
        made.set_event_name(event);
        made.set_payload("of " + event);
        action.set_events(made.SerializeAsString());
    }
    protos::ProposalResponsePayload payload;
    payload.set_proposal_hash("hash");
    payload.set_extension(action.SerializeAsString());
    return payload.SerializeAsString();
}

inline PeerAnswer endorse(const Identity& peer, const std::string& payload) {
    PeerAnswer answer{peer.msp_id, {}};
    answer.response.mutable_response()->set_status(200);
    answer.response.set_payload(payload);
    answer.response.mutable_endorsement()->set_endorser(peer.serialized());
    answer.response.mutable_endorsement()->set_signature(peer.sign(payload + peer.serialized()));
    return answer;
}

inline PeerAnswer refuse(std::int32_t status, const std::string& message) {
    PeerAnswer answer{"peer", {}};
    answer.response.mutable_response()->set_status(status);
    answer.response.mutable_response()->set_message(message);
    return answer;
}

}  // namespace bsn::framework::fabric::testing
