// Entries, lists of them, and conditions: objects of one transaction.
#include "contract/abi/number.hpp"
#include "contract/fisco/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace bsn::contract::fisco {
namespace {

using abi::Value;
using abi::Values;

/// No selection is longer.
constexpr std::uint64_t k_most_rows = 0x7FFFFFFF;

const abi::Type k_int256{abi::Kind::integer, 256, {}};
const abi::Type k_uint256{abi::Kind::uint, 256, {}};

Status step(Environment& environment, std::uint64_t steps = 1) {
    return environment.gas.charge(k_gas_step * steps);
}

Fields& own_fields(Environment& environment) {
    return std::get<EntryObject>(*environment.self).fields;
}

/// The field's value; empty if the entry does not have it.
std::string field(Environment& environment, const Value& name) {
    const Fields& fields = own_fields(environment);
    const auto found = fields.find(name.text());
    return found == fields.end() ? std::string() : found->second;
}

Result<Bytes> get_number(Environment& environment, const Values& arguments, const abi::Type& type) {
    BSN_CHECK(step(environment));
    const std::string text = field(environment, arguments[0]);
    const auto word = abi::number_from_text(type, text);
    if (!word || text.find_first_of("xX") != std::string::npos) {
        return refuse(fmt::format("field '{}' is no number", arguments[0].text()));
    }
    return to_bytes(word->view());
}

Result<Bytes> get_int(Environment& environment, const Values& arguments) {
    return get_number(environment, arguments, k_int256);
}

Result<Bytes> get_uint(Environment& environment, const Values& arguments) {
    return get_number(environment, arguments, k_uint256);
}

Result<Bytes> get_address(Environment& environment, const Values& arguments) {
    BSN_CHECK(step(environment));
    const auto address = address_of_text(field(environment, arguments[0]));
    if (!address) return refuse(fmt::format("field '{}' is no address", arguments[0].text()));
    return address_result(*address);
}

/// The first bytes of the field, zeros behind it.
Result<Bytes> get_bytes(Environment& environment, const Values& arguments, std::size_t size) {
    BSN_CHECK(step(environment, size));
    Bytes bytes = to_bytes(field(environment, arguments[0]));
    bytes.resize(size);
    return bytes;
}

Result<Bytes> get_bytes32(Environment& environment, const Values& arguments) {
    return get_bytes(environment, arguments, 32);
}

Result<Bytes> get_bytes64(Environment& environment, const Values& arguments) {
    return get_bytes(environment, arguments, 64);
}

Result<Bytes> get_string(Environment& environment, const Values& arguments) {
    BSN_CHECK(step(environment));
    const std::string text = field(environment, arguments[0]);
    BSN_CHECK(environment.gas.charge_memory(text.size()));
    return text_result(text);
}

Result<Bytes> set(Environment& environment, const Value& name, std::string value) {
    BSN_CHECK(step(environment));
    if (name.bytes.empty()) return refuse("a field has a name");
    own_fields(environment)[std::string(name.text())] = std::move(value);
    return Bytes{};
}

Result<Bytes> set_int(Environment& environment, const Values& arguments) {
    return set(environment, arguments[0], abi::number_text(k_int256, arguments[1].word()));
}

Result<Bytes> set_uint(Environment& environment, const Values& arguments) {
    return set(environment, arguments[0], abi::number_text(k_uint256, arguments[1].word()));
}

Result<Bytes> set_text(Environment& environment, const Values& arguments) {
    return set(environment, arguments[0], std::string(arguments[1].text()));
}

Result<Bytes> set_address(Environment& environment, const Values& arguments) {
    return set(environment, arguments[0], to_hex(arguments[1].address()));
}

Result<Bytes> entries_get(Environment& environment, const Values& arguments) {
    const auto& entries = std::get<EntriesObject>(*environment.self).entries;
    const auto index = arguments[0].number();
    if (!index || *index >= entries.size()) {
        return refuse(fmt::format("there are {} entries, counted from 0", entries.size()));
    }
    BSN_CHECK(environment.gas.charge(k_gas_object));
    BSN_CHECK(environment.gas.charge_memory(bytes_of(entries[*index])));
    return address_result(environment.objects.add(EntryObject{entries[*index]}));
}

Result<Bytes> entries_size(Environment& environment, const Values& /*arguments*/) {
    const auto& entries = std::get<EntriesObject>(*environment.self).entries;
    return number_result(static_cast<std::int64_t>(entries.size()));
}

Condition& own_condition(Environment& environment) {
    return std::get<ConditionObject>(*environment.self).condition;
}

/// The second argument of a comparison, as a field would have it.
std::string number_of(const Values& arguments) {
    return abi::number_text(k_int256, arguments[1].word());
}

Result<Bytes> compare(Environment& environment, const Values& arguments, std::string value,
                      void (*add)(Condition&, const std::string&, const std::string&)) {
    BSN_CHECK(step(environment));
    add(own_condition(environment), std::string(arguments[0].text()), value);
    return Bytes{};
}

void add_equal(Condition& to, const std::string& field, const std::string& value) {
    to.equal(field, value);
}
void add_not_equal(Condition& to, const std::string& field, const std::string& value) {
    to.not_equal(field, value);
}

Result<Bytes> equal_int(Environment& environment, const Values& arguments) {
    return compare(environment, arguments, number_of(arguments), add_equal);
}
Result<Bytes> equal_text(Environment& environment, const Values& arguments) {
    return compare(environment, arguments, std::string(arguments[1].text()), add_equal);
}
Result<Bytes> equal_address(Environment& environment, const Values& arguments) {
    return compare(environment, arguments, to_hex(arguments[1].address()), add_equal);
}
Result<Bytes> not_equal_int(Environment& environment, const Values& arguments) {
    return compare(environment, arguments, number_of(arguments), add_not_equal);
}
Result<Bytes> not_equal_text(Environment& environment, const Values& arguments) {
    return compare(environment, arguments, std::string(arguments[1].text()), add_not_equal);
}
Result<Bytes> greater(Environment& environment, const Values& arguments) {
    return compare(environment, arguments, number_of(arguments),
                   [](Condition& to, const std::string& field, const std::string& value) {
                       to.greater(field, value, false);
                   });
}
Result<Bytes> greater_or_equal(Environment& environment, const Values& arguments) {
    return compare(environment, arguments, number_of(arguments),
                   [](Condition& to, const std::string& field, const std::string& value) {
                       to.greater(field, value, true);
                   });
}
Result<Bytes> less(Environment& environment, const Values& arguments) {
    return compare(environment, arguments, number_of(arguments),
                   [](Condition& to, const std::string& field, const std::string& value) {
                       to.less(field, value, false);
                   });
}
Result<Bytes> less_or_equal(Environment& environment, const Values& arguments) {
    return compare(environment, arguments, number_of(arguments),
                   [](Condition& to, const std::string& field, const std::string& value) {
                       to.less(field, value, true);
                   });
}

Result<Bytes> limit(Environment& environment, const Values& arguments) {
    BSN_CHECK(step(environment));
    std::array<std::uint64_t, 2> numbers{};  // offset, count
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const bool negative = (arguments[i].word().data()[0] & 0x80) != 0;
        if (negative) return refuse("limit takes numbers from 0 on");
        numbers[2 - arguments.size() + i] =
            std::min(arguments[i].number().value_or(k_most_rows), k_most_rows);
    }
    own_condition(environment).limit(numbers[0], numbers[1]);
    return Bytes{};
}

}  // namespace

const Functions& entry_functions() {
    static const Functions functions(std::array{
        Function{"getInt(string)", get_int},
        Function{"getUInt(string)", get_uint},
        Function{"getAddress(string)", get_address},
        Function{"getBytes32(string)", get_bytes32},
        Function{"getBytes64(string)", get_bytes64},
        Function{"getString(string)", get_string},
        Function{"set(string,int256)", set_int},
        Function{"set(string,uint256)", set_uint},
        Function{"set(string,string)", set_text},
        Function{"set(string,address)", set_address},
    });
    return functions;
}

const Functions& entries_functions() {
    static const Functions functions(std::array{
        Function{"get(int256)", entries_get},
        Function{"size()", entries_size},
    });
    return functions;
}

const Functions& condition_functions() {
    static const Functions functions(std::array{
        Function{"EQ(string,int256)", equal_int},
        Function{"EQ(string,string)", equal_text},
        Function{"EQ(string,address)", equal_address},
        Function{"NE(string,int256)", not_equal_int},
        Function{"NE(string,string)", not_equal_text},
        Function{"GT(string,int256)", greater},
        Function{"GE(string,int256)", greater_or_equal},
        Function{"LT(string,int256)", less},
        Function{"LE(string,int256)", less_or_equal},
        Function{"limit(int256)", limit},
        Function{"limit(int256,int256)", limit},
    });
    return functions;
}

}  // namespace bsn::contract::fisco
