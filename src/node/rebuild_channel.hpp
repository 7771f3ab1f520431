#pragma once
// What an operator does about a channel that has diverged on a node, or is damaged there.

#include "ledger/types.hpp"

#include <filesystem>
#include <string>

namespace bsn::node {

/// What is to be rebuilt.
struct RebuildNote {
    ledger::ChannelId channel;
    ledger::Height height = 0;  ///< of the last block that the node had executed
};

/// Notes, in the data of a stopped node, that its copy of a channel is to be made anew: the next
/// start erases it and takes a copy from another peer, or executes the order again. What the node
/// has promised is kept: it signs nothing up to where it stood. `app`: its name, or the channel's
/// id in hexadecimal.
Result<RebuildNote> note_rebuild(const std::filesystem::path& node_folder, const std::string& app);

}  // namespace bsn::node
