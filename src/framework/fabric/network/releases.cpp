#include "framework/fabric/network/releases.hpp"

#include "base/program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <unistd.h>

namespace bsn::framework::fabric {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds k_patience(30);
constexpr std::size_t k_max_answer = 64U << 10;

bool is_program(const fs::path& file) {
    std::error_code failure;
    return fs::is_regular_file(file, failure) && access(file.c_str(), X_OK) == 0;
}

/// The first of our programs that is not in the folder.
std::optional<std::string_view> missing_in(const fs::path& folder) {
    for (std::string_view name : k_fabric_programs) {
        if (!is_program(folder / name)) return name;
    }
    return std::nullopt;
}

/// The release in what `peer version` says: a line `Version: v2.5.9`.
std::string version_in(std::string_view answer) {
    constexpr std::string_view k_mark = "\n Version: v";
    const std::size_t at = answer.find(k_mark);
    if (at == std::string_view::npos) return {};
    answer.remove_prefix(at + k_mark.size());
    return std::string(answer.substr(0, answer.find_first_not_of("0123456789.")));
}

const char* given_folder() {
    const char* given = std::getenv("BSN_FABRIC");
    return given == nullptr || *given == '\0' ? nullptr : given;
}

Error not_installed(const ReleaseLine& line) {
    return {
        Code::not_found,
        fmt::format("the programs of Fabric {} are not installed; `bsn framework install "
                    "fabric{}` builds them, or name their folder in $BSN_FABRIC",
                    line.name, line.name == "2.5" ? "" : fmt::format(" --version {}", line.name))};
}

}  // namespace

const ReleaseLine* release_line_of(std::string_view version) {
    for (const ReleaseLine& line : k_release_lines) {
        if (version.starts_with(line.version)) return &line;
    }
    return nullptr;
}

const ReleaseLine& FabricPrograms::line() const {
    const ReleaseLine* found = release_line_of(version);
    ensure(found != nullptr, "programs of Fabric were taken whose release we do not know");
    return *found;
}

Result<FabricPrograms> look_at_fabric_programs(const fs::path& folder) {
    std::error_code failure;
    fs::path place = fs::absolute(folder, failure);
    if (fs::is_directory(place / "bin", failure)) place /= "bin";
    if (auto missing = missing_in(place)) {
        return Error{Code::not_found,
                     fmt::format("there is no program `{}` in {}; a release of Fabric has peer, "
                                 "orderer, configtxgen and osnadmin",
                                 *missing, place.string())};
    }
    BSN_TRY(answer,
            run_program({(place / "peer").string(), "version"}, "", k_patience, k_max_answer));
    std::string version = version_in(answer.output);
    if (release_line_of(version) == nullptr) {
        return Error{
            Code::unsupported_version,
            fmt::format("{} is of {}; needed are programs of Fabric 2.5 or 3",
                        (place / "peer").string(),
                        version.empty() ? "no release that it names" : "Fabric " + version)};
    }
    return FabricPrograms{place, std::move(version)};
}

std::vector<fs::path> fabric_places(const fs::path& engines, const ReleaseLine& line) {
    if (const char* given = given_folder()) return {given};
    std::error_code failure;
    const fs::path own = fs::read_symlink("/proc/self/exe", failure).parent_path();
    std::vector<fs::path> places;
    if (!engines.empty()) places.push_back(engines / line.folder);
    places.push_back(own.parent_path() / "libexec" / "bsn" / line.folder);
    places.push_back(own.parent_path().parent_path() / "engines" / line.folder);
    return places;
}

bool has_fabric_place(const fs::path& engines, const ReleaseLine& line) {
    if (fabric_folder_is_given()) return false;
    const auto places = fabric_places(engines, line);
    return std::any_of(places.begin(), places.end(), [](const fs::path& place) {
        std::error_code failure;
        return fs::exists(place, failure);
    });
}

bool fabric_folder_is_given() { return given_folder() != nullptr; }

Result<FabricPrograms> find_fabric_programs(const fs::path& engines, const ReleaseLine& line) {
    const bool is_given = given_folder() != nullptr;
    for (const fs::path& place : fabric_places(engines, line)) {
        std::error_code failure;
        if (!is_given && !fs::exists(place, failure)) continue;
        auto looked = look_at_fabric_programs(place);
        if (!looked) return is_given ? looked.error().within("$BSN_FABRIC") : looked.error();
        const FabricPrograms& found = *looked;
        if (&found.line() == &line) return found;
        return Error{
            is_given ? Code::not_found : Code::unsupported_version,
            fmt::format("{} holds Fabric {} instead of {}; {}", place.string(), found.version,
                        line.name, is_given ? "correct or unset $BSN_FABRIC" : "install it anew")};
    }
    return not_installed(line);
}

}  // namespace bsn::framework::fabric
