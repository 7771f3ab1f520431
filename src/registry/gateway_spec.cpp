#include "registry/gateway_spec.hpp"

#include "contract/contract.hpp"

#include <fmt/format.h>

namespace bsn::registry {
namespace {

constexpr std::uint64_t k_max_rate = 1'000'000;
constexpr std::uint64_t k_max_bytes = 1ULL << 50;  // readers in JavaScript count exactly up to 2^53

Result<std::optional<std::uint64_t>> limit_from(JsonObject& limits, const char* member,
                                                std::uint64_t most) {
    if (limits.find(member) == nullptr) return std::optional<std::uint64_t>{};
    BSN_TRY(number, limits.number(member, 0, most));
    if (number == 0) {
        return contract::refuse(fmt::format(
            "limits: member '{}' is 0; a limit is at least 1, and none if left out", member));
    }
    return std::optional(number);
}

}  // namespace

Result<GatewaySettings> gateway_from(const Json& json) {
    BSN_TRY(object, JsonObject::from(json, "gateway"));
    GatewaySettings gateway;
    BSN_TRY(published, object.boolean("published", false));
    gateway.published = published;
    BSN_TRY(keys, object.text("keys", "trust"));
    if (keys != "trust" && keys != "upload") {
        return contract::refuse("gateway: member 'keys' is neither trust nor upload");
    }
    gateway.keys = keys == "upload" ? KeyMode::upload : KeyMode::trust;
    if (const Json* limits_json = object.find("limits"); limits_json != nullptr) {
        BSN_TRY(limits, JsonObject::from(*limits_json, "limits"));
        BSN_TRY(rate, limit_from(limits, "transactions_per_second", k_max_rate));
        BSN_TRY(traffic, limit_from(limits, "traffic_bytes_per_day", k_max_bytes));
        BSN_TRY(storage, limit_from(limits, "storage_bytes", k_max_bytes));
        BSN_CHECK(limits.finish());
        gateway.limits = {rate, traffic, storage};
    }
    BSN_CHECK(object.finish());
    return gateway;
}

}  // namespace bsn::registry
