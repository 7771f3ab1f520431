#include "cli/fabric/proofs.hpp"

#include "base/clock.hpp"
#include "base/files.hpp"
#include "cli/receipts.hpp"
#include "framework/fabric/client/proof.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace {

namespace fabric = framework::fabric;

constexpr std::size_t k_max_trust_bytes = 16U << 20;

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string call_of(const framework::TransactionView& transaction) {
    std::string text = transaction.contract + "." + transaction.function + "(";
    for (std::size_t i = 0; i < transaction.arguments.size(); ++i) {
        text += (i == 0 ? "\"" : ", \"") + one_line(result_text(transaction.arguments[i])) + "\"";
    }
    return text + ")";
}

/// What a verified transaction says.
void tell(const framework::Verified& verified, Fields& fields, Json& json) {
    const framework::TransactionView& transaction = verified.transaction;
    const std::string result = result_text(transaction.result);
    fields.emplace_back("transaction", to_hex(transaction.id));
    fields.emplace_back("block",
                        fmt::format("{}, place {}", transaction.height, transaction.index));
    fields.emplace_back("time", to_iso8601(transaction.time) + ", by its client");
    fields.emplace_back("call", call_of(transaction));
    if (!result.empty()) fields.emplace_back("result", one_line(result));
    fields.emplace_back("trust", verified.trust);
    json["transaction"] = to_hex(transaction.id);
    json["height"] = transaction.height;
    json["index"] = transaction.index;
    json["time"] = transaction.time;
    json["time_text"] = to_iso8601(transaction.time);
    json["contract"] = transaction.contract;
    json["function"] = transaction.function;
    json["arguments"] = Json::array();
    for (const Bytes& argument : transaction.arguments) {
        json["arguments"].push_back(result_text(argument));
    }
    json["result"] = result;
    json["trust"] = verified.trust;
}

}  // namespace

bool is_fabric_proof(ByteView content) { return fabric::Proof::decode(content).ok(); }

Outcome show_fabric_proof(Context& context, const std::filesystem::path& file, ByteView content) {
    BSN_TRY(proof, fabric::Proof::decode(content));
    if (proof.index >= proof.envelopes.size()) {
        return Error{
            Code::invalid_argument,
            fmt::format("{}: the proof is of a transaction that its block has not", file.string())};
    }
    BSN_TRY(envelope, fabric::read_envelope(as_bytes(proof.envelopes[proof.index])));
    context.out().fields(
        {{"transaction", envelope.transaction_id},
         {"channel", envelope.channel + ", of Hyperledger Fabric"},
         {"block", fmt::format("{}, place {}", proof.header.number(), proof.index)},
         {"time", to_iso8601(envelope.time) + ", by its client"},
         {"contract", envelope.chaincode}});
    context.out().text("Nothing was verified; `bsn receipt verify --organisations FILE` does.");
    context.out().json({{"verified", false},
                        {"transaction", envelope.transaction_id},
                        {"fabric_channel", envelope.channel},
                        {"height", proof.header.number()},
                        {"index", proof.index},
                        {"time", envelope.time},
                        {"contract", envelope.chaincode}});
    return Exit::done;
}

Outcome verify_fabric_proof(Context& context, const std::filesystem::path& file, ByteView content,
                            const std::filesystem::path& organisations) {
    BSN_TRY(text, read_file(organisations, k_max_trust_bytes));
    auto trust = fabric::ChannelTrust::from_json(as_text(text));
    if (!trust) return trust.error().within(organisations.string());
    auto verified = fabric::verify_proof(content, text);
    if (!verified) {
        return Error{verified.error().code,
                     fmt::format("{}: {}; do not rely on it, and ask whoever gave it to you for "
                                 "another one",
                                 file.string(), one_line(verified.error().message))};
    }
    Fields fields;
    Json json{{"authentic", true}, {"success", verified->transaction.success}};
    tell(*verified, fields, json);
    if (context.out().is_chatty()) {
        context.out().fields(fields);
    } else {
        context.out().value("verified");
    }
    context.out().json(json);
    return Exit::done;
}

Result<Bytes> fetch_fabric_proof(NodeClient& api, const AppRef& app, const ledger::TxId& id) {
    ensure(app.fabric.has_value(), "a proof of an app whose chain is none of Fabric");
    BSN_TRY(proof, api.receipt_bytes(app, id.view()));
    auto verified = fabric::verify_proof(proof, as_bytes(*app.fabric));
    if (verified && verified->transaction.id == to_bytes(id.view())) return proof;
    return Error{Code::bad_signature,
                 fmt::format("the node sent a proof of transaction {} that does not hold ({}); ask "
                             "another node with --node",
                             to_hex(id.view()),
                             verified ? "it is of another one" : verified.error().message)};
}

Outcome keep_fabric_proof(Context& context, NodeClient& api, const AppRef& app,
                          const ledger::TxId& id, const std::filesystem::path& file, bool force) {
    BSN_TRY(proof, fetch_fabric_proof(api, app, id));
    BSN_CHECK(write_receipt_file(file, proof, force));
    context.out().value(file.string());
    BSN_TRY(verified, fabric::verify_proof(proof, as_bytes(*app.fabric)));
    Fields fields;
    Json json{{"authentic", true}, {"success", verified.transaction.success}};
    json["file"] = file.string();
    tell(verified, fields, json);
    context.out().json(json);
    return Exit::done;
}

}  // namespace bsn::cli
