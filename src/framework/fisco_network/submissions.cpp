#include "framework/fisco_network/submissions.hpp"

#include "ledger/transaction.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::framework::fisco_network {
namespace {

constexpr std::size_t k_senders = 8;
constexpr std::size_t k_max_waiting = 10'000;
constexpr std::size_t k_max_bytes = ledger::k_max_transaction_bytes;

Error nobody_knows(std::string_view why) {
    return {Code::unknown_outcome, fmt::format("{}; the same bytes may be sent again", why)};
}

}  // namespace

Submissions::Submissions(GroupClient& client, Found found, MayWrite may_write)
    : client_(client),
      found_(std::move(found)),
      may_write_(std::move(may_write)),
      senders_(k_senders) {}

Submissions::~Submissions() {
    close();
    senders_.stop();
}

void Submissions::answer(const Waiter& waiter, const Result<TransactionView>& answer) {
    Batch& batch = *waiter.batch;
    {
        std::lock_guard lock(batch.mutex);
        auto& place = batch.answers.at(waiter.place);
        ensure(!place.has_value(), "a transaction was answered twice");
        place = answer;
        if (--batch.missing > 0) return;
    }
    std::vector<Result<TransactionView>> answers;
    answers.reserve(batch.answers.size());
    for (auto& one : batch.answers) answers.push_back(std::move(*one));
    batch.done(std::move(answers));
}

Result<ledger::Hash> Submissions::admit(ByteView bytes) const {
    if (bytes.size() > k_max_bytes) {
        return Error{Code::too_large,
                     fmt::format("a transaction has at most {} bytes", k_max_bytes)};
    }
    const Trust& trust = client_.trust();
    BSN_TRY(transaction, ledger::fisco::Transaction::decode(bytes));
    if (transaction.suite != trust.suite) {
        return Error{Code::wrong_suite, fmt::format("transactions of this app are signed with {}",
                                                    crypto::suite_name(trust.suite))};
    }
    if (transaction.chain_id != trust.chain_id) {
        return Error{Code::wrong_network, fmt::format("the transaction is for chain {}, not {}",
                                                      transaction.chain_id, trust.chain_id)};
    }
    if (transaction.group_id != trust.group) {
        return Error{Code::wrong_channel, fmt::format("the transaction is for group {}, not {}",
                                                      transaction.group_id, trust.group)};
    }
    BSN_TRY(signer, transaction.signer());
    if (may_write_) BSN_CHECK(may_write_(signer));
    return transaction.hash();
}

void Submissions::submit(std::vector<Bytes> transactions, std::uint64_t timeout, SubmitDone done) {
    if (transactions.empty()) return done({});
    auto batch = std::make_shared<Batch>();
    batch->answers.resize(transactions.size());
    batch->missing = transactions.size();
    batch->done = std::move(done);
    const std::uint64_t until = clock_.monotonic() + timeout;
    for (std::size_t place = 0; place < transactions.size(); ++place) {
        const Waiter waiter{batch, place, until};
        auto hash = admit(transactions[place]);
        if (hash) {
            enter(*hash, transactions[place], waiter);
        } else {
            answer(waiter, hash.error());
        }
    }
}

void Submissions::enter(const ledger::Hash& hash, const Bytes& bytes, Waiter waiter) {
    std::optional<Error> refused;
    {
        std::lock_guard lock(mutex_);
        auto found = waiting_.find(hash);
        if (closed_) {
            refused = nobody_knows("this node stops");
        } else if (found == waiting_.end() && waiting_.size() >= k_max_waiting) {
            refused = Error{Code::overloaded,
                            fmt::format("{} transactions wait for the FISCO BCOS network already; "
                                        "try again later",
                                        k_max_waiting)};
        } else {
            Waiting& entry = waiting_[hash];
            entry.bytes = bytes;
            entry.waiters.push_back(std::move(waiter));
            // Sent again for each who asks: what was sent before may have been lost.
            if (!std::exchange(entry.sending, true)) senders_.post([this, hash] { send(hash); });
        }
    }
    if (refused) answer(waiter, *refused);
}

void Submissions::send(const ledger::Hash& hash) {
    Bytes bytes;
    {
        std::lock_guard lock(mutex_);
        auto found = waiting_.find(hash);
        if (found == waiting_.end()) return;  // nobody waits any more
        bytes = found->second.bytes;
    }
    auto sent = client_.send(bytes);
    {
        std::lock_guard lock(mutex_);
        auto found = waiting_.find(hash);
        if (found != waiting_.end()) found->second.sending = false;
    }
    if (!sent) {
        // Where an answer was lost the transaction may still come.
        if (sent.error().code == Code::unavailable) tell(hash, sent.error());
        return;
    }
    // Some nodes answer when it is in a block, and refuse what is in one already.
    if (settle(hash) || *sent) return;
    Error refused = refusal_from(sent->error());
    if (refused.code != Code::already_exists) tell(hash, refused);
}

bool Submissions::settle(const ledger::Hash& hash) {
    auto proof = client_.prove(hash);
    if (!proof) return false;
    found_(proof->block.header.number);
    tell(hash, view_of(*proof));
    return true;
}

void Submissions::tell(const ledger::Hash& hash, const Result<TransactionView>& told) {
    std::vector<Waiter> waiters;
    {
        std::lock_guard lock(mutex_);
        auto found = waiting_.find(hash);
        if (found == waiting_.end()) return;
        waiters = std::move(found->second.waiters);
        waiting_.erase(found);
    }
    for (const Waiter& waiter : waiters) answer(waiter, told);
}

void Submissions::look_at(const std::vector<ledger::Hash>& transactions) {
    std::lock_guard lock(mutex_);
    for (const ledger::Hash& hash : transactions) {
        if (!waiting_.contains(hash)) continue;
        senders_.post([this, hash] { settle(hash); });
    }
}

bool Submissions::any() const {
    std::lock_guard lock(mutex_);
    return !waiting_.empty();
}

void Submissions::tick() {
    const std::uint64_t now = clock_.monotonic();
    std::vector<Waiter> late;
    {
        std::lock_guard lock(mutex_);
        for (auto entry = waiting_.begin(); entry != waiting_.end();) {
            auto& waiters = entry->second.waiters;
            auto over = std::stable_partition(waiters.begin(), waiters.end(),
                                              [&](const Waiter& one) { return one.until > now; });
            late.insert(late.end(), over, waiters.end());
            waiters.erase(over, waiters.end());
            // What is being sent stays, so that it is not sent twice at once.
            entry = waiters.empty() && !entry->second.sending ? waiting_.erase(entry)
                                                              : std::next(entry);
        }
    }
    for (const Waiter& waiter : late) {
        answer(waiter, nobody_knows("the FISCO BCOS network has not put it into a block in time"));
    }
}

void Submissions::close() {
    std::map<ledger::Hash, Waiting> left;
    {
        std::lock_guard lock(mutex_);
        closed_ = true;
        left.swap(waiting_);
    }
    for (const auto& [hash, waiting] : left) {
        for (const Waiter& waiter : waiting.waiters)
            answer(waiter, nobody_knows("this node stops"));
    }
}

}  // namespace bsn::framework::fisco_network
