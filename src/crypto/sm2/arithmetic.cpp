#include "crypto/sm2/arithmetic.hpp"

#include "crypto/sm2/adx_field.hpp"
#include "crypto/sm2/arithmetic_of.hpp"

#include <atomic>

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

const Arithmetic& fastest_arithmetic() {
    return adx_arithmetic() != nullptr ? *adx_arithmetic() : portable_arithmetic();
}

namespace {
std::atomic<const Arithmetic*>& chosen() {
#ifdef BSN_SM2_BY_OPENSSL
    static std::atomic<const Arithmetic*> arithmetic(&openssl_arithmetic());
#else
    static std::atomic<const Arithmetic*> arithmetic(&fastest_arithmetic());
#endif
    return arithmetic;
}
}  // namespace

const Arithmetic& arithmetic() { return *chosen().load(std::memory_order_relaxed); }

void choose_arithmetic(const Arithmetic& arithmetic) { chosen() = &arithmetic; }

}  // namespace bsn::crypto::sm2
