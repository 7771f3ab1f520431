#pragma once
// JSON in and out: strict reading of what comes from outside, and the forms that many answers
// share.

#include "framework/chain.hpp"
#include "gateway/message.hpp"

#include <nlohmann/json.hpp>

namespace bsn::gateway {

/// Keeps the order in which keys were put in.
using Json = nlohmann::ordered_json;

/// Reads a request's body, which must be an object: no key twice, no comments, at most 16 levels.
/// The error says where it is wrong.
Result<Json> parse_object(ByteView body);
/// Refuses keys other than these, naming them.
Status only_keys(const Json& object, std::initializer_list<std::string_view> known);
/// The text behind a key that must be there.
Result<std::string> text_member(const Json& object, std::string_view key);

/// Compact, on one line; texts that are not UTF-8 get replacement characters.
std::string to_text(const Json& json);
Response json_response(const Json& json);

/// Puts `"name": "<base64>"` and, if they are UTF-8, `"name_text"`.
void put_bytes(Json& json, const std::string& name, ByteView bytes);
/// An argument of a call: a text, or `{"base64": "…"}` for what is not UTF-8.
Json argument_json(ByteView argument);
Result<Bytes> argument_from(const Json& json);
/// The call that an object's `contract`, `function` and `arguments` name.
Result<framework::Invocation> invocation_from(const Json& json);
/// A transaction and what came of it; `details` also who called what, and its bytes.
Json transaction_json(const framework::TransactionView& transaction, bool details);

}  // namespace bsn::gateway
