#pragma once
// What an organisation's administrator does on its own peer: channels to join, contracts to install
// and to agree on (the lifecycle of chaincode).

#include "framework/fabric/chaincode/contract_package.hpp"
#include "framework/fabric/client/identity.hpp"
#include "framework/fabric/client/ordering_client.hpp"
#include "framework/fabric/client/peer_connection.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bsn::framework::fabric {

/// A contract as the organisations of a channel agree on it.
struct ContractDefinition {
    std::string name;
    std::string version;
    std::int64_t sequence = 1;  ///< how often it has been defined, this time counted
};

/// Asks and waits. One thread.
class PeerAdministration {
  public:
    PeerAdministration(Endpoint peer, Identity admin);

    /// Whether the peer has joined this channel.
    Result<bool> has_joined(const std::string& channel) const;
    /// Joins a channel by its first block.
    Status join(const std::string& block) const;

    Result<bool> has_installed(const std::string& package_id) const;
    Status install(const ContractPackage& package) const;

    /// Which organisations have approved a definition, by MSP id.
    using Approvals = std::map<std::string, bool>;
    struct Committed {
        ContractDefinition definition;
        Approvals approvals;
    };
    /// The contract's definition on the channel; none: it has none yet.
    Result<std::optional<Committed>> committed(const std::string& channel,
                                               const std::string& contract) const;
    /// Of a definition that is not on the channel yet.
    Result<Approvals> approvals(const std::string& channel,
                                const ContractDefinition& definition) const;
    /// Approves for the own organisation, which runs it from this package. It counts a moment
    /// later, when it is on the channel: see `approvals`.
    Status approve(const std::string& channel, const ContractDefinition& definition,
                   const std::string& package_id, OrderingClient& orderers) const;
    /// Commits it, endorsed by so many of these peers, too; the same holds.
    Status commit(const std::string& channel, const ContractDefinition& definition,
                  const std::vector<Endpoint>& others, std::size_t needed,
                  OrderingClient& orderers) const;

  private:
    struct Call;
    Result<std::string> ask(const Call& call) const;
    Status submit(const Call& call, const std::vector<Endpoint>& others, std::size_t needed,
                  OrderingClient& orderers) const;

    const PeerConnection peer_;
    const Identity admin_;
    std::string tls_hash_;
};

}  // namespace bsn::framework::fabric
