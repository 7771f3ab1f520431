// bsn call, bsn query: any function of any contract.

#include "base/files.hpp"
#include "cli/commands/commands.hpp"
#include "cli/receipts.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace {

struct CallOptions {
    std::string app;
    std::string contract;
    std::string function;
    std::string receipt;
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
    BSN_TRY(trust, load_trust(context, ""));
    BSN_TRY(api, context.client(Context::Signing::yes));
    BSN_TRY(app, api->app(options.app));
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

Outcome call(Context& context, const CallOptions& options, const std::vector<std::string>& texts) {
    auto invocation = invocation_of(options, texts);
    if (!invocation && invocation.error().code == Code::invalid_argument) {
        return context.usage(invocation.error().message);
    }
    if (!invocation) return invocation.error();
    BSN_TRY(answer, context.transact(options.app, std::move(*invocation)));
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
    add_call(commands, "query", "Call a function that only reads", "bsn query kv kv get a",
             std::make_shared<CallOptions>(), query);
}

}  // namespace bsn::cli
