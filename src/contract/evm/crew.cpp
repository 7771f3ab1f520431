#include "contract/evm/parallel.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace bsn::contract::evm {
namespace {

/// How often a thread looks whether it is its turn, before it sleeps: waking it takes longer than
/// most of what it waits for.
constexpr int k_looks = 200;
/// How long a helper without work stays.
constexpr std::chrono::microseconds k_patience{200};

template <typename Condition>
void look(const Condition& condition) {
    for (int i = 0; i < k_looks && !condition(); ++i) std::this_thread::yield();
}

}  // namespace

struct Crew::Shared {
    std::size_t lanes = 1;
    std::mutex mutex;
    std::condition_variable came;  ///< work, or the end
    std::condition_variable left;  ///< the last of those at work
    const Work* work = nullptr;
    std::atomic<std::uint64_t> turn{0};  ///< grows with each work
    std::atomic<std::size_t> busy{0};    ///< helpers at work
    std::size_t asked = 0;               ///< helpers that come, or are here
    std::vector<std::size_t> free_lanes;
    bool closed = false;
};

Crew::Crew(Executor& pool, std::size_t helpers) : pool_(pool), shared_(std::make_shared<Shared>()) {
    shared_->lanes = helpers + 1;
    for (std::size_t lane = helpers; lane > 0; --lane) shared_->free_lanes.push_back(lane);
}

Crew::~Crew() {
    const std::lock_guard lock(shared_->mutex);
    shared_->closed = true;
    shared_->came.notify_all();
}

std::size_t Crew::lanes() const { return shared_->lanes; }

void Crew::run(const Work& work) {
    Shared& shared = *shared_;
    std::size_t missing = 0;
    {
        const std::lock_guard lock(shared.mutex);
        shared.work = &work;
        ++shared.turn;
        missing = lanes() - 1 - shared.asked;
        shared.asked += missing;
        shared.came.notify_all();
    }
    for (std::size_t i = 0; i < missing; ++i) {
        pool_.post([shared = shared_] { attend(*shared); });
    }
    work(0);
    std::unique_lock lock(shared.mutex);
    shared.work = nullptr;
    lock.unlock();
    look([&] { return shared.busy == 0; });
    lock.lock();
    shared.left.wait(lock, [&] { return shared.busy == 0; });
}

void Crew::attend(Shared& shared) {
    std::unique_lock lock(shared.mutex);
    const std::size_t lane = shared.free_lanes.back();
    shared.free_lanes.pop_back();
    std::uint64_t seen = 0;
    const auto wanted = [&] {
        return shared.closed || (shared.work != nullptr && shared.turn != seen);
    };
    while (true) {
        if (!wanted()) {
            lock.unlock();
            look([&] { return shared.turn != seen; });
            lock.lock();
            if (!shared.came.wait_for(lock, k_patience, wanted)) break;
        }
        if (shared.closed) break;
        seen = shared.turn;
        const Work& work = *shared.work;
        ++shared.busy;
        lock.unlock();
        work(lane);
        lock.lock();
        if (--shared.busy == 0) shared.left.notify_all();
    }
    shared.free_lanes.push_back(lane);
    --shared.asked;
}

}  // namespace bsn::contract::evm
