#include "crypto/sm2/arithmetic.hpp"

#include "crypto/sm2/adx_field.hpp"
#include "crypto/sm2/arithmetic_of.hpp"

#ifdef BSN_SM2_HAS_ADX
#include <cpuid.h>
#endif

namespace bsn::crypto::sm2 {

#ifdef BSN_SM2_HAS_ADX
namespace {
/// CPUID, leaf 7: BMI2 is bit 8 of EBX, ADX bit 19.
bool has_adx() {
    constexpr unsigned k_wanted = 1U << 8 | 1U << 19;
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & k_wanted) == k_wanted;
}
}  // namespace
#endif

const Arithmetic& portable_arithmetic() {
    static constexpr Arithmetic k_portable = ArithmeticOf<PortableField>::named("portable");
    return k_portable;
}

const Arithmetic* adx_arithmetic() {
#ifdef BSN_SM2_HAS_ADX
    static constexpr Arithmetic k_adx = ArithmeticOf<AdxField>::named("adx");
    static const bool k_runs = has_adx();
    return k_runs ? &k_adx : nullptr;
#else
    return nullptr;
#endif
}

const Arithmetic& arithmetic() {
#ifdef BSN_SM2_BY_OPENSSL
    return openssl_arithmetic();
#else
    static const Arithmetic& k_fastest =
        adx_arithmetic() != nullptr ? *adx_arithmetic() : portable_arithmetic();
    return k_fastest;
#endif
}

}  // namespace bsn::crypto::sm2
