#pragma once
// The peers of a channel that we ask: endorsements by many, answers by any one.

#include "base/executor.hpp"
#include "framework/fabric/client/channel_config.hpp"
#include "framework/fabric/client/identity.hpp"
#include "framework/fabric/client/peer_connection.hpp"
#include "framework/fabric/client/transaction.hpp"

#include <atomic>
#include <deque>
#include <functional>

namespace bsn::framework::fabric {

struct PeerGroupOptions {
    std::string channel;
    std::vector<Endpoint> peers;  ///< each with the MSP id of its organisation; at least one
    Identity reader;              ///< asks for itself: rules, blocks, transactions
    crypto::HashId hash = crypto::HashId::sha256;
    /// How long peers may take to answer a question. Clients that know three nodes wait for each as
    /// long, so that they are told why there is no answer.
    std::chrono::milliseconds patience{10'000};
    /// Endorsements of a transaction that are gathered at once; Fabric's peers refuse when too many
    /// are on their way.
    std::size_t most_at_once = 400;
    std::size_t most_waiting = 10'000;
    /// Runs a task so many milliseconds later. None: peers that hang are waited for.
    std::function<void(std::uint64_t, std::function<void()>)> later = {};
};

/// Any thread may call any member. It lives until the last call was answered; `close` makes them
/// few.
class PeerGroup : public std::enable_shared_from_this<PeerGroup> {
  public:
    /// What was endorsed: the payload that the creator has to sign.
    using Endorsed = std::function<void(Result<std::string>)>;

    /// The executor outlives all calls.
    PeerGroup(PeerGroupOptions options, ChannelPolicies policies, Executor& executor);

    /// Gathers as many endorsements as the chaincode's rule needs, of one organisation each, and
    /// asks further organisations where a peer gives none, or none for a while. For a chaincode
    /// that `needs_more`, all that peers give. `done` comes once, on the executor.
    /// `contract_failed`: the chaincode refused; `unavailable`: too few answer within `patience`,
    /// or peers differ; `overloaded`: too much is waiting.
    void endorse(protos::SignedProposal proposal, std::string chaincode,
                 std::chrono::milliseconds patience, Endorsed done);

    /// What one peer answers to a call without writing, with what it read and would write; the next
    /// one is asked, too, if it gives none for a few seconds. A refusal is `contract_failed`. Waits
    /// for it.
    /// `first`: the place of the peer that is asked first, if it answers lately.
    Result<protos::ProposalResponse> evaluate(const protos::SignedProposal& proposal,
                                              std::optional<std::size_t> first = {}) const;
    /// The payload for a call by the reader itself, such as of a system chaincode.
    Result<std::string> ask(const std::string& chaincode, std::vector<std::string> arguments,
                            std::optional<std::size_t> first = {}) const;
    /// The reader's own proposal.
    protos::SignedProposal own_call(const std::string& chaincode,
                                    std::vector<std::string> arguments) const;
    /// What all peers answer to one proposal. Those that take longer than a few seconds are not
    /// waited for once enough organisations have endorsed.
    std::vector<PeerAnswer> ask_all(const protos::SignedProposal& proposal,
                                    const EndorsementRule& enough) const;

    /// Whether a chaincode is defined on the channel; `not_found` otherwise. Waits for a peer,
    /// unless its rule is known.
    Status check_defined(const std::string& chaincode);
    /// A transaction that was endorsed as the chaincode's rule says was too little endorsed. The
    /// rule has changed, or it writes what has a policy of its own (keys may, and collections),
    /// which nobody tells before: for some minutes all peers are asked.
    void needs_more(const std::string& chaincode);
    /// Those of the channel's newest configuration.
    void set_policies(ChannelPolicies policies);
    void close();

    const PeerGroupOptions& options() const { return options_; }

  private:
    /// A peer that has not answered within this may hang: others are asked, too, and it is asked
    /// last for a while.
    static constexpr std::chrono::milliseconds k_slow{3'000};
    static constexpr const char* k_lifecycle = "_lifecycle";

    struct Gathering;

    void begin(const std::shared_ptr<Gathering>& gathering);
    /// Asks these peers for the chaincode's rule, one after the other, and then gathers.
    void ask_rule(const std::shared_ptr<Gathering>& gathering, std::vector<std::size_t> places);
    void gather(const std::shared_ptr<Gathering>& gathering, EndorsementRule rule);
    void ask_next(const std::shared_ptr<Gathering>& gathering);
    /// Peers that were asked a while ago and have not answered are counted on no longer.
    void give_up_slow(const std::shared_ptr<Gathering>& gathering,
                      const std::vector<std::size_t>& asked);
    Error why_not(const Gathering& gathering) const;
    void answered(const std::shared_ptr<Gathering>& gathering, std::size_t peer,
                  PeerConnection::Answer answer);
    void finish(const std::shared_ptr<Gathering>& gathering, Result<std::string> result);
    std::optional<EndorsementRule> known_rule(const std::string& chaincode) const;
    bool is_asked_of_all(const std::string& chaincode) const;
    bool is_avoided(std::size_t peer) const;
    protos::SignedProposal question_of_rule(const std::string& chaincode) const;
    /// Remembers the rule in what a peer answered to that question.
    Result<EndorsementRule> take_rule(const std::string& chaincode,
                                      const Result<std::string>& answer);
    /// The places of all peers, those first that seem to answer, beginning at another one each
    /// time.
    std::vector<std::size_t> order(std::optional<std::size_t> first = {}) const;
    void note(std::size_t peer, bool answers) const;
    void avoid(std::size_t peer, std::chrono::seconds time) const;
    void avoid_slow(std::size_t peer) const;
    static bool is_fault_of_peer(const Error& error);

    const PeerGroupOptions options_;
    Executor& executor_;
    std::vector<std::unique_ptr<PeerConnection>> peers_;
    mutable std::atomic<std::size_t> turn_{0};
    mutable std::mutex mutex_;  ///< guards what follows
    /// Until when a peer that gave no answer is asked last.
    mutable std::vector<std::chrono::steady_clock::time_point> avoided_;
    std::map<std::string, EndorsementRule> rules_;
    /// Chaincodes of which more than the rule says is asked for, and until when.
    std::map<std::string, std::chrono::steady_clock::time_point> asked_of_all_;
    ChannelPolicies policies_;
    std::deque<std::shared_ptr<Gathering>> waiting_;
    std::size_t running_ = 0;
    bool closed_ = false;
};

}  // namespace bsn::framework::fabric
