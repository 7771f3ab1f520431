#include "framework/fabric/client/commit_waiters.hpp"

#include <fmt/format.h>

namespace bsn::framework::fabric {

Result<bool> CommitWaiters::enter(const std::string& transaction_id,
                                  std::shared_ptr<const common::Envelope> envelope,
                                  std::uint64_t until, Done done, bool joins) {
    std::lock_guard lock(mutex_);
    if (closed_) return Error{Code::unavailable, "this node stops"};
    if (count_ >= most_) {
        return Error{Code::overloaded, fmt::format("{} transactions are on their way", count_)};
    }
    auto [place, is_new] = waiting_.try_emplace(transaction_id);
    if (is_new) {
        place->second.envelope = std::move(envelope);
    } else if (!joins && place->second.envelope->payload() != envelope->payload()) {
        return Error{Code::duplicate, "another transaction of this id is on its way"};
    }
    place->second.waiters.push_back({until, std::move(done)});
    ++count_;
    return is_new;
}

void CommitWaiters::taken(const std::string& transaction_id, std::uint64_t again) {
    std::lock_guard lock(mutex_);
    auto one = waiting_.find(transaction_id);
    if (one != waiting_.end()) one->second.again = again;
}

bool CommitWaiters::hasten(std::uint64_t time) {
    bool any = false;
    std::lock_guard lock(mutex_);
    for (auto& [id, one] : waiting_) {
        if (!one.again || *one.again == 0 || *one.again > time) continue;
        one.again = 0;
        any = true;
    }
    return any;
}

void CommitWaiters::all_are_due() {
    std::lock_guard lock(mutex_);
    for (auto& [id, one] : waiting_) {
        if (one.again) one.again = 0;
    }
}

std::vector<std::pair<std::string, std::shared_ptr<const common::Envelope>>> CommitWaiters::due(
    std::uint64_t now, std::uint64_t again, std::size_t most) {
    std::vector<std::pair<std::string, std::shared_ptr<const common::Envelope>>> found;
    std::lock_guard lock(mutex_);
    for (auto& [id, one] : waiting_) {
        if (found.size() == most) break;
        if (!one.again || *one.again > now) continue;
        one.again = again;
        found.emplace_back(id, one.envelope);
    }
    return found;
}

void CommitWaiters::found(const CheckedBlock& block, std::size_t index) {
    std::vector<Waiter> waiters;
    {
        std::lock_guard lock(mutex_);
        auto one = waiting_.find(block.transactions[index].transaction_id);
        if (one == waiting_.end()) return;
        count_ -= one->second.waiters.size();
        waiters = std::move(one->second.waiters);
        waiting_.erase(one);
    }
    const Committed committed{transaction_view(block, index), block.codes[index]};
    for (Waiter& waiter : waiters) waiter.done(committed);
}

bool CommitWaiters::look_at(const CheckedBlock& block) {
    std::vector<std::pair<std::size_t, std::vector<Waiter>>> found;
    {
        std::lock_guard lock(mutex_);
        if (waiting_.empty()) return false;
        for (std::size_t i = 0; i < block.transactions.size(); ++i) {
            auto one = waiting_.find(block.transactions[i].transaction_id);
            if (one == waiting_.end()) continue;
            count_ -= one->second.waiters.size();
            found.emplace_back(i, std::move(one->second.waiters));
            waiting_.erase(one);
        }
    }
    for (auto& [index, waiters] : found) {
        const Committed committed{transaction_view(block, index), block.codes[index]};
        for (Waiter& waiter : waiters) waiter.done(committed);
    }
    return !found.empty();
}

void CommitWaiters::fail(const std::string& transaction_id, const Error& error) {
    std::vector<Waiter> waiters;
    {
        std::lock_guard lock(mutex_);
        auto one = waiting_.find(transaction_id);
        if (one == waiting_.end()) return;
        count_ -= one->second.waiters.size();
        waiters = std::move(one->second.waiters);
        waiting_.erase(one);
    }
    for (Waiter& waiter : waiters) waiter.done(error);
}

void CommitWaiters::tick(std::uint64_t now) {
    std::vector<Waiter> late;
    {
        std::lock_guard lock(mutex_);
        for (auto one = waiting_.begin(); one != waiting_.end();) {
            auto& waiters = one->second.waiters;
            for (auto waiter = waiters.begin(); waiter != waiters.end();) {
                if (waiter->until > now) {
                    ++waiter;
                    continue;
                }
                late.push_back(std::move(*waiter));
                waiter = waiters.erase(waiter);
                --count_;
            }
            one = waiters.empty() ? waiting_.erase(one) : std::next(one);
        }
    }
    for (Waiter& waiter : late) {
        waiter.done(Error{Code::unknown_outcome,
                          "the transaction has not come in a block in time; it may yet"});
    }
}

void CommitWaiters::close() {
    std::map<std::string, Waiting> left;
    {
        std::lock_guard lock(mutex_);
        closed_ = true;
        left.swap(waiting_);
        count_ = 0;
    }
    for (auto& [id, waiting] : left) {
        for (Waiter& waiter : waiting.waiters) {
            waiter.done(Error{Code::unknown_outcome, "this node stops"});
        }
    }
}

std::size_t CommitWaiters::size() const {
    std::lock_guard lock(mutex_);
    return count_;
}

}  // namespace bsn::framework::fabric
