// bsn call, bsn query: any function of any contract.

#include "base/files.hpp"
#include "cli/commands/commands.hpp"
#include "cli/fabric/proofs.hpp"
#include "cli/solidity/app_session.hpp"
#include "contract/abi/answers.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace {

constexpr std::size_t k_max_certificate = 64U << 10;

struct CallOptions {
    std::string app;
    std::string contract;
    std::string function;
    std::string receipt;
    std::string msp_id;
    std::string certificate;
    bool force = false;
};

/// `@FILE`: the file's content; `hex:…`: bytes; anything else as it is (`@@…`: with one `@`).
Result<Bytes> argument_of(const std::string& text) {
    if (text.starts_with("@@")) return to_bytes(std::string_view(text).substr(1));
    if (text.starts_with("@")) return read_file(text.substr(1), ledger::k_max_transaction_bytes);
    if (text.starts_with("hex:")) {
        auto bytes = from_hex(std::string_view(text).substr(4));
        if (bytes) return bytes;
        return Error{Code::invalid_argument,
                     fmt::format("{} has something else than pairs of hexadecimal digits behind "
                                 "\"hex:\"",
                                 text)};
    }
    return to_bytes(text);
}

Result<Invocation> invocation_of(const CallOptions& options,
                                 const std::vector<std::string>& texts) {
    Invocation call{options.contract, options.function, {}};
    for (const std::string& text : texts) {
        BSN_TRY(argument, argument_of(text));
        call.arguments.push_back(std::move(argument));
    }
    return call;
}

Status keep_receipt(Context& context, const CallOptions& options, const SubmitAnswer& answer) {
    BSN_TRY(api, context.client(Context::Signing::yes));
    BSN_TRY(app, api->app(options.app));
    if (app.fabric) {
        BSN_TRY(proof, fetch_fabric_proof(*api, app, answer.id));
        return write_receipt_file(options.receipt, proof, options.force);
    }
    BSN_TRY(trust, load_trust(context, ""));
    BSN_TRY(bundles, api->receipts(app, {answer.id}));
    if (!bundles.front()) return bundles.front().error();
    ledger::Verification verification = ledger::verify_bundle(*bundles.front(), trust);
    if (!verification.success() || verification.transaction_id != answer.id) {
        return Error{Code::bad_signature,
                     fmt::format("transaction {} is done, but the node's receipt does not verify "
                                 "({}); fetch it from another node with `bsn receipt fetch`",
                                 to_hex(answer.id.view()), verification.failure())};
    }
    return write_receipt_file(options.receipt, *bundles.front(), options.force);
}

/// The arguments as texts, for a contract in Solidity.
std::vector<std::string> solidity_texts(const Invocation& invocation) {
    std::vector<std::string> texts;
    for (const Bytes& argument : invocation.arguments) texts.push_back(to_text(argument));
    return texts;
}

/// A transaction that calls a contract in Solidity, signed here.
Outcome call_solidity(Context& context, const CallOptions& options, const Invocation& invocation) {
    namespace abi = contract::abi;
    BSN_TRY(session, AppSession::open(context, options.app, Context::Signing::yes));
    BSN_TRY(callee, session.find(options.contract));
    BSN_TRY(function, callee.function(options.function, invocation.arguments.size()));
    BSN_TRY(values, abi::arguments_from_texts(function, solidity_texts(invocation)));
    BSN_TRY(executed, session.send(callee.address,
                                   abi::encode_call(function, values, session.hash()), callee.abi));
    // What is not as the ABI says is shown as it is: the transaction is done all the same.
    auto decoded = abi::result_json(function, executed.receipt.result);
    const Json result = decoded ? *decoded : Json("0x" + to_hex(executed.receipt.result));
    const Json events = events_json(executed.receipt, callee.abi, session.hash());
    if (!result.is_null()) context.out().value(result.dump());
    for (const Json& event : events) context.out().text("Event: " + event.dump());
    const SubmitAnswer& answer = executed.answer;
    context.out().text(fmt::format("Certified in block {} at {}: transaction {}", answer.height,
                                   to_iso8601(answer.time), to_hex(answer.id.view())));
    Json json{{"transaction", to_hex(answer.id.view())},
              {"height", answer.height},
              {"index", answer.index},
              {"time", answer.time},
              {"contract", abi::address_text(callee.address)},
              {"function", function.signature()},
              {"result", result},
              {"events", events},
              {"gas", executed.receipt.gas}};
    if (!options.receipt.empty()) {
        BSN_CHECK(write_receipt_file(options.receipt, executed.evidence, options.force));
        context.out().text(fmt::format("Receipt: {}", options.receipt));
        json["receipt"] = options.receipt;
    }
    context.out().json(json);
    return Exit::done;
}

/// The certificate that the caller names; none: it names none.
Result<std::optional<OwnCertificate>> own_certificate(const CallOptions& options) {
    if (options.certificate.empty()) return std::optional<OwnCertificate>();
    BSN_TRY(pem, read_file(options.certificate, k_max_certificate));
    return std::optional(OwnCertificate{options.msp_id, to_text(pem)});
}

Outcome call(Context& context, const CallOptions& options, const std::vector<std::string>& texts) {
    auto invocation = invocation_of(options, texts);
    if (!invocation && invocation.error().code == Code::invalid_argument) {
        return context.usage(invocation.error().message);
    }
    if (!invocation) return invocation.error();
    BSN_TRY(api, context.client(Context::Signing::yes));
    BSN_TRY(app, api->app(options.app));
    if (app.evm) return call_solidity(context, options, *invocation);
    BSN_TRY(own, own_certificate(options));
    BSN_TRY(answer, context.transact(options.app, std::move(*invocation), own));
    std::string result = result_text(answer.result);
    if (!result.empty()) context.out().value(result);
    context.out().text(fmt::format("Certified in block {} at {}: transaction {}", answer.height,
                                   to_iso8601(answer.time), to_hex(answer.id.view())));
    Json json{{"transaction", to_hex(answer.id.view())},
              {"height", answer.height},
              {"index", answer.index},
              {"time", answer.time},
              {"result", result}};
    if (!options.receipt.empty()) {
        BSN_CHECK(keep_receipt(context, options, answer));
        context.out().text(fmt::format("Receipt: {}", options.receipt));
        json["receipt"] = options.receipt;
    }
    context.out().json(json);
    return Exit::done;
}

Outcome query(Context& context, const CallOptions& options, const std::vector<std::string>& texts) {
    auto invocation = invocation_of(options, texts);
    if (!invocation && invocation.error().code == Code::invalid_argument) {
        return context.usage(invocation.error().message);
    }
    if (!invocation) return invocation.error();
    BSN_TRY(api, context.client(Context::Signing::if_possible));
    BSN_TRY(app, api->app(options.app));
    BSN_TRY(result, api->query(app, *invocation));
    if (app.evm) {
        const Json json = Json::parse(as_text(result), nullptr, false);
        if (json.is_discarded()) {
            return Error{Code::unsupported_version, "the node answered no JSON to the query"};
        }
        context.out().value(json.dump());
        context.out().json({{"result", json}});
        return Exit::done;
    }
    context.out().value(result_text(result));
    context.out().json({{"result", result_text(result)}});
    return Exit::done;
}

using Run = Outcome (*)(Context&, const CallOptions&, const std::vector<std::string>&);

CLI::App* add_call(Commands& commands, const std::string& name, const std::string& description,
                   const std::string& example, const std::shared_ptr<CallOptions>& options,
                   Run run) {
    CLI::App* command = commands.add(nullptr, name, description, example);
    command->add_option("APP", options->app, "The app")->required();
    command->add_option("CONTRACT", options->contract, "The contract's name in the app")
        ->required();
    command->add_option("FUNCTION", options->function, "The function")->required();
    auto texts = std::make_shared<std::vector<std::string>>();
    CLI::Option* arguments = command->add_option(
        "ARG", *texts, "Arguments: text, @FILE for a file's content, hex:… for bytes");
    commands.on(command, [options, texts, arguments, run](Context& context) {
        return run(context, *options, texts_of(arguments));
    });
    return command;
}

}  // namespace

void add_call_commands(Commands& commands) {
    auto options = std::make_shared<CallOptions>();
    CLI::App* command =
        add_call(commands, "call", "Call a function that writes",
                 R"(bsn call kv kv set '{"baseKey":"a","baseValue":"1"}')", options, call);
    command->add_option("--receipt", options->receipt, "Keep the verified receipt in this file")
        ->type_name("FILE");
    command->add_flag("--force", options->force, "Overwrite another receipt");
    CLI::Option* certificate =
        command
            ->add_option("--certificate", options->certificate,
                         "Of framework fabric-network: sign with your key and this certificate of "
                         "it (PEM), instead of having a node sign")
            ->type_name("FILE");
    CLI::Option* msp =
        command->add_option("--msp-id", options->msp_id, "The organisation that issued it")
            ->type_name("MSP");
    certificate->needs(msp);
    msp->needs(certificate);
    add_call(commands, "query", "Call a function that only reads", "bsn query kv kv get a",
             std::make_shared<CallOptions>(), query);
}

}  // namespace bsn::cli
