#pragma once
// The files that a network begins with: genesis, certificate authority, nodes' keys.

#include "crypto/private_key.hpp"
#include "ledger/genesis.hpp"

#include <filesystem>

namespace bsn::node {

/// Where a node's keys and data lie in the folder of a local network.
std::filesystem::path node_folder(const std::filesystem::path& network, std::size_t number);

/// Makes the authority, the keys of `nodes` nodes and the genesis, in this order; the genesis file
/// comes last, so that a folder with one is whole.
Status make_network_files(const std::filesystem::path& folder, std::size_t nodes,
                          const std::string& host, ledger::OrderingType ordering,
                          const crypto::PublicKey& operator_key, UnixMillis now);

Result<ledger::Genesis> read_genesis(const std::filesystem::path& folder);

}  // namespace bsn::node
