#pragma once
// Receipt files, what a verifier trusts, and how a verification is told.

#include "cli/context.hpp"

namespace bsn::cli {

/// What to verify against: the pinned genesis, moved forward to a checkpoint if one is named (an
/// epoch record of the system channel, as bytes or hexadecimal digits).
Result<ledger::Trust> load_trust(Context& context, const std::string& checkpoint_file);

/// The bundle of a receipt file, in JSON or in the binary form.
Result<ledger::ReceiptBundle> read_receipt_file(const std::filesystem::path& file);
/// The two steps of it, for those who need the bytes; `file` is named in errors.
Result<Bytes> read_receipt_bytes(const std::filesystem::path& file);
Result<ledger::ReceiptBundle> parse_receipt(const std::filesystem::path& file, ByteView content);
/// Writes a receipt in canonical JSON. A file of other content is left alone unless `force`.
Status write_receipt_file(const std::filesystem::path& file, const ledger::ReceiptBundle& bundle,
                          bool force);
/// The same with the content given.
Status write_receipt_file(const std::filesystem::path& file, ByteView content, bool force);

/// The name under which the app was published, as the bundle's creation says; for bundles that are
/// verified. `system` for the permission chain.
std::string app_name_of(const ledger::ReceiptBundle& bundle);

/// `✓ claim: detail`, one line for each step.
void print_steps(Output& out, const std::vector<ledger::VerificationStep>& steps);
Json steps_json(const std::vector<ledger::VerificationStep>& steps);
/// What a verified (or only decoded) receipt says: who, what, where, when.
Json verification_json(const ledger::Verification& verification);
std::vector<std::pair<std::string, std::string>> verification_fields(
    const ledger::Verification& verification);

/// A call, as people read it: `evidence.deposit("4a…", "…")`, long arguments cut.
std::string call_text(const ledger::Payload& payload);

}  // namespace bsn::cli
