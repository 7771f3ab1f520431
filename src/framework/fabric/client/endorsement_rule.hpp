#pragma once
// Whose endorsements a transaction needs.

#include "base/result.hpp"

#include <common/policies.pb.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace bsn::framework::fabric {

/// Says which sets of organisations are enough, if a peer of each endorses.
class EndorsementRule {
  public:
    /// Nobody's endorsement is enough.
    EndorsementRule() = default;

    /// Any so many of these organisations.
    static EndorsementRule some_of(std::size_t count, std::vector<std::string> organizations);
    /// As a chaincode's or an organisation's own policy says. Principals that are not the members,
    /// peers or clients of an organisation are taken for ones that nobody fulfils.
    static Result<EndorsementRule> of_signatures(const common::SignaturePolicyEnvelope& policy);

    bool enough(const std::set<std::string>& organizations) const;
    /// The fewest organisations that are enough, taken from these as far forward as can be; empty
    /// if all together are not.
    std::vector<std::string> choose(const std::vector<std::string>& available) const;
    /// All that it names.
    const std::set<std::string>& organizations() const { return named_; }

  private:
    /// One rule of those below it, or an organisation.
    struct Node {
        std::size_t needed = 0;
        std::vector<Node> rules;
        std::string organization;
    };
    static Result<Node> read(const common::SignaturePolicy& rule,
                             const std::vector<std::string>& principals, std::size_t depth);
    static bool fulfilled(const Node& node, const std::set<std::string>& organizations);

    Node root_{1, {}, {}};
    std::set<std::string> named_;
};

}  // namespace bsn::framework::fabric
