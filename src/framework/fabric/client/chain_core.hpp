#pragma once
// Inside of `FabricChain`: transactions on their way.

#include "framework/fabric/client/chain_lookup.hpp"
#include "framework/fabric/client/channel_follower.hpp"
#include "framework/fabric/client/commit_waiters.hpp"
#include "framework/fabric/client/fabric_chain.hpp"
#include "framework/fabric/client/ordering_client.hpp"

#include <condition_variable>

namespace bsn::framework::fabric {

struct ProposalView;

/// What is told of a transaction that was submitted: the one on the chain that has its id;
/// `duplicate` if that is another call.
Result<TransactionView> answer_to(const TransactionView& submitted, TransactionView found);

/// Lives until the last callback has come; `close` ends what can be ended.
class FabricChain::Core : public std::enable_shared_from_this<Core> {
  public:
    /// One answer.
    using Answered = std::function<void(Result<TransactionView>)>;

    Core(FabricChainOptions options, Executor& executor);
    Status open();
    void close();

    void submit(ByteView transaction, std::uint64_t until, Answered done);
    void invoke(Invocation invocation, std::shared_ptr<const Signer> signer, std::uint64_t until,
                Answered done);
    /// As those of `Relaying`.
    Result<SignedCall> signed_call(ByteView signed_proposal) const;
    void relay(Bytes signed_proposal, std::uint64_t until, Answered done);
    /// An envelope of an invocation, endorsed and signed. Waits.
    Result<common::Envelope> make_envelope(const Invocation& invocation);
    /// The payload to sign. Waits.
    Result<std::string> endorse(protos::SignedProposal proposal, const std::string& chaincode);
    /// The same for a client's `protos.SignedProposal`, which is checked. Does not wait.
    void endorse_signed(ByteView signed_proposal, Endorsing::Done done) const;
    /// The identity of a signer; the reader's if there is none.
    Result<Identity> identity_of(std::shared_ptr<const Signer> signer) const;
    /// `relayed`: the client's signed proposal that goes along; or empty.
    protos::SignedProposal propose(const Invocation& invocation, const Identity& identity,
                                   const Bytes& relayed = {}) const;

    /// A transaction as first executed. Waits.
    Result<FoundTransaction> find(ByteView id) const { return lookup_->find(id, *follower_); }
    /// The block whose header has this hash. Waits.
    Result<ChannelFollower::BlockPtr> find_block(ByteView hash) const {
        return lookup_->block(hash, *follower_);
    }
    void when_height(std::uint64_t height, std::function<void()> wake);

    const FabricChainOptions& options() const { return options_; }
    crypto::HashId hash() const { return hash_; }
    ChannelFollower& follower() const { return *follower_; }
    PeerGroup& peers() const { return *peers_; }
    std::uint64_t now() const { return clock_.monotonic(); }
    std::string trouble() const;
    /// Why peers or orderers refused this identity, if that can be told.
    Error with_cause(Error error, const Certified& identity) const;

  private:
    struct Invoking;

    static constexpr std::chrono::milliseconds k_endorse_patience{30'000};

    std::chrono::milliseconds left_until(std::uint64_t until) const {
        return std::chrono::milliseconds(until > now() ? until - now() : 1);
    }

    /// What came earlier of an invocation's nonce by this identity, if it has one: the
    /// transaction's id follows from both.
    Result<std::optional<TransactionView>> with_nonce(const Invocation& invocation,
                                                      const Identity& identity) const;
    /// Counts a call, and runs it by the identity that `identify` finds.
    void begin(std::shared_ptr<Invoking> invoking, std::function<Result<Identity>()> identify);
    void run(std::shared_ptr<Invoking> invoking);
    /// Reads a proposal to relay; its creator is one of the channel's.
    Result<ProposalView> relayable(ByteView signed_proposal) const;
    /// `joins`: another transaction of this id that is on its way is as good.
    void send(common::Envelope envelope, const std::string& transaction_id, std::uint64_t until,
              CommitWaiters::Done done, bool joins = false);
    std::uint64_t send_again_ms() const;
    /// Looks on the chain for a transaction that should be there by now, or sends it again.
    void look_or_send_again(const std::string& transaction_id, const common::Envelope& envelope);
    std::vector<OrderingClient*> clients_to_send_again();
    /// Tells of the transaction that was on the chain before this one, which repeats its id.
    void tell_first(const TransactionView& own, const Answered& done);
    /// What an orderer said against a transaction, with its cause.
    Error refusal(const Error& error, const common::Envelope& envelope) const;
    bool is_closed() const;
    void later(std::uint64_t milliseconds, Task task);
    void keep();
    void took_block(const CheckedBlock& block);

    const FabricChainOptions options_;
    Executor& executor_;
    const SystemClock clock_;
    crypto::HashId hash_ = crypto::HashId::sha256;
    std::shared_ptr<PeerGroup> peers_;
    std::unique_ptr<OrderingClient> orderers_;
    std::vector<std::unique_ptr<OrderingClient>> each_orderer_;  ///< made when first needed
    std::unique_ptr<ChannelFollower> follower_;
    std::unique_ptr<ChainLookup> lookup_;
    CommitWaiters waiters_;
    std::atomic<std::size_t> invoking_{0};
    std::atomic<std::uint64_t> last_block_{0};  ///< when it came
    std::atomic<std::uint64_t> last_own_{0};    ///< the last one with what somebody waited for
    std::atomic<std::uint64_t> batch_timeout_{0};
    mutable std::mutex mutex_;  ///< guards what follows
    std::condition_variable wake_;
    std::multimap<std::uint64_t, std::function<void()>> watchers_;  ///< by height
    std::multimap<std::uint64_t, Task> delayed_;                    ///< by time
    std::string trouble_;                                           ///< of the first reading
    bool closed_ = false;
    std::thread keeper_;
};

}  // namespace bsn::framework::fabric
