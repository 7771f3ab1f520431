// Invocations that the node makes for those whose keys it holds: endorsed, signed, sent, and made
// anew where a conflict allows it.

#include "framework/fabric/client/chain_core.hpp"
#include "framework/fabric/client/identity_check.hpp"
#include "framework/fabric/client/message.hpp"
#include "framework/fabric/client/relayed_call.hpp"
#include "framework/fabric/client/validation.hpp"

namespace bsn::framework::fabric {
namespace {

/// Before something is tried again that may be there a moment later.
constexpr std::uint64_t k_pause_ms = 50;
constexpr std::size_t k_most_endorsement_tries = 4;
constexpr std::size_t k_nonce_size = 16;

/// Of calls that conflicted, each waits for another time, the longer the more often they did: so
/// one of them comes first. A transaction's id is as good as a random number.
std::uint64_t pause_after(const Bytes& transaction_id, std::size_t tries) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(transaction_id.size(), 4); ++i) {
        number = number * 256 + transaction_id[i];
    }
    return number % (k_pause_ms << std::min<std::size_t>(tries, 5));
}

Invocation call_of(const ProposalView& proposal) {
    Invocation call;
    call.contract = proposal.chaincode;
    for (const std::string& one : proposal.arguments) {
        if (&one == &proposal.arguments.front()) {
            call.function = one;
        } else {
            call.arguments.push_back(to_bytes(one));
        }
    }
    return call;
}

}  // namespace

/// An invocation on its way.
struct FabricChain::Core::Invoking {
    Invocation invocation;
    Identity identity;
    Bytes relayed;  ///< the signed proposal at whose word it is made; empty: the identity's own
    std::uint64_t until = 0;
    Answered done;
    std::size_t endorsement_tries = 0;
    std::size_t tries = 0;
    bool asked_all = false;  ///< because too few had endorsed
};

void FabricChain::Core::invoke(Invocation invocation, std::shared_ptr<const Signer> signer,
                               std::uint64_t until, Answered done) {
    if (signer == nullptr) {
        return done(Error{Code::unauthenticated, "a transaction needs an identity that signs it"});
    }
    if (!invocation.nonce.empty() && invocation.nonce.size() != k_nonce_size) {
        return done(Error{Code::invalid_argument, "a nonce has 16 bytes"});
    }
    if (options_.may_write) {
        if (auto allowed = options_.may_write(signer->public_key()); !allowed) {
            return done(allowed.error());
        }
    }
    auto invoking = std::make_shared<Invoking>();
    invoking->invocation = std::move(invocation);
    invoking->until = until;
    invoking->done = std::move(done);
    begin(std::move(invoking), [self = shared_from_this(), signer = std::move(signer)]() mutable {
        return self->identity_of(std::move(signer));
    });
}

void FabricChain::Core::begin(std::shared_ptr<Invoking> invoking,
                              std::function<Result<Identity>()> identify) {
    if (invoking_ >= options_.most_on_the_way) {
        return invoking->done(
            Error{Code::overloaded, fmt::format("{} calls are on their way", invoking_.load())});
    }
    ++invoking_;
    invoking->done = [self = shared_from_this(),
                      done = std::move(invoking->done)](Result<TransactionView> answer) {
        --self->invoking_;
        done(std::move(answer));
    };
    executor_.post([self = shared_from_this(), invoking = std::move(invoking),
                    identify = std::move(identify)] {
        auto identity = identify();
        if (!identity) return invoking->done(identity.error());
        auto earlier = self->with_nonce(invoking->invocation, *identity);
        if (!earlier) return invoking->done(earlier.error());
        if (*earlier) return invoking->done(std::move(**earlier));
        invoking->identity = std::move(*identity);
        self->run(invoking);
    });
}

Result<ProposalView> FabricChain::Core::relayable(ByteView signed_proposal) const {
    BSN_TRY(view, read_relayable(signed_proposal, options_.channel, hash_, clock_.now()));
    BSN_TRY(creator, read_identity(view.creator));
    BSN_CHECK(check_identity(follower_->config().trust, creator, clock_.now()));
    return view;
}

Result<SignedCall> FabricChain::Core::signed_call(ByteView signed_proposal) const {
    BSN_TRY(view, relayable(signed_proposal));
    BSN_TRY(creator, read_identity(view.creator));
    BSN_TRY(key, certified_key(creator.certificate));
    return SignedCall{std::move(key), call_of(view)};
}

void FabricChain::Core::relay(Bytes signed_proposal, std::uint64_t until, Answered done) {
    auto view = relayable(signed_proposal);
    if (!view) return done(view.error());
    auto invoking = std::make_shared<Invoking>();
    invoking->invocation = call_of(*view);
    invoking->invocation.nonce = relay_nonce(view->transaction_id);
    invoking->relayed = std::move(signed_proposal);
    invoking->until = until;
    TransactionView own;
    own.id = *from_hex(view->transaction_id);
    own.contract = invoking->invocation.contract;
    own.function = invoking->invocation.function;
    own.arguments = invoking->invocation.arguments;
    invoking->done = [own = std::move(own),
                      done = std::move(done)](Result<TransactionView> answer) {
        done(answer ? answer_to(own, std::move(*answer)) : std::move(answer));
    };
    begin(std::move(invoking),
          [self = shared_from_this(), creator = view->creator]() -> Result<Identity> {
              BSN_TRY(holder, read_identity(creator));
              const auto& signer = self->options_.reader.signer;
              BSN_TRY(certified,
                      self->options_.certificates->certificate_like(holder, signer->public_key()));
              return Identity{certified.msp_id, certified.certificate, signer};
          });
}

Result<std::optional<TransactionView>> FabricChain::Core::with_nonce(
    const Invocation& invocation, const Identity& identity) const {
    if (invocation.nonce.empty()) return std::optional<TransactionView>();
    auto id = from_hex(transaction_id_of(as_text(invocation.nonce), identity.serialized(), hash_));
    ensure(id.ok(), "a transaction id is hexadecimal");
    auto found = find(*id);
    if (!found) {
        if (found.error().code == Code::not_found) return std::optional<TransactionView>();
        return found.error();
    }
    TransactionView view = found->view();
    view.raw.clear();
    return std::optional(std::move(view));
}

void FabricChain::Core::run(std::shared_ptr<Invoking> invoking) {
    auto self = shared_from_this();
    const std::uint64_t now = clock_.monotonic();
    if (now >= invoking->until) {
        return invoking->done(Error{Code::unavailable, "it could not be sent in time"});
    }
    if (!follower_->started()) {  // a channel that has just been opened is read a moment later
        if (is_closed()) return invoking->done(Error{Code::unavailable, "the channel is closed"});
        later(k_pause_ms, [self, invoking] { self->run(invoking); });
        return;
    }
    auto proposal = propose(invoking->invocation, invoking->identity, invoking->relayed);
    const std::string chaincode = invoking->invocation.contract;
    peers_->endorse(
        std::move(proposal), chaincode, std::min(k_endorse_patience, left_until(invoking->until)),
        [self, invoking](Result<std::string> payload) {
            if (!payload) {
                // Nothing was sent: peers that are not at the same block agree a moment later.
                if (payload.error().code == Code::unavailable &&
                    ++invoking->endorsement_tries < k_most_endorsement_tries) {
                    self->later(k_pause_ms << invoking->endorsement_tries,
                                [self, invoking] { self->run(invoking); });
                    return;
                }
                const Identity& who = invoking->identity;
                return invoking->done(
                    self->with_cause(payload.error(), {who.msp_id, who.certificate}));
            }
            if (self->now() >= invoking->until) {
                return invoking->done(Error{Code::unavailable, "endorsed too late to be sent"});
            }
            common::Envelope envelope = sign_payload(std::move(*payload), invoking->identity);
            auto view = read_envelope(envelope);
            if (!view) return invoking->done(view.error());
            self->send(
                std::move(envelope), view->transaction_id, invoking->until,
                [self, invoking](Result<CommitWaiters::Committed> committed) {
                    if (!committed) return invoking->done(committed.error());
                    const bool too_few = committed->code == protos::ENDORSEMENT_POLICY_FAILURE;
                    if (too_few) self->peers_->needs_more(committed->view.contract);
                    // Asked of all peers, it has enough endorsements the second time, or never.
                    const bool helps = is_conflict(committed->code) ||
                                       (too_few && !std::exchange(invoking->asked_all, true));
                    const bool again = helps && invoking->invocation.may_repeat &&
                                       invoking->invocation.nonce.empty() &&
                                       ++invoking->tries < self->options_.most_tries;
                    if (again) {
                        self->later(pause_after(committed->view.id, invoking->tries),
                                    [self, invoking] { self->run(invoking); });
                        return;
                    }
                    committed->view.raw.clear();
                    invoking->done(std::move(committed->view));
                },
                !invoking->invocation.nonce.empty());
        });
}

}  // namespace bsn::framework::fabric
