// bsn_faulty_node: a city node that runs the real code, and does wrong what it is told. A test's
// program; the product knows nothing of it.
//
//     bsn_faulty_node node run --config FILE        (the arguments of `bsn`, so that a test finds
//     it)
//
// It begins with the commands in the file `faults` of the node's folder, if there is one. On stdin
// it takes more, each answered by a line `ok` or `error ...`; it ends with stdin:
//
//     be WAY...                   from now on; no way: honest. The ways: tests/faulty/faults.hpp
//     skew MS                     its clock against that of the machine; negative: behind
//     count WAY                   answers `ok N`: how often it did wrong in that way

#include "faulty/faults.hpp"
#include "faulty/liar.hpp"
#include "node/city_node.hpp"
#include "node/network_files.hpp"
#include "node/node_process.hpp"
#include "node/stop_signals.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <poll.h>
#include <string>
#include <thread>
#include <unistd.h>

namespace {

using namespace bsn;

std::string answer(faulty::Faults& faults, const std::string& command) {
    constexpr std::string_view k_count = "count ";
    if (command.starts_with(k_count)) {
        const auto way = faulty::way_from_name(command.substr(k_count.size()));
        if (way) return "ok " + std::to_string(faults.committed(*way));
    }
    return faults.obey(command) ? "ok" : "error unknown: " + command;
}

/// Obeys what stands on stdin until that or the node ends.
void obey(faulty::Faults& faults, const std::atomic<bool>& ended) {
    std::string input;
    while (!ended) {
        pollfd watched{STDIN_FILENO, POLLIN, 0};
        if (::poll(&watched, 1, 100) <= 0) continue;
        char part[4096];
        const ssize_t size = ::read(STDIN_FILENO, part, sizeof part);
        if (size <= 0) {
            ::kill(::getpid(), SIGTERM);
            return;
        }
        input.append(part, static_cast<std::size_t>(size));
        for (std::size_t end = input.find('\n'); end != std::string::npos; end = input.find('\n')) {
            std::cout << answer(faults, input.substr(0, end)) << std::endl;
            input.erase(0, end + 1);
        }
    }
}

/// What it is told before it starts.
Status begin(faulty::Faults& faults, const std::filesystem::path& file) {
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);) {
        if (!faults.obey(line)) return Error{Code::invalid_argument, "unknown: " + line};
    }
    return {};
}

Status run(const std::string& config) {
    const node::StopSignals signals;  // blocked in all threads, also in the one below
    BSN_TRY(settings, node::NodeSettings::load(config));
    BSN_TRY(identity, node::load_identity(settings.folder));
    BSN_TRY(genesis, node::read_genesis(settings.genesis));
    faulty::Faults faults;
    BSN_CHECK(begin(faults, settings.folder / "faults"));
    const faulty::SkewedClock clock(faults);
    node::NodeWorld world;
    world.clock = &clock;
    world.peers = [&](ordering::PeerNetwork& honest) {
        return std::make_unique<faulty::LyingNetwork>(honest, faults, identity, genesis.network());
    };
    world.rules = [&](ordering::OrderRules& honest) {
        return std::make_unique<faulty::LaxRules>(honest, faults);
    };
    std::atomic<bool> ended{false};
    std::thread obedient([&] { obey(faults, ended); });
    Status ran = node::run_node(settings, world);
    ended = true;
    obedient.join();
    return ran;
}

}  // namespace

int main(int count, char** words) {
    if (count != 5 || std::string(words[3]) != "--config") {
        std::cerr << "usage: bsn_faulty_node node run --config FILE" << std::endl;
        return 2;
    }
    if (bsn::Status ran = run(words[4]); !ran) {
        std::cerr << "bsn_faulty_node: " << ran.error().message << std::endl;
        return 1;
    }
    return 0;
}
