#include "cli/bench/sender.hpp"

#include "cli/node_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <thread>

namespace bsn::cli {
namespace {

constexpr std::uint64_t k_answer_ms = 65'000;
/// Tries in a row that brought no answer at all.
constexpr int k_most_failures = 20;

bool may_pass(Code code) {
    return code == Code::unavailable || code == Code::overloaded || code == Code::unknown_outcome;
}

}  // namespace

std::uint64_t micros_between(SteadyClock::time_point begin, SteadyClock::time_point end) {
    auto micros = std::chrono::duration_cast<std::chrono::microseconds>(end - begin).count();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, micros));
}

Sender::Sender(net::Endpoint endpoint, const std::string& authority,
               const ledger::ChannelId& channel, std::uint64_t seed, Tally& tally)
    : connection_(std::move(endpoint), authority),
      target_(fmt::format("/v1/apps/{}/transactions?timeout_ms=60000", to_hex(channel.view()))),
      backoff_(seed),
      tally_(tally) {}

Status Sender::deliver(const Shipment& shipment, const std::atomic<bool>& give_up) {
    std::vector<std::size_t> wanted(shipment.transactions.size());
    std::iota(wanted.begin(), wanted.end(), std::size_t{0});
    int failures = 0;
    while (!wanted.empty() && !give_up) {
        BSN_TRY(round, try_once(shipment, wanted));
        failures = round.overloaded || round.again.size() < wanted.size() ? 0 : failures + 1;
        if (failures == k_most_failures && round.failure) return *round.failure;
        wanted = std::move(round.again);
        if (wanted.empty()) {
            backoff_.reset();
        } else if (!give_up) {
            pause(round);
        }
    }
    if (wanted.empty() || !shipment.measured) return {};
    // They took at least this long.
    auto now = SteadyClock::now();
    tally_.change([&](LoadCounts& counts) {
        counts.abandoned += wanted.size();
        for (std::size_t i : wanted) counts.latency.record(micros_between(shipment.since[i], now));
    });
    return {};
}

Result<Sender::Round> Sender::try_once(const Shipment& shipment,
                                       const std::vector<std::size_t>& wanted) {
    std::vector<ByteView> views;
    views.reserve(wanted.size());
    for (std::size_t i : wanted) views.emplace_back(shipment.transactions[i]);
    Bytes body = encode_submission(views);
    auto response = connection_.send({.method = "POST",
                                      .target = target_,
                                      .content_type = "application/x-bsn-transactions",
                                      .body = body},
                                     k_answer_ms);
    if (response && response->status == 200) return read_answers(shipment, wanted, response->body);
    Round round;
    round.again = wanted;
    round.failure =
        response ? api_error(*response, connection_.endpoint()) : Error(response.error());
    if (!may_pass(round.failure->code)) return *round.failure;
    if (response) round.retry_after = response->retry_after;
    round.overloaded = round.failure->code == Code::overloaded;
    tally_.change([&](LoadCounts& counts) {
        if (round.overloaded) {
            counts.overloaded += wanted.size();
        } else {
            ++counts.errors[std::string(code_name(round.failure->code))];
        }
    });
    return round;
}

Result<Sender::Round> Sender::read_answers(const Shipment& shipment,
                                           const std::vector<std::size_t>& wanted, ByteView body) {
    auto now = SteadyClock::now();
    BSN_TRY(answers, decode_results(body));
    if (answers.size() != wanted.size()) {
        return Error{Code::unsupported_version,
                     fmt::format("{} answered {} of {} transactions", connection_.endpoint().url(),
                                 answers.size(), wanted.size())};
    }
    Round round;
    tally_.change([&](LoadCounts& counts) {
        for (std::size_t i = 0; i < answers.size(); ++i) {
            const SubmitAnswer& answer = answers[i];
            highest_ = std::max(highest_, answer.height);
            if (!answer.error) {
                if (!shipment.measured) continue;
                ++counts.committed;
                counts.latency.record(micros_between(shipment.since[wanted[i]], now));
                continue;
            }
            if (answer.error->code == Code::overloaded) {
                ++counts.overloaded;
                round.overloaded = true;
            } else {
                ++counts.errors[std::string(code_name(answer.error->code))];
            }
            if (!may_pass(answer.error->code)) continue;
            round.again.push_back(wanted[i]);
            round.failure = answer.error;
        }
    });
    return round;
}

void Sender::pause(const Round& round) {
    Nanos length = backoff_.next(round.retry_after);
    std::this_thread::sleep_for(length);
    tally_.change([&](LoadCounts& counts) {
        ++counts.pauses;
        counts.paused_s += std::chrono::duration<double>(length).count();
    });
}

}  // namespace bsn::cli
