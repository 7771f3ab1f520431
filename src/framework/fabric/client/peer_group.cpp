#include "framework/fabric/client/peer_group.hpp"

#include "base/log.hpp"

#include <fmt/ranges.h>

#include <algorithm>

namespace bsn::framework::fabric {
namespace {

/// A peer that gave no answer is asked again after this, if others can be asked instead.
constexpr std::chrono::seconds k_avoid{2};
/// And one that may hang after this.
constexpr std::chrono::seconds k_avoid_slow{20};
/// For so long a chaincode whose rule was not enough is asked of all.
constexpr std::chrono::minutes k_ask_all{10};
constexpr std::size_t k_most_asked_of_all = 1024;

}  // namespace

/// One transaction's endorsements.
struct PeerGroup::Gathering {
    protos::SignedProposal proposal;
    std::string chaincode;
    std::chrono::steady_clock::time_point end;
    Endorsed done;

    std::mutex mutex;  ///< guards what follows
    EndorsementRule rule;
    bool of_all = false;                       ///< whatever is given is wanted
    std::vector<std::size_t> unasked;          ///< peers, the next one first
    std::map<std::size_t, std::string> asked;  ///< on their way: their organisations
    std::set<std::size_t> slow;                ///< of those: not counted on
    std::vector<PeerAnswer> answers;
    std::set<std::string> organizations;  ///< that have endorsed
    std::set<std::string> refusing;       ///< on whose peers the chaincode refused
    std::optional<Error> refusal;         ///< what it said there
    Error failure{Code::unavailable, "no peer was asked"};
    bool finished = false;

    /// What is left of the patience, for all that is asked one after the other.
    std::chrono::milliseconds left() const {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        return std::max(left, std::chrono::milliseconds(0));
    }
};

PeerGroup::PeerGroup(PeerGroupOptions options, ChannelPolicies policies, Executor& executor)
    : options_(std::move(options)),
      executor_(executor),
      avoided_(options_.peers.size()),
      policies_(std::move(policies)) {
    ensure(!options_.peers.empty(), "a channel without peers");
    for (const Endpoint& peer : options_.peers) {
        peers_.push_back(std::make_unique<PeerConnection>(peer));
    }
}

void PeerGroup::endorse(protos::SignedProposal proposal, std::string chaincode,
                        std::chrono::milliseconds patience, Endorsed done) {
    auto gathering = std::make_shared<Gathering>();
    gathering->proposal = std::move(proposal);
    gathering->chaincode = std::move(chaincode);
    gathering->end = std::chrono::steady_clock::now() + patience;
    gathering->done = std::move(done);
    std::optional<Error> refusal;
    {
        std::lock_guard lock(mutex_);
        if (closed_) {
            refusal = Error{Code::unavailable, "this node stops"};
        } else if (waiting_.size() >= options_.most_waiting) {
            refusal = Error{Code::overloaded,
                            fmt::format("{} transactions wait for endorsement", waiting_.size())};
        } else if (running_ >= options_.most_at_once) {
            waiting_.push_back(gathering);
            return;
        } else {
            ++running_;
        }
    }
    if (refusal) {
        executor_.post([gathering, error = *refusal] { gathering->done(error); });
        return;
    }
    executor_.post([self = shared_from_this(), gathering] { self->begin(gathering); });
}

void PeerGroup::begin(const std::shared_ptr<Gathering>& gathering) {
    if (auto rule = known_rule(gathering->chaincode)) return gather(gathering, std::move(*rule));
    ask_rule(gathering, order());
}

void PeerGroup::gather(const std::shared_ptr<Gathering>& gathering, EndorsementRule rule) {
    {
        std::lock_guard lock(gathering->mutex);
        gathering->rule = std::move(rule);
        gathering->unasked = order();
        gathering->of_all = is_asked_of_all(gathering->chaincode);
    }
    ask_next(gathering);
}

void PeerGroup::ask_rule(const std::shared_ptr<Gathering>& gathering,
                         std::vector<std::size_t> places) {
    const std::size_t peer = places.front();
    places.erase(places.begin());
    auto answered = [self = shared_from_this(), gathering, peer,
                     places = std::move(places)](PeerConnection::Answer answer) {
        self->executor_.post([self, gathering, peer, places, answer = std::move(answer)] {
            Status good = answer ? Status() : Status(answer.error());
            self->note(peer, answer.ok() || !is_fault_of_peer(answer.error()));
            if (answer && answer->response().status() >= 400) {
                good = check_response({self->peers_[peer]->name(), *answer});
            }
            const bool next = !good && is_fault_of_peer(good.error()) && !places.empty();
            if (next) return self->ask_rule(gathering, places);
            auto rule = self->take_rule(
                gathering->chaincode,
                good ? Result<std::string>(answer->response().payload()) : good.error());
            if (!rule) return self->finish(gathering, rule.error());
            self->gather(gathering, std::move(*rule));
        });
    };
    const auto patience = std::min(places.empty() ? options_.patience : k_slow, gathering->left());
    peers_[peer]->process(question_of_rule(gathering->chaincode), patience, std::move(answered));
}

/// Why too few organisations have endorsed. The chaincode's refusal, if they would be too few even
/// if all those endorsed whose peers gave no answer: it says the same wherever peers are up to
/// date.
Error PeerGroup::why_not(const Gathering& gathering) const {
    std::vector<std::string> all;
    for (const Endpoint& peer : options_.peers) all.push_back(peer.msp_id);
    if (gathering.rule.choose(all).empty()) {
        return {Code::unavailable,
                fmt::format("calls of {} are endorsed by {}, and the peers that are known here, of "
                            "{}, are not enough for that",
                            gathering.chaincode, gathering.rule.text(),
                            fmt::join(std::set(all.begin(), all.end()), ", "))};
    }
    std::vector<std::string> others;
    for (const Endpoint& peer : options_.peers) {
        if (!gathering.refusing.contains(peer.msp_id)) others.push_back(peer.msp_id);
    }
    if (gathering.refusal && gathering.rule.choose(others).empty()) return *gathering.refusal;
    return gathering.failure.within(
        fmt::format("too few organisations endorse a call of {}", gathering.chaincode));
}

/// Asks as many further peers as the rule still needs, or ends the gathering.
void PeerGroup::ask_next(const std::shared_ptr<Gathering>& gathering) {
    std::vector<std::size_t> ask;
    std::optional<Result<std::string>> result;
    {
        std::lock_guard lock(gathering->mutex);
        Gathering& g = *gathering;
        if (g.finished) return;
        if (g.of_all && g.asked.empty() && g.answers.empty()) {
            // One that gave no answer lately is asked only if the others are not enough.
            const auto end = std::stable_partition(g.unasked.begin(), g.unasked.end(),
                                                   [&](auto peer) { return !is_avoided(peer); });
            ask.assign(g.unasked.begin(), end);
            g.unasked.erase(g.unasked.begin(), end);
            for (std::size_t peer : ask) g.asked[peer] = options_.peers[peer].msp_id;
        }
        const bool wants_more = g.of_all && g.asked.size() > g.slow.size();
        if (!wants_more && g.rule.enough(g.organizations)) {
            g.finished = true;
            protos::Proposal proposal;
            proposal.ParseFromString(g.proposal.proposal_bytes());
            result = transaction_payload(proposal, g.answers);
        } else {
            // Those that have endorsed or may yet, and then the fewest others.
            std::vector<std::string> available(g.organizations.begin(), g.organizations.end());
            for (const auto& [peer, organization] : g.asked) {
                if (!g.slow.contains(peer)) available.push_back(organization);
            }
            const std::size_t counted = available.size();
            for (std::size_t peer : g.unasked) {
                const std::string& organization = options_.peers[peer].msp_id;
                if (std::find(available.begin(), available.end(), organization) ==
                    available.end()) {
                    available.push_back(organization);
                }
            }
            const auto chosen = g.rule.choose(available);
            if (chosen.empty() && g.asked.empty()) {
                g.finished = true;
                result = why_not(g);
            }
            for (const std::string& organization : chosen) {
                const auto end = available.begin() + static_cast<std::ptrdiff_t>(counted);
                if (std::find(available.begin(), end, organization) != end) continue;
                auto peer = std::find_if(g.unasked.begin(), g.unasked.end(), [&](std::size_t one) {
                    return options_.peers[one].msp_id == organization;
                });
                g.asked[*peer] = organization;
                ask.push_back(*peer);
                g.unasked.erase(peer);
            }
        }
    }
    if (result) return finish(gathering, std::move(*result));
    if (options_.later && !ask.empty()) {
        options_.later(k_slow.count(), [self = shared_from_this(), gathering, ask] {
            self->give_up_slow(gathering, ask);
        });
    }
    for (std::size_t peer : ask) {
        peers_[peer]->process(
            gathering->proposal, gathering->left(),
            [self = shared_from_this(), gathering, peer](PeerConnection::Answer answer) {
                // Signatures are checked on the executor, and not on gRPC's few threads.
                self->executor_.post([self, gathering, peer, answer = std::move(answer)] {
                    self->answered(gathering, peer, answer);
                });
            });
    }
}

void PeerGroup::give_up_slow(const std::shared_ptr<Gathering>& gathering,
                             const std::vector<std::size_t>& asked) {
    bool some = false;
    {
        std::lock_guard lock(gathering->mutex);
        if (gathering->finished) return;
        for (const std::size_t peer : asked) {
            if (!gathering->asked.contains(peer)) continue;
            gathering->slow.insert(peer);
            avoid_slow(peer);
            some = true;
        }
    }
    if (some) ask_next(gathering);
}

void PeerGroup::answered(const std::shared_ptr<Gathering>& gathering, std::size_t peer,
                         PeerConnection::Answer answer) {
    Status good = answer ? Status() : Status(answer.error());
    note(peer, answer.ok() || !is_fault_of_peer(answer.error()));
    const PeerAnswer read{peers_[peer]->name(), answer ? *answer : protos::ProposalResponse()};
    if (good) good = check_response(read);
    if (good) {
        auto signature = check_endorsement(read.response.payload(), read.response.endorsement());
        if (!signature) {
            good = Error{Code::unavailable,
                         fmt::format("peer {} endorses with a bad signature", read.peer)};
        }
    }
    bool final = false;
    {
        std::lock_guard lock(gathering->mutex);
        gathering->asked.erase(peer);
        gathering->slow.erase(peer);
        if (good) {
            gathering->organizations.insert(options_.peers[peer].msp_id);
            gathering->answers.push_back(read);
        } else {
            // One organisation's peer may be behind, or its contract another one: others are asked.
            if (good.error().code == Code::contract_failed) {
                gathering->refusing.insert(options_.peers[peer].msp_id);
                gathering->refusal = good.error();
            } else {
                gathering->failure = good.error();
                // Otherwise the proposal cannot be taken anywhere.
                final =
                    !is_fault_of_peer(good.error()) && !std::exchange(gathering->finished, true);
            }
        }
    }
    if (final) return finish(gathering, good.error());
    ask_next(gathering);
}

void PeerGroup::finish(const std::shared_ptr<Gathering>& gathering, Result<std::string> result) {
    std::shared_ptr<Gathering> next;
    {
        std::lock_guard lock(mutex_);
        --running_;
        if (!waiting_.empty()) {
            next = std::move(waiting_.front());
            waiting_.pop_front();
            ++running_;
        }
    }
    if (next) executor_.post([self = shared_from_this(), next] { self->begin(next); });
    gathering->done(std::move(result));
}

std::optional<EndorsementRule> PeerGroup::known_rule(const std::string& chaincode) const {
    std::lock_guard lock(mutex_);
    const auto found = rules_.find(chaincode);
    if (found != rules_.end()) return found->second;
    if (!chaincode.starts_with('_')) return std::nullopt;
    // A system chaincode.
    auto own = policies_.find("Application/LifecycleEndorsement");
    return own && chaincode == k_lifecycle ? std::move(*own) : policies_.usual;
}

bool PeerGroup::is_asked_of_all(const std::string& chaincode) const {
    std::lock_guard lock(mutex_);
    const auto found = asked_of_all_.find(chaincode);
    return found != asked_of_all_.end() && found->second > std::chrono::steady_clock::now();
}

bool PeerGroup::is_avoided(std::size_t peer) const {
    std::lock_guard lock(mutex_);
    return avoided_[peer] > std::chrono::steady_clock::now();
}

std::vector<std::size_t> PeerGroup::order(std::optional<std::size_t> wanted) const {
    std::vector<std::size_t> places(peers_.size());
    const std::size_t first = wanted.value_or(turn_++);
    for (std::size_t i = 0; i < places.size(); ++i) places[i] = (first + i) % places.size();
    std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    std::stable_partition(places.begin(), places.end(),
                          [&](std::size_t peer) { return avoided_[peer] <= now; });
    return places;
}

void PeerGroup::note(std::size_t peer, bool answers) const {
    if (!answers) return avoid(peer, k_avoid);
    std::lock_guard lock(mutex_);
    avoided_[peer] = {};
}

void PeerGroup::avoid(std::size_t peer, std::chrono::seconds time) const {
    std::lock_guard lock(mutex_);
    // What is avoided for longer stays so.
    avoided_[peer] = std::max(avoided_[peer], std::chrono::steady_clock::now() + time);
}

void PeerGroup::avoid_slow(std::size_t peer) const { avoid(peer, k_avoid_slow); }

bool PeerGroup::is_fault_of_peer(const Error& error) {
    return error.code == Code::unavailable || error.code == Code::overloaded;
}

void PeerGroup::needs_more(const std::string& chaincode) {
    std::lock_guard lock(mutex_);
    rules_.erase(chaincode);
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(asked_of_all_, [now](const auto& one) { return one.second <= now; });
    if (asked_of_all_.size() < k_most_asked_of_all) asked_of_all_[chaincode] = now + k_ask_all;
}

void PeerGroup::set_policies(ChannelPolicies policies) {
    std::lock_guard lock(mutex_);
    policies_ = std::move(policies);
    rules_.clear();
    asked_of_all_.clear();
}

void PeerGroup::close() {
    std::deque<std::shared_ptr<Gathering>> left;
    {
        std::lock_guard lock(mutex_);
        closed_ = true;
        left.swap(waiting_);
    }
    for (const auto& one : left) one->done(Error{Code::unavailable, "this node stops"});
}

}  // namespace bsn::framework::fabric
