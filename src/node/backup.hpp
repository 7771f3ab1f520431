#pragma once
// Backups of a stopped city node, and what may be made of them again.
//
//     BACKUP/manifest.json      whose, of when, and every file with length and SHA-256
//     BACKUP/manifest.sha256    of the manifest, as `sha256sum -c` reads it
//     BACKUP/node/…             the files, as they lie in the node's folder

#include "ledger/types.hpp"
#include "node/backup_manifest.hpp"

#include <filesystem>

namespace bsn::node {

struct BackupRequest {
    std::filesystem::path config;  ///< the node's configuration; its folder is the node's
    std::filesystem::path to;      ///< must not be there, or be an empty folder
    bool with_keys = false;
    UnixMillis now = 0;
};

/// Copies the data of a stopped node. What the validator has signed last is not in it: restored
/// later, it would be too old, and let the validator sign twice.
Result<BackupManifest> back_up_node(const BackupRequest& request);

struct RestoreRequest {
    std::filesystem::path from;
    std::filesystem::path to;       ///< must not be there, or be an empty folder
    ledger::NetworkId network;      ///< that the backup must be of
    std::uint64_t last_signed = 0;  ///< ordering height: the node has promised nothing beyond it
};

/// Checks the whole backup, then makes the node's folder of it, whole or not at all. The node's
/// CometBFT signs nothing at `last_signed` or below, and its replicas no execution of what was
/// ordered up to there: it may have signed otherwise before.
Result<BackupManifest> restore_node(const RestoreRequest& request);

/// The height in a CometBFT's `priv_validator_state.json`.
Result<std::uint64_t> read_signed_height(const std::filesystem::path& file);

}  // namespace bsn::node
