#include "cli/evidence.hpp"

#include "base/files.hpp"
#include "cli/receipts.hpp"
#include "contract/evidence_batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <iterator>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace bsn::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t k_piece_bytes = 1U << 20;
constexpr std::string_view k_deposit = "deposit";
constexpr std::string_view k_deposit_batch = "depositBatch";
constexpr std::string_view k_deposited_event = "deposited";

/// The metadata deposited with a hash; `not_found` if the call deposits another one.
Result<std::string> deposited_metadata(const ledger::Payload& call, std::string_view hash) {
    const Error absent{Code::not_found, "it deposits other content than this file's"};
    if (call.contract != k_evidence_contract) {
        return Error{Code::invalid_argument, fmt::format("it calls {}.{}, not evidence.deposit",
                                                         call.contract, call.function)};
    }
    if (call.function == k_deposit) {
        bool same = !call.arguments.empty() && as_text(call.arguments[0]) == hash;
        if (!same) return absent;
        return call.arguments.size() > 1 ? to_text(call.arguments[1]) : std::string();
    }
    if (call.function == k_deposit_batch && call.arguments.size() == 1) {
        BSN_TRY(entries, contract::decode_evidence_batch(as_text(call.arguments[0])));
        auto entry = std::find_if(entries.begin(), entries.end(),
                                  [&](const auto& candidate) { return candidate.hash == hash; });
        if (entry == entries.end()) return absent;
        return entry->metadata;
    }
    return Error{Code::invalid_argument,
                 fmt::format("it calls evidence.{}, which deposits nothing", call.function)};
}

/// Whether the contract itself said that it took this hash from the transaction's creator.
bool has_event(const ledger::Receipt& receipt, const ledger::ParticipantId& creator,
               const crypto::Hash& sha256) {
    return std::any_of(receipt.logs.begin(), receipt.logs.end(), [&](const ledger::LogEntry& log) {
        return log.contract == k_evidence_contract && log.topics.size() == 3 &&
               equal(log.topics[0], as_bytes(k_deposited_event)) &&
               equal(log.topics[1], sha256.view()) && equal(log.topics[2], creator.view());
    });
}

Result<FileHandle> open_content(const fs::path& file) {
    BSN_TRY(opened, open_file(file, O_RDONLY));
    struct stat state {};
    if (::fstat(opened.get(), &state) != 0) return file_error("examine", file, errno);
    if (S_ISDIR(state.st_mode)) {
        return Error{
            Code::invalid_argument,
            fmt::format("{0} is a folder; name the files in it, such as {0}/*", file.string())};
    }
    return std::move(opened);
}

}  // namespace

Result<FileDigest> digest_file(const fs::path& file,
                               const std::function<void(std::uint64_t)>& read) {
    BSN_TRY(opened, open_content(file));
    crypto::Hasher hasher(crypto::HashId::sha256);
    FileDigest digest;
    Bytes piece(k_piece_bytes);
    for (;;) {
        ssize_t count = ::read(opened.get(), piece.data(), piece.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return file_error("read", file, errno);
        if (count == 0) break;
        auto filled = static_cast<std::size_t>(count);
        hasher.update(ByteView(piece).first(filled));
        digest.size += filled;
        if (read) read(filled);
    }
    digest.sha256 = hasher.finish();
    return digest;
}

fs::path receipt_file_of(const fs::path& file) { return fs::path(file.string() + ".receipt.json"); }

std::vector<std::string> files_without_receipts(const std::vector<std::string>& files) {
    std::set<std::string> receipts;
    for (const std::string& file : files) receipts.insert(receipt_file_of(file).string());
    std::vector<std::string> kept;
    std::copy_if(files.begin(), files.end(), std::back_inserter(kept),
                 [&](const std::string& file) { return !receipts.contains(file); });
    return kept;
}

Invocation deposit_of(const fs::path& file, const FileDigest& digest) {
    Json metadata{{"name", file.filename().string()}, {"size", digest.size}};
    std::string text = metadata.dump(-1, ' ', false, Json::error_handler_t::replace);
    return {std::string(k_evidence_contract),
            std::string(k_deposit),
            {to_bytes(to_hex(digest.sha256.view())), to_bytes(text)}};
}

std::string EvidenceProof::failure() const {
    if (holds) return {};
    if (!verification.authentic || !verification.success()) return verification.failure();
    const ledger::VerificationStep& last = verification.steps.back();
    return fmt::format("it is not shown that {}: {}", last.claim, last.detail);
}

EvidenceProof prove_evidence(const ledger::ReceiptBundle& bundle, const ledger::Trust& trust,
                             const crypto::Hash& sha256) {
    EvidenceProof proof;
    proof.verification = ledger::verify_bundle(bundle, trust);
    ledger::Verification& verification = proof.verification;
    if (!verification.authentic) return proof;
    proof.app = app_name_of(bundle);
    auto step = [&](std::string claim, std::string detail, bool holds) {
        verification.steps.push_back({std::move(claim), std::move(detail), holds});
        return holds;
    };
    if (!step("the deposit succeeded",
              verification.success() ? "executed without refusal" : verification.failure(),
              verification.success())) {
        return proof;
    }
    std::string hash = to_hex(sha256.view());
    auto metadata = deposited_metadata(*verification.payload, hash);
    if (!step("the transaction deposits this file's SHA-256",
              metadata ? hash : metadata.error().message, metadata.ok())) {
        return proof;
    }
    proof.metadata = std::move(*metadata);
    bool noted = has_event(*verification.receipt, verification.payload->creator, sha256);
    proof.holds = step("the evidence contract took it",
                       noted ? fmt::format("for participant {}, app {}",
                                           to_hex(verification.payload->creator.view()), proof.app)
                             : "the receipt has no such event",
                       noted);
    return proof;
}

}  // namespace bsn::cli
