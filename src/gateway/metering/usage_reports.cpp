#include "gateway/metering/usage_reports.hpp"

#include "base/log.hpp"
#include "framework/node_signer.hpp"
#include "gateway/json.hpp"
#include "registry/records.hpp"

namespace bsn::gateway {
namespace {

constexpr std::uint64_t k_timeout_ms = 30'000;

Json json_of(const Usage& usage) {
    return {{"transactions", usage.transactions},
            {"refused", usage.refused},
            {"traffic_bytes", usage.traffic()},
            {"storage_bytes", usage.storage}};
}

}  // namespace

struct UsageReports::State {
    std::atomic<bool> under_way{false};
    std::atomic<std::uint64_t> not_before{0};  ///< monotonic milliseconds
};

UsageReports::UsageReports(Backend& backend, Metering& metering)
    : backend_(backend), metering_(metering), state_(std::make_shared<State>()) {}

std::optional<UsageReports::Report> UsageReports::next_report() const {
    const UnixMillis now = metering_.clock().now();
    if (now < k_after_midnight_ms) return std::nullopt;
    const Day before = day_of(now - k_after_midnight_ms);
    std::map<Day, std::vector<std::tuple<std::string, Meter*, Usage>>> days;
    for (const auto& [channel, meter] : metering_.meters()) {
        auto open = meter->unrecorded_before(before);
        if (open.empty()) continue;
        auto app = metering_.find_app(channel);
        if (!app) continue;  // the contract would refuse all of it
        for (const auto& [day, usage] : open)
            days[day].emplace_back(app->record.name, meter, usage);
    }
    if (days.empty()) return std::nullopt;
    const auto& [day, apps] = *days.begin();
    Report report{day, {}, {}};
    Json json = Json::object();
    for (const auto& [name, meter, usage] : apps) {
        if (report.figures.size() == k_most_apps) break;
        json[name] = json_of(usage);
        report.figures.emplace_back(meter, usage);
    }
    report.json = to_text(json);
    return report;
}

void UsageReports::send() {
    const ordering::NodeIdentity* identity = backend_.identity();
    if (identity == nullptr || state_->under_way) return;
    if (metering_.clock().monotonic() < state_->not_before) return;
    auto report = next_report();
    if (!report) return;
    const Clock& clock = metering_.clock();
    auto failed = [state = state_, &clock, day = report->day](const Error& why) {
        log_warn("gateway", "usage of {} is not on the permission chain yet: {}", day_name(day),
                 why.message);
        state->not_before = clock.monotonic() + k_again_ms;
        state->under_way = false;
    };
    state_->under_way = true;
    auto chain = backend_.chain("system");
    if (!chain) return failed(chain.error());
    const framework::NodeSigner signer(*identity);
    framework::Invocation call;
    call.contract = registry::k_contract;
    call.function = "record_usage";
    call.arguments = {to_bytes(day_name(report->day)), to_bytes(report->json)};
    call.identity = &signer;
    auto transaction = (*chain)->make_transaction(call);
    if (!transaction) return failed(transaction.error());
    (*chain)->submit({*transaction}, k_timeout_ms,
                     [state = state_, failed, report = std::move(*report)](const auto& answers) {
                         ensure(answers.size() == 1,
                                "a chain must answer each transaction submitted");
                         const Result<framework::TransactionView>& answer = answers.front();
                         if (!answer) return failed(answer.error());
                         if (!answer->success)
                             return failed({Code::contract_failed, answer->error});
                         for (const auto& [meter, usage] : report.figures) {
                             meter->note_recorded(report.day, usage);
                         }
                         state->under_way = false;
                     });
}

}  // namespace bsn::gateway
