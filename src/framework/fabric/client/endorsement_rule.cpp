#include "framework/fabric/client/endorsement_rule.hpp"

#include <msp/msp_principal.pb.h>

#include <algorithm>

namespace bsn::framework::fabric {
namespace {

constexpr std::size_t k_most_depth = 16;
/// Up to here all subsets are tried for the fewest; beyond, one is left out after the other.
constexpr std::size_t k_most_tried = 12;

Error invalid(std::string message) { return {Code::invalid_argument, std::move(message)}; }

/// The organisation of a principal; empty if it is of another kind.
std::string organization_of(const common::MSPPrincipal& principal) {
    common::MSPRole role;
    const bool known =
        principal.principal_classification() == common::MSPPrincipal::ROLE &&
        role.ParseFromString(principal.principal()) &&
        (role.role() == common::MSPRole::MEMBER || role.role() == common::MSPRole::PEER);
    return known ? role.msp_identifier() : "";
}

}  // namespace

EndorsementRule EndorsementRule::some_of(std::size_t count,
                                         std::vector<std::string> organizations) {
    EndorsementRule rule;
    rule.root_.needed = count;
    rule.named_.insert(organizations.begin(), organizations.end());
    for (std::string& one : organizations) rule.root_.rules.push_back({0, {}, std::move(one)});
    return rule;
}

Result<EndorsementRule::Node> EndorsementRule::read(const common::SignaturePolicy& rule,
                                                    const std::vector<std::string>& principals,
                                                    std::size_t depth) {
    if (depth > k_most_depth) return invalid("the policy is nested too deeply");
    Node node;
    if (rule.has_n_out_of()) {
        if (rule.n_out_of().n() < 0) return invalid("the policy asks for a negative number");
        node.needed = static_cast<std::size_t>(rule.n_out_of().n());
        for (const common::SignaturePolicy& below : rule.n_out_of().rules()) {
            BSN_TRY(read_one, read(below, principals, depth + 1));
            node.rules.push_back(std::move(read_one));
        }
        return node;
    }
    const auto place = static_cast<std::size_t>(rule.signed_by());
    if (rule.signed_by() < 0 || place >= principals.size()) {
        return invalid("the policy names someone who is not listed");
    }
    node.organization = principals[place];
    if (node.organization.empty()) node.needed = 1;  // of nothing: never fulfilled
    return node;
}

Result<EndorsementRule> EndorsementRule::of_signatures(
    const common::SignaturePolicyEnvelope& policy) {
    std::vector<std::string> principals;
    for (const common::MSPPrincipal& one : policy.identities()) {
        principals.push_back(organization_of(one));
    }
    EndorsementRule rule;
    BSN_TRY(root, read(policy.rule(), principals, 0));
    rule.root_ = std::move(root);
    for (const std::string& one : principals) {
        if (!one.empty()) rule.named_.insert(one);
    }
    return rule;
}

bool EndorsementRule::fulfilled(const Node& node, const std::set<std::string>& organizations) {
    if (!node.organization.empty()) return organizations.contains(node.organization);
    std::size_t count = 0;
    for (const Node& below : node.rules) count += fulfilled(below, organizations) ? 1 : 0;
    return count >= node.needed;
}

bool EndorsementRule::enough(const std::set<std::string>& organizations) const {
    return fulfilled(root_, organizations);
}

std::vector<std::string> EndorsementRule::choose(const std::vector<std::string>& available) const {
    std::vector<std::string> named;
    for (const std::string& one : available) {
        if (named_.contains(one)) named.push_back(one);
    }
    if (!enough({named.begin(), named.end()})) return {};
    if (named.size() <= k_most_tried) {
        for (std::size_t size = 1; size <= named.size(); ++size) {
            // All choices of this size, those with the foremost ones first.
            std::vector<bool> chosen(named.size(), false);
            std::fill_n(chosen.begin(), size, true);
            do {
                std::vector<std::string> some;
                for (std::size_t i = 0; i < named.size(); ++i) {
                    if (chosen[i]) some.push_back(named[i]);
                }
                if (enough({some.begin(), some.end()})) return some;
            } while (std::prev_permutation(chosen.begin(), chosen.end()));
        }
    }
    for (std::size_t i = named.size(); i-- > 0;) {
        std::vector<std::string> fewer = named;
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
        if (enough({fewer.begin(), fewer.end()})) named = std::move(fewer);
    }
    return named;
}

}  // namespace bsn::framework::fabric
