#pragma once
// The network that an app's chain is on, where it is none of ours: member `network` of the app's
// JSON. `docs/registry.md`.

#include "crypto/public_point.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace bsn::registry {

/// The framework of apps on FISCO BCOS networks that others run.
inline constexpr std::string_view k_fisco_network = "fisco-network";

struct OutsideNetwork {
    std::vector<std::string> endpoints;  ///< URLs of JSON-RPC of nodes that have the group
    std::string authority;               ///< PEM of whoever vouches for https; empty: the system's
    std::uint64_t chain_id = 1;
    std::uint64_t group = 1;
    std::vector<crypto::PublicPoint> sealers;  ///< whose signatures of blocks are believed
    std::uint64_t quorum = 0;                  ///< of them; 0: FISCO BCOS's own

    bool operator==(const OutsideNetwork&) const = default;
};

/// Reads member `network`; the suite is the app's. Errors are `contract_failed`.
Result<OutsideNetwork> outside_network_from(const nlohmann::json& json, crypto::SuiteId suite);

}  // namespace bsn::registry
