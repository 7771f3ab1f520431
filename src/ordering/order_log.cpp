#include "ordering/order_log.hpp"

#include <fmt/format.h>

namespace bsn::ordering {

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
    BSN_CHECK(log_->scan([&](const store::LogPosition& position, ByteView record) {
        auto ordered = decode(position, record);
        if (!ordered) {
            failure = ordered.error();
            return false;
        }
        if (ordered->height >= from && ordered->height <= through) visit(*ordered);
        return ordered->height < through;
    }));
    return failure;
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
        deliver(*ordered);
        return true;
    }));
    return failure;
}

Status OrderLog::append(const OrderedHeight& ordered) {
    ensure(ordered.height == height_ + 1, "heights follow one another");
    BSN_TRY(position, log_->append(ordered.encode()));
    (void)position;
    return {};
}

void OrderLog::deliver(const OrderedHeight& ordered) {
    height_ = ordered.height;
    time_ = ordered.time;
    engine_state_ = ordered.engine_state;
    for (const Subscription& subscription : subscriptions_) {
        if (ordered.height >= subscription.from) subscription.consumer->consume(ordered);
    }
}

}  // namespace bsn::ordering
