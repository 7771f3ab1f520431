#pragma once
// What a peer of Fabric does with a contract server: connects, calls, serves state, commits.

#include "base/bytes.hpp"
#include "crypto/hash.hpp"

#include <common/common.pb.h>
#include <grpcpp/create_channel.h>
#include <ledger/queryresult/kv_query_result.pb.h>
#include <msp/identities.pb.h>
#include <peer/chaincode.pb.h>
#include <peer/chaincode_shim.grpc.pb.h>
#include <peer/proposal.pb.h>
#include <peer/proposal_response.pb.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bsn::testing {

/// A call of a chaincode.
struct FabricCall {
    std::string transaction;  ///< 64 hexadecimal digits
    std::string channel = "trade";
    std::vector<std::string> arguments;
    std::int64_t seconds = 1'795'333'800;
    std::int32_t nanos = 123'456'789;
    std::string certificate;  ///< of the creator, PEM
};

/// What came of it.
struct FabricOutcome {
    std::string transaction;
    std::int32_t status = 0;  ///< 0: the server did not answer
    std::string message;
    std::string payload;
    std::optional<protos::ChaincodeEvent> event;
    std::vector<std::string> questions;  ///< types of the messages that the contract sent
};

/// One stream. Reads see what was committed, not what the same transaction wrote; ranges come in
/// pages; what a transaction wrote is kept if its status says success.
class FabricPeer {
  public:
    explicit FabricPeer(
        const std::string& address,
        std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials(),
        std::size_t page = 3)
        : page_(page),
          stub_(protos::Chaincode::NewStub(grpc::CreateChannel(address, credentials))) {
        stream_ = stub_->Connect(&context_);
        auto hello = read();
        if (!hello) return;
        protos::ChaincodeID id;
        if (hello->type() == protos::ChaincodeMessage::REGISTER &&
            id.ParseFromString(hello->payload())) {
            package_id = id.name();
        }
        send_plain(protos::ChaincodeMessage::REGISTERED);
        send_plain(protos::ChaincodeMessage::READY);
    }
    ~FabricPeer() { hang_up(); }

    FabricOutcome call(const FabricCall& call) {
        begin(call);
        return finish();
    }

    void begin(const FabricCall& call) {
        protos::ChaincodeInput input;
        for (const std::string& argument : call.arguments) input.add_args(argument);
        protos::ChaincodeMessage message;
        message.set_type(protos::ChaincodeMessage::TRANSACTION);
        message.set_txid(call.transaction);
        message.set_channel_id(call.channel);
        message.set_payload(input.SerializeAsString());
        message.mutable_proposal()->set_proposal_bytes(proposal_of(call));
        stream_->Write(message);
    }

    /// Serves the contract until a call is completed; of several, whichever is first.
    FabricOutcome finish() {
        FabricOutcome outcome;
        while (auto message = read()) {
            Writes& writes = writes_[message->txid()];
            if (message->type() == protos::ChaincodeMessage::COMPLETED) {
                outcome.transaction = message->txid();
                protos::Response response;
                response.ParseFromString(message->payload());
                outcome.status = response.status();
                outcome.message = response.message();
                outcome.payload = response.payload();
                if (message->has_chaincode_event()) outcome.event = message->chaincode_event();
                if (response.status() < 400) commit(writes);
                writes_.erase(message->txid());
                return outcome;
            }
            outcome.questions.push_back(protos::ChaincodeMessage_Type_Name(message->type()));
            stream_->Write(answer(*message, writes));
        }
        return outcome;
    }

    std::optional<protos::ChaincodeMessage> read() {
        protos::ChaincodeMessage message;
        if (!stream_->Read(&message)) return std::nullopt;
        return message;
    }
    void send(const protos::ChaincodeMessage& message) { stream_->Write(message); }
    void hang_up() {
        context_.TryCancel();
        if (stream_) stream_->Finish();
        stream_.reset();
    }
    grpc::Status end() {
        auto status = stream_->Finish();
        stream_.reset();
        return status;
    }

    std::string package_id;  ///< that the server registered with; empty: none
    std::map<std::string, std::string> state;
    std::size_t open_ranges() const { return ranges_.size(); }
    /// What the peer refuses everything with; empty: it does not.
    std::string refuses;

    static std::string proposal_of(const FabricCall& call) {
        common::ChannelHeader channel;
        channel.set_channel_id(call.channel);
        channel.set_tx_id(call.transaction);
        channel.mutable_timestamp()->set_seconds(call.seconds);
        channel.mutable_timestamp()->set_nanos(call.nanos);
        msp::SerializedIdentity creator;
        creator.set_mspid("Org1MSP");
        creator.set_id_bytes(call.certificate);
        common::SignatureHeader signature;
        signature.set_creator(creator.SerializeAsString());
        signature.set_nonce("nonce");
        common::Header header;
        header.set_channel_header(channel.SerializeAsString());
        header.set_signature_header(signature.SerializeAsString());
        protos::Proposal proposal;
        proposal.set_header(header.SerializeAsString());
        protos::ChaincodeProposalPayload payload;
        payload.set_input("input");
        proposal.set_payload(payload.SerializeAsString());
        return proposal.SerializeAsString();
    }

  private:
    using Writes = std::map<std::string, std::optional<std::string>>;
    using Range = std::vector<std::pair<std::string, std::string>>;

    void send_plain(protos::ChaincodeMessage_Type type) {
        protos::ChaincodeMessage message;
        message.set_type(type);
        stream_->Write(message);
    }

    void commit(const Writes& writes) {
        for (const auto& [key, value] : writes) {
            if (value) {
                state[key] = *value;
            } else {
                state.erase(key);
            }
        }
    }

    protos::ChaincodeMessage answer(const protos::ChaincodeMessage& question, Writes& writes) {
        protos::ChaincodeMessage message;
        message.set_type(protos::ChaincodeMessage::RESPONSE);
        message.set_txid(question.txid());
        message.set_channel_id(question.channel_id());
        auto payload = refuses.empty() ? payload_for(question, writes) : std::nullopt;
        if (payload) {
            message.set_payload(*payload);
        } else {
            message.set_type(protos::ChaincodeMessage::ERROR);
            message.set_payload(refuses.empty() ? "bad question" : refuses);
        }
        return message;
    }

    std::optional<std::string> payload_for(const protos::ChaincodeMessage& question,
                                           Writes& writes) {
        switch (question.type()) {
            case protos::ChaincodeMessage::GET_STATE: {
                protos::GetState get;
                if (!get.ParseFromString(question.payload()) || get.key().empty()) return {};
                auto found = state.find(get.key());
                return found == state.end() ? std::string() : found->second;
            }
            case protos::ChaincodeMessage::PUT_STATE: {
                protos::PutState put;
                if (!put.ParseFromString(question.payload()) || put.key().empty()) return {};
                writes[put.key()] = put.value();
                return std::string();
            }
            case protos::ChaincodeMessage::DEL_STATE: {
                protos::DelState erase;
                if (!erase.ParseFromString(question.payload())) return {};
                writes[erase.key()] = std::nullopt;
                return std::string();
            }
            case protos::ChaincodeMessage::GET_STATE_BY_RANGE: {
                protos::GetStateByRange get;
                if (!get.ParseFromString(question.payload())) return {};
                auto to = get.endkey().empty() ? state.end() : state.lower_bound(get.endkey());
                const std::string id = std::to_string(++last_range_);
                ranges_[id] = Range(state.lower_bound(get.startkey()), to);
                return page_of(id);
            }
            case protos::ChaincodeMessage::QUERY_STATE_NEXT: {
                protos::QueryStateNext next;
                next.ParseFromString(question.payload());
                return page_of(next.id());
            }
            case protos::ChaincodeMessage::QUERY_STATE_CLOSE: {
                protos::QueryStateClose close;
                close.ParseFromString(question.payload());
                ranges_.erase(close.id());
                protos::QueryResponse closed;
                closed.set_id(close.id());
                return closed.SerializeAsString();
            }
            default: return {};
        }
    }

    /// A range that is read to its end is closed by the peer itself.
    std::optional<std::string> page_of(const std::string& id) {
        auto found = ranges_.find(id);
        if (found == ranges_.end()) return {};
        Range& rest = found->second;
        protos::QueryResponse page;
        page.set_id(id);
        const std::size_t count = std::min(page_, rest.size());
        for (std::size_t i = 0; i < count; ++i) {
            queryresult::KV entry;
            entry.set_namespace_("contract");
            entry.set_key(rest[i].first);
            entry.set_value(rest[i].second);
            page.add_results()->set_resultbytes(entry.SerializeAsString());
        }
        rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(count));
        page.set_has_more(!rest.empty());
        if (rest.empty()) ranges_.erase(found);
        return page.SerializeAsString();
    }

    const std::size_t page_;
    grpc::ClientContext context_;
    std::unique_ptr<protos::Chaincode::Stub> stub_;
    std::unique_ptr<grpc::ClientReaderWriter<protos::ChaincodeMessage, protos::ChaincodeMessage>>
        stream_;
    std::map<std::string, Writes> writes_;  ///< by transaction
    std::map<std::string, Range> ranges_;
    std::uint64_t last_range_ = 0;
};

}  // namespace bsn::testing
