#include "framework/fabric/client/chain_core.hpp"

#include "base/log.hpp"
#include "framework/fabric/client/identity_check.hpp"
#include "framework/fabric/client/message.hpp"
#include "framework/fabric/client/relayed_call.hpp"

#include <algorithm>
#include <future>
#include <thread>

namespace bsn::framework::fabric {
namespace {

constexpr std::chrono::milliseconds k_look{50};
/// Between two tries to read a channel for the first time.
constexpr std::uint64_t k_read_again_ms = 500;
/// What an orderer has taken and no block has after so long is sent again: the orderer, or the one
/// that it handed it on to, may have been killed.
constexpr std::uint64_t k_send_again_ms = 10'000;
/// If no block comes at all meanwhile, after so long already (then after twice as long, and so on);
/// and blocks are read elsewhere, because who gives them may hang.
constexpr std::uint64_t k_stall_ms = 3'000;
/// Both are at least so much more than a block waits for further transactions.
constexpr std::uint64_t k_margin_ms = 2'000;
/// In one look, so that what is sent again does not hold up what is new.
constexpr std::size_t k_most_again = 64;

}  // namespace

Result<TransactionView> answer_to(const TransactionView& submitted, TransactionView found) {
    if (found.contract != submitted.contract || found.function != submitted.function ||
        found.arguments != submitted.arguments) {
        return Error{Code::duplicate, fmt::format("transaction {} is on the chain already, and is "
                                                  "another call",
                                                  to_hex(submitted.id))};
    }
    found.raw.clear();
    return found;
}

FabricChain::Core::Core(FabricChainOptions options, Executor& executor)
    : options_(std::move(options)), executor_(executor), waiters_(options_.most_on_the_way) {}

Status FabricChain::Core::open() {
    BSN_TRY(trusted, read_message<common::Block>(ByteView(options_.configuration),
                                                 "trusted configuration block"));
    BSN_TRY(config, read_channel_config(trusted));
    hash_ = config.trust.hash;
    PeerGroupOptions peers;
    peers.channel = options_.channel;
    peers.peers = options_.peers;
    peers.reader = options_.reader;
    peers.hash = hash_;
    peers.later = [core = weak_from_this()](std::uint64_t milliseconds, Task task) {
        if (const auto self = core.lock()) self->later(milliseconds, std::move(task));
    };
    peers_ = std::make_shared<PeerGroup>(std::move(peers), config.policies, executor_);
    lookup_ = std::make_unique<ChainLookup>(peers_);
    ChannelFollower::Handlers handlers;
    handlers.block = [this](const ChannelFollower::BlockPtr& block) {
        lookup_->followed(block);
        took_block(*block);
    };
    handlers.configured = [this](const ChannelConfig& now) {
        peers_->set_policies(now.policies);
        batch_timeout_ = now.batch_timeout_ms;
    };
    BSN_TRY(follower, ChannelFollower::make(peers_, std::move(trusted), std::move(handlers)));
    follower_ = std::move(follower);
    OrderingOptions ordering;
    ordering.most_waiting = 2 * options_.most_on_the_way;  // each, and once more
    // A stream may tell of its end when this chain is closed and gone.
    ordering.lost = [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->waiters_.all_are_due();
    };
    orderers_ = std::make_unique<OrderingClient>(options_.orderers, std::move(ordering));
    keeper_ = std::thread([this] { keep(); });
    return {};
}

void FabricChain::Core::close() {
    {
        std::lock_guard lock(mutex_);
        if (std::exchange(closed_, true)) return;
    }
    wake_.notify_all();
    if (keeper_.joinable()) keeper_.join();
    if (peers_) peers_->close();
    if (orderers_) orderers_->close();
    for (const auto& one : each_orderer_) one->close();
    if (follower_) follower_->close();
    waiters_.close();
    std::multimap<std::uint64_t, Task> delayed;
    std::multimap<std::uint64_t, std::function<void()>> watchers;
    {
        std::lock_guard lock(mutex_);
        delayed.swap(delayed_);
        watchers.swap(watchers_);
    }
    for (auto& [height, wake] : watchers) wake();
    for (auto& [time, task] : delayed) task();  // they find that it is closed
}

void FabricChain::Core::keep() {
    std::unique_lock lock(mutex_);
    std::uint64_t next_read = 0;
    std::uint64_t stall = 0;
    std::uint64_t stalled = 0;
    while (!closed_) {
        wake_.wait_for(lock, k_look, [this] { return closed_; });
        const std::uint64_t now = clock_.monotonic();
        std::vector<Task> due;
        while (!delayed_.empty() && delayed_.begin()->first <= now) {
            due.push_back(std::move(delayed_.begin()->second));
            delayed_.erase(delayed_.begin());
        }
        const bool reads = !follower_->started() && now >= next_read && !closed_;
        lock.unlock();
        for (Task& task : due) executor_.post(std::move(task));
        waiters_.tick(now);
        const std::uint64_t again = send_again_ms();
        if (last_own_ >= stalled) stall = std::max(k_stall_ms, batch_timeout_ + k_margin_ms);
        if (now >= last_block_ + stall && waiters_.hasten(now + again - stall)) {
            stalled = now;
            stall = std::min(2 * stall, again);
            follower_->leave_source();
        }
        for (auto& [id, envelope] : waiters_.due(now, now + again, k_most_again)) {
            executor_.post([self = shared_from_this(), id = id, envelope = envelope] {
                self->look_or_send_again(id, *envelope);
            });
        }
        Status read = reads ? follower_->start() : Status();
        lock.lock();
        if (!reads) continue;
        if (!read && trouble_ != read.error().message) {
            log_warn("fabric", "channel={} cannot be read yet: {}", options_.channel,
                     read.error().message);
        }
        trouble_ = read ? "" : read.error().message;
        next_read = clock_.monotonic() + k_read_again_ms;
    }
}

std::string FabricChain::Core::trouble() const {
    std::string trouble = follower_->trouble();
    if (!follower_->started()) {
        std::lock_guard lock(mutex_);
        if (!trouble_.empty()) trouble = trouble_;
    }
    if (trouble.empty()) return trouble;
    const Identity& reader = options_.reader;
    return with_cause({Code::forbidden, trouble}, {reader.msp_id, reader.certificate}).message;
}

Error FabricChain::Core::with_cause(Error error, const Certified& identity) const {
    return fabric::with_cause(std::move(error), follower_->config().trust, identity, clock_.now());
}

void FabricChain::Core::took_block(const CheckedBlock& block) {
    last_block_ = now();
    if (waiters_.look_at(block)) last_own_ = now();
    std::vector<std::function<void()>> wakes;
    {
        std::lock_guard lock(mutex_);
        auto end = watchers_.upper_bound(block.height());
        for (auto one = watchers_.begin(); one != end; ++one) {
            wakes.push_back(std::move(one->second));
        }
        watchers_.erase(watchers_.begin(), end);
    }
    for (const auto& wake : wakes) wake();
}

void FabricChain::Core::when_height(std::uint64_t height, std::function<void()> wake) {
    {
        std::lock_guard lock(mutex_);
        if (!follower_->started() || height > follower_->height()) {
            if (!closed_) watchers_.emplace(height, std::move(wake));
            return;
        }
    }
    wake();
}

bool FabricChain::Core::is_closed() const {
    std::lock_guard lock(mutex_);
    return closed_;
}

void FabricChain::Core::later(std::uint64_t milliseconds, Task task) {
    {
        std::lock_guard lock(mutex_);
        if (!closed_) {
            delayed_.emplace(clock_.monotonic() + milliseconds, std::move(task));
            return;
        }
    }
    task();
}

Result<Identity> FabricChain::Core::identity_of(std::shared_ptr<const Signer> signer) const {
    if (signer == nullptr) return options_.reader;
    if (signer->public_key().suite != crypto::SuiteId::secp256r1) {
        return Error{Code::wrong_suite, "transactions of this app are signed with secp256r1"};
    }
    BSN_TRY(certified,
            options_.certificates->certificate_of(signer->participant(), signer->public_key()));
    return Identity{certified.msp_id, certified.certificate, std::move(signer)};
}

protos::SignedProposal FabricChain::Core::propose(const Invocation& invocation,
                                                  const Identity& identity,
                                                  const Bytes& relayed) const {
    ProposalSpec spec;
    spec.channel = options_.channel;
    spec.chaincode = invocation.contract;
    spec.arguments.push_back(invocation.function);
    for (const Bytes& one : invocation.arguments) spec.arguments.push_back(to_text(one));
    for (const auto& [name, value] : invocation.transient) spec.transient[name] = to_text(value);
    if (!relayed.empty()) spec.decorations.emplace(k_relayed_proposal, to_text(relayed));
    spec.time = clock_.now();
    spec.nonce = to_text(invocation.nonce);
    spec.hash = hash_;
    return build_proposal(spec, identity.serialized()).sign(identity);
}

Result<std::string> FabricChain::Core::endorse(protos::SignedProposal proposal,
                                               const std::string& chaincode) {
    auto promise = std::make_shared<std::promise<Result<std::string>>>();
    auto endorsed = promise->get_future();
    peers_->endorse(
        std::move(proposal), chaincode, k_endorse_patience,
        [promise](Result<std::string> payload) { promise->set_value(std::move(payload)); });
    return endorsed.get();
}

void FabricChain::Core::endorse_signed(ByteView signed_proposal, Endorsing::Done done) const {
    auto proposal = read_message<protos::SignedProposal>(signed_proposal, "signed proposal");
    if (!proposal) return done(proposal.error());
    auto view = read_proposal(*proposal, hash_);
    if (!view) return done(view.error());
    if (view->channel != options_.channel) {
        return done(Error{Code::wrong_channel, fmt::format("the proposal is for channel {}, not {}",
                                                           view->channel, options_.channel)});
    }
    peers_->endorse(std::move(*proposal), view->chaincode, k_endorse_patience,
                    [self = shared_from_this(), creator = std::move(view->creator),
                     done = std::move(done)](Result<std::string> payload) {
                        if (payload) return done(to_bytes(*payload));
                        auto who = read_identity(creator);
                        done(who ? self->with_cause(payload.error(), *who) : payload.error());
                    });
}

Result<common::Envelope> FabricChain::Core::make_envelope(const Invocation& invocation) {
    if (invocation.identity == nullptr) {
        return Error{Code::unauthenticated, "a transaction needs an identity that signs it"};
    }
    // It outlives this call, which waits.
    BSN_TRY(identity, identity_of({std::shared_ptr<void>(), invocation.identity}));
    BSN_TRY(payload, endorse(propose(invocation, identity), invocation.contract));
    return sign_payload(std::move(payload), identity);
}

void FabricChain::Core::submit(ByteView transaction, std::uint64_t until, Answered done) {
    auto envelope = read_message<common::Envelope>(transaction, "transaction");
    if (!envelope) return done(envelope.error());
    auto view = read_envelope(*envelope);
    if (!view) return done(view.error());
    if (view->type != common::ENDORSER_TRANSACTION) {
        return done(Error{Code::invalid_argument, "only endorsed transactions are taken"});
    }
    if (view->channel != options_.channel) {
        return done(
            Error{Code::wrong_channel, fmt::format("the transaction is for channel {}, not {}",
                                                   view->channel, options_.channel)});
    }
    if (auto good = check_creator(*envelope, *view, hash_); !good) return done(good.error());
    if (options_.may_write) {
        auto creator = read_identity(view->creator);
        auto key = certified_key(creator->certificate);
        if (auto allowed = key ? options_.may_write(*key) : Status(key.error()); !allowed) {
            return done(allowed.error());
        }
    }
    const std::string id = view->transaction_id;
    send(std::move(*envelope), id, until,
         [self = shared_from_this(), own = transaction_view(*view),
          done = std::move(done)](const Result<CommitWaiters::Committed>& committed) {
             if (!committed) return done(committed.error());
             if (committed->code == protos::ENDORSEMENT_POLICY_FAILURE) {
                 self->peers_->needs_more(committed->view.contract);
             }
             if (committed->code != protos::DUPLICATE_TXID) {
                 return done(answer_to(own, committed->view));
             }
             self->executor_.post([self, own, done] { self->tell_first(own, done); });
         });
}

void FabricChain::Core::tell_first(const TransactionView& own, const Answered& done) {
    auto found = find(own.id);
    if (found) return done(answer_to(own, found->view()));
    done(Error{Code::unknown_outcome,
               "it is on the chain already, but cannot be read: " + found.error().message});
}

std::uint64_t FabricChain::Core::send_again_ms() const {
    return std::max(k_send_again_ms, batch_timeout_ + k_margin_ms);
}

void FabricChain::Core::look_or_send_again(const std::string& transaction_id,
                                           const common::Envelope& envelope) {
    auto id = from_hex(transaction_id);
    if (!id) return;
    auto found = find(*id);
    // One in a block that is not followed yet is told of when that comes.
    if (found) return waiters_.found(*found->block, found->index);
    for (OrderingClient* orderers : clients_to_send_again()) {
        orderers->broadcast(envelope, std::chrono::milliseconds(send_again_ms()),
                            [](const Status&) {});
    }
}

/// Those who agree by BFT leave a leader only if several of them wait for a transaction in vain, so
/// each gets it. Otherwise any one.
std::vector<OrderingClient*> FabricChain::Core::clients_to_send_again() {
    if (follower_->config().trust.bft_orderers.empty()) return {orderers_.get()};
    std::lock_guard lock(mutex_);
    if (closed_) return {};
    if (each_orderer_.empty()) {
        for (const Endpoint& one : options_.orderers) {
            each_orderer_.push_back(std::make_unique<OrderingClient>(std::vector{one}));
        }
    }
    std::vector<OrderingClient*> clients;
    for (const auto& one : each_orderer_) clients.push_back(one.get());
    return clients;
}

void FabricChain::Core::send(common::Envelope envelope, const std::string& transaction_id,
                             std::uint64_t until, CommitWaiters::Done done, bool joins) {
    if (!follower_->started()) {
        return done(Error{Code::unavailable, "the channel cannot be read yet: " + trouble()});
    }
    auto kept = std::make_shared<const common::Envelope>(std::move(envelope));
    auto told = std::make_shared<CommitWaiters::Done>(std::move(done));
    auto entered = waiters_.enter(
        transaction_id, kept, until,
        [told](Result<CommitWaiters::Committed> committed) { (*told)(std::move(committed)); },
        joins);
    if (!entered) return (*told)(entered.error());
    if (!*entered) return;
    orderers_->broadcast(
        *kept, left_until(until),
        [self = shared_from_this(), transaction_id, kept](const Status& taken) {
            if (taken) {
                self->waiters_.taken(transaction_id, self->now() + self->send_again_ms());
            } else if (taken.error().code == Code::already_exists) {
                self->waiters_.taken(transaction_id, 0);
            } else if (taken.error().code != Code::unknown_outcome) {
                self->waiters_.fail(transaction_id, self->refusal(taken.error(), *kept));
            }  // or else it may be ordered all the same, and is waited for
        });
}

Error FabricChain::Core::refusal(const Error& error, const common::Envelope& envelope) const {
    if (error.code != Code::forbidden) return error;
    auto view = read_envelope(envelope);
    auto creator = view ? read_identity(view->creator) : Result<Certified>(view.error());
    return creator ? with_cause(error, *creator) : error;
}

}  // namespace bsn::framework::fabric
