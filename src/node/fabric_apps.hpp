#pragma once
// What the permission chain says of apps on channels of Fabric, and what this node announces there.

#include "framework/fabric/network/managed_network.hpp"
#include "framework/fabric/outside/joined_fabric.hpp"
#include "framework/ledger/ledger_framework.hpp"
#include "ordering/node_identity.hpp"
#include "registry/view.hpp"

#include <atomic>

namespace bsn::node {

/// Any thread may call any member. All outlive it.
class FabricApps final : public framework::fabric::PermissionChain,
                         public framework::fabric::JoinedApps {
  public:
    /// `max_age_ms`: how old the permissions may be for a write to be let through; 0: any age.
    FabricApps(const registry::View& view, const Clock& clock,
               const ordering::NodeIdentity& identity, std::uint64_t max_age_ms)
        : view_(view), clock_(clock), identity_(identity), max_age_ms_(max_age_ms) {}

    /// Where announcements go; before any is made.
    void announce_on(framework::Chain& system) { system_ = &system; }

    std::map<Bytes, framework::fabric::AppPlan> apps() const override;
    bool may_announce() const override;
    std::optional<registry::FabricOrganisation> announced(std::string_view release) const override;
    Status announce(const registry::FabricOrganisation& organisation) override;

    /// Ends an announcement's waiting: a node that stops answers no submission any more.
    void close() { closed_ = true; }

    Result<framework::fabric::JoinedApp> joined(ByteView channel) const override;
    /// Its holder is an approved member with a role for it, or, on a network that others run,
    /// anybody may call it; and the app is not suspended.
    Status may_call(ByteView channel, const crypto::PublicKey& signer, const std::string& contract,
                    const std::string& function) const override;

  private:
    Result<std::shared_ptr<const registry::App>> active_app(ByteView channel) const;
    std::optional<registry::Caller> member_with(const registry::App& app,
                                                const crypto::PublicKey& key) const;

    const registry::View& view_;
    const Clock& clock_;
    const ordering::NodeIdentity& identity_;
    const std::uint64_t max_age_ms_;
    framework::Chain* system_ = nullptr;
    std::atomic<bool> closed_{false};
};

}  // namespace bsn::node
