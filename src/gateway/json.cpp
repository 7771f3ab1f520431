#include "gateway/json.hpp"

#include <fmt/format.h>

#include <set>

namespace bsn::gateway {
namespace {

constexpr int k_max_depth = 16;

/// What the parser library says, without its own prefix.
std::string reason_of(const Json::parse_error& error) {
    std::string_view text = error.what();
    std::size_t at = text.find("syntax error");
    if (at == std::string_view::npos) at = text.find(": ");
    return std::string(at == std::string_view::npos ? text : text.substr(at));
}

}  // namespace

Result<Json> parse_object(ByteView body) {
    std::optional<std::string> mistake;
    std::vector<std::set<std::string>> keys;
    auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
        if (mistake) return false;
        if (depth > k_max_depth) {
            mistake = fmt::format("nested deeper than {} levels", k_max_depth);
        } else if (event == Json::parse_event_t::object_start) {
            keys.emplace_back();
        } else if (event == Json::parse_event_t::object_end) {
            keys.pop_back();
        } else if (event == Json::parse_event_t::key) {
            auto key = parsed.get<std::string>();
            if (!keys.back().insert(key).second) {
                mistake = fmt::format("the key \"{}\" stands there twice", key);
            }
        }
        return true;
    };
    try {
        Json json = Json::parse(body.begin(), body.end(), watch);
        if (!mistake && !json.is_object()) mistake = "it must be an object {…}";
        if (!mistake) return json;
    } catch (const Json::parse_error& error) {
        if (!mistake) mistake = fmt::format("at byte {}: {}", error.byte, reason_of(error));
    } catch (const Json::exception& error) {  // a number beyond all bounds
        if (!mistake) mistake = error.what();
    }
    return Error{Code::invalid_argument, "the body is not the JSON it should be: " + *mistake};
}

Status only_keys(const Json& object, std::initializer_list<std::string_view> known) {
    for (const auto& [key, value] : object.items()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        return Error{Code::invalid_argument,
                     fmt::format("the key \"{}\" is not known here; known: {}", key,
                                 fmt::join(known, ", "))};
    }
    return {};
}

Result<std::string> text_member(const Json& object, std::string_view key) {
    auto member = object.find(std::string(key));
    if (member == object.end() || !member->is_string()) {
        return Error{Code::invalid_argument, fmt::format("the body lacks the text \"{}\"", key)};
    }
    return member->get<std::string>();
}

std::string to_text(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Response json_response(const Json& json) { return {.body = to_text(json) + "\n"}; }

void put_bytes(Json& json, const std::string& name, ByteView bytes) {
    json[name] = to_base64(bytes);
    if (is_utf8(as_text(bytes))) json[name + "_text"] = as_text(bytes);
}

Json argument_json(ByteView argument) {
    if (is_utf8(as_text(argument))) return as_text(argument);
    return Json{{"base64", to_base64(argument)}};
}

Result<Bytes> argument_from(const Json& json) {
    if (json.is_string()) return to_bytes(json.get_ref<const std::string&>());
    if (json.is_object() && json.size() == 1) {
        BSN_TRY(text, text_member(json, "base64"));
        return from_base64(text);
    }
    return Error{Code::invalid_argument, "it must be a text or {\"base64\": \"…\"}"};
}

Result<framework::Invocation> invocation_from(const Json& json) {
    framework::Invocation invocation;
    BSN_TRY(contract, text_member(json, "contract"));
    BSN_TRY(function, text_member(json, "function"));
    invocation.contract = contract;
    invocation.function = function;
    auto arguments = json.find("arguments");
    if (arguments == json.end()) return invocation;
    if (!arguments->is_array()) {
        return Error{Code::invalid_argument, "\"arguments\" must be a list"};
    }
    for (const Json& element : *arguments) {
        auto argument = argument_from(element);
        if (!argument) {
            return argument.error().within(
                fmt::format("argument {}", invocation.arguments.size() + 1));
        }
        invocation.arguments.push_back(std::move(*argument));
    }
    return invocation;
}

Json transaction_json(const framework::TransactionView& transaction, bool details) {
    Json json{{"id", to_hex(transaction.id)},
              {"status", transaction.success ? "success" : "refused"},
              {"height", transaction.height},
              {"index", transaction.index},
              {"time", transaction.time}};
    put_bytes(json, "result", transaction.result);
    if (!transaction.success) json["error"] = transaction.error;
    if (!details) return json;
    json["creator"] = to_hex(transaction.creator);
    json["contract"] = transaction.contract;
    json["function"] = transaction.function;
    json["arguments"] = Json::array();
    for (const Bytes& argument : transaction.arguments) {
        json["arguments"].push_back(argument_json(argument));
    }
    json["raw"] = to_base64(transaction.raw);
    return json;
}

}  // namespace bsn::gateway
