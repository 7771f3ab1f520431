#pragma once
// What the validators agreed on, on disk, and what follows from it: the same on all nodes, whether
// a CometBFT runs beside them or not.

#include "ordering/cometbft/agreed_state.hpp"
#include "ordering/order_log.hpp"

#include <mutex>

namespace bsn::ordering {

/// Where an order by CometBFT begins.
struct AgreedOrigin {
    ledger::OrdererId id;
    ledger::NetworkId network;
    std::vector<Validator> validators;  ///< of the genesis, ascending by key
};

/// A block of CometBFT as a height of ours, and the state after it.
struct DecidedHeight {
    OrderedHeight ordered;
    AgreedState state;
};

/// An order log, and the state after its last height. One thread at a time writes; `height`,
/// `state` and `revisit` may be called by any.
class AgreedLog {
  public:
    /// `rules` outlive it.
    AgreedLog(AgreedOrigin origin, std::unique_ptr<store::AppendLog> log, OrderRules& rules);

    void subscribe(OrderConsumer& consumer, std::uint64_t from) { log_.subscribe(consumer, from); }
    /// Delivers what is in the log, and takes up its last state. First of all; once.
    Status replay();

    /// What the next block becomes. The permission chain must be executed up to the height before;
    /// a malformed transaction is left out.
    Result<DecidedHeight> decide(std::uint64_t height, UnixMillis time,
                                 const std::vector<Bytes>& transactions) const;
    /// Makes it durable. While the disk is full it calls `wait` with what is wrong, and gives up
    /// once that answers true; in the end it calls it with an empty text.
    Status keep(const DecidedHeight& decided,
                const std::function<bool(const std::string& trouble)>& wait);
    /// Tells the consumers of a height that was kept.
    void deliver(const DecidedHeight& decided);

    std::uint64_t height() const { return log_.height(); }
    Status revisit(std::uint64_t from, std::uint64_t through,
                   const std::function<void(const OrderedHeight&)>& visit) const {
        return log_.revisit(from, through, visit);
    }
    /// After the last height that was kept.
    AgreedState state() const;
    /// Who agrees on the next height: what a height changes counts from the second one after it on.
    std::vector<Validator> next_validators() const;

  private:
    const AgreedOrigin origin_;
    OrderRules& rules_;
    OrderLog log_;
    mutable std::mutex mutex_;
    AgreedState state_;
    std::vector<Validator> next_validators_;
};

}  // namespace bsn::ordering
