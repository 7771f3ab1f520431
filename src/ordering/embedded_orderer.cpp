#include "ordering/embedded_orderer.hpp"

#include "base/codec.hpp"
#include "base/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace bsn::ordering {
namespace {

constexpr std::uint8_t k_ordered_kind = 'G';
constexpr std::uint8_t k_ordered_version = 1;
/// What may wait; beyond it the nodes hold back, which keeps memory bounded.
constexpr std::size_t k_max_waiting_bytes = 64U << 20;
constexpr std::size_t k_max_height_bytes = 2U << 20;
constexpr auto k_try_again = std::chrono::milliseconds(250);  // on a full disk

}  // namespace

Bytes OrderedHeight::encode() const {
    Writer writer;
    writer.u8(k_ordered_kind);
    writer.u8(k_ordered_version);
    writer.raw(orderer);
    writer.u32(era);
    writer.u64(height);
    writer.u64(time);
    writer.u32(static_cast<std::uint32_t>(envelopes.size()));
    for (const Bytes& envelope : envelopes) writer.bytes(envelope);
    return writer.take();
}

Result<OrderedHeight> OrderedHeight::decode(ByteView bytes) {
    Reader reader(bytes);
    OrderedHeight ordered;
    reader.format(k_ordered_kind, k_ordered_version, "ordered height");
    ordered.orderer = reader.fixed<ledger::OrdererId>();
    ordered.era = reader.u32();
    ordered.height = reader.u64();
    ordered.time = reader.u64();
    std::size_t count = reader.count32(4);
    ordered.envelopes.reserve(count);
    for (std::size_t i = 0; i < count; ++i) ordered.envelopes.push_back(to_bytes(reader.bytes()));
    BSN_CHECK(reader.finish("ordered height"));
    return ordered;
}

EmbeddedOrderer::EmbeddedOrderer(ledger::OrdererId id, std::unique_ptr<store::AppendLog> log,
                                 const Clock& clock)
    : id_(id), log_(std::move(log)), clock_(clock) {}

EmbeddedOrderer::~EmbeddedOrderer() { stop(); }

void EmbeddedOrderer::subscribe(OrderConsumer& consumer, std::uint64_t from) {
    ensure(!thread_.joinable(), "subscribe before start");
    subscriptions_.push_back({&consumer, from});
}

Status EmbeddedOrderer::start() {
    BSN_CHECK(replay());
    thread_ = std::thread([this] { order_until_stopped(); });
    return {};
}

void EmbeddedOrderer::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

Status EmbeddedOrderer::replay() {
    Status failure;
    BSN_CHECK(log_->scan([&](const store::LogPosition& position, ByteView record) {
        auto ordered = OrderedHeight::decode(record);
        if (!ordered) {
            failure = ordered.error().within(log_->place(position));
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
        height_ = ordered->height;
        last_time_ = ordered->time;
        deliver(*ordered);
        return true;
    }));
    return failure;
}

void EmbeddedOrderer::deliver(const OrderedHeight& ordered) {
    for (const Subscription& subscription : subscriptions_) {
        if (ordered.height >= subscription.from) subscription.consumer->consume(ordered);
    }
}

Status EmbeddedOrderer::submit(Bytes envelope) {
    if (envelope.size() > k_max_envelope_bytes) {
        return Error{Code::too_large, fmt::format("envelope of {} bytes, at most {} allowed",
                                                  envelope.size(), k_max_envelope_bytes)};
    }
    {
        std::lock_guard lock(mutex_);
        if (!health_) return health_;
        if (stopping_) return Error{Code::unavailable, "the ordering service has stopped"};
        if (waiting_bytes_ + envelope.size() > k_max_waiting_bytes) {
            return Error{Code::overloaded, "the ordering service is behind; try again later"};
        }
        waiting_bytes_ += envelope.size();
        waiting_.push_back(std::move(envelope));
    }
    wake_.notify_one();
    return {};
}

Status EmbeddedOrderer::health() const {
    std::lock_guard lock(mutex_);
    return health_;
}

std::vector<Bytes> EmbeddedOrderer::take_waiting() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    std::vector<Bytes> envelopes;
    if (stopping_) return envelopes;
    std::size_t bytes = 0;
    auto end = waiting_.begin();
    while (end != waiting_.end() && bytes < k_max_height_bytes) bytes += (end++)->size();
    envelopes.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    waiting_bytes_ -= std::min(bytes, waiting_bytes_);
    return envelopes;
}

void EmbeddedOrderer::order_until_stopped() {
    for (;;) {
        std::vector<Bytes> envelopes = take_waiting();
        if (envelopes.empty()) return;
        if (Status status = order(std::move(envelopes)); !status) {
            log_error("ordering", "ordering stopped: {}", status.error().message);
            set_health(status.error().within("the ordering service stopped"));
            return;
        }
    }
}

Status EmbeddedOrderer::order(std::vector<Bytes> envelopes) {
    OrderedHeight ordered{id_, 0, height_ + 1, std::max(clock_.now(), last_time_ + 1),
                          std::move(envelopes)};
    BSN_CHECK(append(ordered));
    BSN_CHECK(log_->sync());
    height_ = ordered.height;
    last_time_ = ordered.time;
    deliver(ordered);
    return {};
}

Status EmbeddedOrderer::append(const OrderedHeight& ordered) {
    const Bytes record = ordered.encode();
    bool waited = false;
    for (;;) {
        auto position = log_->append(record);
        if (position) break;
        // A log without space is as it was before; one that is not must not be written any more.
        bool may_wait = position.error().code == Code::no_space && log_->health().ok();
        if (!may_wait || !wait_for_space(position.error())) return position.error();
        waited = true;
    }
    if (waited) set_health({});
    return {};
}

bool EmbeddedOrderer::wait_for_space(const Error& why) {
    set_health(Error{why.code, fmt::format("nothing is ordered: {}; it goes on by itself once "
                                           "there is space",
                                           why.message)});
    std::unique_lock lock(mutex_);
    return !wake_.wait_for(lock, k_try_again, [this] { return stopping_; });
}

void EmbeddedOrderer::set_health(Status health) {
    std::lock_guard lock(mutex_);
    health_ = std::move(health);
}

}  // namespace bsn::ordering
