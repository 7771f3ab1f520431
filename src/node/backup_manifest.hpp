#pragma once
// What a backup of a node holds.

#include "base/clock.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bsn::node {

/// A file of a backup.
struct BackupFile {
    std::string path;  ///< relative to the node's folder
    std::uint64_t bytes = 0;
    std::string sha256;  ///< hexadecimal
};

/// How far a chain was.
struct BackupChain {
    std::string channel;  ///< hexadecimal
    std::uint64_t height = 0;
};

struct BackupManifest {
    std::string network;  ///< id, hexadecimal
    std::string node;     ///< id, hexadecimal
    std::string version;  ///< of the program that made it
    UnixMillis made = 0;
    bool with_keys = false;
    std::uint64_t order_height = 0;  ///< the last in the node's log of the order
    std::vector<BackupChain> chains;
    std::vector<BackupFile> files;

    std::uint64_t bytes() const;
    std::string to_json() const;
    static Result<BackupManifest> from_json(std::string_view text);
};

/// Where CometBFT notes, in its `data/`, what its validator has signed last.
inline constexpr std::string_view k_signed_state_name = "priv_validator_state.json";

/// Whether a file of a node's folder, by its path relative to it, belongs into a backup. The rest
/// is locks, logs for people, what is written at each start, what CometBFT was just voting on, what
/// its validator has signed last, and the blocks of Fabric's peers and orderers.
bool belongs_to_backup(const std::string& path);
/// Whether it is a secret, which a backup has only if that was asked for.
bool is_key_of_node(const std::string& path);

}  // namespace bsn::node
