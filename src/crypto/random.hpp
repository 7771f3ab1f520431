#pragma once
// Random bytes that nobody can guess.

#include "base/bytes.hpp"

namespace bsn::crypto {

/// Fills the bytes from OpenSSL's generator, which the operating system seeds.
void fill_random(std::span<std::uint8_t> bytes);

/// A random value, such as a nonce.
template <typename Value>
Value random_value() {
    Value value;
    fill_random({value.data(), Value::k_size});
    return value;
}

}  // namespace bsn::crypto
