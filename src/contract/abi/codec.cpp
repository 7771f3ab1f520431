#include "contract/abi/codec.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::contract::abi {
namespace {

constexpr std::size_t k_word = 32;

bool all(ByteView bytes, std::uint8_t byte) {
    return std::all_of(bytes.begin(), bytes.end(), [byte](std::uint8_t b) { return b == byte; });
}

void append(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

void encode_value(const Type& type, const Value& value, Bytes& out);

/// Heads, then tails. `type_of(i)` is the type of the i-th value.
template <typename TypeOf>
void encode_sequence(const Values& values, TypeOf type_of, Bytes& out) {
    std::size_t offset = 0;
    for (std::size_t i = 0; i < values.size(); ++i) offset += head_size(type_of(i));
    Bytes tails;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const Type& type = type_of(i);
        if (is_dynamic(type)) {
            append(out, ledger::word_of(offset + tails.size()));
            encode_value(type, values[i], tails);
        } else {
            encode_value(type, values[i], out);
        }
    }
    append(out, tails);
}

void encode_value(const Type& type, const Value& value, Bytes& out) {
    switch (type.kind) {
        case Kind::bytes:
        case Kind::string:
            append(out, ledger::word_of(value.bytes.size()));
            append(out, value.bytes);
            out.resize(out.size() + (k_word - value.bytes.size() % k_word) % k_word);
            return;
        case Kind::array:
            ensure(type.size == 0 || value.items.size() == type.size, "an array of another length");
            if (type.size == 0) append(out, ledger::word_of(value.items.size()));
            encode_sequence(
                value.items, [&](std::size_t) -> const Type& { return type.element(); }, out);
            return;
        case Kind::tuple: append(out, encode(type.members, value.items)); return;
        default:
            ensure(suits(type, value.word()), "a value outside its type");
            append(out, value.bytes);
    }
}

/// Reads values out of the data, and counts what it read.
class Reader {
  public:
    explicit Reader(ByteView data) : data_(data), budget_(data.size()) {}

    /// The values of the types, whose heads begin at `base`.
    template <typename TypeOf>
    Result<Values> sequence(std::size_t base, std::size_t count, TypeOf type_of) {
        Values values;
        std::size_t place = base;
        for (std::size_t i = 0; i < count; ++i) {
            const Type& type = type_of(i);
            std::size_t where = place;
            if (is_dynamic(type)) {
                BSN_TRY(offset, number(place));
                if (offset > data_.size() - base) return outside();
                where = base + offset;
            }
            BSN_TRY(value, one(type, where));
            values.push_back(std::move(value));
            place += head_size(type);
        }
        return values;
    }

    Result<Values> sequence(std::size_t base, const std::vector<Parameter>& parameters) {
        return sequence(base, parameters.size(),
                        [&](std::size_t i) -> const Type& { return parameters[i].type; });
    }

  private:
    Result<Value> one(const Type& type, std::size_t place) {
        if (type.kind == Kind::bytes || type.kind == Kind::string) {
            BSN_TRY(size, number(place));
            BSN_TRY(bytes, take(place + k_word, size));
            return Value::of_bytes(bytes);
        }
        if (type.kind == Kind::tuple) {
            BSN_TRY(items, sequence(place, type.members));
            return Value::of_items(std::move(items));
        }
        if (type.kind == Kind::array) {
            std::size_t count = type.size;
            if (count == 0) {
                BSN_TRY(length, number(place));
                place += k_word;
                count = length;
            }
            // Each element takes at least a word: what cannot be there is not begun.
            if (place > data_.size() || count > (data_.size() - place) / k_word) return outside();
            BSN_TRY(items, sequence(place, count,
                                    [&](std::size_t) -> const Type& { return type.element(); }));
            return Value::of_items(std::move(items));
        }
        BSN_TRY(word, take(place, k_word));
        Value value = Value::of_bytes(word);
        if (!suits(type, value.word())) {
            return Error{Code::invalid_argument,
                         fmt::format("0x{} is no {}", to_hex(word), canonical_name(type))};
        }
        return value;
    }

    Result<ByteView> take(std::size_t place, std::size_t size) {
        if (place > data_.size() || size > data_.size() - place) return outside();
        if (size > budget_) {
            return Error{Code::invalid_argument, "the encoded values overlap"};
        }
        budget_ -= size;
        return data_.subspan(place, size);
    }

    /// An offset or a length: what is beyond 64 bits lies outside in any case.
    Result<std::size_t> number(std::size_t place) {
        BSN_TRY(word, take(place, k_word));
        const auto number = ledger::number_of_word(*ledger::Word::from(word));
        if (!number) return outside();
        return static_cast<std::size_t>(*number);
    }

    Error outside() const {
        return {Code::invalid_argument,
                fmt::format("an encoding of {} bytes is too short for its values", data_.size())};
    }

    ByteView data_;
    std::size_t budget_;
};

}  // namespace

Bytes encode(const std::vector<Parameter>& parameters, const Values& values) {
    ensure(parameters.size() == values.size(), "another number of values than of types");
    Bytes out;
    encode_sequence(
        values, [&](std::size_t i) -> const Type& { return parameters[i].type; }, out);
    return out;
}

Result<Values> decode(const std::vector<Parameter>& parameters, ByteView data) {
    return Reader(data).sequence(0, parameters);
}

bool suits(const Type& type, const ledger::Word& word) {
    const ByteView bytes = word.view();
    const std::size_t spare = k_word - type.size / 8;
    switch (type.kind) {
        case Kind::uint: return all(bytes.first(spare), 0);
        case Kind::integer: return all(bytes.first(spare), (bytes[spare] & 0x80) != 0 ? 0xFF : 0);
        case Kind::address: return all(bytes.first(12), 0);
        case Kind::boolean: return all(bytes.first(31), 0) && bytes[31] <= 1;
        case Kind::fixed_bytes: return all(bytes.subspan(type.size), 0);
        default: return false;
    }
}

}  // namespace bsn::contract::abi
