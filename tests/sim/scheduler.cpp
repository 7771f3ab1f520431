#include "sim/scheduler.hpp"

#include <algorithm>
#include <cstdio>

namespace bsn::sim {
namespace {

/// Far beyond what any run needs: what does not end is a bug.
constexpr std::uint64_t k_max_events = 3'000'000;
constexpr std::uint64_t k_hash_prime = 0x100000001b3;

}  // namespace

void Scheduler::after(Micros delay, LifePtr life, Task task) {
    if (!life->alive) return;
    queue_.push_back({now_ + delay, ++made_, std::move(life), std::move(task)});
    std::push_heap(queue_.begin(), queue_.end());
}

void Scheduler::end(const LifePtr& life) {
    life->alive = false;
    std::vector<Event> dropped;
    auto kept = std::partition(queue_.begin(), queue_.end(),
                               [](const Event& event) { return event.life->alive; });
    std::move(kept, queue_.end(), std::back_inserter(dropped));
    queue_.erase(kept, queue_.end());
    std::make_heap(queue_.begin(), queue_.end());
}

void Scheduler::step() {
    if (++events_ > k_max_events) throw Violation("the run does not end: too many events");
    std::pop_heap(queue_.begin(), queue_.end());
    Event event = std::move(queue_.back());
    queue_.pop_back();
    now_ = event.time;
    mix(event.time);
    mix(event.number);
    if (event.life->alive) event.task();
    event.task = nullptr;
    run_deferred();
}

void Scheduler::run_deferred() {
    while (!deferred_.empty()) {
        std::vector<Task> deferred;
        deferred.swap(deferred_);
        for (const Task& task : deferred) task();
    }
}

void Scheduler::mix(std::uint64_t number) { trace_hash_ = (trace_hash_ ^ number) * k_hash_prime; }

void Scheduler::add_line(const std::string& line) {
    for (char letter : line) mix(static_cast<unsigned char>(letter));
    if (!print_) return;
    std::string out = fmt::format("{:>12.3f} ms  {}\n", static_cast<double>(now_) / 1'000.0, line);
    std::fwrite(out.data(), 1, out.size(), stderr);
}

void SimExecutor::post(Task task) {
    Micros delay = scheduler_.random().between(1, 100) * slowness_;
    scheduler_.after(delay, life_, std::move(task));
}

}  // namespace bsn::sim
