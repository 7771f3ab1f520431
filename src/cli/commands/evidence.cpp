// bsn evidence: deposit files, verify receipts of them, ask who deposited what.

#include "cli/evidence.hpp"

#include "cli/commands/evidence_certificate.hpp"
#include "cli/commands/evidence_deposit.hpp"
#include "cli/receipts.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace fs = std::filesystem;
namespace {

struct VerifyOptions {
    std::string receipt;
    std::string checkpoint;
};

struct AskOptions {
    std::string app = "evidence";
    std::string what;
    std::size_t limit = 1000;
};

std::string verdict_text(const fs::path& file, const EvidenceProof& proof) {
    const ledger::Verification& verification = proof.verification;
    return fmt::format("{}: deposited by participant {} at {} in block {} of the app {} ({}).",
                       file.string(), to_hex(verification.payload->creator.view()),
                       to_iso8601(verification.header->time), verification.header->height,
                       proof.app, verification.trust_class);
}

Outcome verify_files(Context& context, const std::vector<std::string>& files,
                     const VerifyOptions& options) {
    if (!options.receipt.empty() && files.size() != 1) {
        return context.usage("--receipt goes with one FILE; see `bsn evidence verify --help`");
    }
    BSN_TRY(trust, load_trust(context, options.checkpoint));
    Output& out = context.out();
    Json json{{"files", Json::array()}};
    std::optional<Error> first_failure;
    for (const std::string& file : files) {
        auto checked = check_file(file, options.receipt, trust);
        std::optional<Error> failure;
        if (!checked) {
            failure = checked.error();
            json["files"].push_back(
                {{"file", file}, {"verified", false}, {"failure", failure->message}});
        } else {
            json["files"].push_back(checked_json(file, *checked));
            print_steps(out, checked->proof.verification.steps);
            if (checked->proof.holds) {
                out.value(one_line(verdict_text(file, checked->proof)));
            } else {
                failure =
                    Error{Code::bad_signature, fmt::format("{}: {}; do not rely on this receipt",
                                                           file, checked->proof.failure())};
            }
        }
        if (failure && files.size() > 1) out.text("✗ " + one_line(failure->message));
        if (failure && !first_failure) first_failure = failure;
    }
    json["verified"] = !first_failure;
    out.json(json);
    if (first_failure) return *first_failure;
    return Exit::done;
}

/// The hash that an argument names: its digits, or the content of the file of that name.
Result<std::string> hash_of(const std::string& what) {
    std::error_code ignored;
    bool digits = fixed_from_hex<crypto::Hash>(what).ok();
    if (digits && !fs::exists(what, ignored)) {
        return to_hex(fixed_from_hex<crypto::Hash>(what)->view());
    }
    auto digest = digest_file(what, nullptr);
    if (digest) return to_hex(digest->sha256.view());
    if (digest.error().code != Code::not_found) return digest.error();
    return Error{
        Code::invalid_argument,
        fmt::format("{} is neither a file nor a SHA-256 of 64 hexadecimal digits; name one "
                    "of these",
                    what)};
}

void print_records(Output& out, const AppRef& app, const Json& records, bool with_hash) {
    std::vector<std::vector<std::string>> rows;
    for (const Json& record : records) {
        // A contract on Fabric does not know its block; it counts by its clock.
        const std::string block = app.fabric ? "-" : std::to_string(number_of(record, "height"));
        rows.push_back({text_of(record, "time"), block,
                        text_of(record, with_hash ? "hash" : "owner"),
                        text_of(record, "transaction"), text_of(record, "metadata")});
    }
    out.table({"TIME", "BLOCK", with_hash ? "SHA-256" : "OWNER", "TRANSACTION", "METADATA"}, rows);
}

Outcome find(Context& context, const AskOptions& options) {
    auto hash = hash_of(options.what);
    if (!hash && hash.error().code == Code::invalid_argument) {
        return context.usage(hash.error().message);
    }
    if (!hash) return hash.error();
    BSN_TRY(api, context.client(Context::Signing::if_possible));
    BSN_TRY(app, api->app(options.app));
    BSN_TRY(result,
            api->query(app, {std::string(k_evidence_contract), "find", text_arguments({*hash})}));
    BSN_TRY(records, parse_json(as_text(result), "the node's answer"));
    context.out().json({{"sha256", *hash}, {"deposits", records}});
    if (records.empty()) {
        return Error{Code::not_found,
                     fmt::format("nobody deposited {} in the app {}; `bsn evidence deposit FILE` "
                                 "does",
                                 *hash, options.app)};
    }
    print_records(context.out(), app, records, false);
    return Exit::done;
}

Outcome history(Context& context, const AskOptions& options) {
    BSN_TRY(api, context.client(Context::Signing::if_possible));
    ledger::ParticipantId owner;
    if (options.what.empty()) {
        BSN_TRY(identity, context.identity());
        owner = identity->participant;
    } else {
        BSN_TRY(named, context.participant(options.what));
        owner = named;
    }
    BSN_TRY(app, api->app(options.app));
    constexpr std::size_t k_page = 1000;
    Json all = Json::array();
    std::string start;
    while (all.size() < options.limit) {
        std::string page_size = std::to_string(std::min(k_page, options.limit - all.size()));
        BSN_TRY(result,
                api->query(app, {std::string(k_evidence_contract), "history",
                                 text_arguments({to_hex(owner.view()), start, page_size})}));
        BSN_TRY(page, parse_json(as_text(result), "the node's answer"));
        for (const Json& entry : page["entries"]) all.push_back(entry);
        start = text_of(page, "next");
        if (start.empty()) break;
    }
    context.out().json(
        {{"owner", to_hex(owner.view())}, {"deposits", all}, {"complete", start.empty()}});
    print_records(context.out(), app, all, true);
    if (!start.empty()) context.out().text("There are more; ask for them with --limit N.");
    return Exit::done;
}

void add_checks(Commands& commands, CLI::App* group) {
    auto options = std::make_shared<VerifyOptions>();
    CLI::App* command = commands.add(group, "verify", "Verify files by their receipts, offline",
                                     "bsn evidence verify contract.pdf --genesis genesis.json");
    auto files = std::make_shared<std::vector<std::string>>();
    CLI::Option* which = command->add_option("FILE", *files, "The files")->required();
    command->add_option("--receipt", options->receipt, "The receipt (FILE.receipt.json)")
        ->type_name("FILE");
    command
        ->add_option("--checkpoint", options->checkpoint,
                     "An epoch record of the system channel that you trust")
        ->type_name("FILE");
    commands.on(command, [options, files, which](Context& context) {
        return verify_files(context, files_without_receipts(texts_of(which)), *options);
    });
}

void add_questions(Commands& commands, CLI::App* group) {
    auto options = std::make_shared<AskOptions>();
    CLI::App* command = commands.add(group, "find", "Who deposited this content, when, where",
                                     "bsn evidence find contract.pdf");
    command->add_option("HASH|FILE", options->what, "A SHA-256, or a file")->required();
    command->add_option("--app", options->app, "The app (evidence)");
    commands.on(command, [options](Context& context) { return find(context, *options); });

    auto paged = std::make_shared<AskOptions>();
    command = commands.add(group, "history", "What a participant deposited, oldest first",
                           "bsn evidence history");
    command->add_option("PARTICIPANT", paged->what, "An id, or the name of a key (your own)");
    command->add_option("--app", paged->app, "The app (evidence)");
    command->add_option("--limit", paged->limit, "At most so many (1000)")
        ->check(CLI::Range(1, 1'000'000));
    commands.on(command, [paged](Context& context) { return history(context, *paged); });
}

}  // namespace

void add_evidence_commands(Commands& commands) {
    CLI::App* group = commands.group("evidence", "Deposit files, verify receipts of them");
    auto options = std::make_shared<DepositOptions>();
    auto files = std::make_shared<std::vector<std::string>>();
    CLI::App* command =
        commands.add(group, "deposit", "Deposit the hashes of files; a receipt beside each",
                     "bsn evidence deposit contract.pdf photos/*");
    CLI::Option* which = command->add_option("FILE", *files, "The files")->required();
    command->add_option("--app", options->app, "The app (evidence)");
    command->add_flag("--force", options->force, "Overwrite other files named FILE.receipt.json");
    command->add_option("--batch", options->batch, "Transactions in one request (500)")
        ->check(CLI::Range(1, 4000));
    commands.on(command, [options, files, which](Context& context) {
        return deposit_files(context, texts_of(which), *options);
    });
    add_checks(commands, group);
    add_evidence_certificate_command(commands, group);
    add_questions(commands, group);
}

}  // namespace bsn::cli
