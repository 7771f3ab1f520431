#pragma once
// Those who use the network: they sign transactions, send them to some node, and do not rest before
// they know what became of them.

#include "ledger/transaction.hpp"
#include "sim/sim_node.hpp"

#include <deque>

namespace bsn::sim {

/// Someone with a key.
struct Person {
    std::string name;
    ledger::ParticipantId id;
    std::shared_ptr<const crypto::PrivateKey> key;
};
/// `number`: the same number yields the same person.
Person make_person(std::string name, crypto::SuiteId suite, std::uint32_t number);

/// A transaction that somebody wants on the ledger, and what they have been told of it.
struct Errand {
    enum class Kind {
        good,
        forged,    ///< the signature is wrong
        stranger,  ///< by someone who may not
    };

    Kind kind = Kind::good;
    std::string what;
    ledger::ChannelId channel;
    ledger::TxId id;
    Bytes bytes;
    bool pursued = true;                 ///< sent again until its fate is known
    std::optional<std::size_t> only_to;  ///< the one node that it is sent to
    std::size_t open = 0;                ///< submissions that were not answered yet
    std::optional<framework::TransactionView> certified;
    std::optional<Error> refused;        ///< for good, as far as the node that said so knows
    bool never = false;                  ///< a node said that it never will be on the ledger
    std::function<void()> then = [] {};  ///< once it is certified and was not refused
    bool done() const { return certified || refused; }
};
using ErrandPtr = std::shared_ptr<Errand>;

/// Submitted at one node, in one of its lives.
struct Submission {
    std::size_t node = 0;
    LifePtr life;
    std::vector<ErrandPtr> errands;
    Micros due = 0;  ///< when it must be answered at the latest
    bool answered = false;
};

class Clients {
  public:
    Clients(Scheduler& scheduler, std::vector<std::unique_ptr<SimNode>>& nodes,
            const ledger::NetworkId& network);
    ~Clients() { scheduler_.end(life_); }
    Clients(const Clients&) = delete;
    Clients& operator=(const Clients&) = delete;

    /// Signs a call; nothing is sent yet.
    ErrandPtr make(const ledger::ChannelId& channel, const Person& person, std::string contract,
                   std::string function, std::vector<std::string> arguments,
                   std::int64_t validity_ms = 600'000);
    /// The same payload with a signature that is none.
    ErrandPtr forge(const Errand& errand);
    /// Sends it to some node, and again until its fate is known.
    void pursue(const ErrandPtr& errand);
    /// Sends errands of one channel together to one node, once.
    void send(std::size_t node, const std::vector<ErrandPtr>& errands);
    /// The network told that a node is gone.
    void lost(const SimNode& node);

    const std::vector<ErrandPtr>& errands() const { return errands_; }
    const std::deque<Submission>& submissions() const { return submissions_; }
    /// Whether all that is pursued is known.
    bool all_known() const;

    /// Told of each answer of an honest node.
    std::function<void(SimNode&, Errand&, const Result<framework::TransactionView>&)> on_answer;

  private:
    void try_once(const ErrandPtr& errand);
    void try_later(const ErrandPtr& errand);
    void take_answers(std::size_t submission,
                      const std::vector<Result<framework::TransactionView>>& answers);
    void take_answer(SimNode& node, const ErrandPtr& errand,
                     const Result<framework::TransactionView>& answer);
    UnixMillis now() const { return SimClock::k_start + scheduler_.now() / k_millisecond; }

    Scheduler& scheduler_;
    std::vector<std::unique_ptr<SimNode>>& nodes_;
    const ledger::NetworkId network_;
    const LifePtr life_ = std::make_shared<Life>();
    std::vector<ErrandPtr> errands_;
    std::deque<Submission> submissions_;
    std::uint64_t nonces_ = 0;
};

}  // namespace bsn::sim
