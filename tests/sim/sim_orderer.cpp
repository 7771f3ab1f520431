#include "sim/sim_orderer.hpp"

#include <algorithm>

namespace bsn::sim {
namespace {

constexpr std::size_t k_most_in_a_height = 6;
constexpr Micros k_look_again = 20 * k_millisecond;

}  // namespace

class SimOrderer::Port final : public ordering::Orderer {
  public:
    Port(SimOrderer& orderer, std::size_t node, LifePtr life)
        : orderer_(orderer), node_(node), life_(std::move(life)) {}

    void subscribe(ordering::OrderConsumer& consumer, std::uint64_t from) override {
        orderer_.subscribe({node_, life_, &consumer, from});
    }
    Status start() override { return {}; }
    void stop() override {}
    Status submit(Bytes envelope) override {
        if (!life_->alive) return Error{Code::unavailable, "the node has crashed"};
        return orderer_.submit(node_, std::move(envelope));
    }
    Status revisit(
        std::uint64_t from, std::uint64_t through,
        const std::function<void(const ordering::OrderedHeight&)>& visit) const override {
        for (std::uint64_t height = from; height <= through; ++height) visit(orderer_.at(height));
        return {};
    }
    Status health() const override {
        if (orderer_.runs()) return {};
        return Error{Code::unavailable, "the ordering service is down"};
    }
    std::uint64_t height() const override { return orderer_.height(); }

  private:
    SimOrderer& orderer_;
    const std::size_t node_;
    const LifePtr life_;
};

SimOrderer::SimOrderer(Scheduler& scheduler, ledger::OrdererId id)
    : scheduler_(scheduler), id_(id), clock_(scheduler, skew_) {
    disk.hook = [this](std::string_view) {
        if (crash_in_ && runs() && (*crash_in_)-- == 0) crash();
    };
}

std::unique_ptr<ordering::Orderer> SimOrderer::port_of(std::size_t node, LifePtr life) {
    return std::make_unique<Port>(*this, node, std::move(life));
}

Status SimOrderer::submit(std::size_t node, Bytes envelope) {
    on_submit(node, envelope);
    if (!runs() || faults.away) {
        return Error{Code::overloaded, "the ordering service is away; try again later"};
    }
    Random& random = scheduler_.random();
    if (random.chance(faults.lost_percent)) {
        scheduler_.trace("order: an envelope of node {} is lost", node);
        return {};
    }
    const unsigned copies = random.chance(faults.repeated_percent) ? 2 : 1;
    for (unsigned copy = 0; copy < copies; ++copy) {
        scheduler_.after(random.between(10, 500) + copy * random.below(k_second), life_,
                         [this, envelope] { take(envelope); });
    }
    return {};
}

void SimOrderer::take(Bytes envelope) {
    waiting_.push_back(std::move(envelope));
    plan_height();
}

void SimOrderer::plan_height() {
    if (at_work_ || waiting_.empty() || !runs()) return;
    at_work_ = true;
    scheduler_.after(scheduler_.random().between(10, 2'000), life_, [this] { order(); });
}

void SimOrderer::order() {
    Random& random = scheduler_.random();
    if (random.chance(50)) random.shuffle(waiting_);
    std::size_t count =
        std::min<std::size_t>(waiting_.size(), random.between(1, k_most_in_a_height));
    ordering::OrderedHeight ordered{id_, 0, height() + 1, clock_.now(), {}};
    if (!heights_.empty()) ordered.time = std::max(ordered.time, heights_.back().time + 1);
    auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
    ordered.envelopes.assign(std::make_move_iterator(waiting_.begin()),
                             std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    ensure(disk.log.append(ordered.encode()).ok(), "the ordering service's disk takes records");
    if (!runs()) return;
    scheduler_.after(random.between(20, 1'000), life_, [this, ordered = std::move(ordered)] {
        ensure(disk.log.sync().ok(), "the ordering service's disk syncs");
        if (!runs()) return;
        publish(ordered);
        at_work_ = false;
        plan_height();
    });
}

void SimOrderer::publish(ordering::OrderedHeight ordered) {
    scheduler_.trace("order: height {} of {} envelopes", ordered.height, ordered.envelopes.size());
    heights_.push_back(std::move(ordered));
}

void SimOrderer::subscribe(Subscription subscription) {
    keep_delivering(std::make_shared<Subscription>(std::move(subscription)));
}

void SimOrderer::keep_delivering(std::shared_ptr<Subscription> subscription) {
    Micros wait = k_look_again;
    if (subscription->next <= height() && runs() && !faults.deaf.contains(subscription->node)) {
        subscription->consumer->consume(at(subscription->next++));
        wait = subscription->next <= height() ? scheduler_.random().between(1, 300) : k_millisecond;
    }
    wait += scheduler_.random().below(faults.slow + 1);
    const LifePtr life = subscription->life;
    scheduler_.after(wait, life, [this, subscription = std::move(subscription)] {
        keep_delivering(subscription);
    });
}

void SimOrderer::crash() {
    if (!runs()) return;
    scheduler_.trace("order: crash at height {}", height());
    crash_in_.reset();
    disk.freeze(scheduler_.random());
    scheduler_.end(life_);
    waiting_.clear();
    at_work_ = false;
}

void SimOrderer::restart() {
    disk.recover();
    life_ = std::make_shared<Life>();
    heights_.clear();
    Status read = disk.log.scan([this](const store::LogPosition&, ByteView record) {
        heights_.push_back(ordering::OrderedHeight::decode(record).value());
        return true;
    });
    ensure(read.ok(), "the ordering log can be read");
    scheduler_.trace("order: restart at height {}", height());
    on_restart();
}

}  // namespace bsn::sim
