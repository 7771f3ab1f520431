#pragma once
// What a call of a precompiled contract costs. The prices are FISCO BCOS's, and rows that are only
// looked at cost as much as rows that are found, so that gas bounds the work.

#include "base/result.hpp"

#include <cstdint>

namespace bsn::contract::fisco {

inline constexpr std::uint64_t k_gas_step = 3;         ///< a condition, a field read or set
inline constexpr std::uint64_t k_gas_load = 200;       ///< opening a table, a row looked at
inline constexpr std::uint64_t k_gas_store = 10'000;   ///< a row inserted or updated
inline constexpr std::uint64_t k_gas_create = 16'000;  ///< a table created
inline constexpr std::uint64_t k_gas_remove = 2'500;   ///< a row removed
inline constexpr std::uint64_t k_gas_object = 200;     ///< a table, entry … that a call hands out

/// Gas of one call.
class GasMeter {
  public:
    explicit GasMeter(std::uint64_t limit) : limit_(limit) {}

    /// Takes gas; the work that it is for is not done if this fails.
    Status charge(std::uint64_t gas) {
        if (gas > limit_ - used_) {
            used_ = limit_;
            return Error{Code::too_large, "out of gas"};
        }
        used_ += gas;
        return {};
    }
    /// Bytes passed in or out, or written: three for each word, and more beyond some KiB.
    Status charge_memory(std::uint64_t bytes) {
        const std::uint64_t words = bytes / 32 + (bytes % 32 != 0 ? 1 : 0);
        if (words > k_most_words) return charge(~std::uint64_t{0});
        return charge(3 * words + words * words / 512);
    }

    std::uint64_t used() const { return used_; }

  private:
    /// 1 GiB, which no limit allows; keeps the square within 64 bits.
    static constexpr std::uint64_t k_most_words = std::uint64_t{1} << 25;

    std::uint64_t limit_;
    std::uint64_t used_ = 0;
};

}  // namespace bsn::contract::fisco
