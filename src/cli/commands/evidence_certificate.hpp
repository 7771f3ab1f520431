#pragma once
// bsn evidence certificate, and the check that it shares with bsn evidence verify.

#include "cli/commands/commands.hpp"
#include "cli/evidence.hpp"

namespace bsn::cli {

/// A file and its receipt, verified against each other and against what is trusted.
struct CheckedFile {
    FileDigest digest;
    std::filesystem::path receipt;
    crypto::Hash receipt_sha256;  ///< of the receipt file's bytes, those that were verified
    EvidenceProof proof;
};

/// `receipt` empty: the file's receipt beside it. An error only if something cannot be read; what
/// does not verify is in the proof.
Result<CheckedFile> check_file(const std::filesystem::path& file, const std::string& receipt,
                               const ledger::Trust& trust);
Json checked_json(const std::string& file, const CheckedFile& checked);

void add_evidence_certificate_command(Commands& commands, CLI::App* group);

}  // namespace bsn::cli
