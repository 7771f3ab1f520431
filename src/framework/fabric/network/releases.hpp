#pragma once
// Releases of Fabric: the programs of which are where.

#include "base/result.hpp"

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bsn::framework::fabric {

/// A line of releases that a network can run on. One network has programs of one line.
struct ReleaseLine {
    std::string_view name;     ///< as it is chosen: `2.5` or `3.1`
    std::string_view folder;   ///< below a folder of engines: `fabric` or `fabric-3`
    std::string_view version;  ///< what its releases begin with, such as `2.5.` or `3.`
    /// After the names of what a node keeps for it: nothing, or `-3`.
    std::string_view suffix;
};

inline constexpr std::array k_release_lines{ReleaseLine{"2.5", "fabric", "2.5.", ""},
                                            ReleaseLine{"3.1", "fabric-3", "3.", "-3"}};

/// Those that a network needs.
inline constexpr std::array<std::string_view, 4> k_fabric_programs{"peer", "orderer", "configtxgen",
                                                                   "osnadmin"};

struct FabricPrograms {
    std::filesystem::path folder;
    std::string version;  ///< of the release, such as `2.5.9`

    std::filesystem::path program(std::string_view name) const { return folder / name; }
    const ReleaseLine& line() const;
};

/// The line that a version is of; null for those that we do not run.
const ReleaseLine* release_line_of(std::string_view version);

/// The programs of a folder, or of `bin` in it as release archives have it. `not_found` with what
/// is missing; `unsupported_version` if `peer version` names none of our lines.
Result<FabricPrograms> look_at_fabric_programs(const std::filesystem::path& folder);

/// Where programs of a line are looked for, in this order: in $BSN_FABRIC, and then nowhere else;
/// below `engines`, the home's own folder (`HOME/engines`), unless that is empty; where `make
/// install` puts them; in build/engines of the checkout that this program was built in.
std::vector<std::filesystem::path> fabric_places(const std::filesystem::path& engines,
                                                 const ReleaseLine& line);

/// Whether something lies where only programs of this line should.
bool has_fabric_place(const std::filesystem::path& engines, const ReleaseLine& line);

/// Whether $BSN_FABRIC says where the programs are, so that there is one line only.
bool fabric_folder_is_given();

/// The first programs of the line among `fabric_places`. What is there and cannot be used is an
/// error; `not_found`, with how to install them, if there is nothing.
Result<FabricPrograms> find_fabric_programs(const std::filesystem::path& engines,
                                            const ReleaseLine& line);

}  // namespace bsn::framework::fabric
