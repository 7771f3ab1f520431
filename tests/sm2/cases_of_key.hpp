#pragma once
// Random cases of SM2 with one key, each judged by our implementations and by OpenSSL.

#include "crypto/plain_verifier.hpp"
#include "crypto/private_key_access.hpp"
#include "crypto/sm2/signing.hpp"

#include <array>
#include <random>

namespace bsn::crypto::sm2 {

/// What is tried.
enum class Kind : std::size_t {
    ours_signs,     ///< of a digest, with a nonce of the case's; OpenSSL verifies
    openssl_signs,  ///< ours verify
    changed,        ///< a signature of ours with something changed: verdicts are equal
    multiplied,     ///< the generator by a scalar: points are equal; and points read from bytes
    message,        ///< a message, by the suite's interface: `PrivateKey::sign` and `verify`
};
inline constexpr std::size_t k_kinds = 5;

struct Counts {
    std::array<std::uint64_t, k_kinds> cases{};
    std::uint64_t refused_by_both = 0;  ///< of `changed`

    Counts& operator+=(const Counts& other);
    std::uint64_t all() const;
};

/// Cases with one key, which depend on the seed and the key's number alone, but for nonces of
/// OpenSSL and of `PrivateKey`. Numbers at which carries go wrong come often. One thread.
class CasesOfKey {
  public:
    static constexpr std::size_t k_most = 16;

    CasesOfKey(std::uint64_t seed, std::uint64_t number);
    /// Runs so many cases, at most `k_most`. Throws `std::runtime_error` with all numbers at the
    /// first difference.
    Counts run(std::size_t cases);

  private:
    Limbs any_number();
    Limbs any_below(const Limbs& modulus);
    const Arithmetic& any_of_ours();
    Limbs key_scalar();
    bool ours_verify(const Limbs& digest, const SignatureNumbers& signature);
    bool openssl_verifies(const Limbs& digest, const SignatureNumbers& signature);
    SignatureNumbers ours_sign(const Limbs& digest);
    SignatureNumbers openssl_signs(const Limbs& digest);
    void change(Limbs& digest, SignatureNumbers& signature);

    void try_ours();
    void try_openssl();
    void try_changed(Counts& counts);
    void try_multiplied();
    void try_message();
    [[noreturn]] void differ(const char* what, const Limbs& digest,
                             const SignatureNumbers& signature) const;

    std::mt19937_64 dice_;
    Limbs scalar_;
    PrivateKey pair_;
    AffinePoint point_;
    std::unique_ptr<KeyMultiples> multiples_;
    EvpPkeyPtr evp_;
    EvpPkeyCtxPtr verifying_;
    EvpPkeyCtxPtr signing_;
};

}  // namespace bsn::crypto::sm2
