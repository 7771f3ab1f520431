#pragma once
// The programs of Fabric for tests that run them.

#include "framework/fabric/network/releases.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace bsn::framework::fabric::testing {

/// Of the folder that $BSN_FABRIC names, of whatever release; if it names none, those of 2.5 that
/// are installed here, and $BSN_FABRIC names them from then on, so that nodes offer no other line.
inline Result<FabricPrograms> programs_for_tests() {
    if (const char* given = std::getenv("BSN_FABRIC")) return look_at_fabric_programs(given);
    BSN_TRY(found, find_fabric_programs("", k_release_lines.front()));
    ::setenv("BSN_FABRIC", found.folder.c_str(), 0);
    return found;
}

}  // namespace bsn::framework::fabric::testing
