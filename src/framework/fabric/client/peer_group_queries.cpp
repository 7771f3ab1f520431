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

constexpr std::string_view k_lifecycle = "_lifecycle";

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

}  // namespace

Result<EndorsementRule> PeerGroup::load_rule(const std::string& chaincode) const {
    lifecycle::QueryChaincodeDefinitionArgs arguments;
    arguments.set_name(chaincode);
    auto answer =
        ask(std::string(k_lifecycle), {"QueryChaincodeDefinition", arguments.SerializeAsString()});
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
    if (policy.has_signature_policy()) {
        return EndorsementRule::of_signatures(policy.signature_policy());
    }
    std::lock_guard lock(mutex_);
    return common_rule_;
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
            const bool last = next == places.end();
            peers_[peer]->wait_until_connected(last ? left() : std::min(k_slow, left()));
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

std::vector<PeerAnswer> PeerGroup::ask_all(const protos::SignedProposal& proposal) const {
    std::vector<PeerAnswer> answers;
    std::set<std::string> organizations;
    for (std::size_t peer : order()) {
        if (organizations.contains(options_.peers[peer].msp_id)) continue;
        auto answer = peers_[peer]->process(proposal, options_.patience);
        note(peer, answer.ok() || !is_fault_of_peer(answer.error()));
        if (!answer) continue;
        answers.push_back({peers_[peer]->name(), std::move(*answer)});
        if (check_response(answers.back())) organizations.insert(options_.peers[peer].msp_id);
    }
    return answers;
}

}  // namespace bsn::framework::fabric
