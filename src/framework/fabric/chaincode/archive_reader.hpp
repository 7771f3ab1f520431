#pragma once
// Reads archives that others made: .tar.gz, within limits, and nothing in them but files.

#include "framework/fabric/chaincode/archive.hpp"

#include <vector>

namespace bsn::framework::fabric {

struct ArchiveLimits {
    std::size_t unpacked_bytes = 100U << 20;  ///< of all files together
    std::size_t files = 20'000;
};

/// The files of a .tar.gz (ustar, PAX and GNU names), in its order; folders are passed over. Names
/// are relative, of plain parts: none is `..` or empty. `invalid_argument` for what is no whole
/// archive, for links, devices and other things that are no files, and for names that lead
/// elsewhere or stand twice; `too_large` beyond the limits, without unpacking more than them.
Result<std::vector<ArchiveFile>> read_archive(ByteView archive, const ArchiveLimits& limits);

/// Whether a name may stand in an archive; the error says why not.
Status check_archive_name(std::string_view name);

}  // namespace bsn::framework::fabric
