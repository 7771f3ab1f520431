// bsn receipt: look at receipts, verify them offline, fetch them.

#include "base/files.hpp"
#include "cli/commands/commands.hpp"
#include "cli/solidity/app_session.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace {

struct ReceiptOptions {
    std::string file;
    std::string checkpoint;
    std::string app;
    std::string id;
    std::string output;
    std::string abi;
    bool force = false;
};

/// What the receipt of a dialect's transaction says beside the rest: appended to the fields, and as
/// member `dialect` to the JSON.
Status add_dialect(const ReceiptOptions& options, const ledger::ReceiptBundle& bundle,
                   std::vector<std::pair<std::string, std::string>>& fields, Json& json) {
    contract::abi::Abi abi;
    if (!options.abi.empty()) {
        BSN_TRY(text, read_file(options.abi, contract::abi::k_max_abi));
        auto parsed = contract::abi::Abi::parse(as_text(text));
        if (!parsed) return parsed.error().within(options.abi);
        abi = std::move(*parsed);
    }
    Json dialect = dialect_json(bundle, abi);
    if (dialect.is_null()) return {};
    for (const auto& [name, value] : dialect.items()) {
        fields.emplace_back(
            name, value.is_string() ? one_line(value.get<std::string>()) : one_line(value.dump()));
    }
    json["dialect"] = std::move(dialect);
    return {};
}

/// What a receipt claims, unverified.
Result<ledger::Verification> claims_of(const ledger::ReceiptBundle& bundle) {
    ledger::Verification claims;
    BSN_TRY(transaction, ledger::Transaction::decode(bundle.proof.transaction));
    BSN_TRY(receipt, ledger::Receipt::decode(bundle.proof.receipt));
    BSN_TRY(header, ledger::Header::decode(bundle.proof.block.header));
    claims.payload = transaction.payload();
    claims.transaction_id = transaction.id();
    claims.receipt = std::move(receipt);
    claims.header = std::move(header);
    return claims;
}

Outcome show(Context& context, const ReceiptOptions& options) {
    BSN_TRY(bundle, read_receipt_file(options.file));
    BSN_TRY(claims, claims_of(bundle));
    auto fields = verification_fields(claims);
    fields.insert(fields.begin(), {"app", app_name_of(bundle)});
    Json json = verification_json(claims);
    BSN_CHECK(add_dialect(options, bundle, fields, json));
    context.out().fields(fields);
    context.out().text("Nothing was verified; `bsn receipt verify` does.");
    json.erase("authentic");
    json.erase("success");
    json["app"] = app_name_of(bundle);
    json["verified"] = false;
    context.out().json(json);
    return Exit::done;
}

Outcome verify(Context& context, const ReceiptOptions& options) {
    BSN_TRY(trust, load_trust(context, options.checkpoint));
    BSN_TRY(bundle, read_receipt_file(options.file));
    ledger::Verification verification = ledger::verify_bundle(bundle, trust);
    print_steps(context.out(), verification.steps);
    Json json = verification_json(verification);
    json["steps"] = steps_json(verification.steps);
    if (verification.authentic) {
        json["app"] = app_name_of(bundle);
        auto fields = verification_fields(verification);
        fields.insert(fields.begin(), {"app", app_name_of(bundle)});
        BSN_CHECK(add_dialect(options, bundle, fields, json));
        if (context.out().is_chatty()) context.out().fields(fields);
    }
    context.out().json(json);
    if (verification.success()) {
        if (!context.out().is_chatty()) context.out().value("verified");
        return Exit::done;
    }
    Code code = verification.authentic ? Code::contract_failed : Code::bad_signature;
    std::string_view advice =
        verification.authentic
            ? "the receipt is authentic, and proves that the transaction had no effect"
            : "do not rely on it, and ask whoever gave it to you for another one";
    return Error{code, fmt::format("{}: {}; {}", options.file, verification.failure(), advice)};
}

Outcome fetch(Context& context, const ReceiptOptions& options) {
    auto id = fixed_from_hex<ledger::TxId>(options.id);
    if (!id) return context.usage("a transaction's id is 64 hexadecimal digits");
    BSN_TRY(trust, load_trust(context, options.checkpoint));
    BSN_TRY(api, context.client(Context::Signing::if_possible));
    BSN_TRY(app, api->app(options.app));
    BSN_TRY(bundles, api->receipts(app, {*id}));
    if (!bundles.front()) return bundles.front().error();
    ledger::Verification verification = ledger::verify_bundle(*bundles.front(), trust);
    bool right = verification.authentic && verification.transaction_id == *id;
    if (!right) {
        return Error{Code::bad_signature,
                     fmt::format("the node sent a receipt that does not verify ({}); ask another "
                                 "node with --node",
                                 verification.failure())};
    }
    std::string file = options.output.empty() ? options.id + ".receipt.json" : options.output;
    BSN_CHECK(write_receipt_file(file, *bundles.front(), options.force));
    context.out().value(file);
    Json json = verification_json(verification);
    json["file"] = file;
    context.out().json(json);
    return Exit::done;
}

}  // namespace

void add_receipt_commands(Commands& commands) {
    CLI::App* group = commands.group("receipt", "Receipts: look at them, verify them, fetch them");
    auto options = std::make_shared<ReceiptOptions>();

    CLI::App* command = commands.add(group, "show", "Show what a receipt says, unverified",
                                     "bsn receipt show contract.pdf.receipt.json");
    command->add_option("FILE", options->file, "The receipt file")->required();
    command
        ->add_option("--abi", options->abi,
                     "A contract package or ABI, to read calls and events of Solidity by")
        ->type_name("FILE");
    commands.on(command, [options](Context& context) { return show(context, *options); });

    command =
        commands.add(group, "verify", "Verify a receipt offline, with nothing but the genesis file",
                     "bsn receipt verify contract.pdf.receipt.json --genesis genesis.json");
    command->add_option("FILE", options->file, "The receipt file")->required();
    command
        ->add_option("--checkpoint", options->checkpoint,
                     "An epoch record of the system channel that you trust")
        ->type_name("FILE");
    command
        ->add_option("--abi", options->abi,
                     "A contract package or ABI, to read calls and events of Solidity by")
        ->type_name("FILE");
    commands.on(command, [options](Context& context) { return verify(context, *options); });

    command = commands.add(group, "fetch", "Fetch the receipt of a transaction, and verify it",
                           "bsn receipt fetch kv 4f0c…9a --output set.receipt.json");
    command->add_option("APP", options->app, "The app")->required();
    command->add_option("ID", options->id, "The transaction's id")->required();
    command->add_option("--output,-o", options->output, "Where to (ID.receipt.json)")
        ->type_name("FILE");
    command->add_flag("--force", options->force, "Overwrite another receipt");
    commands.on(command, [options](Context& context) { return fetch(context, *options); });
}

}  // namespace bsn::cli
