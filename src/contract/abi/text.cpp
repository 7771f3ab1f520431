#include "contract/abi/text.hpp"

#include "contract/abi/codec.hpp"
#include "contract/abi/json_tree.hpp"
#include "contract/abi/number.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace bsn::contract::abi {
namespace {

Error refuse(std::string message) { return {Code::invalid_argument, std::move(message)}; }

std::string excerpt(std::string_view text) {
    return std::string(text.substr(0, 80)) + (text.size() > 80 ? "…" : "");
}

Result<Bytes> bytes_from_text(std::string_view text) {
    if (text.starts_with("0x")) {
        if (auto bytes = from_hex(text.substr(2))) return bytes;
    }
    return refuse(
        fmt::format("'{}' is no bytes: write 0x and pairs of hexadecimal digits", excerpt(text)));
}

Result<Value> elementary_from_text(const Type& type, std::string_view text) {
    switch (type.kind) {
        case Kind::uint:
        case Kind::integer: {
            BSN_TRY(word, number_from_text(type, text));
            return Value::of_word(word);
        }
        case Kind::address: {
            BSN_TRY(address, address_from_text(text));
            return Value::of_address(address);
        }
        case Kind::boolean:
            if (text == "true" || text == "false") return Value::of_bool(text == "true");
            return refuse(fmt::format("'{}' is neither true nor false", excerpt(text)));
        case Kind::fixed_bytes: {
            BSN_TRY(bytes, bytes_from_text(text));
            if (bytes.size() != type.size) {
                return refuse(fmt::format("{} are {} bytes, not {}", canonical_name(type),
                                          type.size, bytes.size()));
            }
            bytes.resize(32);
            return Value{std::move(bytes), {}};
        }
        case Kind::bytes: {
            BSN_TRY(bytes, bytes_from_text(text));
            return Value{std::move(bytes), {}};
        }
        default: return Value::of_text(text);
    }
}

Result<Value> from_tree(const Type& type, const JsonTree& tree);

/// The members of an object in the order of the parameters, or the elements of an array.
Result<Values> list_from_tree(const std::vector<Parameter>& parameters, const JsonTree& tree) {
    if (tree.kind != json::Kind::begin_array && tree.kind != json::Kind::begin_object) {
        return refuse(fmt::format("write {} as a JSON array", canonical_names(parameters)));
    }
    if (tree.items.size() != parameters.size()) {
        return refuse(fmt::format("{} has {} members, and {} are given",
                                  canonical_names(parameters), parameters.size(),
                                  tree.items.size()));
    }
    Values values;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const JsonTree* item = &tree.items[i];
        if (tree.kind == json::Kind::begin_object) {
            item = tree.member(parameters[i].name);
            if (item == nullptr) {
                return refuse(fmt::format("member '{}' is missing", parameters[i].name));
            }
        }
        auto value = from_tree(parameters[i].type, *item);
        if (!value) {
            return value.error().within(parameters[i].name.empty() ? fmt::format("[{}]", i)
                                                                   : parameters[i].name);
        }
        values.push_back(std::move(*value));
    }
    return values;
}

Result<Value> from_tree(const Type& type, const JsonTree& tree) {
    if (type.kind == Kind::tuple) {
        BSN_TRY(items, list_from_tree(type.members, tree));
        return Value::of_items(std::move(items));
    }
    if (type.kind == Kind::array) {
        if (tree.kind != json::Kind::begin_array) {
            return refuse(fmt::format("write {} as a JSON array", canonical_name(type)));
        }
        if (type.size != 0 && tree.items.size() != type.size) {
            return refuse(fmt::format("{} has {} elements, not {}", canonical_name(type), type.size,
                                      tree.items.size()));
        }
        Values items;
        for (const JsonTree& item : tree.items) {
            auto value = from_tree(type.element(), item);
            if (!value) return value.error().within(fmt::format("[{}]", items.size()));
            items.push_back(std::move(*value));
        }
        return Value::of_items(std::move(items));
    }
    const bool number = type.kind == Kind::uint || type.kind == Kind::integer;
    if (tree.kind != json::Kind::string && !(number && tree.kind == json::Kind::number) &&
        !(type.kind == Kind::boolean && tree.kind == json::Kind::boolean)) {
        return refuse(fmt::format("write {} {}", canonical_name(type),
                                  number ? "as a number, or as one in quotes" : "in quotes"));
    }
    return elementary_from_text(type, tree.text);
}

std::string name_of(const Entry& entry) {
    return entry.kind == EntryKind::constructor ? "constructor" : entry.name;
}

Error wrong_count(const Entry& function, std::size_t count) {
    return refuse(fmt::format("{}{} takes {} arguments, and {} are given", name_of(function),
                              canonical_names(function.inputs), function.inputs.size(), count));
}

std::string place(const Entry& function, std::size_t i) {
    const Parameter& input = function.inputs[i];
    return fmt::format("{}, argument {} ({}{}{})", name_of(function), i + 1,
                       canonical_name(input.type), input.name.empty() ? "" : " ", input.name);
}

bool all_named(const std::vector<Parameter>& parameters) {
    std::set<std::string_view> names;
    return std::all_of(parameters.begin(), parameters.end(), [&](const Parameter& parameter) {
        return !parameter.name.empty() && names.insert(parameter.name).second;
    });
}

std::string hex_text(ByteView bytes) { return "0x" + to_hex(bytes); }

/// Well-formed UTF-8, which all writers of JSON insist on.
std::string well_formed(std::string_view text) {
    if (is_utf8(text)) return std::string(text);
    std::string out;
    while (!text.empty()) {
        std::size_t size = std::min<std::size_t>(4, text.size());
        while (size > 0 && !is_utf8(text.substr(0, size))) --size;
        out += size == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, size);
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return out;
}

}  // namespace

Result<Value> value_from_text(const Type& type, std::string_view text) {
    if (type.kind == Kind::array || type.kind == Kind::tuple) return value_from_json(type, text);
    return elementary_from_text(type, text);
}

Result<Value> value_from_json(const Type& type, std::string_view json) {
    BSN_TRY(tree, JsonTree::parse(json));
    return from_tree(type, tree);
}

Result<Values> arguments_from_texts(const Entry& function, std::span<const std::string> texts) {
    if (texts.size() != function.inputs.size()) return wrong_count(function, texts.size());
    Values values;
    for (const std::string& text : texts) {
        const std::size_t i = values.size();
        auto value = value_from_text(function.inputs[i].type, text);
        if (!value) return value.error().within(place(function, i));
        values.push_back(std::move(*value));
    }
    return values;
}

Result<Values> arguments_from_json(const Entry& function, std::string_view json) {
    auto tree = JsonTree::parse(json);
    if (!tree) return tree.error().within(name_of(function));
    const bool object = tree->kind == json::Kind::begin_object;
    if (!object && tree->kind != json::Kind::begin_array) {
        return refuse(name_of(function) + ": write the arguments as a JSON array or object");
    }
    if (tree->items.size() != function.inputs.size()) {
        return wrong_count(function, tree->items.size());
    }
    Values values;
    for (std::size_t i = 0; i < function.inputs.size(); ++i) {
        const JsonTree* item = object ? tree->member(function.inputs[i].name) : &tree->items[i];
        auto value = item != nullptr ? from_tree(function.inputs[i].type, *item)
                                     : Result<Value>(refuse("it is missing"));
        if (!value) return value.error().within(place(function, i));
        values.push_back(std::move(*value));
    }
    return values;
}

nlohmann::ordered_json to_json(const std::vector<Parameter>& parameters, const Values& values) {
    ensure(parameters.size() == values.size(), "another number of values than of types");
    const bool named = all_named(parameters) && !parameters.empty();
    auto json = named ? nlohmann::ordered_json::object() : nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < values.size(); ++i) {
        auto item = to_json(parameters[i].type, values[i]);
        if (named) {
            json[well_formed(parameters[i].name)] = std::move(item);
        } else {
            json.push_back(std::move(item));
        }
    }
    return json;
}

nlohmann::ordered_json to_json(const Type& type, const Value& value) {
    switch (type.kind) {
        case Kind::uint:
        case Kind::integer: return number_text(type, value.word());
        case Kind::address: return address_text(value.address());
        case Kind::boolean: return value.word().data()[31] == 1;
        case Kind::fixed_bytes: return hex_text(value.word().view().first(type.size));
        case Kind::bytes: return hex_text(value.bytes);
        case Kind::string: return well_formed(value.text());
        case Kind::tuple: return to_json(type.members, value.items);
        case Kind::array: break;
    }
    auto json = nlohmann::ordered_json::array();
    for (const Value& item : value.items) json.push_back(to_json(type.element(), item));
    return json;
}

std::string address_text(const ledger::Address& address) {
    std::string text = to_hex(address);
    const crypto::Hash hash = crypto::hash(crypto::HashId::keccak256, as_bytes(text));
    for (std::size_t i = 0; i < text.size(); ++i) {
        const unsigned nibble = hash.data()[i / 2] >> (i % 2 == 0 ? 4 : 0) & 0xF;
        if (nibble >= 8 && text[i] >= 'a') text[i] = static_cast<char>(text[i] - 'a' + 'A');
    }
    return "0x" + text;
}

Result<ledger::Address> address_from_text(std::string_view text) {
    auto address = text.starts_with("0x") && text.size() == 42
                       ? fixed_from_hex<ledger::Address>(text.substr(2))
                       : Result<ledger::Address>(refuse(""));
    if (!address) {
        return refuse(
            fmt::format("'{}' is no address: write 0x and 40 hexadecimal digits", excerpt(text)));
    }
    const std::string_view digits = text.substr(2);
    const bool lower = digits.find_first_of("ABCDEF") == std::string_view::npos;
    const bool upper = digits.find_first_of("abcdef") == std::string_view::npos;
    if (!lower && !upper && text != address_text(*address)) {
        return refuse(
            fmt::format("the upper and lower case of '{}' do not fit (EIP-55): it is "
                        "mistyped, or write it in lower case",
                        text));
    }
    return address;
}

}  // namespace bsn::contract::abi
