#pragma once
// An organisation of a Fabric channel: whom it trusts to issue certificates, and what it calls the
// roles of its members.

#include "crypto/certificate_chain.hpp"

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>

namespace bsn::framework::fabric {

/// What a member is, by the organisational units of its certificate ("NodeOUs").
enum class Role : std::uint8_t { client, peer, admin, orderer };

std::string_view role_name(Role role);

/// The organisational unit that makes a role.
struct RoleUnit {
    std::string unit;
    /// PEM, of an authority: only certificates below it have the role; empty: of any authority.
    std::string authority = {};

    bool operator==(const RoleUnit&) const = default;
};

/// As a channel's configuration has it.
struct Organization {
    std::string msp_id;
    crypto::TrustedAuthorities authorities;
    /// Empty: the organisation tells no roles.
    std::map<Role, RoleUnit> roles;
    std::vector<std::string> admins;  ///< PEM: admins by name, without a unit
};

/// A certificate that holds, and what its owner is.
struct Member {
    crypto::CheckedCertificate certificate;
    std::set<Role> roles;
};

/// Checks the members of several organisations, and remembers those that hold. Any thread may call
/// any member.
class Membership {
  public:
    explicit Membership(std::vector<Organization> organizations);

    const Organization* organization(const std::string& msp_id) const;

    /// The member of a `msp.SerializedIdentity`. `bad_signature` if no organisation of these
    /// vouches for it, or its certificate was revoked. Its time is not looked at.
    Result<std::shared_ptr<const Member>> member(const std::string& identity) const;
    /// Whether a member signed the message: who it is, or why not (`bad_signature`).
    Result<std::shared_ptr<const Member>> check(const std::string& identity,
                                                std::string_view message,
                                                std::string_view signature) const;
    /// Whether it may act in a role. Where its organisation names no unit for the role, any member
    /// may.
    bool may_act_as(const std::string& msp_id, const Member& member, Role role) const;

  private:
    Result<std::shared_ptr<const Member>> find(const std::string& identity) const;

    std::map<std::string, Organization> organizations_;
    mutable std::mutex mutex_;  ///< guards what follows
    mutable std::map<std::string, std::shared_ptr<const Member>> known_;
    mutable std::list<std::string> order_;  ///< of `known_`, oldest first
};

}  // namespace bsn::framework::fabric
