// How submitted transactions are checked and admitted to a replica's node.

#include "base/log.hpp"
#include "peer/replica.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <mutex>

namespace bsn::peer {
namespace {

/// For so long transactions of other nodes are kept waiting.
constexpr std::uint64_t k_carry_ms = 30'000;
/// Signatures checked by one task.
constexpr std::size_t k_piece = 24;
/// Blocks that may wait for certification before new writes are refused.
constexpr std::size_t k_max_uncertified = 256;

}  // namespace

Error Replica::stopped_error() const {
    std::lock_guard lock(view_mutex_);
    return {Code::unavailable,
            fmt::format("this node's replica of the app has stopped ({}); use another node of the "
                        "app",
                        alarms_.stopped)};
}

bool Replica::is_overloaded(std::size_t more) const {
    return waiters_.size() + more > Waiters::k_max_waiting ||
           uncertified_count_ + queued_count_ > k_max_uncertified || batches_.full();
}

void Replica::submit(std::vector<Bytes> transactions, std::uint64_t timeout_ms,
                     std::function<void(Answers)> done) {
    submit_all({std::make_move_iterator(transactions.begin()),
                std::make_move_iterator(transactions.end())},
               timeout_ms, std::move(done));
}

void Replica::submit_decoded(std::vector<ledger::Transaction> transactions,
                             std::uint64_t timeout_ms, std::function<void(Answers)> done) {
    submit_all({std::make_move_iterator(transactions.begin()),
                std::make_move_iterator(transactions.end())},
               timeout_ms, std::move(done));
}

void Replica::submit_all(std::vector<Submitted> transactions, std::uint64_t timeout_ms,
                         std::function<void(Answers)> done) {
    Status refusal;
    if (stopped_) {
        refusal = stopped_error();
    } else if (waits_for_space_) {
        std::lock_guard lock(view_mutex_);
        refusal = Error{Code::no_space, alarms_.space};
    } else if (is_overloaded(transactions.size())) {
        refusal = Error{Code::overloaded, "too many transactions wait here; try again later"};
    }
    if (!refusal || transactions.empty()) {
        Answers answers;
        for (std::size_t i = 0; i < transactions.size(); ++i) {
            answers.emplace_back(refusal.error());
        }
        done(std::move(answers));
        return;
    }
    auto submission = std::make_shared<Submission>(transactions.size(), std::move(done));
    std::uint64_t deadline = services_.clock.monotonic() + timeout_ms;
    std::shared_ptr<Pieces> pieces;
    if (setup_.rules.dialect) {
        pieces = std::make_shared<Pieces>((transactions.size() + k_piece - 1) / k_piece);
    }
    for (std::size_t begin = 0; begin < transactions.size(); begin += k_piece) {
        std::size_t end = std::min(transactions.size(), begin + k_piece);
        std::vector<Submitted> piece(
            std::make_move_iterator(transactions.begin() + static_cast<std::ptrdiff_t>(begin)),
            std::make_move_iterator(transactions.begin() + static_cast<std::ptrdiff_t>(end)));
        std::vector<Waiters::Ticket> tickets;
        for (std::size_t i = begin; i < end; ++i) tickets.push_back({submission, i, deadline});
        services_.pool.post([this, piece = std::move(piece), tickets = std::move(tickets),
                             number = begin / k_piece, pieces]() mutable {
            admit(std::move(piece), std::move(tickets), number, pieces.get());
        });
    }
}

void Replica::carry_for(const ledger::NodeId& from, ByteView batch) {
    std::shared_ptr<const ledger::EpochRecord> epoch = access_.epoch();
    if (!epoch || !epoch->index_of(services_.identity.id())) return;
    auto parts = ledger::decode_batch(batch);
    if (!parts) {
        log_warn("peer", "transactions of node={} refused: {}", to_hex(from),
                 parts.error().message);
        return;
    }
    std::vector<Bytes> transactions;
    for (ByteView part : *parts) transactions.push_back(to_bytes(part));
    // Who sent them waits for the block.
    submit(std::move(transactions), k_carry_ms, [](const Answers&) {});
}

struct Replica::Pieces {
    explicit Pieces(std::size_t count) : admitted(count), left(count) {}

    /// Notes a piece; true for the last one that was missing.
    bool add(std::size_t piece, std::vector<ledger::Transaction> transactions) {
        std::lock_guard lock(mutex);
        admitted[piece] = std::move(transactions);
        return --left == 0;
    }

    std::mutex mutex;
    std::vector<std::vector<ledger::Transaction>> admitted;
    std::size_t left;
};

void Replica::admit(std::vector<Submitted> transactions, std::vector<Waiters::Ticket> tickets,
                    std::size_t piece, Pieces* pieces) {
    std::vector<ledger::Transaction> admitted;
    admitted.reserve(transactions.size());
    const Status orders = services_.orderer.health();
    for (std::size_t i = 0; i < transactions.size(); ++i) {
        if (auto transaction = admit_one(std::move(transactions[i]), tickets[i], orders)) {
            admitted.push_back(std::move(*transaction));
        }
    }
    if (pieces == nullptr) {
        if (!admitted.empty()) intake_.add(std::move(admitted));
        return;
    }
    // Transactions of one account come in the order of their nonces, and must stay so.
    if (!pieces->add(piece, std::move(admitted))) return;
    std::vector<ledger::Transaction> all;
    for (auto& part : pieces->admitted) {
        std::move(part.begin(), part.end(), std::back_inserter(all));
    }
    if (!all.empty()) intake_.add(std::move(all));
}

Result<ledger::Transaction> Replica::check(Submitted submitted) const {
    auto* decoded = std::get_if<ledger::Transaction>(&submitted);
    if (decoded == nullptr) return setup_.rules.check(std::get<Bytes>(std::move(submitted)));
    BSN_CHECK(setup_.rules.check(*decoded));
    return std::move(*decoded);
}

std::optional<ledger::Transaction> Replica::admit_one(Submitted submitted,
                                                      const Waiters::Ticket& ticket,
                                                      const Status& orders) {
    auto refuse = [&](Error why) {
        ticket.submission->answer(ticket.index, std::move(why));
        return std::nullopt;
    };
    auto transaction = check(std::move(submitted));
    if (!transaction) return refuse(transaction.error());
    const ledger::Payload& payload = transaction->payload();
    const ledger::TxId id = transaction->id();
    // The waiter is there before the index is asked, so that no block slips between the two.
    bool first = waiters_.add(id, payload.valid_until, ticket);
    if (stopped_) {
        waiters_.answer(id, stopped_error());
        return std::nullopt;
    }
    auto known = answer_if_known(*transaction);
    if (!known) {
        waiters_.answer(id, known.error());
        return std::nullopt;
    }
    if (*known || !first) return std::nullopt;
    // What is new is refused while nothing is ordered: it would only wait, and nobody be told why.
    Status allowed = orders ? access_.check_active() : orders;
    if (allowed) allowed = admission_->authorize(*transaction, stored_);
    if (allowed) {
        // Past its time by this node's clock, but not by that of the ledger: let the order judge,
        // perhaps it is on its way through another node.
        // And where the ledger's time is later than this node's clock, the clock is behind.
        const UnixMillis ledger_time = view().time;
        const UnixMillis now = std::max(services_.clock.now(), ledger_time);
        bool ledger_judges = payload.valid_until < now && payload.valid_until >= ledger_time;
        if (!ledger_judges) allowed = check_window(*transaction, now, tip().height + 1);
    }
    if (!allowed) {
        waiters_.answer(id, allowed.error());
        return std::nullopt;
    }
    return std::move(*transaction);
}

Result<bool> Replica::answer_if_known(const ledger::Transaction& transaction) {
    const ledger::Payload& payload = transaction.payload();
    BSN_TRY(used, blocks_.nonce_used(payload.creator, payload.nonce));
    if (!used) return false;
    BSN_TRY(place, blocks_.find(transaction.id()));
    if (!place) {
        return Error{Code::duplicate,
                     "this nonce of the creator is on the ledger with another transaction; use a "
                     "new nonce"};
    }
    if (place->height <= certified_height()) {
        BSN_TRY(answer, answer_at(transaction.id(), *place));
        waiters_.answer(transaction.id(), answer);
    }
    return true;
}

Result<Answer> Replica::answer_at(const ledger::TxId& id,
                                  const ledger::TransactionPlace& place) const {
    BSN_TRY(block, blocks_.block(place.height));
    if (!block || place.index >= block->receipts.size()) {
        return Error{Code::corrupted,
                     fmt::format("the index names block {}, which does not hold transaction {}",
                                 place.height, to_hex(id))};
    }
    BSN_TRY(receipt, ledger::Receipt::decode(block->receipts[place.index]));
    return Answer{id, place.height, place.index, block->header.time, std::move(receipt)};
}

}  // namespace bsn::peer
