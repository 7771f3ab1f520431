#include "framework/ethereum/transaction_pool.hpp"

#include "base/log.hpp"
#include "framework/ethereum/transaction_checks.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::framework::ethereum {
namespace {

rpc::Failure refused(std::string message) { return {rpc::ErrorNumber::server, std::move(message)}; }

/// What to do with a transaction that the chain answered.
enum class Fate : std::uint8_t {
    gone,   ///< on the chain, or never to be
    early,  ///< its predecessors were not there yet
    again,  ///< the node was busy, or did not say
};

Fate fate_of(const Result<TransactionView>& answer) {
    if (answer) return Fate::gone;
    const Error& error = answer.error();
    if (error.message.find("nonce too high") != std::string::npos) return Fate::early;
    switch (error.code) {
        case Code::unavailable:
        case Code::overloaded:
        case Code::unknown_outcome:
        case Code::voided: return Fate::again;
        default: return Fate::gone;
    }
}

}  // namespace

struct TransactionPool::State : std::enable_shared_from_this<TransactionPool::State> {
    struct Entry {
        CheckedTransaction checked;
        bool flying = false;
        bool busy = false;  ///< is tried again by `tick`
        unsigned attempts = 0;
        std::uint64_t since = 0;  ///< monotonic milliseconds
    };
    struct Sender {
        /// The first nonce that neither is on the chain nor flies after all before it do.
        std::uint64_t next = 0;
        std::map<std::uint64_t, Entry> entries;  ///< by nonce
        std::size_t early = 0;
    };
    struct Place {
        Address from;
        std::uint64_t nonce = 0;
        Hash hash;
    };

    State(const ChainReader& chain, Submit hand_on, Executor& executor, const Clock& time,
          const PoolLimits& bounds)
        : reader(chain),
          submit(std::move(hand_on)),
          clock(time),
          limits(bounds),
          strand(executor) {}

    Result<AccountState> account(const Address& address) const {
        BSN_TRY(view, reader.state(reader.height()));
        return view->account(address);
    }

    Answer<Hash> put(CheckedTransaction checked, std::uint64_t chain_nonce);
    Answer<bool> has_room(const Sender& sender, std::uint64_t nonce, std::size_t bytes) const;
    void advance(Sender& sender, std::uint64_t chain_nonce);
    void fly(Entry& entry);
    void post_hand_on();
    void hand_on();
    void on_answers(const std::vector<Place>& places,
                    const std::vector<Result<TransactionView>>& answers);
    void erase(Sender& sender, std::map<std::uint64_t, Entry>::iterator entry);

    const ChainReader& reader;
    const Submit submit;
    const Clock& clock;
    const PoolLimits limits;

    mutable std::mutex mutex;
    std::unordered_map<Address, Sender, FixedBytesHash> senders;
    std::unordered_map<Hash, Place, FixedBytesHash> by_hash;
    std::deque<Place> ready;  ///< flying, not handed on yet
    std::size_t flying = 0;
    std::size_t bytes = 0;
    bool hand_on_posted = false;
    bool closed = false;
    std::deque<Hash> taken;  ///< the last of them
    std::uint64_t taken_count = 0;
    Listener listener;

    Strand strand;  ///< hands on one batch after the other
};

Answer<bool> TransactionPool::State::has_room(const Sender& sender, std::uint64_t nonce,
                                              std::size_t size) const {
    if (by_hash.size() >= limits.most_transactions || bytes + size > limits.most_bytes ||
        sender.entries.size() >= limits.most_of_sender) {
        return refused("txpool is full");
    }
    if (nonce > sender.next && sender.early >= limits.most_early) {
        return refused(
            fmt::format("nonce too high: next nonce {}, tx nonce {}; {} of this account "
                        "wait already",
                        sender.next, nonce, sender.early));
    }
    return true;
}

Answer<Hash> TransactionPool::State::put(CheckedTransaction checked, std::uint64_t chain_nonce) {
    if (closed) return refused("this node is stopping");
    const std::uint64_t nonce = checked.native().nonce;
    auto [place, is_new] = senders.try_emplace(checked.from);
    Sender& sender = place->second;
    sender.next = std::max(sender.next, chain_nonce);
    auto refuse = [&](std::string message) {
        if (sender.entries.empty()) senders.erase(place);
        return refused(std::move(message));
    };
    if (auto entry = sender.entries.find(nonce); entry != sender.entries.end()) {
        return refused(entry->second.checked.hash() == checked.hash()
                           ? "already known"
                           : "replacement transaction underpriced");
    }
    if (nonce < chain_nonce) {
        return refuse(fmt::format("nonce too low: next nonce {}, tx nonce {}", chain_nonce, nonce));
    }
    const std::size_t size = checked.transaction.bytes().size();
    if (auto room = has_room(sender, nonce, size); !room) return refuse(room.error().message);
    const Hash hash = checked.hash();
    by_hash.emplace(hash, Place{checked.from, nonce, hash});
    bytes += size;
    Entry entry{std::move(checked), false, false, 0, clock.monotonic()};
    Entry& kept = sender.entries.emplace(nonce, std::move(entry)).first->second;
    ++sender.early;
    if (nonce < sender.next) {
        fly(kept);  // one that was answered and is sent anew
        --sender.early;
    } else {
        advance(sender, chain_nonce);
    }
    taken.push_back(hash);
    ++taken_count;
    if (taken.size() > limits.remembered_hashes) taken.pop_front();
    if (listener) listener(hash);
    return hash;
}

/// Lets those fly whose turn it is.
void TransactionPool::State::advance(Sender& sender, std::uint64_t chain_nonce) {
    sender.next = std::max(sender.next, chain_nonce);
    for (auto at = sender.entries.find(sender.next); at != sender.entries.end(); ++at) {
        if (at->first != sender.next) break;
        Entry& entry = at->second;
        if (!entry.flying) {
            if (entry.busy) break;
            fly(entry);
            --sender.early;
        }
        ++sender.next;
    }
}

void TransactionPool::State::fly(Entry& entry) {
    entry.flying = true;
    entry.busy = false;
    ++entry.attempts;
    ++flying;
    ready.push_back({entry.checked.from, entry.checked.native().nonce, entry.checked.hash()});
    post_hand_on();
}

void TransactionPool::State::post_hand_on() {
    if (hand_on_posted || closed) return;
    hand_on_posted = true;
    strand.post([weak = weak_from_this()] {
        if (auto self = weak.lock()) self->hand_on();
    });
}

void TransactionPool::State::hand_on() {
    std::vector<Place> places;
    std::vector<ledger::Transaction> batch;
    {
        std::lock_guard lock(mutex);
        hand_on_posted = false;
        while (!ready.empty() && batch.size() < limits.most_in_batch) {
            Place place = ready.front();
            ready.pop_front();
            auto sender = senders.find(place.from);
            if (sender == senders.end()) continue;
            auto entry = sender->second.entries.find(place.nonce);
            if (entry == sender->second.entries.end()) continue;
            batch.push_back(entry->second.checked.transaction);
            places.push_back(place);
        }
        if (!ready.empty()) post_hand_on();
    }
    if (batch.empty()) return;
    submit(std::move(batch), limits.submit_timeout,
           [weak = weak_from_this(),
            places = std::move(places)](const std::vector<Result<TransactionView>>& answers) {
               if (auto self = weak.lock()) self->on_answers(places, answers);
           });
}

void TransactionPool::State::erase(Sender& sender, std::map<std::uint64_t, Entry>::iterator entry) {
    if (entry->second.flying) {
        --flying;
    } else {
        --sender.early;
    }
    bytes -= entry->second.checked.transaction.bytes().size();
    by_hash.erase(entry->second.checked.hash());
    sender.entries.erase(entry);
}

void TransactionPool::State::on_answers(const std::vector<Place>& places,
                                        const std::vector<Result<TransactionView>>& answers) {
    ensure(places.size() == answers.size(), "a chain answers each transaction");
    std::map<Address, std::uint64_t> fallen;  // senders, and the first that must fly again
    {
        std::lock_guard lock(mutex);
        for (std::size_t i = 0; i < places.size(); ++i) {
            auto sender = senders.find(places[i].from);
            if (sender == senders.end()) continue;
            auto entry = sender->second.entries.find(places[i].nonce);
            if (entry == sender->second.entries.end()) continue;
            Fate fate = fate_of(answers[i]);
            if (fate == Fate::gone || entry->second.attempts >= limits.most_attempts) {
                if (!answers[i]) {
                    log_info("ethereum", "transaction {} of {} was not admitted: {}",
                             to_hex(places[i].hash), to_hex(places[i].from),
                             answers[i].error().message);
                    // Those after it wait until its nonce is sent anew.
                    auto [first, is_new] = fallen.try_emplace(places[i].from, places[i].nonce);
                    first->second = std::min(first->second, places[i].nonce);
                }
                erase(sender->second, entry);
                continue;
            }
            entry->second.flying = false;
            entry->second.busy = fate == Fate::again;
            entry->second.since = clock.monotonic();
            --flying;
            ++sender->second.early;
            auto [first, is_new] = fallen.try_emplace(places[i].from, places[i].nonce);
            first->second = std::min(first->second, places[i].nonce);
        }
    }
    for (const auto& [address, nonce] : fallen) {
        auto chain = account(address);
        std::lock_guard lock(mutex);
        auto sender = senders.find(address);
        if (sender == senders.end()) continue;
        sender->second.next = std::min(sender->second.next, nonce);
        if (chain) advance(sender->second, chain->nonce);
    }
}

TransactionPool::TransactionPool(const ChainReader& reader, Submit submit, Executor& executor,
                                 const Clock& clock, const PoolLimits& limits)
    : state_(std::make_shared<State>(reader, std::move(submit), executor, clock, limits)) {}

TransactionPool::~TransactionPool() { close(); }

void TransactionPool::close() {
    {
        std::lock_guard lock(state_->mutex);
        state_->closed = true;
        state_->listener = nullptr;
    }
    state_->strand.close();
}

Answer<Hash> TransactionPool::add(ByteView raw) {
    const ChainSettings& settings = state_->reader.settings();
    BSN_TRY(checked, check_transaction(settings, raw));
    BSN_TRY(account, state_->account(checked.from));
    if (checked.native().nonce >= account.nonce) {
        BSN_CHECK(check_funds(settings, checked, account));
    }
    std::lock_guard lock(state_->mutex);
    return state_->put(std::move(checked), account.nonce);
}

Result<std::uint64_t> TransactionPool::pending_nonce(const Address& address) const {
    BSN_TRY(account, state_->account(address));
    std::lock_guard lock(state_->mutex);
    auto sender = state_->senders.find(address);
    if (sender == state_->senders.end()) return account.nonce;
    return std::max(account.nonce, sender->second.next);
}

std::optional<TransactionPool::Pending> TransactionPool::find(const Hash& hash) const {
    std::lock_guard lock(state_->mutex);
    auto place = state_->by_hash.find(hash);
    if (place == state_->by_hash.end()) return std::nullopt;
    const auto& entries = state_->senders.at(place->second.from).entries;
    const CheckedTransaction& checked = entries.at(place->second.nonce).checked;
    return Pending{checked.native(), checked.from};
}

TransactionPool::Counts TransactionPool::counts() const {
    std::lock_guard lock(state_->mutex);
    return {state_->flying, state_->by_hash.size() - state_->flying};
}

std::vector<std::pair<TransactionPool::Pending, bool>> TransactionPool::content(
    std::size_t most) const {
    std::vector<std::pair<Pending, bool>> all;
    std::lock_guard lock(state_->mutex);
    for (bool flying : {true, false}) {
        for (const auto& [address, sender] : state_->senders) {
            for (const auto& [nonce, entry] : sender.entries) {
                if (entry.flying != flying) continue;
                if (all.size() >= most) return all;
                all.emplace_back(Pending{entry.checked.native(), address}, flying);
            }
        }
    }
    return all;
}

std::uint64_t TransactionPool::moment() const {
    std::lock_guard lock(state_->mutex);
    return state_->taken_count;
}

std::vector<Hash> TransactionPool::taken_since(std::uint64_t& moment) const {
    std::lock_guard lock(state_->mutex);
    const std::uint64_t came = state_->taken_count - std::min(moment, state_->taken_count);
    const std::uint64_t kept = std::min<std::uint64_t>(came, state_->taken.size());
    moment = state_->taken_count;
    return {state_->taken.end() - static_cast<std::ptrdiff_t>(kept), state_->taken.end()};
}

void TransactionPool::set_listener(Listener listener) {
    std::lock_guard lock(state_->mutex);
    state_->listener = std::move(listener);
}

void TransactionPool::tick() {
    std::vector<Address> all;
    {
        std::lock_guard lock(state_->mutex);
        std::erase_if(state_->senders, [](const auto& one) { return one.second.entries.empty(); });
        for (const auto& [address, sender] : state_->senders) {
            if (sender.early > 0) all.push_back(address);
        }
    }
    const std::uint64_t now = state_->clock.monotonic();
    for (const Address& address : all) {
        auto chain = state_->account(address);
        std::lock_guard lock(state_->mutex);
        auto found = state_->senders.find(address);
        if (found == state_->senders.end() || !chain) continue;
        State::Sender& sender = found->second;
        for (auto at = sender.entries.begin(); at != sender.entries.end();) {
            State::Entry& entry = at->second;
            auto here = at++;
            entry.busy = false;
            const bool old = now - entry.since > state_->limits.early_ms;
            const bool passed = here->first < chain->nonce;
            if (!entry.flying && (old || passed)) state_->erase(sender, here);
        }
        if (sender.entries.empty()) {
            state_->senders.erase(found);
        } else {
            state_->advance(sender, chain->nonce);
        }
    }
}

}  // namespace bsn::framework::ethereum
