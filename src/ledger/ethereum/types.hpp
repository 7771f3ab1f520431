#pragma once
// The two values of which everything in an EVM's world is made.

#include "base/bytes.hpp"

#include <optional>

namespace bsn::ledger {

struct AddressTag;
struct WordTag;
/// An account of an EVM.
using Address = FixedBytes<AddressTag, 20>;
/// A number of 256 bits, big-endian, or 32 bytes that a contract gives a meaning.
using Word = FixedBytes<WordTag, 32>;

inline Word word_of(std::uint64_t number) {
    Word word;
    for (std::size_t i = 0; i < 8; ++i) {
        word.data()[31 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    return word;
}

/// The number of a word; none if it takes more than 64 bits.
inline std::optional<std::uint64_t> number_of_word(const Word& word) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (i < 24 && word.data()[i] != 0) return std::nullopt;
        number = number << 8 | word.data()[i];
    }
    return number;
}

}  // namespace bsn::ledger
