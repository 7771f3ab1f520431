#include "framework/fabric/network/processes.hpp"

#include "base/files.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace bsn::framework::fabric {
namespace {

constexpr const char* k_peer = "the peer of Fabric";
constexpr const char* k_orderer = "the orderer of Fabric";

/// Where its settings are, and a log without colours and without the three lines for every call,
/// which hide all others and took a fortieth of a peer's processor time.
std::vector<std::string> environment_of(const std::filesystem::path& folder) {
    return {"FABRIC_CFG_PATH=" + folder.string(),
            "FABRIC_LOGGING_SPEC=comm.grpc.server,endorser,gateway=warn:info",
            "FABRIC_LOGGING_FORMAT=%{time:2006-01-02T15:04:05.000Z07:00} %{level} %{module}: "
            "%{message}"};
}

}  // namespace

/// A program, and whether it answers.
struct Processes::Running {
    Running(SupervisedOptions supervised, std::uint16_t operations)
        : name(supervised.name),
          process(std::move(supervised)),
          watch(std::make_unique<HealthWatch>(
              process, HealthWatchOptions{.name = name, .port = operations})) {}

    static Result<std::unique_ptr<Running>> start(SupervisedOptions options,
                                                  std::uint16_t operations) {
        auto running = std::make_unique<Running>(std::move(options), operations);
        BSN_CHECK(running->process.start());
        return running;
    }

    const std::string name;
    SupervisedProcess process;
    std::unique_ptr<HealthWatch> watch;
};

Processes::Processes(std::filesystem::path folder, const OwnOrganisation& organisation,
                     const ReleaseLine& line)
    : folder_(std::move(folder)), organisation_(organisation), line_(line) {}

Processes::~Processes() = default;

Result<std::unique_ptr<Processes>> Processes::make(const std::filesystem::path& folder,
                                                   const std::string& host, Ports& ports,
                                                   const OwnOrganisation& organisation,
                                                   const ReleaseLine& line) {
    std::unique_ptr<Processes> made(new Processes(folder, organisation, line));
    made->peer_.host = made->orderer_.host = host;
    for (const auto& [name, port] : {std::pair("peer", &made->peer_.port),
                                     {"peer-chaincode", &made->peer_.chaincode},
                                     {"peer-operations", &made->peer_.operations},
                                     {"orderer", &made->orderer_.port},
                                     {"orderer-administration", &made->orderer_.administration},
                                     {"orderer-operations", &made->orderer_.operations}}) {
        BSN_TRY(chosen, ports.of(made->own(name)));
        *port = chosen;
    }
    made->peer_.data = folder / made->own("peer") / "data";
    made->orderer_.data = folder / made->own("orderer") / "data";
    return made;
}

Status Processes::start_peer(const FabricPrograms& programs) {
    if (peer_running_) return {};
    const auto place = folder_ / own("peer");
    BSN_CHECK(make_private_folder(peer_.data));
    BSN_CHECK(write_builder(folder_ / "builder"));
    BSN_CHECK(write_file_atomically(
        place / "core.yaml", as_bytes(peer_settings(organisation_, peer_, folder_ / "builder"))));
    SupervisedOptions options{
        k_peer, {programs.program("peer").string(), "node", "start"}, place / "log"};
    options.environment = environment_of(place);
    BSN_TRY(running, Running::start(std::move(options), peer_.operations));
    peer_running_ = std::move(running);
    return {};
}

Status Processes::start_orderer(const FabricPrograms& programs) {
    if (orderer_running_) return {};
    const auto place = folder_ / own("orderer");
    BSN_CHECK(make_private_folder(orderer_.data));
    BSN_CHECK(write_file_atomically(place / "orderer.yaml",
                                    as_bytes(orderer_settings(organisation_, orderer_))));
    SupervisedOptions options{k_orderer, {programs.program("orderer").string()}, place / "log"};
    options.environment = environment_of(place);
    BSN_TRY(running, Running::start(std::move(options), orderer_.operations));
    orderer_running_ = std::move(running);
    return {};
}

void Processes::stop() {
    for (const auto& running : {&peer_running_, &orderer_running_}) {
        if (!*running) continue;
        (*running)->watch.reset();  // one that takes its time to end does not hang
        (*running)->process.ask_to_end();
    }
    peer_running_.reset();
    orderer_running_.reset();
}

std::string Processes::trouble() const {
    for (const auto& running : {&peer_running_, &orderer_running_}) {
        if (!*running) continue;
        if (std::string trouble = (*running)->watch->trouble(); !trouble.empty()) return trouble;
    }
    return "";
}

std::vector<ProgramState> Processes::states() const {
    std::vector<ProgramState> states;
    for (const auto& [program, running] :
         {std::pair("peer", &peer_running_), {"orderer", &orderer_running_}}) {
        if (!*running) continue;
        const SupervisedProcess& process = (*running)->process;
        states.push_back(
            {program, line_.name, process.pid(), process.restarts(), (*running)->watch->trouble()});
    }
    return states;
}

Status Processes::check(const char* name, const std::unique_ptr<Running>& running) {
    if (!running) return Error{Code::unavailable, fmt::format("{} does not run", name)};
    return running->watch->check();
}

Status Processes::check_peer() const { return check(k_peer, peer_running_); }

Status Processes::check_orderer() const { return check(k_orderer, orderer_running_); }

}  // namespace bsn::framework::fabric
