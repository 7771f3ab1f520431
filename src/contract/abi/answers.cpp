#include "contract/abi/answers.hpp"

#include "contract/abi/codec.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace bsn::contract::abi {
namespace {

using Json = nlohmann::ordered_json;

Error refuse(std::string message) { return {Code::invalid_argument, std::move(message)}; }

/// Types whose value stands in a topic, and not its hash.
bool fits_topic(const Type& type) {
    return type.kind != Kind::array && type.kind != Kind::tuple && !is_dynamic(type);
}

const Entry& built_in(const char* signature) {
    static const Entry error = *parse_signature("error Error(string message)");
    static const Entry panic = *parse_signature("error Panic(uint256 code)");
    return std::string_view(signature) == "Error" ? error : panic;
}

std::string_view panic_text(std::uint64_t code) {
    switch (code) {
        case 0x00: return "unspecified";
        case 0x01: return "assertion failed";
        case 0x11: return "arithmetic overflow or underflow";
        case 0x12: return "division by zero";
        case 0x21: return "not a value of the enum";
        case 0x22: return "storage of bytes is wrongly encoded";
        case 0x31: return "pop of an empty array";
        case 0x32: return "index outside the array";
        case 0x41: return "too much memory";
        case 0x51: return "call of a function that was never set";
        default: return "unknown code";
    }
}

/// A refusal by an error whose arguments can be read; nothing else.
std::optional<Revert> by_error(const Entry& error, ByteView data, crypto::HashId hash) {
    const Selector wanted = selector(error.signature(), hash);
    if (data.size() < wanted.size() || !equal(data.first(wanted.size()), wanted)) return {};
    const auto values = decode(error.inputs, data.subspan(wanted.size()));
    if (!values) return {};
    const Json arguments = to_json(error.inputs, *values);
    Revert revert{error.name, "", arguments.dump()};
    if (error == built_in("Error")) {
        revert.message = arguments["message"].get<std::string>();
    } else if (error == built_in("Panic")) {
        const auto code = values->front().number();
        revert.message =
            fmt::format("panic 0x{}: {}", to_hex(values->front().word().view().last(1)),
                        panic_text(code.value_or(~std::uint64_t{0})));
    } else {
        for (const Value& value : *values) {
            const auto i = static_cast<std::size_t>(&value - values->data());
            revert.message += (i == 0 ? "" : ", ") + to_json(error.inputs[i].type, value).dump();
        }
        revert.message = fmt::format("{}({})", error.name, revert.message);
    }
    return revert;
}

}  // namespace

Result<Json> result_json(const Entry& function, ByteView data) {
    auto values = decode(function.outputs, data);
    if (!values) return values.error().within("result of " + function.signature());
    if (values->empty()) return Json();
    if (values->size() == 1) return to_json(function.outputs.front().type, values->front());
    return to_json(function.outputs, *values);
}

Result<Json> event_json(const Entry& event, std::span<const ledger::Word> topics, ByteView data) {
    if (!event.anonymous) {
        if (topics.empty()) return refuse(event.signature() + ": an event without topics");
        topics = topics.subspan(1);
    }
    std::vector<Parameter> plain;
    std::vector<Parameter> shown = event.inputs;
    std::size_t indexed = 0;
    for (Parameter& input : shown) {
        if (!input.indexed) {
            plain.push_back(input);
        } else {
            ++indexed;
            if (!fits_topic(input.type)) input.type = Type{Kind::fixed_bytes, 32, {}};
        }
    }
    if (indexed != topics.size()) {
        return refuse(fmt::format("{}: {} indexed arguments, and topics of {}", event.signature(),
                                  indexed, topics.size()));
    }
    auto decoded = decode(plain, data);
    if (!decoded) return decoded.error().within("event " + event.signature());
    Values values;
    auto next = decoded->begin();
    for (const Parameter& input : shown) {
        if (!input.indexed) {
            values.push_back(std::move(*next++));
            continue;
        }
        if (!suits(input.type, topics.front())) {
            return refuse(fmt::format("event {}: a topic is no {}", event.signature(),
                                      canonical_name(input.type)));
        }
        values.push_back(Value::of_word(topics.front()));
        topics = topics.subspan(1);
    }
    Json json;
    json["event"] = event.name;
    json["signature"] = event.signature();
    json["arguments"] = to_json(shown, values);
    return json;
}

Result<Json> event_json(const Abi& abi, std::span<const ledger::Word> topics, ByteView data,
                        crypto::HashId hash) {
    const Entry* event =
        topics.empty() ? nullptr : abi.event_of(topics.front(), topics.size() - 1, hash);
    if (event == nullptr) return Error{Code::not_found, "the ABI has no such event"};
    return event_json(*event, topics, data);
}

Revert read_revert(const Abi& abi, ByteView data, crypto::HashId hash) {
    if (data.empty()) return {"", "reverted without a reason"};
    for (const char* name : {"Error", "Panic"}) {
        if (auto revert = by_error(built_in(name), data, hash)) return *revert;
    }
    for (const Entry& entry : abi.entries()) {
        if (entry.kind != EntryKind::error) continue;
        if (auto revert = by_error(entry, data, hash)) return *revert;
    }
    const ByteView shown = data.first(std::min<std::size_t>(data.size(), 256));
    return {"", fmt::format("reverted with 0x{}{}", to_hex(shown),
                            shown.size() < data.size() ? "…" : "")};
}

}  // namespace bsn::contract::abi
