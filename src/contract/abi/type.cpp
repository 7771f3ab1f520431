#include "contract/abi/type.hpp"

#include "contract/abi/signature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace bsn::contract::abi {
namespace {

Error refuse(std::string message) { return {Code::invalid_argument, std::move(message)}; }

/// Digits without a leading zero.
bool parse_size(std::string_view digits, std::uint32_t& size) {
    if (digits.empty() || digits.size() > 9 || digits.front() == '0') return false;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
    return failure == std::errc{} && end == digits.data() + digits.size();
}

Result<Type> parse_number_type(Kind kind, std::string_view name, std::string_view digits) {
    Type type{kind, 256, {}};
    if (digits.empty()) return type;
    if (!parse_size(digits, type.size) || type.size % 8 != 0 || type.size > 256) {
        return refuse(fmt::format("'{}' is no type: numbers have 8, 16 … 256 bits", name));
    }
    return type;
}

Result<Type> parse_elementary(std::string_view name) {
    if (name == "address") return Type{Kind::address, 0, {}};
    if (name == "bool") return Type{Kind::boolean, 0, {}};
    if (name == "string") return Type{Kind::string, 0, {}};
    if (name == "bytes") return Type{Kind::bytes, 0, {}};
    if (name == "byte") return Type{Kind::fixed_bytes, 1, {}};
    if (name == "function") return Type{Kind::fixed_bytes, 24, {}};
    if (name.starts_with("uint")) return parse_number_type(Kind::uint, name, name.substr(4));
    if (name.starts_with("int")) return parse_number_type(Kind::integer, name, name.substr(3));
    if (name.starts_with("bytes")) {
        Type type{Kind::fixed_bytes, 0, {}};
        if (!parse_size(name.substr(5), type.size) || type.size > 32) {
            return refuse(fmt::format("'{}' is no type: fixed bytes are bytes1 … bytes32", name));
        }
        return type;
    }
    return refuse(fmt::format("'{}' is no type that contracts pass", name.substr(0, 64)));
}

/// Counts types, and how deep they nest.
bool within(const Type& type, std::size_t depth, std::size_t& count) {
    if (++count > k_max_types || depth > k_max_depth) return false;
    return std::all_of(type.members.begin(), type.members.end(), [&](const Parameter& member) {
        return within(member.type, depth + 1, count);
    });
}

/// As `head_size`, but never beyond the bound by more than one step, so that nothing overflows.
std::size_t bounded_size(const Type& type) {
    if (is_dynamic(type)) return 32;
    if (type.kind == Kind::array) {
        const std::size_t element = bounded_size(type.element());
        return type.size > k_max_head / element ? k_max_head + 1 : type.size * element;
    }
    if (type.kind != Kind::tuple) return 32;
    std::size_t sum = 0;
    for (const Parameter& member : type.members) {
        sum = std::min(sum + bounded_size(member.type), k_max_head + 1);
    }
    return sum;
}

/// Fixed arrays of dynamic elements have heads, too, behind their offset.
bool heads_within(const Type& type) {
    if (type.kind == Kind::array && type.size > k_max_head / bounded_size(type.element())) {
        return false;
    }
    return std::all_of(type.members.begin(), type.members.end(),
                       [](const Parameter& member) { return heads_within(member.type); });
}

}  // namespace

const Type& Type::element() const {
    ensure(kind == Kind::array && members.size() == 1, "element of a type that is no array");
    return members.front().type;
}

Result<Type> parse_type(std::string_view name, std::vector<Parameter> components) {
    const std::size_t bracket = name.starts_with('(') ? name.rfind(')') + 1 : name.find('[');
    std::string_view base = name.substr(0, bracket);
    std::string_view suffixes = bracket < name.size() ? name.substr(bracket) : std::string_view{};
    Type type;
    if (base.starts_with('(')) {
        BSN_TRY(members, parse_parameters(base));
        type = Type{Kind::tuple, 0, std::move(members)};
    } else if (base == "tuple") {
        type = Type{Kind::tuple, 0, std::move(components)};
    } else {
        BSN_TRY(elementary, parse_elementary(base));
        type = std::move(elementary);
    }
    if (type.kind == Kind::tuple && type.members.empty()) {
        return refuse("a tuple has at least one component");
    }
    for (std::size_t depth = 0; !suffixes.empty(); ++depth) {
        const std::size_t end = suffixes.find(']');
        if (suffixes.front() != '[' || end == std::string_view::npos) {
            return refuse(fmt::format("'{}' is no type: close the brackets", name.substr(0, 64)));
        }
        const std::string_view digits = suffixes.substr(1, end - 1);
        Type array{Kind::array, 0, {}};
        if (!digits.empty() && !parse_size(digits, array.size)) {
            return refuse(fmt::format("'{}' is no type: an array's length is a number from 1",
                                      name.substr(0, 64)));
        }
        if (depth == k_max_depth) return refuse("a type nests too deep");
        array.members.push_back({"", std::move(type), false});
        type = std::move(array);
        suffixes.remove_prefix(end + 1);
    }
    BSN_CHECK(check_bounds({{"", type, false}}));
    return type;
}

std::string canonical_name(const Type& type) {
    switch (type.kind) {
        case Kind::uint: return fmt::format("uint{}", type.size);
        case Kind::integer: return fmt::format("int{}", type.size);
        case Kind::address: return "address";
        case Kind::boolean: return "bool";
        case Kind::fixed_bytes:
            return type.size == 24 ? std::string("bytes24") : fmt::format("bytes{}", type.size);
        case Kind::bytes: return "bytes";
        case Kind::string: return "string";
        case Kind::array:
            return canonical_name(type.element()) +
                   (type.size == 0 ? std::string("[]") : fmt::format("[{}]", type.size));
        case Kind::tuple: return canonical_names(type.members);
    }
    return {};
}

std::string canonical_names(const std::vector<Parameter>& parameters) {
    std::string names = "(";
    for (const Parameter& parameter : parameters) {
        if (names.size() > 1) names += ',';
        names += canonical_name(parameter.type);
    }
    return names + ")";
}

bool is_dynamic(const Type& type) {
    switch (type.kind) {
        case Kind::bytes:
        case Kind::string: return true;
        case Kind::array: return type.size == 0 || is_dynamic(type.element());
        case Kind::tuple:
            return std::any_of(type.members.begin(), type.members.end(),
                               [](const Parameter& member) { return is_dynamic(member.type); });
        default: return false;
    }
}

std::size_t head_size(const Type& type) {
    if (is_dynamic(type)) return 32;
    if (type.kind == Kind::array) return type.size * head_size(type.element());
    return type.kind == Kind::tuple ? head_size(type.members) : 32;
}

std::size_t head_size(const std::vector<Parameter>& parameters) {
    std::size_t sum = 0;
    for (const Parameter& parameter : parameters) sum += head_size(parameter.type);
    return sum;
}

Status check_bounds(const std::vector<Parameter>& parameters) {
    const Type all{Kind::tuple, 0, parameters};
    std::size_t count = 0;
    if (!within(all, 0, count)) {
        return refuse(fmt::format("types nest at most {} deep, and are at most {}", k_max_depth,
                                  k_max_types));
    }
    if (!heads_within(all) || bounded_size(all) > k_max_head) {
        return refuse(fmt::format("arrays of fixed length take at most {} bytes", k_max_head));
    }
    return {};
}

}  // namespace bsn::contract::abi
