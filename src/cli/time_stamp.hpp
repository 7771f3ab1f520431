#pragma once
// Time stamps of receipts' blocks: asked for, kept beside the receipt, checked.
// `docs/formats.md` 24.

#include "crypto/time_stamp.hpp"
#include "ledger/header.hpp"

#include <filesystem>

namespace bsn::cli {

/// What an authority stamps for a block: the SHA-256 of the 32 bytes of its header's hash.
crypto::Hash stamped_digest(const ledger::Header& header);

/// Where the time stamp of a receipt is kept: beside it.
std::filesystem::path time_stamp_file_of(const std::filesystem::path& receipt);

/// Asks the authority at `url` (http or https, with a path if it has one) for a time stamp of this
/// digest; the answer's bytes, which verify by `anchors`. `timeout_ms` is for all of it.
Result<Bytes> fetch_time_stamp(std::string_view url, const crypto::Hash& digest,
                               const std::string& anchors, std::uint64_t timeout_ms);

/// Reads a time stamp and verifies that it is of this block, by the certificates of a PEM file.
Result<crypto::TimeStamp> check_time_stamp(const std::filesystem::path& file,
                                           const std::filesystem::path& anchors,
                                           const ledger::Header& header);

/// The content of a PEM file of certificates of authorities.
Result<std::string> read_anchors(const std::filesystem::path& file);

}  // namespace bsn::cli
