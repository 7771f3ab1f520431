#include "framework/fabric/network/processes.hpp"

#include "base/files.hpp"
#include "net/http_client.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace bsn::framework::fabric {
namespace {

constexpr std::uint64_t k_health_patience_ms = 3'000;
constexpr unsigned k_ok = 200;

/// Where its settings are, and a log without colours and without the three lines for every call,
/// which hide all others and took a fortieth of a peer's processor time.
std::vector<std::string> environment_of(const std::filesystem::path& folder) {
    return {"FABRIC_CFG_PATH=" + folder.string(),
            "FABRIC_LOGGING_SPEC=comm.grpc.server,endorser,gateway=warn:info",
            "FABRIC_LOGGING_FORMAT=%{time:2006-01-02T15:04:05.000Z07:00} %{level} %{module}: "
            "%{message}"};
}

}  // namespace

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
    if (peer_process_) return {};
    const auto place = folder_ / own("peer");
    BSN_CHECK(make_private_folder(peer_.data));
    BSN_CHECK(write_builder(folder_ / "builder"));
    BSN_CHECK(write_file_atomically(
        place / "core.yaml", as_bytes(peer_settings(organisation_, peer_, folder_ / "builder"))));
    SupervisedOptions options{
        "the peer of Fabric", {programs.program("peer").string(), "node", "start"}, place / "log"};
    options.environment = environment_of(place);
    auto process = std::make_unique<SupervisedProcess>(std::move(options));
    BSN_CHECK(process->start());
    peer_process_ = std::move(process);
    return {};
}

Status Processes::start_orderer(const FabricPrograms& programs) {
    if (orderer_process_) return {};
    const auto place = folder_ / own("orderer");
    BSN_CHECK(make_private_folder(orderer_.data));
    BSN_CHECK(write_file_atomically(place / "orderer.yaml",
                                    as_bytes(orderer_settings(organisation_, orderer_))));
    SupervisedOptions options{
        "the orderer of Fabric", {programs.program("orderer").string()}, place / "log"};
    options.environment = environment_of(place);
    auto process = std::make_unique<SupervisedProcess>(std::move(options));
    BSN_CHECK(process->start());
    orderer_process_ = std::move(process);
    return {};
}

void Processes::stop() {
    for (const auto& process : {&peer_process_, &orderer_process_}) {
        if (*process) (*process)->ask_to_end();
    }
    peer_process_.reset();
    orderer_process_.reset();
}

std::string Processes::trouble() const {
    for (const auto& process : {&peer_process_, &orderer_process_}) {
        if (!*process) continue;
        if (std::string trouble = (*process)->trouble(); !trouble.empty()) return trouble;
    }
    return "";
}

std::vector<ProgramState> Processes::states() const {
    std::vector<ProgramState> states;
    for (const auto& [program, process] :
         {std::pair("peer", &peer_process_), {"orderer", &orderer_process_}}) {
        if (!*process) continue;
        states.push_back({program, line_.name, (*process)->pid(), (*process)->restarts(),
                          (*process)->trouble()});
    }
    return states;
}

Status Processes::check(const char* name, const std::unique_ptr<SupervisedProcess>& process,
                        const ProgramPlace& place) const {
    if (!process) return Error{Code::unavailable, fmt::format("{} does not run", name)};
    if (const std::string trouble = process->trouble(); !trouble.empty()) {
        return Error{Code::unavailable, trouble};
    }
    net::HttpConnection connection({false, "127.0.0.1", place.operations}, "");
    BSN_TRY(answer, connection.send({.target = "/healthz"}, k_health_patience_ms));
    if (answer.status != k_ok) {
        return Error{Code::unavailable, fmt::format("{} is not well: {}", name, answer.text())};
    }
    return {};
}

Status Processes::check_peer() const { return check("the peer of Fabric", peer_process_, peer_); }

Status Processes::check_orderer() const {
    return check("the orderer of Fabric", orderer_process_, orderer_);
}

}  // namespace bsn::framework::fabric
