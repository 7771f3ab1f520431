#include "registry/app_spec.hpp"

#include "contract/contract.hpp"
#include "ledger/transaction.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace bsn::registry {
namespace {

using Json = nlohmann::json;
using contract::refuse;

constexpr std::size_t k_max_spec_bytes = 64U << 10;
constexpr std::size_t k_max_list = 100;
constexpr int k_max_depth = 8;  ///< copies of deeper ones would take more stack than there may be
constexpr std::size_t k_max_description_bytes = 1024;

/// Names of apps, contracts and roles: so that they can stand in paths and lists as they are.
bool is_name(const std::string& name) {
    auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    return !name.empty() && name.size() <= ledger::k_max_name_bytes &&
           std::all_of(name.begin(), name.end(), allowed) && name[0] != '_' && name[0] != '-';
}

/// `contract.function`, `contract.*` or `*`.
bool is_pattern(const std::string& text) {
    if (text == "*") return true;
    std::size_t dot = text.find('.');
    if (dot == std::string::npos || !is_name(text.substr(0, dot))) return false;
    std::string function = text.substr(dot + 1);
    return function == "*" || (!function.empty() && function.size() <= ledger::k_max_name_bytes &&
                               function.find_first_of(".* ") == std::string::npos);
}

Status require_name(const std::string& name, std::string_view what) {
    if (is_name(name)) return {};
    return refuse(
        fmt::format("'{}' is no name for {}: 1 to {} of a-z 0-9 - _, beginning with a "
                    "letter or digit",
                    name, what, ledger::k_max_name_bytes));
}

/// A JSON object of which every member must be asked for.
class Object {
  public:
    static Result<Object> from(const Json& json, std::string where) {
        if (!json.is_object()) return refuse(fmt::format("{} is no JSON object", where));
        return Object(json, std::move(where));
    }

    Result<std::string> text(const char* member, std::optional<std::string> otherwise) {
        const Json* found = find(member);
        if (found == nullptr) {
            if (otherwise) return *otherwise;
            return refuse(fmt::format("{}: member '{}' is missing", where_, member));
        }
        if (!found->is_string()) {
            return refuse(fmt::format("{}: member '{}' is no text", where_, member));
        }
        return found->get<std::string>();
    }
    Result<bool> boolean(const char* member, bool otherwise) {
        const Json* found = find(member);
        if (found == nullptr) return otherwise;
        if (!found->is_boolean()) {
            return refuse(fmt::format("{}: member '{}' is neither true nor false", where_, member));
        }
        return found->get<bool>();
    }
    Result<std::uint32_t> number(const char* member, std::uint32_t otherwise) {
        const Json* found = find(member);
        if (found == nullptr) return otherwise;
        if (!found->is_number_unsigned() || found->get<std::uint64_t>() > 0xFFFFFFFF) {
            return refuse(fmt::format("{}: member '{}' is no number", where_, member));
        }
        return found->get<std::uint32_t>();
    }
    Result<std::vector<Json>> list(const char* member) {
        const Json* found = find(member);
        if (found == nullptr) return std::vector<Json>{};
        if (!found->is_array() || found->size() > k_max_list) {
            return refuse(fmt::format("{}: member '{}' is no list of at most {}", where_, member,
                                      k_max_list));
        }
        return found->get<std::vector<Json>>();
    }
    Result<std::vector<std::string>> texts(const char* member) {
        BSN_TRY(items, list(member));
        std::vector<std::string> texts;
        for (const Json& item : items) {
            if (!item.is_string()) {
                return refuse(
                    fmt::format("{}: '{}' holds something that is no text", where_, member));
            }
            texts.push_back(item.get<std::string>());
        }
        return texts;
    }
    Status finish() const {
        for (const auto& [member, value] : json_.items()) {
            if (!asked_.contains(member)) {
                return refuse(fmt::format("{}: unknown member '{}'", where_, member));
            }
        }
        return {};
    }

  private:
    Object(const Json& json, std::string where) : json_(json), where_(std::move(where)) {}

    const Json* find(const char* member) {
        asked_.insert(member);
        auto found = json_.find(member);
        return found == json_.end() ? nullptr : &*found;
    }

    const Json& json_;
    std::string where_;
    std::set<std::string> asked_;
};

Result<Json> parse(const std::string& text, std::string_view what) {
    if (text.size() > k_max_spec_bytes) {
        return refuse(fmt::format("{} is larger than {} bytes", what, k_max_spec_bytes));
    }
    // A member that stands twice would read differently to people and to the contract.
    std::vector<std::set<std::string>> open;
    bool repeated = false;
    bool too_deep = false;
    auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
        const bool opens =
            event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
        too_deep = too_deep || (opens && depth >= k_max_depth);
        if (too_deep) return false;  // what is refused here is dropped
        if (event == Json::parse_event_t::object_start) open.emplace_back();
        if (event == Json::parse_event_t::object_end) open.pop_back();
        if (event == Json::parse_event_t::key) {
            repeated = !open.back().insert(parsed.get<std::string>()).second || repeated;
        }
        return true;
    };
    Json json = Json::parse(text, watch, false);
    if (too_deep) {
        return refuse(fmt::format("{} is nested deeper than {} levels", what, k_max_depth));
    }
    if (json.is_discarded()) return refuse(fmt::format("{} is not JSON", what));
    if (repeated) return refuse(fmt::format("{} has a member that stands twice", what));
    return json;
}

Result<ledger::RoleControl> role_from(const Json& json) {
    BSN_TRY(object, Object::from(json, "role"));
    ledger::RoleControl role;
    BSN_TRY(name, object.text("name", std::nullopt));
    BSN_CHECK(require_name(name, "a role"));
    BSN_TRY(is_public, object.boolean("public", false));
    BSN_TRY(functions, object.texts("functions"));
    BSN_CHECK(object.finish());
    for (const std::string& function : functions) {
        if (!is_pattern(function)) {
            return refuse(fmt::format("role {}: '{}' is none of contract.function, contract.*, *",
                                      name, function));
        }
    }
    return ledger::RoleControl{name, is_public, functions};
}

Result<ledger::ContractControl> contract_from(const Json& json) {
    BSN_TRY(object, Object::from(json, "contract"));
    BSN_TRY(name, object.text("name", std::nullopt));
    BSN_TRY(type, object.text("type", name));
    BSN_TRY(version, object.number("version", 1));
    BSN_CHECK(object.finish());
    ledger::ContractControl contract{name, type, version};
    BSN_CHECK(check_contract(contract));
    return contract;
}

/// The items of a list, parsed one by one, names not repeated.
template <typename Item>
Result<std::vector<Item>> items_of(Object& object, const char* member,
                                   Result<Item> (*parse_item)(const Json&)) {
    BSN_TRY(list, object.list(member));
    std::vector<Item> items;
    for (const Json& json : list) {
        BSN_TRY(item, parse_item(json));
        bool repeated = std::any_of(items.begin(), items.end(),
                                    [&](const Item& one) { return one.name == item.name; });
        if (repeated) return refuse(fmt::format("{}: '{}' stands twice", member, item.name));
        items.push_back(std::move(item));
    }
    if (items.empty()) return refuse(fmt::format("an app needs at least one of '{}'", member));
    return items;
}

}  // namespace

Status check_contract(const ledger::ContractControl& control) {
    BSN_CHECK(require_name(control.name, "a contract"));
    static const contract::Contracts known = [] {
        contract::Contracts contracts;
        contract::add_builtin_contracts(contracts);
        return contracts;
    }();
    if (known.find(control.type, control.version) != nullptr) return {};
    std::uint32_t newest = known.newest(control.type);
    if (newest == 0) return refuse(fmt::format("there is no contract type '{}'", control.type));
    return refuse(fmt::format("contract type {} has no version {}; the newest is {}", control.type,
                              control.version, newest));
}

Result<ledger::RoleControl> parse_role(const std::string& json) {
    BSN_TRY(parsed, parse(json, "the role"));
    return role_from(parsed);
}

Result<AppSpec> parse_app_spec(const std::string& json) {
    BSN_TRY(parsed, parse(json, "the app's description"));
    BSN_TRY(object, Object::from(parsed, "app"));
    AppSpec spec;
    BSN_TRY(name, object.text("name", std::nullopt));
    BSN_CHECK(require_name(name, "an app"));
    if (name == "system") return refuse("'system' is the permission chain's own name");
    spec.name = name;
    BSN_TRY(description, object.text("description", ""));
    if (description.size() > k_max_description_bytes) {
        return refuse(fmt::format("description is longer than {} bytes", k_max_description_bytes));
    }
    spec.description = description;
    BSN_TRY(framework, object.text("framework", "ledger"));
    if (framework != "ledger") {
        return refuse(fmt::format("this network does not offer framework '{}'; it offers: ledger",
                                  framework));
    }
    BSN_TRY(suite_text, object.text("suite", "secp256r1"));
    auto suite = crypto::suite_from_name(suite_text);
    if (!suite) {
        return refuse(
            fmt::format("unknown suite '{}'; there are secp256r1, secp256k1, sm2", suite_text));
    }
    spec.suite = *suite;
    BSN_TRY(nodes, object.texts("nodes"));
    std::set<std::string> distinct(nodes.begin(), nodes.end());
    if (distinct.size() != nodes.size()) return refuse("a city node is named twice");
    spec.nodes = nodes;
    BSN_TRY(join, object.text("join", "open"));
    if (join != "open" && join != "invitation") {
        return refuse("member 'join' is neither open nor invitation");
    }
    spec.open_to_join = join == "open";
    BSN_TRY(contracts, items_of(object, "contracts", contract_from));
    spec.contracts = contracts;
    BSN_TRY(roles, items_of(object, "roles", role_from));
    spec.roles = roles;
    BSN_CHECK(object.finish());
    return spec;
}

}  // namespace bsn::registry
