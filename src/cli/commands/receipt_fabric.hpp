#pragma once
// bsn receipt, for proofs of transactions on channels of Fabric. `docs/formats.md`.

#include "cli/commands/commands.hpp"
#include "cli/node_client.hpp"

#include <filesystem>

namespace bsn::cli {

/// Whether a file's content is such a proof.
bool is_fabric_proof(ByteView content);

/// What the proof claims, unverified.
Outcome show_fabric_proof(Context& context, const std::filesystem::path& file, ByteView content);
/// Judges it by the organisations of a file, as `bsn fabric organisations` prints them.
Outcome verify_fabric_proof(Context& context, const std::filesystem::path& file, ByteView content,
                            const std::filesystem::path& organisations);
/// Fetches and judges it by the organisations that the app's description names, and keeps it.
Outcome fetch_fabric_proof(Context& context, NodeClient& api, const AppRef& app,
                           const ledger::TxId& id, const std::filesystem::path& file, bool force);

}  // namespace bsn::cli
