#pragma once
// What holds for each of our binary formats, as one call per test.

#include "base/bytes.hpp"

#include <gtest/gtest.h>

namespace bsn::testing {

/// Checks that a valid encoding is accepted, and refused with any byte missing at its end, with one
/// too many, with another kind byte, and with an unknown version, which the refusal names.
template <typename Decode>
void expect_strict_format(const Bytes& valid, Decode decode) {
    auto accepted = decode(ByteView(valid));
    ASSERT_TRUE(accepted.ok()) << accepted.error().message;
    for (std::size_t length = 0; length < valid.size(); ++length) {
        EXPECT_FALSE(decode(ByteView(valid).first(length)).ok()) << "cut to " << length << " bytes";
    }
    Bytes longer = valid;
    longer.push_back(0);
    EXPECT_FALSE(decode(ByteView(longer)).ok());

    Bytes other_kind = valid;
    other_kind[0] = '?';
    auto refused = decode(ByteView(other_kind));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::invalid_argument) << refused.error().message;

    Bytes other_version = valid;
    other_version[1] = 77;
    refused = decode(ByteView(other_version));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::unsupported_version) << refused.error().message;
    EXPECT_NE(refused.error().message.find("77"), std::string::npos) << refused.error().message;
}

/// Checks that whatever decodes is canonical: for each byte changed in each bit, the bytes are
/// refused or encode to the same bytes again.
template <typename Decode, typename Encode>
void expect_canonical_format(const Bytes& valid, Decode decode, Encode encode) {
    for (std::size_t at = 0; at < valid.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            Bytes changed = valid;
            changed[at] = static_cast<std::uint8_t>(changed[at] ^ (1 << bit));
            auto decoded = decode(ByteView(changed));
            if (decoded.ok()) {
                ASSERT_EQ(encode(decoded.value()), changed) << "byte " << at << ", bit " << bit;
            }
        }
    }
}

/// The code of a failure; `internal` for a success, which no refusal has.
template <typename T>
Code code_of(const Result<T>& result) {
    return result.ok() ? Code::internal : result.error().code;
}

}  // namespace bsn::testing
