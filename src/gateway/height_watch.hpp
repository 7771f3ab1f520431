#pragma once
// Waiting for blocks. A chain's `when_height` cannot be taken back; so that readers who come and go
// leave nothing behind in an idle chain, all readers of a chain share one call of it.

#include "framework/chain.hpp"
#include "gateway/work.hpp"

#include <map>
#include <memory>
#include <mutex>

namespace bsn::gateway {

/// All that wait for blocks of one chain. Any thread.
class HeightWatch : public std::enable_shared_from_this<HeightWatch> {
  public:
    HeightWatch(framework::Chain& chain, std::shared_ptr<Work> work)
        : chain_(chain), work_(std::move(work)) {}

    /// Runs `task` as work, once, soon after the chain has reached `height`. One wait for each
    /// `who`, who takes it back before it goes.
    void wait(const void* who, std::uint64_t height, Task task);
    void cancel(const void* who);

  private:
    void arm(std::uint64_t height);
    void check();

    struct Waiting {
        std::uint64_t height = 0;
        Task task;
    };

    framework::Chain& chain_;
    const std::shared_ptr<Work> work_;
    std::mutex mutex_;
    std::map<const void*, Waiting> waiting_;
    bool armed_ = false;  ///< the chain will call `check`
};

/// One watch per chain. Any thread.
class HeightWatches {
  public:
    explicit HeightWatches(std::shared_ptr<Work> work) : work_(std::move(work)) {}
    std::shared_ptr<HeightWatch> of(framework::Chain& chain);

  private:
    const std::shared_ptr<Work> work_;
    std::mutex mutex_;
    std::map<framework::Chain*, std::shared_ptr<HeightWatch>> watches_;
};

}  // namespace bsn::gateway
