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
    BSN_TRY(response, api.call(request));
    std::string payload(response.text());
    if (fabric::is_transaction_of(payload, proposal.proposal)) return payload;
    return Error{Code::bad_signature,
                 "the node handed back another transaction than the one that was proposed; nothing "
                 "was signed: ask another node with --node"};
}

}  // namespace

Result<SubmitAnswer> transact_on_fabric(NodeClient& api, const AppRef& app,
                                        const Identity& identity, const Invocation& invocation) {
    BSN_TRY(creator_on_channel, creator_of(api, app, identity));
    const fabric::Identity& creator = creator_on_channel.identity;
    fabric::ProposalSpec spec;
    spec.channel = creator_on_channel.channel;
    spec.chaincode = invocation.contract;
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
