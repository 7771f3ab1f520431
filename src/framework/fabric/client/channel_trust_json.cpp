#include "framework/fabric/client/channel_trust.hpp"
#include "framework/fabric/client/identity.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>

namespace bsn::framework::fabric {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

constexpr std::size_t k_max_text = std::size_t{4} << 20;
constexpr std::size_t k_max_list = 1024;
/// Policies of configurations that refer to those of groups below them.
constexpr std::size_t k_most_depth = 2 * EndorsementRule::k_most_depth;
constexpr std::array k_roles{Role::client, Role::peer, Role::admin, Role::orderer};

Error wrong(std::string what) {
    return {Code::invalid_argument, "trust of a Fabric channel: " + std::move(what)};
}

Status check_names(const Json& json, std::string_view what, const std::set<std::string>& known) {
    if (!json.is_object()) return wrong(fmt::format("{} must be an object", what));
    for (const auto& member : json.items()) {
        if (!known.contains(member.key())) {
            return wrong(fmt::format("{}: member '{}' is not known", what, member.key()));
        }
    }
    return {};
}

Result<std::string> text_of(const Json& json, const char* name) {
    auto found = json.find(name);
    if (found != json.end() && found->is_string()) return found->get<std::string>();
    return wrong(fmt::format("member '{}' must be a text", name));
}

Result<std::uint64_t> number_of(const Json& json, const char* name) {
    auto found = json.find(name);
    if (found != json.end() && found->is_number_unsigned()) return found->get<std::uint64_t>();
    return wrong(fmt::format("member '{}' must be a whole number", name));
}

/// A list that may be absent.
Result<Json::array_t> list_of(const Json& json, const char* name) {
    auto found = json.find(name);
    if (found == json.end()) return Json::array_t();
    if (!found->is_array() || found->size() > k_max_list) {
        return wrong(fmt::format("member '{}' must be a list of at most {}", name, k_max_list));
    }
    return found->get<Json::array_t>();
}

Result<std::vector<std::string>> texts_of(const Json& json, const char* name) {
    BSN_TRY(list, list_of(json, name));
    std::vector<std::string> texts;
    for (const Json& one : list) {
        if (!one.is_string()) return wrong(fmt::format("member '{}' must list texts", name));
        texts.push_back(one.get<std::string>());
    }
    return texts;
}

OrderedJson json_of(const Organization& organization) {
    OrderedJson json{{"msp_id", organization.msp_id}, {"roots", organization.authorities.roots}};
    auto add = [&](const char* name, const std::vector<std::string>& list) {
        if (!list.empty()) json[name] = list;
    };
    add("intermediates", organization.authorities.intermediates);
    add("revocations", organization.authorities.revocations);
    add("admins", organization.admins);
    for (const auto& [role, unit] : organization.roles) {
        OrderedJson one{{"unit", unit.unit}};
        if (!unit.authority.empty()) one["authority"] = unit.authority;
        json["roles"][std::string(role_name(role))] = std::move(one);
    }
    return json;
}

Status read_roles(const Json& json, Organization& organization) {
    auto found = json.find("roles");
    if (found == json.end()) return {};
    BSN_CHECK(check_names(*found, "roles", {"client", "peer", "admin", "orderer"}));
    for (Role role : k_roles) {
        auto one = found->find(std::string(role_name(role)));
        if (one == found->end()) continue;
        BSN_CHECK(check_names(*one, "a role", {"unit", "authority"}));
        BSN_TRY(unit, text_of(*one, "unit"));
        RoleUnit& made = organization.roles[role];
        made.unit = unit;
        if (!one->contains("authority")) continue;
        BSN_TRY(authority, text_of(*one, "authority"));
        made.authority = authority;
    }
    return {};
}

Result<Organization> read_organization(const Json& json) {
    BSN_CHECK(check_names(json, "an organisation",
                          {"msp_id", "roots", "intermediates", "revocations", "admins", "roles"}));
    Organization organization;
    BSN_TRY(msp_id, text_of(json, "msp_id"));
    organization.msp_id = msp_id;
    BSN_TRY(roots, texts_of(json, "roots"));
    if (roots.empty()) return wrong("organisation " + msp_id + " has no roots");
    BSN_TRY(intermediates, texts_of(json, "intermediates"));
    BSN_TRY(revocations, texts_of(json, "revocations"));
    organization.authorities = {roots, intermediates, revocations};
    BSN_TRY(admins, texts_of(json, "admins"));
    organization.admins = admins;
    BSN_CHECK(read_roles(json, organization));
    return organization;
}

Result<std::vector<Organization>> read_organizations(const Json& json, const char* name) {
    BSN_TRY(list, list_of(json, name));
    if (list.empty()) return wrong(fmt::format("member '{}' must list organisations", name));
    std::vector<Organization> organizations;
    std::set<std::string> ids;
    for (const Json& one : list) {
        BSN_TRY(organization, read_organization(one));
        if (!ids.insert(organization.msp_id).second) {
            return wrong(fmt::format("'{}' lists {} twice", name, organization.msp_id));
        }
        organizations.push_back(std::move(organization));
    }
    return organizations;
}

Status read_bft(const Json& json, ChannelTrust& trust) {
    BSN_TRY(list, list_of(json, "bft_orderers"));
    std::set<std::uint32_t> numbers;
    for (const Json& one : list) {
        BSN_CHECK(check_names(one, "an orderer", {"id", "msp_id", "certificate"}));
        BSN_TRY(id, number_of(one, "id"));
        BSN_TRY(msp_id, text_of(one, "msp_id"));
        BSN_TRY(certificate, text_of(one, "certificate"));
        Identity identity;
        identity.msp_id = msp_id;
        identity.certificate = certificate;
        const auto number = static_cast<std::uint32_t>(id);
        if (number != id || !numbers.insert(number).second) {
            return wrong("an orderer's number is too large, or there twice");
        }
        trust.bft_orderers.push_back({number, identity.serialized()});
    }
    return {};
}

OrderedJson json_of(const EndorsementRule::Part& part) {
    if (!part.organization.empty()) return part.organization;
    OrderedJson json{{"needed", part.needed}, {"of", OrderedJson::array()}};
    for (const EndorsementRule::Part& below : part.parts) json["of"].push_back(json_of(below));
    return json;
}

Result<EndorsementRule::Part> read_part(const Json& json, std::size_t depth) {
    EndorsementRule::Part part;
    if (json.is_string()) {
        part.organization = json.get<std::string>();
        if (part.organization.empty()) return wrong("'endorsement' names nobody");
        return part;
    }
    if (depth > k_most_depth) return wrong("'endorsement' is nested too deeply");
    BSN_CHECK(check_names(json, "'endorsement'", {"needed", "of"}));
    BSN_TRY(needed, number_of(json, "needed"));
    part.needed = needed;
    BSN_TRY(list, list_of(json, "of"));
    for (const Json& one : list) {
        BSN_TRY(below, read_part(one, depth + 1));
        part.parts.push_back(std::move(below));
    }
    return part;
}

}  // namespace

std::string ChannelTrust::to_json() const {
    OrderedJson json{{"framework", "fabric"},
                     {"channel", channel},
                     {"height", height},
                     {"hash", hash == crypto::HashId::sm3 ? "sm3" : "sha256"},
                     {"members", OrderedJson::array()},
                     {"orderers", OrderedJson::array()}};
    for (const Organization& one : members) json["members"].push_back(json_of(one));
    for (const Organization& one : orderers) json["orderers"].push_back(json_of(one));
    for (const BftOrderer& one : bft_orderers) {
        auto identity = read_identity(one.identity);
        if (!identity) continue;
        json["bft_orderers"].push_back(
            {{"id", one.id}, {"msp_id", identity->msp_id}, {"certificate", identity->certificate}});
    }
    if (endorsement != majority_of_members()) json["endorsement"] = json_of(endorsement.whole());
    // A configuration may hold anything for a certificate: what is no text vouches for nobody.
    return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

Result<ChannelTrust> ChannelTrust::from_json(std::string_view text) {
    if (text.size() > k_max_text) return wrong("more than 4 MiB");
    const Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) return wrong("no JSON");
    BSN_CHECK(check_names(json, "it",
                          {"framework", "channel", "height", "hash", "members", "orderers",
                           "bft_orderers", "endorsement"}));
    BSN_TRY(framework, text_of(json, "framework"));
    if (framework != "fabric") return wrong("member 'framework' must be fabric");
    ChannelTrust trust;
    BSN_TRY(channel, text_of(json, "channel"));
    trust.channel = channel;
    BSN_TRY(height, number_of(json, "height"));
    trust.height = height;
    BSN_TRY(hash, text_of(json, "hash"));
    if (hash != "sha256" && hash != "sm3") return wrong("member 'hash' must be sha256 or sm3");
    trust.hash = hash == "sm3" ? crypto::HashId::sm3 : crypto::HashId::sha256;
    BSN_TRY(members, read_organizations(json, "members"));
    trust.members = std::move(members);
    BSN_TRY(orderers, read_organizations(json, "orderers"));
    trust.orderers = std::move(orderers);
    BSN_CHECK(read_bft(json, trust));
    trust.endorsement = trust.majority_of_members();
    if (auto found = json.find("endorsement"); found != json.end()) {
        BSN_TRY(whole, read_part(*found, 0));
        trust.endorsement = EndorsementRule(std::move(whole));
    }
    return trust;
}

}  // namespace bsn::framework::fabric
