#pragma once
// A value of some ABI type, as plain bytes: what it means follows from the type beside it.

#include "base/bytes.hpp"
#include "ledger/ethereum/types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bsn::contract::abi {

struct Value {
    /// Of `bytes` and `string`: their bytes. Of all that fits a word: the word as it is encoded.
    Bytes bytes;
    /// Of an array: its elements; of a tuple: its components.
    std::vector<Value> items;

    static Value of_word(const ledger::Word& word);
    static Value of_number(std::uint64_t number);
    /// As int256.
    static Value of_signed(std::int64_t number);
    static Value of_bool(bool truth) { return of_number(truth ? 1 : 0); }
    static Value of_address(const ledger::Address& address);
    static Value of_bytes(ByteView bytes) { return {to_bytes(bytes), {}}; }
    static Value of_text(std::string_view text) { return {to_bytes(text), {}}; }
    static Value of_items(std::vector<Value> items) { return {{}, std::move(items)}; }

    /// The word of a value that is one.
    ledger::Word word() const;
    /// The address of a value of that type.
    ledger::Address address() const;
    /// The number of a value, unless it takes more than 64 bits.
    std::optional<std::uint64_t> number() const { return ledger::number_of_word(word()); }
    /// The bytes of a `string` or `bytes`, borrowed.
    std::string_view text() const { return as_text(bytes); }

    bool operator==(const Value&) const = default;
};

using Values = std::vector<Value>;

}  // namespace bsn::contract::abi
