#include "framework/fabric/client/organization.hpp"

#include "crypto/der_signature.hpp"
#include "framework/fabric/client/identity.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::framework::fabric {
namespace {

/// Members that are remembered: a network's peers, orderers and busiest clients.
constexpr std::size_t k_most_known = 4096;

Error bad(std::string message) { return {Code::bad_signature, std::move(message)}; }

bool has_unit(const crypto::CheckedCertificate& certificate, const RoleUnit& role) {
    const auto& units = certificate.units;
    if (std::find(units.begin(), units.end(), role.unit) == units.end()) return false;
    if (role.authority.empty()) return true;
    auto authority = crypto::certificate_der(role.authority);
    return authority && std::find(certificate.chain.begin() + 1, certificate.chain.end(),
                                  *authority) != certificate.chain.end();
}

bool is_named_admin(const Organization& organization, const std::string& certificate) {
    auto der = crypto::certificate_der(certificate);
    return der && std::any_of(organization.admins.begin(), organization.admins.end(),
                              [&](const std::string& admin) {
                                  auto other = crypto::certificate_der(admin);
                                  return other && *other == *der;
                              });
}

}  // namespace

std::string_view role_name(Role role) {
    switch (role) {
        case Role::client: return "client";
        case Role::peer: return "peer";
        case Role::admin: return "admin";
        case Role::orderer: return "orderer";
    }
    return "unknown";
}

Membership::Membership(std::vector<Organization> organizations) {
    for (Organization& one : organizations) {
        std::string msp_id = one.msp_id;
        organizations_.emplace(std::move(msp_id), std::move(one));
    }
}

const Organization* Membership::organization(const std::string& msp_id) const {
    auto found = organizations_.find(msp_id);
    return found == organizations_.end() ? nullptr : &found->second;
}

Result<std::shared_ptr<const Member>> Membership::find(const std::string& identity) const {
    BSN_TRY(certified, read_identity(identity));
    const Organization* owner = organization(certified.msp_id);
    if (owner == nullptr) {
        return bad(fmt::format("organisation {} is none of the channel's", certified.msp_id));
    }
    auto checked = crypto::check_certificate(owner->authorities, certified.certificate);
    if (!checked) return bad(checked.error().within(certified.msp_id).message);
    auto member = std::make_shared<Member>();
    member->certificate = std::move(*checked);
    for (const auto& [role, unit] : owner->roles) {
        if (has_unit(member->certificate, unit)) member->roles.insert(role);
    }
    if (is_named_admin(*owner, certified.certificate)) member->roles.insert(Role::admin);
    return std::shared_ptr<const Member>(std::move(member));
}

Result<std::shared_ptr<const Member>> Membership::member(const std::string& identity) const {
    {
        std::lock_guard lock(mutex_);
        auto found = known_.find(identity);
        if (found != known_.end()) return found->second;
    }
    BSN_TRY(made, find(identity));
    std::lock_guard lock(mutex_);
    if (known_.emplace(identity, made).second) order_.push_back(identity);
    if (order_.size() > k_most_known) {
        known_.erase(order_.front());
        order_.pop_front();
    }
    return made;
}

Result<std::shared_ptr<const Member>> Membership::check(const std::string& identity,
                                                        std::string_view message,
                                                        std::string_view signature) const {
    BSN_TRY(signer, member(identity));
    BSN_TRY(read, crypto::signature_from_der(as_bytes(signature)));
    BSN_CHECK(crypto::verify(signer->certificate.key, as_bytes(message), read));
    return signer;
}

bool Membership::may_act_as(const std::string& msp_id, const Member& member, Role role) const {
    const Organization* owner = organization(msp_id);
    return owner != nullptr && (!owner->roles.contains(role) || member.roles.contains(role));
}

}  // namespace bsn::framework::fabric
