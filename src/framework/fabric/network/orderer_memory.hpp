#pragma once
// What becomes of an orderer that has lost its data.

#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace bsn::framework::fabric {

/// That an orderer has joined a channel, kept beside its data: `joined/CHANNEL`, empty files. One
/// that has, and knows nothing of the channel, has lost its data. It must not begin as if there had
/// never been anything: see `Rejoining`.
class OrdererMemory {
  public:
    /// `data`: the folder of the orderer's data.
    explicit OrdererMemory(const std::filesystem::path& data)
        : folder_(data.parent_path() / "joined") {}

    bool has_joined(const std::string& channel) const;
    Status remember(const std::string& channel) const;
    /// Its node has left the channel for good.
    Status forget(const std::string& channel) const;

  private:
    std::filesystem::path folder_;
};

/// Whether an orderer without its data may join a channel again:
///
///     with no others   never: what it makes would be another chain
///     with Raft        once as many of them as decide together, or all if these are fewer, have
///                      all that any of them had: it has forgotten what it had agreed to, and its
///                      vote might bring in a leader who lacks a block that a quorum had taken
///     with BFT         once as many as decide together answer: they bear one that has forgotten as
///                      one that is faulty
class Rejoining {
  public:
    /// `orderers`: how many the channel has; `bft`: some may lie.
    Rejoining(std::size_t orderers, bool bft);

    /// `others`: the number of the newest block of each other orderer that answers. `corrupted` if
    /// it never may, `unavailable` with what is waited for.
    Status check(const std::vector<std::uint64_t>& others);

  private:
    const std::size_t needed_;  ///< of the others; 0: there are none
    const bool bft_;
    std::optional<std::uint64_t> last_;  ///< the highest that any had when a quorum first answered
};

}  // namespace bsn::framework::fabric
