#pragma once
// The programs of Hyperledger Fabric that a city node runs.

#include "base/result.hpp"

#include <filesystem>

namespace bsn::framework::fabric {

struct Programs {
    std::filesystem::path peer;
    std::filesystem::path orderer;
};

/// In the folder that $BSN_FABRIC names; otherwise beside this program, in the folder `fabric`
/// there, or where `bsn framework install fabric` puts them. `not_found` says what to do.
Result<Programs> find_programs();

}  // namespace bsn::framework::fabric
