#pragma once
// What a channel's configuration is put together of.

#include "base/result.hpp"

#include <common/configtx.pb.h>
#include <common/policies.pb.h>
#include <google/protobuf/message.h>
#include <msp/msp_principal.pb.h>

#include <string>
#include <vector>

namespace bsn::framework::fabric {

/// Puts a value into a group; the group's administrators may change it.
void put_value(common::ConfigGroup& group, const std::string& key,
               const google::protobuf::Message& value);

/// A policy: a signature of a member of an organisation in this role.
void put_signature_policy(common::ConfigGroup& group, const std::string& key,
                          const std::string& msp, common::MSPRole::MSPRoleType role);

/// A policy: signatures of so many of these (serialized) identities.
void put_identities_policy(common::ConfigGroup& group, const std::string& key,
                           const std::vector<std::string>& identities, std::size_t needed);

/// A policy: so many of the groups below fulfil theirs of this name.
void put_implicit_policy(common::ConfigGroup& group, const std::string& key,
                         common::ImplicitMetaPolicy::Rule rule, const std::string& of);

/// `Readers` and `Writers`: any of the groups below; `Admins`: a majority of them.
void put_usual_policies(common::ConfigGroup& group);

/// What every node of the channel must be able to do.
void put_capability(common::ConfigGroup& group, const std::string& capability);

}  // namespace bsn::framework::fabric
