#include "framework/fabric/network/programs.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <unistd.h>
#include <vector>

namespace bsn::framework::fabric {
namespace fs = std::filesystem;
namespace {

bool is_program(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

bool holds_programs(const fs::path& folder) {
    return is_program(folder / "peer") && is_program(folder / "orderer");
}

}  // namespace

Result<Programs> find_programs() {
    if (const char* given = std::getenv("BSN_FABRIC")) {
        const fs::path folder = given;
        if (holds_programs(folder)) return Programs{folder / "peer", folder / "orderer"};
        return Error{
            Code::not_found,
            fmt::format("{}, which $BSN_FABRIC names, has no programs `peer` and `orderer`",
                        folder.string())};
    }
    std::error_code ignored;
    const fs::path own = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    for (const fs::path& folder :
         {own, own / "fabric", own.parent_path().parent_path() / "engines" / "fabric"}) {
        if (holds_programs(folder)) return Programs{folder / "peer", folder / "orderer"};
    }
    return Error{Code::not_found,
                 "the programs of Hyperledger Fabric are not installed on this city node; "
                 "`bsn framework install fabric` installs them, or name their folder in "
                 "$BSN_FABRIC"};
}

}  // namespace bsn::framework::fabric
