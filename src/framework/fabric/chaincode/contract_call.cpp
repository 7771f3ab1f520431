#include "framework/fabric/chaincode/contract_call.hpp"

#include "framework/fabric/chaincode/contract_events.hpp"
#include "framework/fabric/chaincode/proposal.hpp"

#include <peer/chaincode.pb.h>
#include <peer/proposal_response.pb.h>

namespace bsn::framework::fabric {
namespace {

using protos::ChaincodeMessage;

/// As Fabric's shims number them.
constexpr std::int32_t k_status_ok = 200;
constexpr std::int32_t k_status_error = 500;

/// What a call that was not refused leaves.
struct Completed {
    Bytes answer;
    std::vector<ledger::LogEntry> events;
};

ChaincodeMessage completed(const ChaincodeMessage& request, const protos::Response& response) {
    ChaincodeMessage message;
    message.set_type(ChaincodeMessage::COMPLETED);
    message.set_txid(request.txid());
    message.set_channel_id(request.channel_id());
    message.set_payload(response.SerializeAsString());
    return message;
}

Result<Completed> run(const contract::Contract& contract, const ChaincodeMessage& request,
                      PeerDialogue& peer) {
    protos::ChaincodeInput input;
    if (!input.ParseFromString(request.payload()) || input.args().empty()) {
        return contract::refuse("the call names no function: it is the first argument");
    }
    BSN_TRY(origin, origin_of(request));
    std::vector<Bytes> arguments;
    for (int i = 1; i < input.args_size(); ++i) arguments.push_back(to_bytes(input.args(i)));

    contract::Call call;
    call.contract = contract.type();
    call.function = input.args(0);
    call.arguments = arguments;
    call.caller = origin.caller;
    call.signer = origin.signer;
    call.transaction = origin.transaction;
    call.height = origin.height;
    call.index = origin.index;
    call.time = origin.time;

    const contract::Function* function = contract.find(call.function);
    if (function == nullptr) return contract::refuse(contract.unknown_function(call.function));
    PeerState state(peer);
    if (function->kind == contract::FunctionKind::read) {
        BSN_TRY(answer, contract::query(&contract, call, state));
        return Completed{std::move(answer), {}};
    }
    ledger::StateOverlay overlay(state);
    BSN_TRY(outcome, contract::execute(&contract, call, overlay));
    ledger::Receipt& receipt = outcome.receipt;
    if (receipt.status != ledger::ExecutionStatus::success) {
        return contract::refuse(std::move(receipt.error));
    }
    // Reads all that it changes, so that of two transactions on their way that put the same entry,
    // Fabric takes one only.
    BSN_CHECK(state.read_ahead(overlay.unread()));
    BSN_TRY(changes, overlay.changes());
    BSN_CHECK(state.write(changes));
    return Completed{std::move(receipt.result), std::move(receipt.logs)};
}

}  // namespace

ChaincodeMessage run_call(const contract::Contract& contract, const ChaincodeMessage& request,
                          PeerDialogue& peer) {
    auto done = run(contract, request, peer);
    if (!done) return refuse_call(request, done.error().message);
    protos::Response response;
    response.set_status(k_status_ok);
    response.set_payload(to_text(done->answer));
    ChaincodeMessage message = completed(request, response);
    if (auto event = chaincode_event(done->events)) *message.mutable_chaincode_event() = *event;
    return message;
}

ChaincodeMessage answer_init(const ChaincodeMessage& request) {
    protos::Response response;
    response.set_status(k_status_ok);
    return completed(request, response);
}

ChaincodeMessage refuse_call(const ChaincodeMessage& request, std::string_view sentence) {
    protos::Response response;
    response.set_status(k_status_error);
    response.set_message(ledger::readable_error(sentence));
    return completed(request, response);
}

}  // namespace bsn::framework::fabric
