#pragma once
// Reading tests/vectors/foreign: bytes that other people's code made.

#include "base/bytes.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <string>

namespace bsn::testing {

using Json = nlohmann::json;

inline Json foreign_vectors(const std::string& name) {
    std::ifstream file(std::string(BSN_TESTS_DIR "/vectors/foreign/") + name, std::ios::binary);
    EXPECT_TRUE(file.good()) << name;
    return Json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

inline std::string text_of(const Json& text) { return text.get<std::string>(); }

/// The bytes of a hexadecimal member.
inline Bytes bytes_of(const Json& text) { return from_hex(text_of(text)).value(); }

/// The value of a hexadecimal member.
template <typename Value>
Value value_of(const Json& text) {
    return fixed_from_hex<Value>(text_of(text)).value();
}

}  // namespace bsn::testing
