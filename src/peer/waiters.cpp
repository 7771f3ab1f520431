#include "peer/waiters.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::peer {

Submission::Submission(std::size_t count, std::function<void(Answers)> done)
    : answers_(count), left_(count), done_(std::move(done)) {}

void Submission::answer(std::size_t index, Result<Answer> answer) {
    Answers all;
    {
        std::lock_guard lock(mutex_);
        if (answers_.at(index)) return;
        answers_[index].emplace(std::move(answer));
        if (--left_ > 0) return;
        all.reserve(answers_.size());
        for (auto& one : answers_) all.push_back(std::move(*one));
    }
    done_(std::move(all));
}

bool Waiters::add(const ledger::TxId& id, UnixMillis valid_until, Ticket ticket) {
    std::lock_guard lock(mutex_);
    Waiting& waiting = waiting_[id];
    bool first = waiting.tickets.empty();
    waiting.valid_until = valid_until;
    waiting.tickets.push_back(std::move(ticket));
    return first;
}

bool Waiters::waits_for(const ledger::TxId& id) const {
    std::lock_guard lock(mutex_);
    return waiting_.contains(id);
}

void Waiters::answer(const ledger::TxId& id, const Result<Answer>& answer) {
    std::vector<Ticket> tickets;
    {
        std::lock_guard lock(mutex_);
        auto found = waiting_.find(id);
        if (found == waiting_.end()) return;
        tickets = std::move(found->second.tickets);
        waiting_.erase(found);
    }
    for (Ticket& ticket : tickets) ticket.submission->answer(ticket.index, answer);
}

void Waiters::expire(UnixMillis certified_time, std::uint64_t monotonic_now,
                     const std::string& delay) {
    const Error late{Code::unknown_outcome, fmt::format("no answer in time{}; retry the same bytes",
                                                        delay.empty() ? "" : ": " + delay)};
    std::vector<std::pair<Ticket, Error>> ended;
    {
        std::lock_guard lock(mutex_);
        for (auto at = waiting_.begin(); at != waiting_.end();) {
            std::vector<Ticket>& tickets = at->second.tickets;
            if (at->second.valid_until < certified_time) {
                for (Ticket& ticket : tickets) {
                    ended.emplace_back(
                        std::move(ticket),
                        Error{Code::expired, fmt::format("it is not on the ledger, and its "
                                                         "valid-until has passed: {}; sign it anew",
                                                         k_never)});
                }
                at = waiting_.erase(at);
                continue;
            }
            std::erase_if(tickets, [&](Ticket& ticket) {
                if (ticket.deadline > monotonic_now) return false;
                ended.emplace_back(std::move(ticket), late);
                return true;
            });
            at = tickets.empty() ? waiting_.erase(at) : std::next(at);
        }
    }
    for (auto& [ticket, why] : ended) ticket.submission->answer(ticket.index, std::move(why));
}

void Waiters::fail_all(const Error& why) {
    std::unordered_map<ledger::TxId, Waiting, FixedBytesHash> all;
    {
        std::lock_guard lock(mutex_);
        all.swap(waiting_);
    }
    for (auto& [id, waiting] : all) {
        for (Ticket& ticket : waiting.tickets) ticket.submission->answer(ticket.index, why);
    }
}

std::size_t Waiters::size() const {
    std::lock_guard lock(mutex_);
    return waiting_.size();
}

std::optional<UnixMillis> Waiters::earliest_valid_until() const {
    std::lock_guard lock(mutex_);
    std::optional<UnixMillis> earliest;
    for (const auto& [id, waiting] : waiting_) {
        earliest = std::min(earliest.value_or(waiting.valid_until), waiting.valid_until);
    }
    return earliest;
}

}  // namespace bsn::peer
