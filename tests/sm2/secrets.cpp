// Marks secrets as uninitialised memory and computes with them under valgrind, which complains
// wherever a branch or an address depends on them (A. Langley, ctgrind, 2010).
//
//   valgrind --error-exitcode=9 bsn_sm2_secrets [branch|index|product]     with a deliberate leak

#include "crypto/sm2/adx_field.hpp"
#include "crypto/sm2/nonce.hpp"
#include "crypto/sm2/signing.hpp"
#include "sm2/leaks.hpp"

#include <valgrind/memcheck.h>

#include <cstdio>

namespace bsn::crypto::sm2 {
namespace {

template <typename Value>
void make_secret(Value& value) {
    VALGRIND_MAKE_MEM_UNDEFINED(&value, sizeof value);
}

/// What everybody may see, such as a signature.
template <typename Value>
void publish(Value& value) {
    VALGRIND_MAKE_MEM_DEFINED(&value, sizeof value);
}

/// GB/T 32918.5, annex A.
constexpr Limbs k_scalar{0x1A42FB81EF4DF7C5, 0x92692860B51A42FB, 0x3F36E38AC6D39F95,
                         0x3945208F7B2144B1};
constexpr Limbs k_nonce{0xCE6D54B80DEAC1BC, 0xEF3CC1FA3CDBE4CE, 0x680F3AD9C02DCCEF,
                        0x59276E27D506861A};
constexpr Limbs k_digest{0xF4486FDFC0D28640, 0xE17E6AB5A19CE7B3, 0xAACE692ED534382E,
                         0xF0B43E94BA45ACCA};

/// Valgrind knows the instructions of ADX, though its processor says that it lacks them.
constexpr Arithmetic k_tried[] = {ArithmeticOf<PortableField>::named("portable"),
#ifdef BSN_SM2_HAS_ADX
                                  ArithmeticOf<AdxField>::named("adx")
#endif
};

Scalar bytes_of(const Limbs& value) {
    Scalar bytes;
    to_bytes(value, bytes.data());
    return bytes;
}

/// The whole way of a key: made, and used for signatures with a nonce of every origin.
bool way_of_a_key(const Arithmetic& arithmetic) {
    Limbs scalar = k_scalar;
    make_secret(scalar);
    AffinePoint key = arithmetic.secret_point(scalar);
    publish(key);
    const Limbs inverse = signing_inverse(scalar);

    Scalar bytes = bytes_of(scalar);
    Hash digest;
    to_bytes(k_digest, digest.data());
    Limbs fixed = k_nonce;
    make_secret(fixed);
    bool good = true;
    for (const Limbs& nonce : {fixed, hedged_nonce(bytes, digest)}) {
        MadeSignature made = sign(arithmetic, k_digest, inverse, nonce);
        publish(made);
        good = good && made.valid != 0 && arithmetic.verify(key, k_digest, made.numbers);
    }
    return good;
}

int run(int argc, char** argv) {
    if (RUNNING_ON_VALGRIND == 0) {
        std::fputs("run it under valgrind: without, it shows nothing\n", stderr);
        return 2;
    }
    if (argc > 1) {
        const auto how = leak_of_name(argv[1]);
        if (!how) return 2;
        Limbs secret = k_nonce;
        make_secret(secret);
        Limbs result = leak(*how, secret);
        publish(result);
        std::printf("leaked by %s\n", argv[1]);
        return 0;
    }
    for (const Arithmetic& arithmetic : k_tried) {
        if (!way_of_a_key(arithmetic)) {
            std::printf("%s: a signature made here does not verify\n", arithmetic.name);
            return 1;
        }
        std::printf("%s: done\n", arithmetic.name);
    }
    return 0;
}

}  // namespace
}  // namespace bsn::crypto::sm2

int main(int argc, char** argv) { return bsn::crypto::sm2::run(argc, argv); }
