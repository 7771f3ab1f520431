#pragma once
// A channel's configuration, read from its configuration block.

#include "framework/fabric/client/channel_policies.hpp"
#include "framework/fabric/client/channel_trust.hpp"

namespace bsn::framework::fabric {

/// What an organisation's servers show: whom to trust for TLS.
struct TlsAuthorities {
    std::vector<std::string> roots;  ///< PEM
    std::vector<std::string> intermediates;

    /// All in one text, as a client takes it.
    std::string bundle() const;
};

/// An orderer that the configuration names as one that takes part in agreeing.
struct Consenter {
    std::string host;
    std::uint32_t port = 0;
};

struct ChannelConfig {
    ChannelTrust trust;
    std::uint64_t sequence = 0;  ///< grows by one with each change
    std::string consensus;       ///< `etcdraft` or `BFT`
    std::vector<Consenter> consenters;
    std::map<std::string, TlsAuthorities> tls;  ///< by MSP id
    /// host:port of orderers, by the MSP id of their organisation; what is for all is under "".
    std::map<std::string, std::vector<std::string>> orderer_addresses;
    std::set<std::string> channel_capabilities;  ///< such as `V2_0`
    std::set<std::string> orderer_capabilities;
    std::set<std::string> application_capabilities;
    ChannelPolicies policies;
    std::uint32_t most_transactions = 0;  ///< of a block
    std::uint32_t largest_block = 0;      ///< bytes; a larger transaction is refused
    std::uint64_t batch_timeout_ms = 0;   ///< for which a block waits for more transactions
};

/// Reads a configuration block, also the first one. `invalid_argument` says what is wrong;
/// `unsupported_version` for hash functions, kinds of members and ways of signing blocks that we do
/// not know.
Result<ChannelConfig> read_channel_config(const common::Block& block);

}  // namespace bsn::framework::fabric
