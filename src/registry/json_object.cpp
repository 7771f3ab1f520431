#include "registry/json_object.hpp"

#include "contract/contract.hpp"

#include <fmt/format.h>

namespace bsn::registry {
namespace {

using contract::refuse;

constexpr std::size_t k_max_list = 100;
constexpr int k_max_depth = 8;  ///< copies of deeper ones would take more stack than there may be

}  // namespace

Result<Json> parse_spec_json(const std::string& text, std::string_view what, std::size_t most) {
    if (text.size() > most) {
        return refuse(fmt::format("{} is larger than {} bytes", what, most));
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

Result<JsonObject> JsonObject::from(const Json& json, std::string where) {
    if (!json.is_object()) return refuse(fmt::format("{} is no JSON object", where));
    return JsonObject(json, std::move(where));
}

Result<std::string> JsonObject::text(const char* member, std::optional<std::string> otherwise) {
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

Result<bool> JsonObject::boolean(const char* member, bool otherwise) {
    const Json* found = find(member);
    if (found == nullptr) return otherwise;
    if (!found->is_boolean()) {
        return refuse(fmt::format("{}: member '{}' is neither true nor false", where_, member));
    }
    return found->get<bool>();
}

Result<std::uint64_t> JsonObject::number(const char* member, std::uint64_t otherwise,
                                         std::uint64_t most) {
    const Json* found = find(member);
    if (found == nullptr) return otherwise;
    if (!found->is_number_unsigned()) {
        return refuse(fmt::format("{}: member '{}' is no number", where_, member));
    }
    const auto number = found->get<std::uint64_t>();
    if (number > most) {
        return refuse(fmt::format("{}: member '{}' is no number up to {}", where_, member, most));
    }
    return number;
}

Result<std::vector<Json>> JsonObject::list(const char* member) {
    const Json* found = find(member);
    if (found == nullptr) return std::vector<Json>{};
    if (!found->is_array() || found->size() > k_max_list) {
        return refuse(
            fmt::format("{}: member '{}' is no list of at most {}", where_, member, k_max_list));
    }
    return found->get<std::vector<Json>>();
}

Result<std::vector<std::string>> JsonObject::texts(const char* member) {
    BSN_TRY(items, list(member));
    std::vector<std::string> texts;
    for (const Json& item : items) {
        if (!item.is_string()) {
            return refuse(fmt::format("{}: '{}' holds something that is no text", where_, member));
        }
        texts.push_back(item.get<std::string>());
    }
    return texts;
}

const Json* JsonObject::find(const char* member) {
    asked_.insert(member);
    auto found = json_->find(member);
    return found == json_->end() ? nullptr : &*found;
}

Status JsonObject::finish() const {
    for (const auto& [member, value] : json_->items()) {
        if (!asked_.contains(member)) {
            return refuse(fmt::format("{}: unknown member '{}'", where_, member));
        }
    }
    return {};
}

}  // namespace bsn::registry
