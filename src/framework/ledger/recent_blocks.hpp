#pragma once
// The last blocks that were asked for: who asks for one receipt of a block mostly asks for more.

#include "base/result.hpp"

#include <algorithm>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>

namespace bsn::framework {

/// Any thread.
template <typename Block>
class RecentBlocks {
  public:
    using Kept = std::shared_ptr<const Block>;

    /// The block of a height: kept, or as `load` answers.
    template <typename Load>
    Result<Kept> get(std::uint64_t height, Load load) {
        {
            std::lock_guard lock(mutex_);
            auto found = std::find_if(kept_.begin(), kept_.end(),
                                      [&](const auto& one) { return one.first == height; });
            if (found != kept_.end()) {
                kept_.splice(kept_.begin(), kept_, found);
                return kept_.front().second;
            }
        }
        Result<Kept> block = load(height);
        if (!block) return block;
        std::lock_guard lock(mutex_);
        kept_.emplace_front(height, *block);
        if (kept_.size() > k_most) kept_.pop_back();
        return block;
    }

  private:
    static constexpr std::size_t k_most = 8;

    std::mutex mutex_;
    std::list<std::pair<std::uint64_t, Kept>> kept_;  ///< newest first
};

}  // namespace bsn::framework
