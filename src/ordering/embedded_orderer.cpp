#include "ordering/embedded_orderer.hpp"

#include "base/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace bsn::ordering {
namespace {

constexpr std::size_t k_max_height_bytes = 2U << 20;
constexpr auto k_try_again = std::chrono::milliseconds(250);  // on a full disk

}  // namespace

EmbeddedOrderer::EmbeddedOrderer(ledger::OrdererId id, std::unique_ptr<store::AppendLog> log,
                                 const Clock& clock)
    : log_(id, std::move(log)), clock_(clock) {}

EmbeddedOrderer::~EmbeddedOrderer() { stop(); }

void EmbeddedOrderer::subscribe(OrderConsumer& consumer, std::uint64_t from) {
    ensure(!thread_.joinable(), "subscribe before start");
    log_.subscribe(consumer, from);
}

Status EmbeddedOrderer::start() {
    BSN_CHECK(log_.replay());
    thread_ = std::thread([this] { order_until_stopped(); });
    return {};
}

void EmbeddedOrderer::stop() {
    queue_.close();
    if (thread_.joinable()) thread_.join();
}

Status EmbeddedOrderer::submit(Bytes envelope) {
    BSN_CHECK(health());
    return queue_.add(std::move(envelope));
}

Status EmbeddedOrderer::health() const {
    std::lock_guard lock(health_mutex_);
    return health_;
}

void EmbeddedOrderer::order_until_stopped() {
    for (;;) {
        std::vector<Bytes> envelopes = queue_.take(k_max_height_bytes);
        if (envelopes.empty()) return;
        if (Status status = order(std::move(envelopes)); !status) {
            log_error("ordering", "ordering stopped: {}", status.error().message);
            set_health(status.error().within("the ordering service stopped"));
            return;
        }
    }
}

Status EmbeddedOrderer::order(std::vector<Bytes> envelopes) {
    OrderedHeight ordered{log_.id(),
                          0,
                          log_.height() + 1,
                          std::max(clock_.now(), log_.time() + 1),
                          std::move(envelopes),
                          {}};
    BSN_CHECK(append(ordered));
    BSN_CHECK(log_.sync());
    log_.deliver(ordered);
    return {};
}

Status EmbeddedOrderer::append(const OrderedHeight& ordered) {
    bool waited = false;
    for (;;) {
        Status appended = log_.append(ordered);
        if (appended) break;
        // A log without space is as it was before; one that is not must not be written any more.
        bool may_wait = appended.error().code == Code::no_space && log_.usable();
        if (!may_wait || !wait_for_space(appended.error())) return appended;
        waited = true;
    }
    if (waited) set_health({});
    return {};
}

bool EmbeddedOrderer::wait_for_space(const Error& why) {
    set_health(Error{why.code, fmt::format("nothing is ordered: {}; it goes on by itself once "
                                           "there is space",
                                           why.message)});
    return !queue_.closed_within(k_try_again);
}

void EmbeddedOrderer::set_health(Status health) {
    std::lock_guard lock(health_mutex_);
    health_ = std::move(health);
}

}  // namespace bsn::ordering
