#pragma once
// What the permission chain says of apps whose chain is on a network outside.

#include "framework/fisco_network/network_framework.hpp"
#include "registry/view.hpp"

namespace bsn::node {

/// That this city node is none of an app's.
Error not_here(const registry::AppRecord& app);

/// Any thread may call any member. View and clock outlive it.
class OutsideApps final : public framework::fisco_network::Apps {
  public:
    /// `max_age_ms`: how old the permissions may be for a write to be let through; 0: any age.
    OutsideApps(const registry::View& view, const Clock& clock, ledger::NodeId own,
                std::uint64_t max_age_ms)
        : view_(view), clock_(clock), own_(own), max_age_ms_(max_age_ms) {}

    Result<framework::fisco_network::NetworkSpec> network_of(ByteView channel) const override;
    /// Whoever holds the current key of an approved member may send, and anybody where a public
    /// role permits `*`; nobody while the app is suspended.
    Status may_write(ByteView channel, const crypto::PublicKey& signer) const override;

  private:
    Result<std::shared_ptr<const registry::App>> find(ByteView channel) const;

    const registry::View& view_;
    const Clock& clock_;
    const ledger::NodeId own_;
    const std::uint64_t max_age_ms_;
};

}  // namespace bsn::node
