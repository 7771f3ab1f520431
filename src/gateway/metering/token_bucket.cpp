#include "gateway/metering/token_bucket.hpp"

#include <algorithm>

namespace bsn::gateway {
namespace {

constexpr std::uint64_t k_token = 1000;
constexpr std::uint64_t k_second = 1000;  // after which it is full, whatever the rate

}  // namespace

std::uint64_t TokenBucket::take(std::uint64_t wanted, std::uint64_t rate, std::uint64_t now) {
    const std::uint64_t most = rate * k_token;
    if (!begun_) {
        begun_ = true;
        level_ = most;
    } else if (now > filled_) {
        level_ += std::min(now - filled_, k_second) * rate;
    }
    level_ = std::min(level_, most);
    filled_ = std::max(filled_, now);
    const std::uint64_t taken = std::min(wanted, level_ / k_token);
    level_ -= taken * k_token;
    return taken;
}

void TokenBucket::give_back(std::uint64_t tokens) { level_ += tokens * k_token; }

std::uint64_t TokenBucket::wait(std::uint64_t rate) const {
    return level_ >= k_token ? 0 : (k_token - level_ + rate - 1) / rate;
}

}  // namespace bsn::gateway
