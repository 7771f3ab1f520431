#pragma once
// What the published protocol has: its endpoints, and the fields of their requests in the order in
// which they are signed.

#include "gateway/published/shape.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bsn::gateway::published {

/// The frameworks that the protocol knows, each with endpoints of its own.
enum class Family : std::uint8_t { none, fabric, fisco, xuperchain, cita };
/// As texts to people have it.
std::string_view family_name(Family family);

/// What is asked for; the same thing may be called otherwise in another family.
enum class Call : std::uint8_t {
    app_info,
    register_user,
    enroll_user,
    invoke,       ///< signed by the node's custody
    transaction,  ///< signed by the user
    transaction_info,
    transaction_data,
    transaction_receipt,
    transaction_count,
    block_transaction_count,
    block_info,
    block_data,
    height,
    ledger_info,
    register_event,
    register_block_event,
    query_events,
    remove_event,
};

/// Whose apps an endpoint is for, by where their users' transaction keys are.
enum class KeysOf : std::uint8_t { both, trust, upload };

enum class FieldKind : std::uint8_t {
    text,
    number,             ///< 0 to 2^64-1; absent, it is signed as 0
    texts,              ///< an array of texts
    text_map,           ///< an object of texts; signed as names and values in the order sent
    text_or_structure,  ///< JSON as a text, or itself
};

struct Field {
    std::string_view name;
    FieldKind kind = FieldKind::text;
};

struct Endpoint {
    std::string_view path;
    Family family = Family::none;
    Call call = Call::app_info;
    KeysOf keys = KeysOf::both;
    std::vector<Field> fields;      ///< in the order of signing
    const Shape* answer = nullptr;  ///< of the body; null: the body is null
};

/// All endpoints, family by family.
const std::vector<Endpoint>& endpoints();
/// The endpoint of a path; null if there is none.
const Endpoint* find_endpoint(std::string_view path);

}  // namespace bsn::gateway::published
