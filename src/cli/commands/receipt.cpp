// bsn receipt: look at receipts, verify them offline, fetch them.

#include "base/files.hpp"
#include "cli/commands/commands.hpp"
#include "cli/fabric/proofs.hpp"
#include "cli/output_file.hpp"
#include "cli/receipts.hpp"
#include "cli/solidity/app_session.hpp"
#include "cli/solidity/outside_proof.hpp"
#include "cli/time_stamp.hpp"

#include <fmt/format.h>

#include <optional>
#include <tuple>

namespace bsn::cli {
namespace fs = std::filesystem;
namespace {

struct ReceiptOptions {
    std::string file;
    std::string checkpoint;
    std::string app;
    std::string id;
    std::string output;
    std::string abi;
    std::string sealers;
    std::string organisations;
    std::string url;
    std::string time_stamp;
    std::string tsa_ca;
    bool force = false;
};

/// The ABI that was named; an empty one if none was.
Result<contract::abi::Abi> named_abi(const ReceiptOptions& options) {
    if (options.abi.empty()) return contract::abi::Abi();
    BSN_TRY(text, read_file(options.abi, contract::abi::k_max_abi));
    auto parsed = contract::abi::Abi::parse(as_text(text));
    if (!parsed) return parsed.error().within(options.abi);
    return parsed;
}

/// What the receipt of a dialect's transaction says beside the rest: appended to the fields, and as
/// member `dialect` to the JSON.
Status add_dialect(const ReceiptOptions& options, const ledger::ReceiptBundle& bundle,
                   std::vector<std::pair<std::string, std::string>>& fields, Json& json) {
    BSN_TRY(abi, named_abi(options));
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

/// Whether a file holds a proof of a FISCO BCOS network outside.
Result<bool> is_of_outside(const ReceiptOptions& options) {
    BSN_TRY(content, read_receipt_bytes(options.file));
    return framework::fisco_network::Proof::decode(content).ok();
}

Outcome show_outside(Context& context, const ReceiptOptions& options) {
    BSN_TRY(content, read_receipt_bytes(options.file));
    BSN_TRY(proof, parse_proof(options.file, content));
    BSN_TRY(abi, named_abi(options));
    std::vector<std::pair<std::string, std::string>> fields;
    Json json{{"verified", false}};
    tell(proof, abi, fields, json);
    context.out().fields(fields);
    context.out().text("Nothing was verified; `bsn receipt verify --sealers FILE` does.");
    context.out().json(json);
    return Exit::done;
}

Outcome show(Context& context, const ReceiptOptions& options) {
    BSN_TRY(content, read_receipt_bytes(options.file));
    if (is_fabric_proof(content)) return show_fabric_proof(context, options.file, content);
    BSN_TRY(outside, is_of_outside(options));
    if (outside) return show_outside(context, options);
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

/// The receipt's time stamp, if it was asked for: told, appended to the fields, and as member
/// `time_stamp` to the JSON.
Status add_time_stamp(const ReceiptOptions& options, const ledger::Header& header,
                      std::vector<std::pair<std::string, std::string>>& fields, Json& json) {
    if (options.tsa_ca.empty()) return {};
    const std::string file =
        options.time_stamp.empty() ? time_stamp_file_of(options.file).string() : options.time_stamp;
    BSN_TRY(stamp, check_time_stamp(file, options.tsa_ca, header));
    fields.emplace_back("time stamp", to_iso8601(stamp.time));
    fields.emplace_back("stamped by", stamp.authority);
    json["time_stamp"] = {{"file", file},
                          {"time", stamp.time},
                          {"time_text", to_iso8601(stamp.time)},
                          {"authority", stamp.authority},
                          {"serial", stamp.serial}};
    return {};
}

/// Asks an authority for a time stamp of a receipt's block.
Outcome timestamp(Context& context, const ReceiptOptions& options) {
    const fs::path file =
        options.output.empty() ? time_stamp_file_of(options.file) : fs::path(options.output);
    if (!options.force) BSN_CHECK(check_is_new(file));
    BSN_TRY(trust, load_trust(context, options.checkpoint));
    BSN_TRY(bundle, read_receipt_file(options.file));
    BSN_TRY(anchors, read_anchors(options.tsa_ca));
    ledger::Verification verification = ledger::verify_bundle(bundle, trust);
    if (!verification.authentic) {
        return Error{Code::bad_signature, fmt::format("{}: {}; there is nothing to stamp",
                                                      options.file, verification.failure())};
    }
    const crypto::Hash digest = stamped_digest(*verification.header);
    BSN_TRY(answer,
            fetch_time_stamp(options.url, digest, anchors, context.options().timeout_s * 1000));
    auto stamp = crypto::verify_time_stamp(answer, digest, anchors);
    if (!stamp) return stamp.error();
    BSN_CHECK(write_file_atomically(file, answer));
    context.out().value(one_line(fmt::format("{}: block {} was there at {}, by the word of {}",
                                             file.string(), verification.header->height,
                                             to_iso8601(stamp->time), stamp->authority)));
    context.out().json({{"file", file.string()},
                        {"block", to_hex(verification.header->hash().view())},
                        {"time", stamp->time},
                        {"time_text", to_iso8601(stamp->time)},
                        {"authority", stamp->authority},
                        {"serial", stamp->serial}});
    return Exit::done;
}

enum class ProofKind : std::uint8_t { unreadable, ledger, fisco_network, fabric };

ProofKind kind_of(const ReceiptOptions& options, ByteView content) {
    if (is_fabric_proof(content)) return ProofKind::fabric;
    if (framework::fisco_network::Proof::decode(content).ok()) return ProofKind::fisco_network;
    return parse_receipt(options.file, content).ok() ? ProofKind::ledger : ProofKind::unreadable;
}

/// What is said of an option that judges proofs of another kind: whoever gave it would believe that
/// it was heeded. None: all fit.
std::optional<std::string> misplaced_option(const ReceiptOptions& options, ProofKind kind) {
    if (kind == ProofKind::unreadable) return std::nullopt;
    const auto name = [](ProofKind one) {
        return one == ProofKind::ledger          ? "a receipt of the network's own ledger"
               : one == ProofKind::fisco_network ? "a proof of a FISCO BCOS network outside"
                                                 : "a proof of a channel of Hyperledger Fabric";
    };
    const std::tuple<const char*, const std::string*, ProofKind> table[] = {
        {"--checkpoint", &options.checkpoint, ProofKind::ledger},
        {"--tsa-ca", &options.tsa_ca, ProofKind::ledger},
        {"--timestamp", &options.time_stamp, ProofKind::ledger},
        {"--sealers", &options.sealers, ProofKind::fisco_network},
        {"--organisations", &options.organisations, ProofKind::fabric}};
    for (const auto& [option, value, belongs] : table) {
        if (value->empty() || kind == belongs) continue;
        return fmt::format("{} is {}: {} is for {}; leave it out", options.file, name(kind), option,
                           name(belongs));
    }
    return std::nullopt;
}

/// Judges by the sealers that the caller believes: no network of ours vouches for such a proof.
Outcome verify_outside(Context& context, const ReceiptOptions& options) {
    BSN_TRY(trust, read_sealers(options.sealers));
    BSN_TRY(content, read_receipt_bytes(options.file));
    BSN_TRY(proof, parse_proof(options.file, content));
    const ProofJudgement judgement = judge(proof, trust);
    print_steps(context.out(), judgement.steps);
    const bool success = judgement.holds && proof.receipt.status == 0;
    Json json{{"authentic", judgement.holds}, {"success", success}};
    json["steps"] = steps_json(judgement.steps);
    if (judgement.holds) {
        BSN_TRY(abi, named_abi(options));
        std::vector<std::pair<std::string, std::string>> fields;
        tell(proof, abi, fields, json);
        if (context.out().is_chatty()) context.out().fields(fields);
    }
    context.out().json(json);
    if (success) {
        if (!context.out().is_chatty()) context.out().value("verified");
        return Exit::done;
    }
    if (judgement.holds) {
        return Error{Code::contract_failed,
                     fmt::format("{}: the proof is authentic, and shows that the transaction had "
                                 "no effect: {}",
                                 options.file, one_line(receipt_of(proof).error))};
    }
    return Error{Code::bad_signature,
                 fmt::format("{}: {}; do not rely on it, and ask whoever gave it to you for "
                             "another one",
                             options.file, one_line(judgement.steps.back().detail))};
}

Outcome verify(Context& context, const ReceiptOptions& options) {
    BSN_TRY(content, read_receipt_bytes(options.file));
    const ProofKind kind = kind_of(options, content);
    if (const auto told = misplaced_option(options, kind)) return context.usage(*told);
    if (!options.sealers.empty()) return verify_outside(context, options);
    if (kind == ProofKind::fabric) {
        if (!options.organisations.empty()) {
            return verify_fabric_proof(context, options.file, content, options.organisations);
        }
        return context.usage(fmt::format(
            "{} is a proof of a channel of Hyperledger Fabric: name the organisations that you "
            "believe with --organisations FILE (`bsn fabric organisations APP` prints those of an "
            "app)",
            options.file));
    }
    if (kind == ProofKind::fisco_network) {
        return context.usage(fmt::format(
            "{} is a proof of a FISCO BCOS network outside: name the sealers whose signatures you "
            "believe with --sealers FILE (`bsn fisco sealers APP` prints those of an app)",
            options.file));
    }
    if (!options.time_stamp.empty() && options.tsa_ca.empty()) {
        return context.usage(
            "--timestamp needs --tsa-ca FILE, the authority's certificate in PEM, to be checked "
            "by");
    }
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
        BSN_CHECK(add_time_stamp(options, *verification.header, fields, json));
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

/// The proof, judged by the sealers that the app's description names.
Outcome fetch_outside(Context& context, const ReceiptOptions& options, NodeClient& api,
                      const AppRef& app, const ledger::TxId& id) {
    BSN_TRY(proof, api.proof(app, *ledger::Hash::from(id.view())));
    const std::string file = options.output.empty() ? options.id + ".proof" : options.output;
    BSN_CHECK(write_receipt_file(file, proof.encode(), options.force));
    context.out().value(file);
    std::vector<std::pair<std::string, std::string>> fields;
    Json json{{"authentic", true}, {"success", proof.receipt.status == 0}, {"file", file}};
    tell(proof, {}, fields, json);
    context.out().json(json);
    return Exit::done;
}

Outcome fetch(Context& context, const ReceiptOptions& options) {
    auto id = fixed_from_hex<ledger::TxId>(options.id);
    if (!id) return context.usage("a transaction's id is 64 hexadecimal digits");
    BSN_TRY(api, context.client(Context::Signing::if_possible));
    BSN_TRY(app, api->app(options.app));
    if (app.outside) return fetch_outside(context, options, *api, app, *id);
    if (app.fabric) {
        const std::string file = options.output.empty() ? options.id + ".proof" : options.output;
        return keep_fabric_proof(context, *api, app, *id, file, options.force);
    }
    BSN_TRY(trust, load_trust(context, options.checkpoint));
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
                     "bsn receipt verify contract.pdf.receipt.json --genesis genesis.json\n"
                     "  bsn receipt verify deposit.proof --organisations organisations.json");
    command->add_option("FILE", options->file, "The receipt file")->required();
    command
        ->add_option("--checkpoint", options->checkpoint,
                     "An epoch record of the system channel that you trust")
        ->type_name("FILE");
    command
        ->add_option("--abi", options->abi,
                     "A contract package or ABI, to read calls and events of Solidity by")
        ->type_name("FILE");
    command
        ->add_option("--sealers", options->sealers,
                     "For a proof of a FISCO BCOS network outside: the sealers to believe (JSON, "
                     "as `bsn fisco sealers` prints it)")
        ->type_name("FILE");
    command
        ->add_option("--organisations", options->organisations,
                     "For a proof of a channel of Fabric: the organisations to believe (JSON, as "
                     "`bsn fabric organisations` prints it)")
        ->type_name("FILE");
    command
        ->add_option("--tsa-ca", options->tsa_ca,
                     "Check the time stamp, too, by these certificates of authorities (PEM)")
        ->type_name("FILE");
    command->add_option("--timestamp", options->time_stamp, "The time stamp (FILE.tsr)")
        ->type_name("FILE");
    commands.on(command, [options](Context& context) { return verify(context, *options); });

    command = commands.add(
        group, "timestamp", "Have an authority stamp the time of the receipt's block (RFC 3161)",
        "bsn receipt timestamp contract.pdf.receipt.json --url http://tsa.example/tsr --tsa-ca "
        "tsa.pem");
    command->add_option("FILE", options->file, "The receipt file")->required();
    command->add_option("--url", options->url, "The authority's address")
        ->required()
        ->type_name("URL");
    command
        ->add_option("--tsa-ca", options->tsa_ca,
                     "Certificates of authorities that you trust (PEM)")
        ->required()
        ->type_name("FILE");
    command
        ->add_option("--checkpoint", options->checkpoint,
                     "An epoch record of the system channel that you trust")
        ->type_name("FILE");
    command->add_option("--output,-o", options->output, "Where to (FILE.tsr)")->type_name("FILE");
    command->add_flag("--force", options->force, "Overwrite another time stamp");
    commands.on(command, [options](Context& context) { return timestamp(context, *options); });

    command = commands.add(group, "fetch", "Fetch the receipt of a transaction, and verify it",
                           "bsn receipt fetch kv 4f0c…9a --output set.receipt.json");
    command->add_option("APP", options->app, "The app")->required();
    command->add_option("ID", options->id, "The transaction's id")->required();
    command
        ->add_option("--output,-o", options->output,
                     "Where to (ID.receipt.json; ID.proof of a network outside)")
        ->type_name("FILE");
    command->add_flag("--force", options->force, "Overwrite another receipt");
    commands.on(command, [options](Context& context) { return fetch(context, *options); });
}

}  // namespace bsn::cli
