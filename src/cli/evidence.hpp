#pragma once
// Evidence about files: their hashes, and what a receipt proves about them. Pure but for reading
// the file itself.

#include "cli/transactions.hpp"
#include "ledger/verify.hpp"

#include <filesystem>
#include <functional>

namespace bsn::cli {

inline constexpr std::string_view k_evidence_contract = "evidence";

/// A file's content in short.
struct FileDigest {
    crypto::Hash sha256;
    std::uint64_t size = 0;
};

/// Hashes a file piece by piece; `read` (may be null) is told the bytes of each.
Result<FileDigest> digest_file(const std::filesystem::path& file,
                               const std::function<void(std::uint64_t)>& read);

/// Where the receipt of a file is kept: beside it.
std::filesystem::path receipt_file_of(const std::filesystem::path& file);

/// The files that are meant by such as `photos/*`: without the receipts of others among them.
std::vector<std::string> files_without_receipts(const std::vector<std::string>& files);

/// The deposit of a file: its hash, and its name and size as metadata.
Invocation deposit_of(const std::filesystem::path& file, const FileDigest& digest);

/// What a receipt proves about a content.
struct EvidenceProof {
    ledger::Verification verification;  ///< its steps end with those about the content
    std::string app;
    std::string metadata;  ///< as deposited
    bool holds = false;

    /// Why nothing is proven, in one sentence; empty if it is.
    std::string failure() const;
};

/// Verifies a receipt, and that it is of a successful deposit (alone or in a batch) of this hash.
EvidenceProof prove_evidence(const ledger::ReceiptBundle& bundle, const ledger::Trust& trust,
                             const crypto::Hash& sha256);

}  // namespace bsn::cli
