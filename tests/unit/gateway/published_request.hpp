#pragma once
// Requests of the published protocol.

#include "gateway/published/answer.hpp"
#include "gateway_fixture.hpp"

#include <nlohmann/json.hpp>

namespace bsn::testing {

/// A request with its mac. What is signed: user, app, and `fields` as they stand one after the
/// other.
inline nlohmann::json published_request(const Person& person, const std::string& app,
                                        const std::string& fields, const nlohmann::json& body) {
    const std::string user = to_hex(person.id);
    return {{"header", {{"userCode", user}, {"appCode", app}}},
            {"mac", gateway::published::make_mac(person.key, user + app + fields)},
            {"body", body}};
}

}  // namespace bsn::testing
