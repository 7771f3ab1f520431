#include "node/local_processes.hpp"

#include "base/log.hpp"
#include "base/supervised_process.hpp"

#include <list>

namespace bsn::node {
namespace fs = std::filesystem;

Status run_node_processes(const fs::path& folder, const NetworkPlan& plan,
                          const StopSignals& signals) {
    using namespace std::chrono_literals;
    const std::string program = fs::read_symlink("/proc/self/exe").string();
    std::list<SupervisedProcess> processes;
    for (const NodePlan& one : plan.nodes) {
        const fs::path node = folder / one.folder;
        processes.emplace_back(
            SupervisedOptions{one.folder,
                              {program, "node", "run", "--config", (node / "node.yaml").string()},
                              node / "node.log"});
        BSN_CHECK(processes.back().start());
    }
    while (!signals.wait(1s)) {
    }
    log_info("node", "stopping");
    for (SupervisedProcess& process : processes) process.ask_to_end();
    processes.clear();
    log_info("node", "stopped");
    return {};
}

}  // namespace bsn::node
