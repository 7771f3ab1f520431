// What city nodes did for apps, day by day, by their own word.

#include "registry/json_object.hpp"
#include "registry/node_changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace bsn::registry {
namespace {

/// Readers in JavaScript count exactly up to here.
constexpr std::uint64_t k_max_count = (1ULL << 53) - 1;

/// `YYYY-MM-DD` of the calendar. Whether it is today nobody here knows: there is no clock.
Status require_day(const std::string& day) {
    constexpr std::array<unsigned, 12> k_days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool good = day.size() == 10 && day[4] == '-' && day[7] == '-';
    auto number = [&](std::size_t begin, std::size_t digits) {
        unsigned value = 0;
        for (std::size_t i = begin; good && i < begin + digits; ++i) {
            good = day[i] >= '0' && day[i] <= '9';
            value = value * 10 + static_cast<unsigned>(day[i] - '0');
        }
        return value;
    };
    const unsigned year = number(0, 4);
    const unsigned month = number(5, 2);
    const unsigned date = number(8, 2);
    if (good && month >= 1 && month <= 12) {
        const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        const unsigned most = k_days.at(month - 1) + (month == 2 && leap ? 1U : 0U);
        if (date >= 1 && date <= most) return {};
    }
    return refuse(fmt::format("'{}' is no day; write it as 2026-01-31", day));
}

Result<UsageRecord> usage_from(const Json& json, const std::string& app,
                               const ledger::NodeId& node) {
    BSN_TRY(object, JsonObject::from(json, "usage of " + app));
    UsageRecord usage{.node = node};
    for (const auto& [member, value] : {std::pair("transactions", &usage.transactions),
                                        {"refused", &usage.refused},
                                        {"traffic_bytes", &usage.traffic_bytes},
                                        {"storage_bytes", &usage.storage_bytes}}) {
        BSN_TRY(number, object.number(member, 0, k_max_count));
        *value = number;
    }
    BSN_CHECK(object.finish());
    return usage;
}

Json json_of(const UsageRecord& usage) {
    return {{"transactions", usage.transactions},
            {"refused", usage.refused},
            {"traffic_bytes", usage.traffic_bytes},
            {"storage_bytes", usage.storage_bytes}};
}

}  // namespace

Result<Bytes> record_usage(Context& context) {
    BSN_TRY(arguments, text_arguments(context, 2, 2));
    BSN_TRY(node, calling_node(context));
    if (node.state != NodeState::active) {
        return refuse(fmt::format("city node {} is {}, and not active", node.name,
                                  node_state_name(node.state)));
    }
    BSN_CHECK(require_day(arguments[0]));
    BSN_TRY(json, parse_spec_json(arguments[1], "the usage"));
    if (!json.is_object() || json.empty()) return refuse("the usage names no app");
    for (const auto& [name, value] : json.items()) {
        BSN_TRY(app, find_app(context, name));
        BSN_TRY(usage, usage_from(value, name, node.id));
        context.put(usage_key(app.channel, arguments[0], &node.id), encode(usage));
    }
    return Bytes{};
}

Result<Bytes> usage(Context& context) {
    BSN_TRY(arguments, text_arguments(context, 2, 2));
    BSN_TRY(app, find_app(context, arguments[0]));
    BSN_CHECK(require_day(arguments[1]));
    BSN_TRY(known, all_nodes(context));
    Json nodes = Json::array();
    Status failure;
    BSN_CHECK(context.scan(
        usage_key(app.channel, arguments[1], nullptr), {}, [&](ByteView, ByteView value) {
            auto record = decode_usage(value);
            if (!record) {
                failure = Error{Code::corrupted, record.error().message};
                return false;
            }
            Json one = json_of(*record);
            one["node"] = to_hex(record->node);
            const auto node = std::find_if(known.begin(), known.end(), [&](const NodeRecord& its) {
                return its.id == record->node;
            });
            one["name"] = node == known.end() ? "" : node->name;
            nodes.push_back(std::move(one));
            return true;
        }));
    BSN_CHECK(failure);
    return to_bytes(Json{{"app", app.name}, {"day", arguments[1]}, {"nodes", nodes}}.dump());
}

}  // namespace bsn::registry
