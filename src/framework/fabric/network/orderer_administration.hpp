#pragma once
// The channels that a node's orderer takes part in (the channel participation API).

#include "base/result.hpp"
#include "framework/fabric/client/endpoint.hpp"

#include <cstdint>
#include <string>

namespace bsn::framework::fabric {

/// Asks the orderer at 127.0.0.1:`port`, by mutual TLS. Any thread.
class OrdererAdministration {
  public:
    OrdererAdministration(std::uint16_t port, ClientTls tls) : port_(port), tls_(std::move(tls)) {}

    /// Whether it has joined this channel.
    Result<bool> has_joined(const std::string& channel) const;
    /// Joins a channel by its first block; one that it has joined already is no error.
    Status join(const std::string& channel, const std::string& block) const;

  private:
    const std::uint16_t port_;
    const ClientTls tls_;
};

}  // namespace bsn::framework::fabric
