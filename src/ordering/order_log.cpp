#include "ordering/order_log.hpp"

#include <fmt/format.h>

namespace bsn::ordering {
namespace {

/// Reading so many heights of a few hundred bytes takes milliseconds, and a year of one a second
/// has 30,000 marks.
constexpr std::uint64_t k_heights_a_mark = 1024;

}  // namespace

OrderLog::OrderLog(ledger::OrdererId id, std::unique_ptr<store::AppendLog> log)
    : id_(id), log_(std::move(log)) {}

void OrderLog::subscribe(OrderConsumer& consumer, std::uint64_t from) {
    subscriptions_.push_back({&consumer, from});
}

Result<OrderedHeight> OrderLog::decode(const store::LogPosition& position, ByteView record) const {
    auto ordered = OrderedHeight::decode(record);
    if (!ordered) return ordered.error().within(log_->place(position));
    return ordered;
}

Status OrderLog::revisit(std::uint64_t from, std::uint64_t through,
                         const std::function<void(const OrderedHeight&)>& visit) const {
    Status failure;
    BSN_CHECK(log_->scan_from(position_below(from),
                              [&](const store::LogPosition& position, ByteView record) {
                                  auto ordered = decode(position, record);
                                  if (!ordered) {
                                      failure = ordered.error();
                                      return false;
                                  }
                                  if (ordered->height >= from && ordered->height <= through)
                                      visit(*ordered);
                                  return ordered->height < through;
                              }));
    return failure;
}

store::LogPosition OrderLog::position_below(std::uint64_t height) const {
    std::lock_guard lock(marks_mutex_);
    auto above = marks_.upper_bound(height);
    return above == marks_.begin() ? store::LogPosition{} : std::prev(above)->second;
}

void OrderLog::note(std::uint64_t height, const store::LogPosition& position) {
    if (height % k_heights_a_mark != 0) return;
    std::lock_guard lock(marks_mutex_);
    marks_.emplace(height, position);
}

Status OrderLog::replay() {
    Status failure;
    BSN_CHECK(log_->scan([&](const store::LogPosition& position, ByteView record) {
        auto ordered = decode(position, record);
        if (!ordered) {
            failure = ordered.error();
            return false;
        }
        if (ordered->orderer != id_ || ordered->height != height_ + 1) {
            failure = Error{Code::corrupted,
                            fmt::format("{}: height {} of orderer {} where height {} of orderer {} "
                                        "belongs",
                                        log_->place(position), ordered->height,
                                        to_hex(ordered->orderer), height_ + 1, to_hex(id_))};
            return false;
        }
        note(ordered->height, position);
        deliver(*ordered);
        return true;
    }));
    return failure;
}

Status OrderLog::append(const OrderedHeight& ordered) {
    ensure(ordered.height == height_ + 1, "heights follow one another");
    BSN_TRY(position, log_->append(ordered.encode()));
    note(ordered.height, position);
    return {};
}

void OrderLog::deliver(const OrderedHeight& ordered) {
    height_ = ordered.height;
    time_ = ordered.time;
    engine_state_before_ = std::exchange(engine_state_, ordered.engine_state);
    for (const Subscription& subscription : subscriptions_) {
        if (ordered.height >= subscription.from) subscription.consumer->consume(ordered);
    }
}

}  // namespace bsn::ordering
