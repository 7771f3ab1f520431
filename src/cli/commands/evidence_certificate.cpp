#include "cli/commands/evidence_certificate.hpp"

#include "base/files.hpp"
#include "cli/certificate/content.hpp"
#include "cli/certificate/html.hpp"
#include "cli/certificate/pdf.hpp"
#include "cli/receipts.hpp"
#include "cli/time_stamp.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace fs = std::filesystem;
namespace {

struct CertificateOptions {
    std::string file;
    std::string receipt;
    std::string checkpoint;
    std::string language = "both";
    std::string output;
    std::string time_stamp;
    std::string tsa_ca;
    bool force = false;
};

constexpr std::size_t k_max_certificate = 64U << 20;

std::vector<certificate::Language> languages_of(const std::string& option) {
    using certificate::Language;
    if (option == "en") return {Language::english};
    if (option == "zh") return {Language::chinese};
    return {Language::english, Language::chinese};
}

Result<Bytes> rendered(const certificate::Document& document, const std::string& extension) {
    if (extension == ".pdf") return certificate::to_pdf(document);
    if (extension == ".txt") return to_bytes(certificate::to_text(document));
    BSN_TRY(html, certificate::to_html(document));
    return to_bytes(html);
}

/// One that is there with other content is left alone unless `force`.
Status check_replaceable(const fs::path& file, ByteView content, bool force) {
    if (force) return {};
    auto before = read_file(file, k_max_certificate);
    if (before ? equal(*before, content) : before.error().code == Code::not_found) return {};
    return Error{Code::already_exists,
                 fmt::format("{} is there with other content; move it away, or overwrite it with "
                             "--force",
                             file.string())};
}

/// All forms are made before the first is written.
Result<std::vector<std::string>> write_forms(const certificate::Document& document,
                                             const std::vector<std::string>& files, bool force) {
    std::vector<Bytes> contents;
    for (const std::string& file : files) {
        BSN_TRY(content, rendered(document, fs::path(file).extension().string()));
        BSN_CHECK(check_replaceable(file, content, force));
        contents.push_back(std::move(content));
    }
    for (std::size_t i = 0; i < files.size(); ++i) {
        BSN_CHECK(write_file_atomically(files[i], contents[i]));
    }
    return files;
}

/// The verified time stamp, if one was asked for.
Result<std::optional<certificate::StampFacts>> stamp_of(const CertificateOptions& options,
                                                        const CheckedFile& checked) {
    std::optional<certificate::StampFacts> facts;
    if (options.tsa_ca.empty()) return facts;
    const fs::path file = options.time_stamp.empty() ? time_stamp_file_of(checked.receipt)
                                                     : fs::path(options.time_stamp);
    BSN_TRY(stamp, check_time_stamp(file, options.tsa_ca, *checked.proof.verification.header));
    facts = {stamp.time, stamp.authority, file.filename().string()};
    return facts;
}

Outcome make_certificate(Context& context, const CertificateOptions& options) {
    const std::string extension = fs::path(options.output).extension().string();
    const bool to_stdout = options.output == "-";
    if (!options.output.empty() && !to_stdout && extension != ".pdf" && extension != ".html" &&
        extension != ".txt") {
        return context.usage(
            "the name after --output ends with .pdf, .html or .txt; - prints the text");
    }
    if (!options.time_stamp.empty() && options.tsa_ca.empty()) {
        return context.usage(
            "--timestamp needs --tsa-ca FILE, the authority's certificate in PEM, to be checked "
            "by");
    }
    BSN_TRY(trust, load_trust(context, options.checkpoint));
    BSN_TRY(genesis, context.genesis());
    BSN_TRY(checked, check_file(options.file, options.receipt, trust));
    if (!checked.proof.holds) {
        return Error{Code::bad_signature, fmt::format("{}: {}; there is nothing to certify",
                                                      options.file, checked.proof.failure())};
    }
    BSN_TRY(stamp, stamp_of(options, checked));
    certificate::Facts facts{.file = fs::path(options.file).filename().string(),
                             .size = checked.digest.size,
                             .sha256 = checked.digest.sha256,
                             .receipt = checked.receipt.filename().string(),
                             .receipt_sha256 = checked.receipt_sha256,
                             .network_name = genesis->name,
                             .network = genesis->network(),
                             .ordering = genesis->ordering,
                             .proof = &checked.proof,
                             .stamp = stamp};
    certificate::Document document = certificate::describe(facts, languages_of(options.language));
    Json json = checked_json(options.file, checked);
    json["receipt_sha256"] = document.receipt_digest;
    std::vector<std::string> files;
    if (to_stdout) {
        context.out().value(certificate::to_text(document));
    } else if (options.output.empty()) {
        files = {options.file + ".certificate.pdf", options.file + ".certificate.html"};
    } else {
        files = {options.output};
    }
    BSN_TRY(written, write_forms(document, files, options.force));
    for (const std::string& file : written) context.out().value(one_line(file));
    json["certificates"] = written;
    json["certificate"] = certificate::to_text(document);
    context.out().json(json);
    return Exit::done;
}

}  // namespace

Result<CheckedFile> check_file(const fs::path& file, const std::string& receipt,
                               const ledger::Trust& trust) {
    CheckedFile checked;
    checked.receipt = receipt.empty() ? receipt_file_of(file) : fs::path(receipt);
    BSN_TRY(digest, digest_file(file, nullptr));
    auto content = read_receipt_bytes(checked.receipt);
    if (!content && content.error().code == Code::not_found) {
        return Error{Code::not_found,
                     fmt::format("there is no receipt {}; name it with --receipt FILE, or deposit "
                                 "the file with `bsn evidence deposit`",
                                 checked.receipt.string())};
    }
    if (!content) return content.error();
    BSN_TRY(bundle, parse_receipt(checked.receipt, *content));
    checked.digest = digest;
    checked.receipt_sha256 = crypto::hash(crypto::HashId::sha256, *content);
    checked.proof = prove_evidence(bundle, trust, digest.sha256);
    return checked;
}

Json checked_json(const std::string& file, const CheckedFile& checked) {
    Json json{{"file", file},
              {"verified", checked.proof.holds},
              {"sha256", to_hex(checked.digest.sha256.view())},
              {"receipt", checked.receipt.string()}};
    if (checked.proof.holds) {
        json["app"] = checked.proof.app;
        json["metadata"] = checked.proof.metadata;
    } else {
        json["failure"] = checked.proof.failure();
    }
    json.update(verification_json(checked.proof.verification));
    json["steps"] = steps_json(checked.proof.verification.steps);
    return json;
}

void add_evidence_certificate_command(Commands& commands, CLI::App* group) {
    auto options = std::make_shared<CertificateOptions>();
    CLI::App* command =
        commands.add(group, "certificate", "A page about a verified receipt, to print: PDF, HTML",
                     "bsn evidence certificate contract.pdf --language zh");
    command->add_option("FILE", options->file, "The file")->required();
    command->add_option("--receipt", options->receipt, "The receipt (FILE.receipt.json)")
        ->type_name("FILE");
    command
        ->add_option("--checkpoint", options->checkpoint,
                     "An epoch record of the system channel that you trust")
        ->type_name("FILE");
    command->add_option("--language", options->language, "en, zh or both (both)")
        ->check(CLI::IsMember({"en", "zh", "both"}))
        ->type_name("LANGUAGE");
    command
        ->add_option("--output,-o", options->output,
                     "Where to: .pdf, .html or .txt (FILE.certificate.pdf and .html); - for text")
        ->type_name("FILE");
    command
        ->add_option("--tsa-ca", options->tsa_ca,
                     "Check and show the receipt's time stamp, by these certificates (PEM)")
        ->type_name("FILE");
    command->add_option("--timestamp", options->time_stamp, "The time stamp (RECEIPT.tsr)")
        ->type_name("FILE");
    command->add_flag("--force", options->force, "Overwrite other files of these names");
    commands.on(command,
                [options](Context& context) { return make_certificate(context, *options); });
}

}  // namespace bsn::cli
