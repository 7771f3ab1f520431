#pragma once
// Archives as packages of chaincode are: .tar.gz.

#include "base/bytes.hpp"

#include <span>
#include <string>

namespace bsn::framework::fabric {

struct ArchiveFile {
    std::string name;
    Bytes content;
};

/// A .tar.gz of plain files, without times, owners or anything else that differs between machines.
Bytes make_archive(std::span<const ArchiveFile> files);

}  // namespace bsn::framework::fabric
