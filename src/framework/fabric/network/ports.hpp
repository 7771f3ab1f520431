#pragma once
// Ports of a node's programs of Fabric: chosen once, and kept.

#include "base/files.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bsn::framework::fabric {

/// One thread. Other nodes and installed packages know these ports, so that they must not change.
class Ports {
  public:
    /// Reads what was chosen before from `file`, if it is there. Further ports are the first ones
    /// from `first` on that are free, and that no other node of this machine has chosen.
    static Result<Ports> open(std::filesystem::path file, std::uint16_t first);

    /// The port of this name; one that is new is chosen and written down first. `unavailable` if
    /// none is free.
    Result<std::uint16_t> of(const std::string& name);

  private:
    Ports(std::filesystem::path file, std::uint16_t first) : file_(std::move(file)), next_(first) {}
    Status save() const;

    std::filesystem::path file_;
    std::uint32_t next_;
    std::map<std::string, std::uint16_t> chosen_;
    std::vector<FileHandle> reserved_;  ///< so that no other node takes them meanwhile
};

}  // namespace bsn::framework::fabric
