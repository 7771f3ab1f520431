#include "framework/fabric/client/channel_policies.hpp"

#include "framework/fabric/client/message.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace bsn::framework::fabric {
namespace {

using common::ConfigGroup;
using RoleType = common::MSPRole::MSPRoleType;

constexpr std::string_view k_channel = "/Channel";
constexpr std::string_view k_application = "/Channel/Application/";
/// Groups below groups; Fabric's channels have three.
constexpr std::size_t k_most_levels = 6;

Error wrong(std::string_view name, std::string_view what) {
    return {Code::invalid_argument,
            fmt::format("channel configuration: policy {}: {}", name, what)};
}

Result<EndorsementRule> implicit_rule(const ConfigGroup& group, const std::string& name,
                                      const common::ImplicitMetaPolicy& policy, RoleType signers,
                                      std::size_t level);

Result<EndorsementRule> read_rule(const ConfigGroup& group, const std::string& name,
                                  RoleType signers, std::size_t level) {
    if (level > k_most_levels) return wrong(name, "groups are nested too deeply");
    auto found = group.policies().find(name);
    if (found == group.policies().end()) {
        return Error{Code::not_found,
                     fmt::format("channel configuration: there is no policy {}", name)};
    }
    const common::Policy& policy = found->second.policy();
    const std::string what = "channel configuration's policy " + name;
    if (policy.type() == common::Policy::SIGNATURE) {
        BSN_TRY(signatures, read_message<common::SignaturePolicyEnvelope>(policy.value(), what));
        auto rule = EndorsementRule::of_signatures(signatures, signers);
        return rule ? std::move(rule) : rule.error().within(what);
    }
    if (policy.type() != common::Policy::IMPLICIT_META) {
        return wrong(name, fmt::format("it is of kind {}; signatures (1) and implicit ones (3) are "
                                       "known",
                                       policy.type()));
    }
    BSN_TRY(implicit, read_message<common::ImplicitMetaPolicy>(policy.value(), what));
    return implicit_rule(group, name, implicit, signers, level);
}

Result<EndorsementRule> implicit_rule(const ConfigGroup& group, const std::string& name,
                                      const common::ImplicitMetaPolicy& policy, RoleType signers,
                                      std::size_t level) {
    std::vector<EndorsementRule> below;
    for (const auto& [key, one] : group.groups()) {
        auto rule = read_rule(one, policy.sub_policy(), signers, level + 1);
        if (!rule && rule.error().code != Code::not_found) return rule.error().within(key);
        // A group without such a policy counts, and never fulfils it.
        below.push_back(rule ? std::move(*rule) : EndorsementRule());
    }
    switch (policy.rule()) {
        case common::ImplicitMetaPolicy::ANY: return EndorsementRule::some_of_rules(1, below);
        case common::ImplicitMetaPolicy::ALL:
            return EndorsementRule::some_of_rules(std::max<std::size_t>(below.size(), 1), below);
        case common::ImplicitMetaPolicy::MAJORITY:
            return EndorsementRule::some_of_rules(below.size() / 2 + 1, below);
        default:
            return wrong(
                name, fmt::format("there is no implicit rule {}", static_cast<int>(policy.rule())));
    }
}

Status read_all(const ConfigGroup& group, const std::string& path, std::size_t level,
                std::map<std::string, EndorsementRule>& rules) {
    if (level > k_most_levels) return wrong(path, "groups are nested too deeply");
    for (const auto& [name, policy] : group.policies()) {
        BSN_TRY(rule, read_rule(group, name, common::MSPRole::PEER, level));
        rules.emplace(path + "/" + name, std::move(rule));
    }
    for (const auto& [name, below] : group.groups()) {
        BSN_CHECK(read_all(below, path + "/" + name, level + 1, rules));
    }
    return {};
}

}  // namespace

Result<EndorsementRule> rule_of(const ConfigGroup& group, const std::string& name,
                                RoleType signers) {
    return read_rule(group, name, signers, 0);
}

Result<ChannelPolicies> ChannelPolicies::read(const ConfigGroup& channel) {
    ChannelPolicies policies;
    BSN_CHECK(read_all(channel, std::string(k_channel), 0, policies.named));
    return policies;
}

Result<EndorsementRule> ChannelPolicies::find(const std::string& reference) const {
    const std::string name =
        reference.starts_with('/') ? reference : fmt::format("{}/{}", k_channel, reference);
    auto found = named.find(name);
    if (found != named.end()) return found->second;
    std::vector<std::string> known;
    for (const auto& [path, rule] : named) {
        const bool of_application = path.starts_with(k_application);
        if (of_application && path.find('/', k_application.size()) == std::string::npos) {
            known.push_back(path);
        }
    }
    return Error{Code::not_found,
                 fmt::format("the channel's configuration has no policy {}; of its members it has "
                             "{}",
                             name, fmt::join(known, ", "))};
}

}  // namespace bsn::framework::fabric
