#pragma once
// Proofs of transactions on channels of Fabric, as the commands tell of them. `docs/formats.md`.

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
/// A node's proof of a transaction, which holds by the organisations that the app's description
/// names; `bad_signature` if it does not.
Result<Bytes> fetch_fabric_proof(NodeClient& api, const AppRef& app, const ledger::TxId& id);
/// Fetches and judges it by the organisations that the app's description names, and keeps it.
Outcome keep_fabric_proof(Context& context, NodeClient& api, const AppRef& app,
                          const ledger::TxId& id, const std::filesystem::path& file, bool force);

}  // namespace bsn::cli
