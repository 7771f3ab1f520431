#include "cli/fabric/transactions.hpp"

#include "base/clock.hpp"
#include "cli/fabric/creator.hpp"
#include "framework/fabric/client/proposal_builder.hpp"
#include "framework/fabric/client/transaction.hpp"
#include "framework/fabric/client/transaction_check.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace {

namespace fabric = framework::fabric;

std::string path_of(const AppRef& app, std::string_view what) {
    return fmt::format("/v1/apps/{}/{}", to_hex(app.channel.view()), what);
}

/// The transaction's payload, of a proposal that peers endorsed.
Result<std::string> endorsed(NodeClient& api, const AppRef& app,
                             const fabric::BuiltProposal& proposal,
                             const fabric::Identity& creator) {
    ApiCall request{.method = "POST",
                    .target = path_of(app, "endorsements"),
                    .content_type = "application/octet-stream",
                    .body = to_bytes(proposal.sign(creator).SerializeAsString())};
    auto response = api.call(request);
    // Whatever became of it, no transaction was sent.
    if (!response && response.error().code == Code::unknown_outcome) {
        return Error{Code::unavailable,
                     "no city node came by enough organisations that endorse the call in time; "
                     "nothing was sent: " +
                         response.error().message};
    }
    if (!response) return response.error();
    std::string payload(response->text());
    if (fabric::is_transaction_of(payload, proposal.proposal)) return payload;
    return Error{Code::bad_signature,
                 "the node handed back another transaction than the one that was proposed; nothing "
                 "was signed: ask another node with --node"};
}

/// What the channel calls a contract of the app.
Result<std::string> chaincode_of(NodeClient& api, const AppRef& app, const std::string& contract) {
    if (!app.nodes_sign) return contract;
    BSN_TRY(record, api.app_record(app.name));
    for (const Json& one : record.value("contracts", Json::array())) {
        if (text_of(one, "name") == contract) return text_of(one, "chaincode");
    }
    return Error{Code::not_found, fmt::format("{} has no contract '{}'", app.name, contract)};
}

}  // namespace

Result<SubmitAnswer> transact_by_node(NodeClient& api, const AppRef& app,
                                      const Invocation& invocation) {
    Json arguments = Json::array();
    for (const Bytes& argument : invocation.arguments) {
        arguments.push_back({{"base64", to_base64(argument)}});
    }
    const Json body{{"contract", invocation.contract},
                    {"function", invocation.function},
                    {"arguments", arguments},
                    {"idempotency_key", to_hex(new_nonce())}};
    BSN_TRY(json, api.call_json({.method = "POST",
                                 .target = path_of(app, "invocations"),
                                 .content_type = "application/json",
                                 .body = to_bytes(body.dump()),
                                 .sign_for = app.channel}));
    BSN_TRY(id, fixed_from_hex<ledger::TxId>(text_of(json, "id")));
    BSN_TRY(answer, submit_answer(id, json));
    if (answer.error) return *answer.error;
    return answer;
}

Result<SubmitAnswer> transact_on_fabric(NodeClient& api, const AppRef& app,
                                        const Identity& identity, const Invocation& invocation,
                                        const std::optional<OwnCertificate>& own) {
    BSN_TRY(who, creator_of(api, app, identity, own));
    BSN_TRY(chaincode, chaincode_of(api, app, invocation.contract));
    const fabric::Identity& creator = who.identity;
    fabric::ProposalSpec spec;
    spec.channel = who.channel;
    spec.hash = who.hash;
    spec.chaincode = chaincode;
    spec.arguments.push_back(invocation.function);
    for (const Bytes& argument : invocation.arguments) spec.arguments.push_back(to_text(argument));
    spec.time = SystemClock().now();
    const fabric::BuiltProposal proposal = build_proposal(spec, creator.serialized());
    BSN_TRY(payload, endorsed(api, app, proposal, creator));
    const common::Envelope envelope = fabric::sign_payload(std::move(payload), creator);
    auto id = fixed_from_hex<ledger::TxId>(proposal.transaction_id);
    ensure(id.ok(), "a transaction id of Fabric has 32 bytes");
    return api.submit(app, *id, to_bytes(envelope.SerializeAsString()));
}

}  // namespace bsn::cli
