#include "framework/fabric/network/managed_network.hpp"

#include "base/files.hpp"
#include "base/log.hpp"
#include "framework/fabric/network/channel_steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace bsn::framework::fabric {
namespace {

using namespace std::chrono_literals;

constexpr auto k_soon = 250ms;
constexpr auto k_idle = 1'000ms;
/// A step that takes longer is told as an alarm; one that fails, sooner.
constexpr std::uint64_t k_longest_step_ms = 60'000;
constexpr std::uint64_t k_longest_error_ms = 5'000;
/// How often one that offers some programs looks for others.
constexpr std::uint64_t k_look_ms = 10'000;
constexpr std::uint16_t k_first_port = 20'000;
constexpr std::uint16_t k_port_blocks = 1'000;
constexpr std::uint16_t k_ports_of_block = 10;

/// Nodes on one machine begin at different ports.
std::uint16_t first_port_of(const ManagedNetworkOptions& options) {
    if (options.first_port != 0) return options.first_port;
    const auto number = static_cast<unsigned>(options.node.data()[0] << 8 | options.node.data()[1]);
    return static_cast<std::uint16_t>(k_first_port + number % k_port_blocks * k_ports_of_block);
}

}  // namespace

ManagedNetwork::ManagedNetwork(ManagedNetworkOptions options, PermissionChain& chain,
                               const contract::Contracts& contracts, const Clock& clock)
    : options_(std::move(options)),
      chain_(chain),
      contracts_(contracts),
      clock_(clock),
      packages_(options_.folder / "packages",
                [this](const ledger::Hash& digest) { return is_in_use(digest); }) {}

ManagedNetwork::~ManagedNetwork() { close(); }

void ManagedNetwork::start() {
    thread_ = std::thread([this] { run(); });
}

void ManagedNetwork::close() {
    {
        std::lock_guard lock(mutex_);
        closing_ = true;
        wake_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

void ManagedNetwork::run() {
    bool all_well = false;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            if (wake_.wait_for(lock, all_well ? k_idle : k_soon, [this] { return closing_; })) {
                break;
            }
        }
        all_well = advance();
    }
    ways_.clear();
    for (auto& [name, line] : lines_) line.processes->stop();
    if (services_) services_->stop();
}

bool ManagedNetwork::advance() {
    if (Status prepared = prepare(); !prepared) {
        note_trouble(prepared.error().message);
        return true;  // nothing that changes in a moment
    }
    if (Status announced = announce(); !announced) {
        note_trouble(announced.error().message);
        return true;
    }
    note_trouble(unusable_);
    const bool all_open = advance_channels();
    note_program_troubles();
    std::lock_guard lock(mutex_);
    return all_open && std::all_of(progress_.begin(), progress_.end(), [](const auto& one) {
               return one.second.program_trouble.empty();
           });
}

void ManagedNetwork::note_program_troubles() {
    std::lock_guard lock(mutex_);
    programs_.clear();
    for (const auto& [name, line] : lines_) {
        for (ProgramState& one : line.processes->states()) programs_.push_back(std::move(one));
    }
    for (auto& [channel, progress] : progress_) {
        const auto way = ways_.find(channel);
        if (way == ways_.end()) continue;
        const auto line = lines_.find(way->second.steps->plan().channel.channel.release);
        if (line != lines_.end()) progress.program_trouble = line->second.processes->trouble();
    }
}

Status ManagedNetwork::prepare() {
    const std::uint64_t now = clock_.monotonic();
    if (!lines_.empty() && (fabric_folder_is_given() || now < looked_ + k_look_ms)) return {};
    looked_ = now;
    unusable_.clear();
    missing_.clear();
    for (const ReleaseLine& line : k_release_lines) {
        if (lines_.contains(line.name)) continue;
        auto programs = find_fabric_programs(options_.engines, line);
        if (!programs) {
            const Error& why = programs.error();
            if (why.code != Code::not_found || has_fabric_place(options_.engines, line)) {
                unusable_ = why.message;
            }
            missing_.emplace(line.name, why.message);
            continue;
        }
        BSN_CHECK(open_organisation());
        BSN_TRY(processes,
                Processes::make(options_.folder, options_.host, *ports_, *organisation_, line));
        log_info("fabric", "offers Fabric {}, with the programs in {}", programs->version,
                 programs->folder.string());
        lines_.emplace(line.name, Line{std::move(*programs), std::move(processes)});
    }
    if (!lines_.empty()) return {};
    const std::string& why = unusable_.empty() ? missing_.begin()->second : unusable_;
    return Error{Code::not_found, why};
}

Status ManagedNetwork::open_organisation() {
    if (services_) return {};
    const std::vector<std::string> hosts =
        options_.host == "127.0.0.1" || options_.host == "localhost"
            ? std::vector<std::string>{"127.0.0.1", "localhost"}
            : std::vector<std::string>{options_.host, "127.0.0.1", "localhost"};
    BSN_TRY(organisation,
            OwnOrganisation::open(options_.folder, msp_id_for(options_.node_name, options_.node),
                                  hosts, clock_.now()));
    BSN_TRY(ports, Ports::open(options_.folder / "ports.json", first_port_of(options_)));
    ports_ = std::move(ports);
    auto opened = std::make_unique<OwnOrganisation>(std::move(organisation));
    {
        std::lock_guard lock(mutex_);
        organisation_ = std::move(opened);
        packaged_ = std::make_unique<PackagedContracts>(
            PackagedContractsOptions{options_.folder, options_.packages, options_.fetch}, packages_,
            *ports_, clock_);
    }
    services_.emplace(contracts_, *organisation_, *ports_, *packaged_);
    return {};
}

Status ManagedNetwork::announce() {
    for (const auto& [name, line] : lines_) {
        BSN_CHECK(announce_line(line.programs.line(), *line.processes));
    }
    return {};
}

Status ManagedNetwork::announce_line(const ReleaseLine& line, const Processes& processes) {
    registry::FabricOrganisation own;
    own.release = line.name;
    own.msp = organisation_->msp();
    own.authority = organisation_->authority();
    own.tls_authority = organisation_->tls_authority();
    own.peer = processes.peer().address();
    own.orderer = processes.orderer().address();
    BSN_TRY(certificate, organisation_->tls_certificate_of("orderer"));
    own.orderer_certificate = std::move(certificate);
    if (line.name != registry::k_fabric_releases.front()) {
        BSN_TRY(identity, organisation_->certificate_of("orderer"));
        own.orderer_identity = std::move(identity);
    }
    if (chain_.announced(line.name) == own) return {};
    if (!chain_.may_announce()) {
        return Error{Code::unavailable, "a city node offers Fabric once it is active"};
    }
    BSN_CHECK(chain_.announce(own));
    log_info("fabric", "announced organisation msp={} version={} peer={} orderer={}", own.msp,
             own.release, own.peer, own.orderer);
    return {};
}

bool ManagedNetwork::writes(const Bytes& channel, const std::string& contract,
                            const std::string& function) const {
    const auto apps = chain_.apps();
    const auto app = apps.find(channel);
    if (app == apps.end()) return false;
    for (const ledger::ContractControl& one : app->second.contracts) {
        if (one.name != contract) continue;
        const contract::Contract* code = contracts_.find(one.type, one.version);
        const contract::Function* found = code == nullptr ? nullptr : code->find(function);
        return found != nullptr && found->kind == contract::FunctionKind::write;
    }
    return false;
}

bool ManagedNetwork::is_in_use(const ledger::Hash& package) const {
    for (const auto& [channel, plan] : chain_.apps()) {
        for (const ledger::ContractControl& contract : plan.contracts) {
            const auto code = registry::packaged_code(contract.type);
            if (code && code->digest == package) return true;
        }
    }
    return false;
}

bool ManagedNetwork::leave(const Bytes& channel) {
    std::lock_guard lock(mutex_);
    if (!progress_.contains(channel)) return false;
    left_.insert(channel);
    open_.erase(channel);
    progress_[channel] = {.step = "this city node has left it"};
    return true;
}

bool ManagedNetwork::end_if_left(const Bytes& channel) {
    {
        std::lock_guard lock(mutex_);
        if (!left_.contains(channel)) return false;
    }
    if (ways_.erase(channel) > 0) services_->end(channel_name(channel));
    return true;
}

bool ManagedNetwork::advance_channels() {
    bool all_open = true;
    for (auto& [channel, plan] : chain_.apps()) {
        if (end_if_left(channel)) continue;
        const auto line = lines_.find(plan.channel.channel.release);
        if (line == lines_.end()) {
            std::lock_guard lock(mutex_);
            progress_[channel] = without_programs(plan.channel.channel.release);
            continue;
        }
        Way& way = ways_[channel];
        if (!way.steps) {
            way.since = clock_.monotonic();
            way.steps = std::make_unique<ChannelSteps>(
                std::move(plan), NodeParts{line->second.programs, *organisation_,
                                           *line->second.processes, *services_, clock_});
        } else if (way.steps->take_contracts(plan.contracts)) {
            way.since = clock_.monotonic();
        } else if (way.steps->step().empty()) {
            continue;
        }
        FabricChainOptions options;
        ChannelProgress progress = advance_one(way, options);
        all_open = all_open && progress.open;
        std::lock_guard lock(mutex_);
        if (left_.contains(channel)) continue;
        if (progress.open) open_[channel] = std::move(options);
        progress.open = open_.contains(channel);
        progress_[channel] = std::move(progress);
        if (closing_) return true;
    }
    return all_open;
}

ChannelProgress ManagedNetwork::without_programs(const std::string& release) const {
    ChannelProgress progress;
    progress.step = fmt::format("needs the programs of Fabric {}", release);
    progress.alarming = true;
    const auto why = missing_.find(release);
    progress.reason =
        why == missing_.end() ? "this node knows no such release; update it" : why->second;
    return progress;
}

ChannelProgress ManagedNetwork::advance_one(Way& way, FabricChainOptions& options) {
    ChannelSteps& steps = *way.steps;
    const std::string before = steps.step();
    Status advanced = steps.advance();
    if (advanced) {
        auto made = steps.chain_options();
        if (made) {
            log_info("fabric", "channel open channel={}", steps.plan().channel.name);
            options = std::move(*made);
            return {.open = true, .contracts = steps.plan().contracts};
        }
        advanced = made.error();
    }
    const std::uint64_t now = clock_.monotonic();
    if (steps.step() != before) {
        way.since = now;
        log_info("fabric", "channel={} {}: {}", steps.plan().channel.name, steps.step(),
                 advanced.error().message);
    }
    const bool passes = advanced.error().code == Code::unavailable;
    return {.step = steps.step(),
            .reason = advanced.error().message,
            .alarming = now > way.since + (passes ? k_longest_step_ms : k_longest_error_ms)};
}

void ManagedNetwork::note_trouble(std::string trouble) {
    std::lock_guard lock(mutex_);
    if (trouble != trouble_ && !trouble.empty()) log_info("fabric", "{}", trouble);
    trouble_ = std::move(trouble);
}

std::optional<ChannelProgress> ManagedNetwork::progress(const Bytes& channel) const {
    std::lock_guard lock(mutex_);
    const auto found = progress_.find(channel);
    if (found == progress_.end()) return std::nullopt;
    return found->second;
}

std::vector<ContractState> ManagedNetwork::contracts(const Bytes& channel) const {
    std::lock_guard lock(mutex_);
    return packaged_ ? packaged_->states(channel_name(channel)) : std::vector<ContractState>();
}

std::string ManagedNetwork::trouble() const {
    std::lock_guard lock(mutex_);
    return trouble_;
}

std::vector<ProgramState> ManagedNetwork::programs() const {
    std::lock_guard lock(mutex_);
    return programs_;
}

const OwnOrganisation* ManagedNetwork::organisation() const {
    std::lock_guard lock(mutex_);
    return organisation_.get();
}

Result<FabricChainOptions> ManagedNetwork::chain_options(const Bytes& channel) const {
    std::lock_guard lock(mutex_);
    const auto found = open_.find(channel);
    if (found != open_.end()) return found->second;
    return Error{Code::unavailable, "the app's channel is not open on this city node yet"};
}

}  // namespace bsn::framework::fabric
