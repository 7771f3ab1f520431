#pragma once
// The folder of a node's CometBFT process: its keys, genesis and configuration.

#include "ledger/genesis.hpp"
#include "ordering/order_rules.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace bsn::node {

/// What identifies a node's CometBFT process.
struct CometbftIdentity {
    Bytes validator;      ///< Ed25519 public key, 32 bytes
    std::string node_id;  ///< of its network, 40 hexadecimal digits
};

/// Reads the keys in `home`, making those that are missing.
Result<CometbftIdentity> ensure_cometbft_keys(const std::filesystem::path& home);
/// Reads the keys in `home`; refused with `forbidden` if others than their owner may read them.
Result<CometbftIdentity> load_cometbft_keys(const std::filesystem::path& home);

/// Refuses a validator key other than the genesis has for this node: that of another node would
/// sign twice, and both would be taken for liars.
Status check_validator_key(const ledger::Genesis& genesis, const ledger::NodeId& own,
                           const CometbftIdentity& identity, const std::filesystem::path& home);

struct CometbftSettings {
    std::string name;         ///< of the node, for its logs
    std::string application;  ///< where it finds our application: unix:///… or host:port
    std::string rpc_listen;   ///< host:port; serve this machine only
    std::string p2p_listen;   ///< host:port
    /// `NODE_ID@HOST:PORT` of the other nodes.
    std::vector<std::string> peers;
};

/// Writes genesis and configuration anew, as they follow from ours.
Status write_cometbft_files(const std::filesystem::path& home, const ledger::Genesis& genesis,
                            const CometbftSettings& settings);

/// The validators of a genesis, ascending by key.
std::vector<ordering::Validator> genesis_validators(const ledger::Genesis& genesis);

}  // namespace bsn::node
