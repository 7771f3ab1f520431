#pragma once
// A rate with a burst: the bucket holds one second's worth, at least one token, and fills evenly.

#include <cstdint>

namespace bsn::gateway {

/// One thread at a time. Times are milliseconds of a clock that never goes back.
class TokenBucket {
  public:
    /// Takes up to `wanted` tokens, given `rate` tokens a second (1 to 10^9), which may differ from
    /// call to call; how many there were. It is full at first.
    std::uint64_t take(std::uint64_t wanted, std::uint64_t rate, std::uint64_t now);
    /// Takes so many tokens back that were taken and not used; more than it holds are lost.
    void give_back(std::uint64_t tokens);
    /// After how many milliseconds there is a token; 0: now.
    std::uint64_t wait(std::uint64_t rate) const;

  private:
    /// In thousandths of a token, of which a millisecond brings `rate`.
    std::uint64_t level_ = 0;
    std::uint64_t filled_ = 0;  ///< when
    bool begun_ = false;
};

}  // namespace bsn::gateway
