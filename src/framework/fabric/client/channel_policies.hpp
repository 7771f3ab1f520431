#pragma once
// The policies of a channel's configuration, as rules of whose peers are to endorse.

#include "framework/fabric/client/endorsement_rule.hpp"

#include <common/configtx.pb.h>

#include <map>
#include <string>
#include <string_view>

namespace bsn::framework::fabric {

/// The rule of a policy of this group; of an implicit one, that of the policies below it that it
/// counts. `not_found` if there is no such policy, `invalid_argument` if it cannot be read; both
/// name it.
Result<EndorsementRule> rule_of(const common::ConfigGroup& group, const std::string& name,
                                common::MSPRole::MSPRoleType signers = common::MSPRole::PEER);

struct ChannelPolicies {
    /// Of chaincodes that name none: `/Channel/Application/Endorsement`.
    EndorsementRule usual;
    /// By their full names.
    std::map<std::string, EndorsementRule> named;

    /// All of a channel's group and of those below it. `usual` is not set.
    static Result<ChannelPolicies> read(const common::ConfigGroup& channel);

    /// The rule to which a chaincode's definition refers; as Fabric's peers find it, names that do
    /// not begin with `/` are those below `/Channel`. `not_found` tells what there is.
    Result<EndorsementRule> find(const std::string& reference) const;
};

}  // namespace bsn::framework::fabric
