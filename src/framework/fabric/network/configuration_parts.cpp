#include "framework/fabric/network/configuration_parts.hpp"

#include "framework/fabric/network/channel_configuration.hpp"

#include <common/configuration.pb.h>

namespace bsn::framework::fabric {
namespace {

const std::string k_admins = "Admins";

void put_policy(common::ConfigGroup& group, const std::string& key, common::Policy::PolicyType type,
                const google::protobuf::Message& value) {
    common::ConfigPolicy& entry = (*group.mutable_policies())[key];
    entry.set_mod_policy(k_admins);
    entry.mutable_policy()->set_type(type);
    entry.mutable_policy()->set_value(in_order(value));
}

}  // namespace

void put_value(common::ConfigGroup& group, const std::string& key,
               const google::protobuf::Message& value) {
    common::ConfigValue& entry = (*group.mutable_values())[key];
    entry.set_mod_policy(k_admins);
    entry.set_value(in_order(value));
}

void put_signature_policy(common::ConfigGroup& group, const std::string& key,
                          const std::string& msp, common::MSPRole::MSPRoleType role) {
    common::MSPRole principal;
    principal.set_msp_identifier(msp);
    principal.set_role(role);
    common::SignaturePolicyEnvelope envelope;
    common::SignaturePolicy::NOutOf& one = *envelope.mutable_rule()->mutable_n_out_of();
    one.set_n(1);
    one.add_rules()->set_signed_by(0);
    common::MSPPrincipal& identity = *envelope.add_identities();
    identity.set_principal_classification(common::MSPPrincipal::ROLE);
    identity.set_principal(in_order(principal));
    put_policy(group, key, common::Policy::SIGNATURE, envelope);
}

void put_identities_policy(common::ConfigGroup& group, const std::string& key,
                           const std::vector<std::string>& identities, std::size_t needed) {
    common::SignaturePolicyEnvelope envelope;
    common::SignaturePolicy::NOutOf& some = *envelope.mutable_rule()->mutable_n_out_of();
    some.set_n(static_cast<std::int32_t>(needed));
    for (const std::string& one : identities) {
        some.add_rules()->set_signed_by(envelope.identities_size());
        common::MSPPrincipal& identity = *envelope.add_identities();
        identity.set_principal_classification(common::MSPPrincipal::IDENTITY);
        identity.set_principal(one);
    }
    put_policy(group, key, common::Policy::SIGNATURE, envelope);
}

void put_implicit_policy(common::ConfigGroup& group, const std::string& key,
                         common::ImplicitMetaPolicy::Rule rule, const std::string& of) {
    common::ImplicitMetaPolicy policy;
    policy.set_rule(rule);
    policy.set_sub_policy(of);
    put_policy(group, key, common::Policy::IMPLICIT_META, policy);
}

void put_usual_policies(common::ConfigGroup& group) {
    put_implicit_policy(group, "Readers", common::ImplicitMetaPolicy::ANY, "Readers");
    put_implicit_policy(group, "Writers", common::ImplicitMetaPolicy::ANY, "Writers");
    put_implicit_policy(group, k_admins, common::ImplicitMetaPolicy::MAJORITY, k_admins);
}

void put_capability(common::ConfigGroup& group, const std::string& capability) {
    common::Capabilities capabilities;
    (*capabilities.mutable_capabilities())[capability];
    put_value(group, "Capabilities", capabilities);
}

}  // namespace bsn::framework::fabric
