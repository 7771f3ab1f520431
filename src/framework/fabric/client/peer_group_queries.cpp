// What a peer group asks without writing.

#include "framework/fabric/client/message.hpp"
#include "framework/fabric/client/peer_group.hpp"
#include "framework/fabric/client/proposal_builder.hpp"

#include <peer/lifecycle/lifecycle.pb.h>
#include <peer/policy.pb.h>

#include <condition_variable>

namespace bsn::framework::fabric {

using namespace std::chrono_literals;

namespace {

/// What several peers answer to one question, as it comes. Any thread.
class Answers {
  public:
    using One = std::pair<std::size_t, PeerConnection::Answer>;

    void put(std::size_t peer, PeerConnection::Answer answer) {
        {
            std::lock_guard lock(mutex_);
            come_.emplace_back(peer, std::move(answer));
        }
        some_.notify_one();
    }
    /// Waits for the next one.
    std::optional<One> take() {
        std::unique_lock lock(mutex_);
        some_.wait(lock, [&] { return !come_.empty(); });
        return first();
    }
    /// The same; none if none comes within the time.
    std::optional<One> take_within(std::chrono::milliseconds time) {
        std::unique_lock lock(mutex_);
        if (!some_.wait_for(lock, time, [&] { return !come_.empty(); })) return std::nullopt;
        return first();
    }

  private:
    One first() {
        One one = std::move(come_.front());
        come_.pop_front();
        return one;
    }

    std::mutex mutex_;
    std::condition_variable some_;
    std::deque<One> come_;
};

Result<EndorsementRule> rule_in(const protos::ApplicationPolicy& policy,
                                const ChannelPolicies& policies) {
    switch (policy.Type_case()) {
        case protos::ApplicationPolicy::kSignaturePolicy:
            return EndorsementRule::of_signatures(policy.signature_policy());
        case protos::ApplicationPolicy::kChannelConfigPolicyReference:
            return policies.find(policy.channel_config_policy_reference());
        default: return policies.usual;
    }
}

}  // namespace

protos::SignedProposal PeerGroup::question_of_rule(const std::string& chaincode) const {
    lifecycle::QueryChaincodeDefinitionArgs arguments;
    arguments.set_name(chaincode);
    return own_call(k_lifecycle, {"QueryChaincodeDefinition", arguments.SerializeAsString()});
}

Result<EndorsementRule> PeerGroup::take_rule(const std::string& chaincode,
                                             const Result<std::string>& answer) {
    if (!answer) {
        if (answer.error().code != Code::contract_failed) return answer.error();
        return Error{Code::not_found,
                     fmt::format("chaincode {} is not defined on channel {}: {}", chaincode,
                                 options_.channel, answer.error().message)};
    }
    BSN_TRY(definition, read_message<lifecycle::QueryChaincodeDefinitionResult>(
                            *answer, "chaincode's definition"));
    BSN_TRY(policy, read_message<protos::ApplicationPolicy>(definition.validation_parameter(),
                                                            "chaincode's endorsement policy"));
    std::lock_guard lock(mutex_);
    auto rule = rule_in(policy, policies_);
    if (!rule) {
        return Error{Code::unavailable,
                     fmt::format("chaincode {} cannot be called: its definition names an "
                                 "endorsement policy that nobody can fulfil ({}); have the "
                                 "channel's members correct it",
                                 chaincode, rule.error().message)};
    }
    return rules_[chaincode] = std::move(*rule);
}

Status PeerGroup::check_defined(const std::string& chaincode) {
    if (known_rule(chaincode)) return {};
    auto response = evaluate(question_of_rule(chaincode));
    BSN_CHECK(take_rule(chaincode, response ? Result<std::string>(response->response().payload())
                                            : response.error()));
    return {};
}

protos::SignedProposal PeerGroup::own_call(const std::string& chaincode,
                                           std::vector<std::string> arguments) const {
    ProposalSpec spec;
    spec.channel = options_.channel;
    spec.chaincode = chaincode;
    spec.arguments = std::move(arguments);
    spec.time = SystemClock().now();
    spec.hash = options_.hash;
    return build_proposal(spec, options_.reader.serialized()).sign(options_.reader);
}

Result<protos::ProposalResponse> PeerGroup::evaluate(const protos::SignedProposal& proposal,
                                                     std::optional<std::size_t> first) const {
    const auto answers = std::make_shared<Answers>();
    const auto places = order(first);
    auto next = places.begin();
    std::size_t awaited = 0;
    Error failure{Code::unavailable, "no peer was asked"};
    const auto end = std::chrono::steady_clock::now() + options_.patience;
    const auto left = [end] {
        return std::chrono::ceil<std::chrono::milliseconds>(
            std::max<std::chrono::nanoseconds>(end - std::chrono::steady_clock::now(), 0ns));
    };
    // Each is asked once: a peer refuses a proposal that it still executes.
    for (;;) {
        const bool asks = next != places.end() && left() > 0ms;
        if (!asks && awaited == 0) break;
        if (asks) {
            const std::size_t peer = *next++;
            if (awaited == 0) {
                const bool last = next == places.end();
                peers_[peer]->wait_until_connected(last ? left() : std::min(k_slow, left()));
            }
            peers_[peer]->process(proposal, left(), [answers, peer](PeerConnection::Answer answer) {
                answers->put(peer, std::move(answer));
            });
            ++awaited;
        }
        auto come = next == places.end() ? answers->take() : answers->take_within(k_slow);
        if (!come) {
            if (asks) avoid_slow(*std::prev(next));
            continue;
        }
        --awaited;
        auto& [peer, answer] = *come;
        note(peer, answer.ok() || !is_fault_of_peer(answer.error()));
        if (answer && answer->response().status() < 400) return std::move(*answer);
        failure = answer ? check_response({peers_[peer]->name(), *answer}).error() : answer.error();
        if (!is_fault_of_peer(failure)) return failure;
    }
    if (left() > 0ms) return failure;
    return failure.within("no peer has answered; the contract may hang");
}

Result<std::string> PeerGroup::ask(const std::string& chaincode, std::vector<std::string> arguments,
                                   std::optional<std::size_t> first) const {
    BSN_TRY(response, evaluate(own_call(chaincode, std::move(arguments)), first));
    return response.response().payload();
}

std::vector<PeerAnswer> PeerGroup::ask_all(const protos::SignedProposal& proposal,
                                           const EndorsementRule& enough) const {
    const auto come = std::make_shared<Answers>();
    for (std::size_t peer = 0; peer < peers_.size(); ++peer) {
        peers_[peer]->process(
            proposal, options_.patience,
            [come, peer](PeerConnection::Answer answer) { come->put(peer, std::move(answer)); });
    }
    std::vector<PeerAnswer> answers;
    std::set<std::string> organizations;
    const auto slow = std::chrono::steady_clock::now() + k_slow;
    for (std::size_t left = peers_.size(); left > 0; --left) {
        // Those that hang are not waited for if the others are enough.
        const auto patience = enough.enough(organizations)
                                  ? slow - std::chrono::steady_clock::now()
                                  : std::chrono::nanoseconds(options_.patience + k_slow);
        auto one = come->take_within(std::chrono::ceil<std::chrono::milliseconds>(patience));
        if (!one) break;
        auto& [peer, answer] = *one;
        note(peer, answer.ok() || !is_fault_of_peer(answer.error()));
        if (!answer) continue;
        answers.push_back({peers_[peer]->name(), std::move(*answer)});
        if (check_response(answers.back())) organizations.insert(options_.peers[peer].msp_id);
    }
    return answers;
}

}  // namespace bsn::framework::fabric
