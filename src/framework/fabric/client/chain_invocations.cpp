// Invocations that the node makes for those whose keys it holds: endorsed, signed, sent, and made
// anew where a conflict allows it.

#include "framework/fabric/client/chain_core.hpp"
#include "framework/fabric/client/message.hpp"
#include "framework/fabric/client/proposal_builder.hpp"
#include "framework/fabric/client/validation.hpp"

namespace bsn::framework::fabric {
namespace {

/// Before something is tried again that may be there a moment later.
constexpr std::uint64_t k_pause_ms = 50;
constexpr std::size_t k_most_endorsement_tries = 4;
constexpr std::size_t k_nonce_size = 16;

}  // namespace

/// An invocation on its way.
struct FabricChain::Core::Invoking {
    Invocation invocation;
    Identity identity;
    std::uint64_t until = 0;
    Answered done;
    std::size_t endorsement_tries = 0;
    std::size_t tries = 0;
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
    if (invoking_ >= options_.most_on_the_way) {
        return done(
            Error{Code::overloaded, fmt::format("{} calls are on their way", invoking_.load())});
    }
    ++invoking_;
    auto counted = [self = shared_from_this(),
                    done = std::move(done)](Result<TransactionView> answer) {
        --self->invoking_;
        done(std::move(answer));
    };
    executor_.post([self = shared_from_this(), invocation = std::move(invocation),
                    signer = std::move(signer), until, counted = std::move(counted)]() mutable {
        auto identity = self->identity_of(std::move(signer));
        if (!identity) return counted(identity.error());
        auto earlier = self->with_nonce(invocation, *identity);
        if (!earlier) return counted(earlier.error());
        if (*earlier) return counted(std::move(**earlier));
        auto invoking = std::make_shared<Invoking>();
        invoking->invocation = std::move(invocation);
        invoking->identity = std::move(*identity);
        invoking->until = until;
        invoking->done = std::move(counted);
        self->run(std::move(invoking));
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
    auto proposal = propose(invoking->invocation, invoking->identity);
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
            self->send(std::move(envelope), view->transaction_id, invoking->until,
                       [self, invoking](Result<CommitWaiters::Committed> committed) {
                           if (!committed) return invoking->done(committed.error());
                           if (committed->code == protos::ENDORSEMENT_POLICY_FAILURE) {
                               self->peers_->forget_rules();
                           }
                           const bool again = is_conflict(committed->code) &&
                                              invoking->invocation.may_repeat &&
                                              invoking->invocation.nonce.empty() &&
                                              ++invoking->tries < self->options_.most_tries;
                           if (again) {
                               self->executor_.post([self, invoking] { self->run(invoking); });
                               return;
                           }
                           committed->view.raw.clear();
                           invoking->done(std::move(committed->view));
                       });
        });
}

}  // namespace bsn::framework::fabric
