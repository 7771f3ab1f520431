#include "framework/fabric/client/endorsement_rule.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::framework::fabric {
namespace {

using Part = EndorsementRule::Part;

/// Up to here all subsets are tried for the fewest; beyond, one is left out after the other.
constexpr std::size_t k_most_tried = 12;

Error invalid(std::string message) { return {Code::invalid_argument, std::move(message)}; }

/// The organisation of a principal; empty if it is of another kind.
std::string organization_of(const common::MSPPrincipal& principal,
                            common::MSPRole::MSPRoleType signers) {
    common::MSPRole role;
    const bool known = principal.principal_classification() == common::MSPPrincipal::ROLE &&
                       role.ParseFromString(principal.principal()) &&
                       (role.role() == common::MSPRole::MEMBER || role.role() == signers);
    return known ? role.msp_identifier() : "";
}

Result<Part> read(const common::SignaturePolicy& rule, const std::vector<std::string>& principals,
                  std::size_t depth) {
    if (depth > EndorsementRule::k_most_depth) return invalid("the policy is nested too deeply");
    Part part;
    if (rule.has_n_out_of()) {
        if (rule.n_out_of().n() < 0) return invalid("the policy asks for a negative number");
        part.needed = static_cast<std::size_t>(rule.n_out_of().n());
        for (const common::SignaturePolicy& below : rule.n_out_of().rules()) {
            BSN_TRY(read_one, read(below, principals, depth + 1));
            part.parts.push_back(std::move(read_one));
        }
        return part;
    }
    const auto place = static_cast<std::size_t>(rule.signed_by());
    if (rule.signed_by() < 0 || place >= principals.size()) {
        return invalid("the policy names someone who is not listed");
    }
    part.organization = principals[place];
    if (part.organization.empty()) part.needed = 1;  // of nothing: never fulfilled
    return part;
}

bool is_before(const Part& one, const Part& other) {
    if (one.organization != other.organization) return one.organization < other.organization;
    if (one.needed != other.needed) return one.needed < other.needed;
    return std::lexicographical_compare(one.parts.begin(), one.parts.end(), other.parts.begin(),
                                        other.parts.end(), is_before);
}

Part normal(Part part) {
    if (!part.organization.empty()) return {0, {}, std::move(part.organization)};
    for (Part& below : part.parts) below = normal(std::move(below));
    if (part.needed == 1 && part.parts.size() == 1) {
        Part only = std::move(part.parts.front());
        return only;
    }
    std::sort(part.parts.begin(), part.parts.end(), is_before);
    return part;
}

void add_names(const Part& part, std::set<std::string>& names) {
    if (!part.organization.empty()) names.insert(part.organization);
    for (const Part& below : part.parts) add_names(below, names);
}

bool is_fulfilled(const Part& part, const std::set<std::string>& organizations) {
    if (!part.organization.empty()) return organizations.contains(part.organization);
    std::size_t count = 0;
    for (const Part& below : part.parts) count += is_fulfilled(below, organizations) ? 1 : 0;
    return count >= part.needed;
}

std::string text_of(const Part& part) {
    if (!part.organization.empty()) return part.organization;
    if (part.parts.empty()) return part.needed == 0 ? "nobody" : "someone of another kind";
    std::string text = fmt::format("{} of ", part.needed);
    for (const Part& below : part.parts) {
        const bool nested = !below.parts.empty();
        text += &below == &part.parts.front() ? "" : ", ";
        text += nested ? "(" + text_of(below) + ")" : text_of(below);
    }
    return text;
}

}  // namespace

EndorsementRule::EndorsementRule(Part whole) : whole_(normal(std::move(whole))) {
    add_names(whole_, named_);
}

EndorsementRule EndorsementRule::some_of(std::size_t count,
                                         std::vector<std::string> organizations) {
    Part whole{count, {}, {}};
    for (std::string& one : organizations) whole.parts.push_back({0, {}, std::move(one)});
    return EndorsementRule(std::move(whole));
}

EndorsementRule EndorsementRule::some_of_rules(std::size_t count,
                                               const std::vector<EndorsementRule>& rules) {
    Part whole{count, {}, {}};
    for (const EndorsementRule& one : rules) whole.parts.push_back(one.whole_);
    return EndorsementRule(std::move(whole));
}

Result<EndorsementRule> EndorsementRule::of_signatures(
    const common::SignaturePolicyEnvelope& policy, common::MSPRole::MSPRoleType signers) {
    std::vector<std::string> principals;
    for (const common::MSPPrincipal& one : policy.identities()) {
        principals.push_back(organization_of(one, signers));
    }
    BSN_TRY(whole, read(policy.rule(), principals, 0));
    return EndorsementRule(std::move(whole));
}

bool EndorsementRule::enough(const std::set<std::string>& organizations) const {
    return !organizations.empty() && is_fulfilled(whole_, organizations);
}

std::string EndorsementRule::text() const { return text_of(whole_); }

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
