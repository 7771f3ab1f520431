#include "framework/fabric/packages/packaged_contracts.hpp"

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/supervised_process.hpp"
#include "framework/fabric/client/connection.hpp"
#include "framework/fabric/packages/contract_tls.hpp"
#include "framework/fabric/packages/toolchain.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::framework::fabric {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;

/// User ids that no system gives to anybody; see `PackageBuilds`.
constexpr std::uint32_t k_first_user = 1'879'048'192U;
constexpr std::uint64_t k_max_log = 8U << 20;
/// The process is ended that writes so much between two looks at its log.
constexpr std::uint64_t k_file_mb = 32;
constexpr auto k_log_look = 500ms;
constexpr std::uint64_t k_confiner_again_ms = 30'000;

constexpr auto k_probe_pause = 10s;
constexpr auto k_probe_patience = 5s;
/// So many in a row that fail, and the process is started again.
constexpr int k_probes = 3;

}  // namespace

struct PackagedContracts::Served {
    std::string channel;
    std::string contract;
    std::string language;
    ContractPackage package;
    Endpoint endpoint;
    std::unique_ptr<SupervisedProcess> process;
    // Of the thread that watches.
    std::size_t seen_restarts = 0;
    int failed_probes = 0;
};

PackagedContracts::PackagedContracts(PackagedContractsOptions options, PackageStore& store,
                                     Ports& ports, const Clock& clock)
    : options_(std::move(options)), store_(store), ports_(ports), clock_(clock), watch_([this] {
          watch();
      }) {}

PackagedContracts::~PackagedContracts() { stop(); }

void PackagedContracts::end(const std::string& channel) {
    std::vector<std::shared_ptr<Served>> ended;
    {
        std::lock_guard lock(mutex_);
        for (auto one = served_.begin(); one != served_.end();) {
            const bool of_channel = one->second->channel == channel;
            if (of_channel) ended.push_back(one->second);
            one = of_channel ? served_.erase(one) : std::next(one);
        }
    }
    for (const auto& one : ended) one->process->ask_to_end();
    for (const auto& one : ended) one->process->stop(2s);
}

void PackagedContracts::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        wake_.notify_all();
    }
    if (watch_.joinable()) watch_.join();
    if (builds_) builds_->stop();
    for (auto& [key, one] : served_) one->process->ask_to_end();
    for (auto& [key, one] : served_) one->process->stop(2s);
}

Result<PackageBuilds*> PackagedContracts::builds() {
    if (builds_) return builds_.get();
    const std::uint64_t now = clock_.monotonic();
    if (not_confined_ && now < looked_ + k_confiner_again_ms) return *not_confined_;
    looked_ = now;
    auto found = Confiner::find(options_.settings.isolation);
    if (!found) {
        not_confined_ = found.error();
        return found.error();
    }
    if (!found->isolates()) {
        log_warn("fabric", "packages run as this process's own user: bubblewrap is not used");
    }
    confiner_ = std::move(*found);
    builds_ = std::make_unique<PackageBuilds>(options_.folder / "builds", options_.settings,
                                              *confiner_, store_, options_.fetch);
    return builds_.get();
}

Result<ContractPackage> PackagedContracts::serve(const std::string& channel,
                                                 const ledger::ContractControl& contract,
                                                 const registry::PackagedCode& code) {
    const std::string key = fmt::format("{}-{}-{}", channel, contract.name, contract.version);
    {
        std::lock_guard lock(mutex_);
        if (const auto known = served_.find(key); known != served_.end()) {
            return known->second->package;
        }
    }
    BSN_CHECK(options_.settings.check_language(code.language));
    BSN_TRY(made, start(channel, contract, code));
    ContractPackage package = made->package;
    std::lock_guard lock(mutex_);
    served_[key] = std::move(made);
    return package;
}

Result<std::unique_ptr<PackagedContracts::Served>> PackagedContracts::start(
    const std::string& channel, const ledger::ContractControl& contract,
    const registry::PackagedCode& code) {
    BSN_TRY(works, builds());
    BSN_TRY(build, works->built(code));
    const std::string label = fmt::format("{}-{}", contract.name, contract.version);
    const std::string key = fmt::format("{}-{}", channel, label);
    BSN_TRY(port, ports_.of("package-" + key));
    const std::uint32_t user = k_first_user + port;
    const fs::path folder = options_.folder / "contracts" / key;
    BSN_TRY(tls, open_contract_tls(folder / "tls", confiner_->isolates() ? user : 0, clock_.now()));

    auto served = std::make_unique<Served>();
    served->channel = channel;
    served->contract = contract.name;
    served->language = code.language;
    const std::string address = fmt::format("127.0.0.1:{}", port);
    served->endpoint = {contract.name, address,
                        ClientTls{tls.authority, tls.client_certificate, tls.client_key, ""}};
    BSN_TRY(package, make_contract_package(
                         {label, address, tls.authority, tls.client_certificate, tls.client_key}));
    served->package = std::move(package);

    const Visible code_folder{build, "/contract", false};
    const Visible shown{folder / "tls" / "shown", "/tls", false};
    const std::string keys = confiner_->place(shown);
    const ServedAt at{address, served->package.id, keys + "/certificate.pem", keys + "/key.pem",
                      keys + "/authority.pem"};
    const std::string inside = confiner_->place(code_folder);
    const std::uint64_t memory = options_.settings.memory_mb;
    BSN_TRY(program, contract_program(code.language, build, inside, at, memory));
    Confinement how;
    how.folder = inside + "/src";
    how.visible = program.visible;
    how.visible.insert(how.visible.end(), {code_folder, shown});
    how.environment = contract_environment(at, memory);
    how.memory_mb = memory;
    how.file_mb = k_file_mb;
    how.user = user;
    SupervisedOptions options;
    options.name = fmt::format("contract {} of {}", contract.name, channel.substr(0, 16));
    options.command = confiner_->command(how, program.words);
    options.log = folder / "log";
    options.max_log_bytes = k_max_log;
    options.log_look = k_log_look;
    options.orphan_signal = SIGKILL;
    served->process = std::make_unique<SupervisedProcess>(std::move(options));
    BSN_CHECK(served->process->start());
    return served;
}

std::vector<ContractState> PackagedContracts::states(const std::string& channel) const {
    std::vector<ContractState> states;
    std::lock_guard lock(mutex_);
    for (const auto& [key, one] : served_) {
        if (one->channel != channel) continue;
        states.push_back(
            {one->contract, one->language, one->process->trouble(), one->process->restarts()});
    }
    return states;
}

// A process that runs and takes no connection any more, as one in an endless loop, is of no use.
void PackagedContracts::watch() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, k_probe_pause, [this] { return stopping_; })) {
        std::vector<std::shared_ptr<Served>> all;
        for (const auto& [key, one] : served_) all.push_back(one);
        lock.unlock();
        for (const auto& one : all) {
            const std::size_t restarts = one->process->restarts();
            if (std::exchange(one->seen_restarts, restarts) != restarts) one->failed_probes = 0;
            const auto pid = one->process->pid();
            if (!pid) continue;
            const auto channel = connect(one->endpoint);
            wait_for_connection(*channel, k_probe_patience);
            const bool answers = channel->GetState(false) == GRPC_CHANNEL_READY;
            one->failed_probes = answers ? 0 : one->failed_probes + 1;
            if (one->failed_probes < k_probes) continue;
            log_warn("fabric", "contract {} of {} runs and takes no connections: it is killed",
                     one->contract, one->channel);
            one->failed_probes = 0;
            one->process->restart(*pid);
        }
        lock.lock();
    }
}

}  // namespace bsn::framework::fabric
