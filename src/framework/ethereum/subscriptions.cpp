#include "framework/ethereum/subscriptions.hpp"

#include "base/log.hpp"
#include "framework/ethereum/filters.hpp"
#include "framework/ethereum/json_forms.hpp"

#include <algorithm>

namespace bsn::framework::ethereum {
namespace {

std::string notification(const std::string& id, const Json& result) {
    return rpc::notification_text("eth_subscription", {{"subscription", id}, {"result", result}});
}

}  // namespace

Subscriptions::~Subscriptions() { close(); }

void Subscriptions::start() {
    pool_.set_listener([weak = weak_from_this()](const Hash& hash) {
        if (auto self = weak.lock()) self->tell_pending(hash);
    });
}

void Subscriptions::close() {
    {
        std::lock_guard lock(mutex_);
        all_.clear();
    }
    strand_.close();
}

std::string Subscriptions::add(Subscription subscription) {
    std::string id = random_id();
    subscription.from = reader_.height() + 1;
    const bool blocks = subscription.kind == Kind::heads || subscription.kind == Kind::logs;
    bool arm_now = false;
    {
        std::lock_guard lock(mutex_);
        arm_now = blocks && !armed_;
        if (arm_now) {
            armed_ = true;
            next_ = subscription.from;
        }
        all_.emplace(id, std::move(subscription));
    }
    if (arm_now) arm();
    return id;
}

std::string Subscriptions::add_heads(Send send) {
    return add({Kind::heads, {}, std::move(send), 0});
}

std::string Subscriptions::add_logs(LogCriteria criteria, Send send) {
    return add({Kind::logs, std::move(criteria), std::move(send), 0});
}

std::string Subscriptions::add_pending(Send send) {
    return add({Kind::pending, {}, std::move(send), 0});
}

std::string Subscriptions::add_silent() { return add({Kind::silent, {}, nullptr, 0}); }

void Subscriptions::remove(const std::string& id) {
    std::lock_guard lock(mutex_);
    all_.erase(id);
}

/// Asks to be woken for the next block.
void Subscriptions::arm() {
    std::uint64_t height = 0;
    {
        std::lock_guard lock(mutex_);
        height = next_;
    }
    reader_.when_height(height, [weak = weak_from_this()] {
        auto self = weak.lock();
        if (!self) return;
        self->strand_.post([weak] {
            if (auto woken = weak.lock()) woken->catch_up();
        });
    });
}

void Subscriptions::catch_up() {
    for (;;) {
        const std::uint64_t latest = reader_.height();
        std::uint64_t height = 0;
        {
            std::lock_guard lock(mutex_);
            const bool wanted = std::any_of(all_.begin(), all_.end(), [](const auto& one) {
                return one.second.kind == Kind::heads || one.second.kind == Kind::logs;
            });
            if (!wanted) {
                armed_ = false;
                return;
            }
            height = next_;
            if (height <= latest) ++next_;
        }
        if (height > latest) break;
        tell_block(height);
    }
    arm();
}

std::map<std::string, Subscriptions::Subscription> Subscriptions::of_kind(Kind kind) const {
    std::map<std::string, Subscription> some;
    std::lock_guard lock(mutex_);
    for (const auto& [id, subscription] : all_) {
        if (subscription.kind == kind) some.emplace(id, subscription);
    }
    return some;
}

void Subscriptions::tell_block(std::uint64_t height) {
    auto heads = of_kind(Kind::heads);
    if (!heads.empty()) {
        auto header = reader_.header(height);
        if (!header) {
            log_warn("ethereum", "cannot tell of block {}: {}", height, header.error().message);
            return;
        }
        const Json json = header_json(header->header, header->hash);
        for (const auto& [id, one] : heads) {
            if (one.from <= height) one.send(notification(id, json));
        }
    }
    for (const auto& [id, one] : of_kind(Kind::logs)) {
        if (one.from > height) continue;
        auto logs = logs_of_block(reader_, one.criteria, height);
        if (!logs) {
            log_warn("ethereum", "cannot tell of block {}: {}", height, logs.error().message);
            return;
        }
        for (const Json& log : *logs) one.send(notification(id, log));
    }
}

void Subscriptions::tell_pending(const Hash& hash) {
    std::lock_guard lock(mutex_);
    for (const auto& [id, one] : all_) {
        if (one.kind == Kind::pending) one.send(notification(id, rpc::data_text(hash)));
    }
}

}  // namespace bsn::framework::ethereum
