#include "sim/clients.hpp"

#include "sim/own_random.hpp"
#include "support/ledger_fixtures.hpp"

#include <algorithm>
#include <map>

namespace bsn::sim {
namespace {

/// Beyond a submission's timeout: a tick of a slow node, and what waits before it.
constexpr Micros k_patience = 5 * k_second;

/// Whether sending the same bytes again may do better.
bool is_transient(Code code) {
    switch (code) {
        case Code::unavailable:
        case Code::overloaded:
        case Code::unknown_outcome:
        case Code::io_error:
        case Code::no_space:
        case Code::corrupted: return true;
        default: return false;
    }
}

}  // namespace

Person make_person(std::string name, crypto::SuiteId suite, std::uint32_t number) {
    static std::map<std::pair<crypto::SuiteId, std::uint32_t>,
                    std::shared_ptr<const crypto::PrivateKey>>
        keys;
    auto& key = keys[{suite, number}];
    ApartFromRun apart;
    if (!key) key = std::make_shared<const crypto::PrivateKey>(testing::make_key(suite, number));
    return {std::move(name), ledger::participant_id_of(key->public_key()), key};
}

Clients::Clients(Scheduler& scheduler, std::vector<std::unique_ptr<SimNode>>& nodes,
                 const ledger::NetworkId& network)
    : scheduler_(scheduler), nodes_(nodes), network_(network) {}

ErrandPtr Clients::make(const ledger::ChannelId& channel, const Person& person,
                        std::string contract, std::string function,
                        std::vector<std::string> arguments, std::int64_t validity_ms) {
    ledger::Payload payload;
    payload.network = network_;
    payload.channel = channel;
    payload.suite = person.key->suite();
    payload.creator = person.id;
    ++nonces_;
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&nonces_), sizeof nonces_,
                payload.nonce.data());
    payload.valid_until = static_cast<UnixMillis>(static_cast<std::int64_t>(now()) + validity_ms);
    payload.contract = std::move(contract);
    payload.function = std::move(function);
    for (const std::string& argument : arguments) payload.arguments.push_back(to_bytes(argument));
    auto errand = std::make_shared<Errand>();
    errand->what = fmt::format("{} {}.{}", person.name, payload.contract, payload.function);
    ledger::Transaction transaction = ledger::Transaction::sign(std::move(payload), *person.key);
    errand->channel = channel;
    errand->id = transaction.id();
    errand->bytes = transaction.bytes();
    errands_.push_back(errand);
    return errand;
}

ErrandPtr Clients::forge(const Errand& errand) {
    auto forged = std::make_shared<Errand>(errand);
    forged->kind = Errand::Kind::forged;
    forged->what = "forged " + errand.what;
    forged->certified.reset();
    forged->refused.reset();
    forged->never = false;
    forged->pursued = false;
    forged->open = 0;
    // The signature stands last; its lowest bits are s.
    forged->bytes[forged->bytes.size() - 1 - scheduler_.random().below(16)] ^= 1;
    errands_.push_back(forged);
    return forged;
}

void Clients::pursue(const ErrandPtr& errand) {
    scheduler_.after(scheduler_.random().below(500), life_, [this, errand] { try_once(errand); });
}

void Clients::try_once(const ErrandPtr& errand) {
    if (errand->done()) return;
    std::vector<std::size_t> up;
    for (const auto& node : nodes_) {
        if (errand->only_to && *errand->only_to != node->number()) continue;
        if (node->runs() && node->framework().open_chain(errand->channel)) {
            up.push_back(node->number());
        }
    }
    if (up.empty()) return try_later(errand);
    send(scheduler_.random().one_of(up), {errand});
}

void Clients::try_later(const ErrandPtr& errand) {
    // Whoever waits for another answer still waits for that one.
    if (!errand->pursued || errand->done() || errand->open > 0) return;
    Micros wait = scheduler_.random().between(100, 1'500) * k_millisecond;
    scheduler_.after(wait, life_, [this, errand] { try_once(errand); });
}

void Clients::send(std::size_t number, const std::vector<ErrandPtr>& errands) {
    SimNode& node = *nodes_.at(number);
    if (!node.runs()) return;
    auto chain = node.framework().open_chain(errands.front()->channel);
    if (!chain) return;
    const std::uint64_t timeout = scheduler_.random().between(500, 8'000);
    const Micros allowed = timeout * k_millisecond + k_patience;
    const std::size_t submission = submissions_.size();
    submissions_.push_back({number, node.life(), errands, scheduler_.now() + allowed});
    std::vector<Bytes> transactions;
    for (const ErrandPtr& errand : errands) {
        ++errand->open;
        transactions.push_back(errand->bytes);
        scheduler_.trace("client: {} {:.8} -> node {}", errand->what, to_hex(errand->id), number);
    }
    (*chain)->submit(
        std::move(transactions), timeout,
        [this, submission](const std::vector<Result<framework::TransactionView>>& answers) {
            take_answers(submission, answers);
        });
}

void Clients::take_answers(std::size_t number,
                           const std::vector<Result<framework::TransactionView>>& answers) {
    Submission& submission = submissions_[number];
    if (!submission.life->alive) return;  // the answer died with the node
    if (submission.answered) throw Violation("a submission was answered twice");
    submission.answered = true;
    if (answers.size() != submission.errands.size()) throw Violation("too few or many answers");
    for (std::size_t i = 0; i < answers.size(); ++i) {
        --submission.errands[i]->open;
        take_answer(*nodes_[submission.node], submission.errands[i], answers[i]);
    }
}

void Clients::take_answer(SimNode& node, const ErrandPtr& errand,
                          const Result<framework::TransactionView>& answer) {
    scheduler_.trace("client: {} {:.8} at node {}: {}", errand->what, to_hex(errand->id),
                     node.number(),
                     answer ? fmt::format("in block {}{}", answer->height,
                                          answer->success ? "" : ", refused: " + answer->error)
                            : answer.error().message);
    on_answer(node, *errand, answer);
    if (answer) {
        const bool first = !errand->certified;
        errand->certified = *answer;
        if (first && answer->success) errand->then();
    } else if (!is_transient(answer.error().code)) {
        errand->refused = answer.error();
    } else {
        try_later(errand);
    }
}

void Clients::lost(const SimNode& node) {
    for (Submission& submission : submissions_) {
        if (submission.answered || submission.life != node.life()) continue;
        submission.answered = true;
        for (const ErrandPtr& errand : submission.errands) {
            --errand->open;
            try_later(errand);
        }
    }
}

bool Clients::all_known() const {
    return std::all_of(errands_.begin(), errands_.end(),
                       [](const ErrandPtr& errand) { return errand->done() || !errand->pursued; });
}

}  // namespace bsn::sim
