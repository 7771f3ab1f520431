#pragma once
// Whose endorsements a transaction needs.

#include "base/result.hpp"

#include <common/policies.pb.h>
#include <msp/msp_principal.pb.h>

#include <set>
#include <string>
#include <vector>

namespace bsn::framework::fabric {

/// Says which sets of organisations are enough, if a peer of each endorses.
class EndorsementRule {
  public:
    /// An organisation; or so many of the parts below it.
    struct Part {
        std::size_t needed = 0;
        std::vector<Part> parts;
        std::string organization;

        bool operator==(const Part&) const = default;
    };
    static constexpr std::size_t k_most_depth = 16;

    /// Nobody's endorsement is enough.
    EndorsementRule() = default;
    /// What says the same is made equal: the order of parts, and one of one, mean nothing.
    explicit EndorsementRule(Part whole);

    /// Any so many of these organisations.
    static EndorsementRule some_of(std::size_t count, std::vector<std::string> organizations);
    /// Any so many of these rules.
    static EndorsementRule some_of_rules(std::size_t count,
                                         const std::vector<EndorsementRule>& rules);
    /// As a policy says, whoever signs being in this role. Principals that are not the members of
    /// an organisation, or those in that role, are taken for ones that nobody fulfils.
    /// `invalid_argument`: it cannot be read.
    static Result<EndorsementRule> of_signatures(
        const common::SignaturePolicyEnvelope& policy,
        common::MSPRole::MSPRoleType signers = common::MSPRole::PEER);

    /// Never without any.
    bool enough(const std::set<std::string>& organizations) const;
    /// The fewest organisations that are enough, taken from these as far forward as can be; empty
    /// if all together are not.
    std::vector<std::string> choose(const std::vector<std::string>& available) const;
    /// All that it names.
    const std::set<std::string>& organizations() const { return named_; }
    const Part& whole() const { return whole_; }
    /// For people: `2 of Org1MSP, Org2MSP, Org3MSP`.
    std::string text() const;

    bool operator==(const EndorsementRule& other) const { return whole_ == other.whole_; }

  private:
    Part whole_{1, {}, {}};
    std::set<std::string> named_;
};

}  // namespace bsn::framework::fabric
