#pragma once
// What the bodies of answers are: their members in the order in which they are written, and the
// order in which they are signed.

#include "gateway/json.hpp"

#include <string_view>
#include <vector>

namespace bsn::gateway::published {

struct Shape;

enum class MemberKind : std::uint8_t { text, number, boolean, object, list };

struct Member {
    std::string_view name;
    MemberKind kind = MemberKind::text;
    const Shape* shape = nullptr;  ///< of an object, or of the elements of a list; null: texts
    bool optional = false;         ///< may be left out
};

/// An object, or, with `list`, an array of such objects.
struct Shape {
    std::vector<Member> members;
    /// Names in the order of signing; empty: that of `members`. What is not named is not signed.
    std::vector<std::string_view> signing;
    bool list = false;
};

/// Whether a body is of its shape: nothing missing, nothing more, nothing null.
bool has_shape(const Shape& shape, const Json& body);
/// The members of a body that `has_shape`, in the shape's order.
Json in_order(const Shape& shape, const Json& body);
/// What of a body that `has_shape` is signed.
std::string signed_text(const Shape& shape, const Json& body);

/// The bodies that the protocol has.
namespace shapes {

const Shape& app_info();
const Shape& event_id();
const Shape& data();
const Shape& account();
const Shape& contract_events();

const Shape& fabric_user();
const Shape& fabric_certificate();
const Shape& fabric_outcome();
const Shape& fabric_transaction();
const Shape& fabric_transaction_data();
const Shape& fabric_block();
const Shape& fabric_block_data();
const Shape& fabric_ledger();
const Shape& fabric_events();

const Shape& fisco_outcome();
const Shape& fisco_block();
const Shape& fisco_receipt();
const Shape& fisco_transaction();

const Shape& xuper_account();
const Shape& xuper_call();
const Shape& xuper_outcome();
const Shape& xuper_transaction();
const Shape& xuper_block();
const Shape& xuper_events();

const Shape& cita_outcome();
const Shape& cita_block();
const Shape& cita_receipt();
const Shape& cita_transaction();

}  // namespace shapes
}  // namespace bsn::gateway::published
