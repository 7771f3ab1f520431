#include "sm2/cases_of_key.hpp"

#include "crypto/der_signature.hpp"
#include "crypto/ecdsa_signature.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace bsn::crypto::sm2 {
namespace {

std::string hex_of(const Limbs& value) {
    std::array<std::uint8_t, 32> bytes;
    to_bytes(value, bytes.data());
    return to_hex(bytes);
}

Signature bytes_of(const SignatureNumbers& numbers) {
    Signature signature;
    to_bytes(numbers.r, signature.data());
    to_bytes(numbers.s, signature.data() + 32);
    return signature;
}

SignatureNumbers numbers_of(const Signature& signature) {
    return {from_bytes(signature.data()), from_bytes(signature.data() + 32)};
}

PrivateKey key_of(const Limbs& scalar) {
    Scalar bytes;
    to_bytes(scalar, bytes.data());
    return PrivateKeyAccess::make(SuiteId::sm2, bytes);
}

EvpPkeyCtxPtr context_of(EVP_PKEY* key, int (*init)(EVP_PKEY_CTX*)) {
    EvpPkeyCtxPtr context(EVP_PKEY_CTX_new(key, nullptr));
    ensure(context != nullptr && init(context.get()) == 1, "SM2 by OpenSSL");
    return context;
}

}  // namespace

Counts& Counts::operator+=(const Counts& other) {
    for (std::size_t kind = 0; kind < k_kinds; ++kind) cases[kind] += other.cases[kind];
    refused_by_both += other.refused_by_both;
    return *this;
}

std::uint64_t Counts::all() const {
    std::uint64_t sum = 0;
    for (std::uint64_t of_kind : cases) sum += of_kind;
    return sum;
}

CasesOfKey::CasesOfKey(std::uint64_t seed, std::uint64_t number)
    : dice_([&] {
          std::seed_seq words{seed & 0xFFFFFFFF, seed >> 32, number & 0xFFFFFFFF, number >> 32};
          return std::mt19937_64(words);
      }()),
      scalar_(key_scalar()),
      pair_(key_of(scalar_)),
      point_(openssl_arithmetic().secret_point(scalar_)),
      multiples_(any_of_ours().multiples_of(point_)),
      evp_(PrivateKeyAccess::to_evp(pair_)),
      verifying_(context_of(evp_.get(), EVP_PKEY_verify_init)),
      signing_(context_of(evp_.get(), EVP_PKEY_sign_init)) {}

Counts CasesOfKey::run(std::size_t cases) {
    Counts counts;
    for (std::size_t i = 0; i < cases; ++i) {
        const auto kind = static_cast<Kind>(dice_() % k_kinds);
        switch (kind) {
            case Kind::ours_signs: try_ours(); break;
            case Kind::openssl_signs: try_openssl(); break;
            case Kind::changed: try_changed(counts); break;
            case Kind::multiplied: try_multiplied(); break;
            case Kind::message: try_message(); break;
        }
        ++counts.cases[static_cast<std::size_t>(kind)];
    }
    return counts;
}

/// Of 256 bits: half of them plain, half of limbs that are zero, all ones, one bit, or those of the
/// order and the prime and their neighbours.
Limbs CasesOfKey::any_number() {
    Limbs number{dice_(), dice_(), dice_(), dice_()};
    if (dice_() % 2 == 0) return number;
    const Limbs& base = dice_() % 2 == 0 ? k_order : k_prime;
    for (std::size_t i = 0; i < 4; ++i) {
        switch (dice_() % 6) {
            case 0: number[i] = 0; break;
            case 1: number[i] = ~std::uint64_t{0}; break;
            case 2: number[i] = std::uint64_t{1} << dice_() % 64; break;
            case 3: number[i] = base[i]; break;
            case 4: number[i] = base[i] + dice_() % 5 - 2; break;
            default: break;
        }
    }
    return number;
}

/// Not zero.
Limbs CasesOfKey::any_below(const Limbs& modulus) {
    for (;;) {
        const Limbs number = any_number();
        if (is_below(number, modulus) && !is_zero(number)) return number;
    }
}

const Arithmetic& CasesOfKey::any_of_ours() {
    const bool portable = adx_arithmetic() == nullptr || dice_() % 4 == 0;
    return portable ? portable_arithmetic() : *adx_arithmetic();
}

Limbs CasesOfKey::key_scalar() {
    std::uint64_t ignored = 0;
    return any_below(subtract(k_order, Limbs{1}, ignored));
}

bool CasesOfKey::ours_verify(const Limbs& digest, const SignatureNumbers& signature) {
    const Arithmetic& ours = any_of_ours();
    return dice_() % 2 == 0 ? ours.verify(point_, digest, signature)
                            : ours.verify_with(*multiples_, digest, signature);
}

bool CasesOfKey::openssl_verifies(const Limbs& digest, const SignatureNumbers& signature) {
    ErrorScope errors;
    const Bytes der = to_der(bytes_of(signature));
    std::array<std::uint8_t, 32> bytes;
    to_bytes(digest, bytes.data());
    return EVP_PKEY_verify(verifying_.get(), der.data(), der.size(), bytes.data(), bytes.size()) ==
           1;
}

SignatureNumbers CasesOfKey::ours_sign(const Limbs& digest) {
    for (;;) {
        const MadeSignature made =
            sign(any_of_ours(), digest, signing_inverse(scalar_), any_below(k_order));
        if (made.valid != 0) return made.numbers;
    }
}

SignatureNumbers CasesOfKey::openssl_signs(const Limbs& digest) {
    std::array<std::uint8_t, 32> bytes;
    to_bytes(digest, bytes.data());
    Bytes der(k_max_der);
    std::size_t size = der.size();
    ensure(EVP_PKEY_sign(signing_.get(), der.data(), &size, bytes.data(), bytes.size()) == 1,
           "OpenSSL made no SM2 signature");
    return numbers_of(*signature_from_der(ByteView(der).first(size)));
}

void CasesOfKey::change(Limbs& digest, SignatureNumbers& signature) {
    Limbs& one = dice_() % 2 == 0 ? signature.r : signature.s;
    Limbs& other = &one == &signature.r ? signature.s : signature.r;
    std::uint64_t ignored = 0;
    switch (dice_() % 12) {
        case 0: one[dice_() % 4] ^= std::uint64_t{1} << dice_() % 64; break;
        case 1: digest[dice_() % 4] ^= std::uint64_t{1} << dice_() % 64; break;
        case 2: std::swap(one, other); break;
        case 3: one = Limbs{}; break;
        case 4: one = any_number(); break;
        case 5: one = subtract(k_order, one, ignored); break;
        case 6: one = subtract(k_order, other, ignored); break;  // r + s = n
        case 7: one = add(one, k_order, ignored); break;  // the same number, where it still fits
        case 8: one = add(one, Limbs{1}, ignored); break;
        case 9: digest = order_reduce(digest); break;  // the same modulo n: verifies
        case 10: {  // r + s = n, and the digest fits: nothing but the check of the sum refuses it
            signature.s = any_below(k_order);
            signature.r = subtract(k_order, signature.s, ignored);
            digest = order_subtract(signature.r, order_reduce(arithmetic().secret_x(signature.s)));
            break;
        }
        default: digest = any_number(); break;
    }
}

void CasesOfKey::try_ours() {
    const Limbs digest = any_number();
    const SignatureNumbers signature = ours_sign(digest);
    if (!openssl_verifies(digest, signature)) differ("OpenSSL refuses ours", digest, signature);
    if (!ours_verify(digest, signature)) differ("ours refuse ours", digest, signature);
}

void CasesOfKey::try_openssl() {
    const Limbs digest = any_number();
    const SignatureNumbers signature = openssl_signs(digest);
    if (!ours_verify(digest, signature)) differ("ours refuse OpenSSL's", digest, signature);
}

void CasesOfKey::try_changed(Counts& counts) {
    Limbs digest = any_number();
    SignatureNumbers signature = ours_sign(digest);
    change(digest, signature);
    const bool verified = ours_verify(digest, signature);
    if (verified != openssl_verifies(digest, signature)) {
        differ(verified ? "ours verify what OpenSSL refuses" : "OpenSSL verifies what ours refuse",
               digest, signature);
    }
    if (!verified) ++counts.refused_by_both;
}

void CasesOfKey::try_multiplied() {
    const Limbs scalar = any_below(k_order);
    const AffinePoint ours = any_of_ours().secret_point(scalar);
    const AffinePoint theirs = openssl_arithmetic().secret_point(scalar);
    if (ours.x != theirs.x || ours.y != theirs.y) differ("the product with G", scalar, {});

    std::array<std::uint8_t, 33> bytes;
    to_bytes(any_number(), bytes.data() + 1);
    bytes[0] = static_cast<std::uint8_t>(2 + dice_() % 2);
    const auto our_point = any_of_ours().read_point(bytes.data());
    const auto their_point = openssl_arithmetic().read_point(bytes.data());
    if (our_point.has_value() != their_point.has_value() ||
        (our_point && (our_point->x != their_point->x || our_point->y != their_point->y))) {
        differ("the point of an x", from_bytes(bytes.data() + 1), {});
    }
}

void CasesOfKey::try_message() {
    Bytes message(dice_() % 200);
    for (std::uint8_t& byte : message) byte = static_cast<std::uint8_t>(dice_());
    const Signature signature = pair_.sign(message);
    const PlainVerifier plain(pair_.public_key());
    const bool ours = crypto::verify(pair_.public_key(), message, signature).ok();
    if (!ours || !plain.verify(message, signature)) {
        differ("a message's signature", from_bytes(hash(HashId::sm3, message).data()),
               numbers_of(signature));
    }
}

void CasesOfKey::differ(const char* what, const Limbs& digest,
                        const SignatureNumbers& signature) const {
    throw std::runtime_error(fmt::format("{}: scalar {} digest {} r {} s {}", what, hex_of(scalar_),
                                         hex_of(digest), hex_of(signature.r), hex_of(signature.s)));
}

}  // namespace bsn::crypto::sm2
