#pragma once
// Inside of the module: what SM2 signatures need of the curve (GB/T 32918.2), by the fastest of the
// implementations that the processor can run.

#include "crypto/sm2/multiples.hpp"

#include <optional>

namespace bsn::crypto::sm2 {

/// Of a key that verifies often: 53 KiB, 0.3 ms to compute.
using KeyMultiples = Multiples<5>;
/// Of the generator: 148 KiB.
using GeneratorMultiples = Multiples<7>;

/// r and s of a signature, plain numbers.
struct SignatureNumbers {
    Limbs r{};
    Limbs s{};
};

/// One implementation of the curve. Any thread.
struct Arithmetic {
    const char* name;

    /// The point of a compressed encoding of 33 bytes (SEC 1, 2.3.4); nothing if it encodes none:
    /// another first byte, x beyond the field, or no point at x.
    std::optional<AffinePoint> (*read_point)(const std::uint8_t* bytes);
    /// Writes x and y, big-endian, 64 bytes.
    void (*write_point)(const AffinePoint& point, std::uint8_t* bytes);

    /// Whether the signature is of the digest e by the key: r and s are in 1 … n - 1, r + s is not
    /// n, and r = e + x of s * G + (r + s) * key, modulo n (7.1 there). Time depends on all.
    bool (*verify)(const AffinePoint& key, const Limbs& digest, const SignatureNumbers& signature);
    /// The same with a table of the key's multiples, in a third of the time. Null, and
    /// `multiples_of` as well, in an implementation without tables.
    bool (*verify_with)(const KeyMultiples& key, const Limbs& digest,
                        const SignatureNumbers& signature);
    std::unique_ptr<KeyMultiples> (*multiples_of)(const AffinePoint& key);

    /// scalar * G, of a secret scalar in 1 … n - 1, in time that does not depend on it.
    AffinePoint (*secret_point)(const Limbs& scalar);
    /// Its x alone, out of Montgomery's form.
    Limbs (*secret_x)(const Limbs& scalar);
};

/// In C++ alone.
const Arithmetic& portable_arithmetic();
/// With BMI2 and ADX; null where the processor lacks them.
const Arithmetic* adx_arithmetic();
/// By OpenSSL, which has no code made for this curve and no tables.
const Arithmetic& openssl_arithmetic();
/// The fastest of ours that runs here.
const Arithmetic& fastest_arithmetic();
/// The one in use: unless another was chosen the fastest of ours, or OpenSSL's in builds with
/// BSN_SM2_BY_OPENSSL.
const Arithmetic& arithmetic();
/// Keys that are parsed from now on use this one; others keep theirs. Any thread.
void choose_arithmetic(const Arithmetic& arithmetic);

}  // namespace bsn::crypto::sm2
