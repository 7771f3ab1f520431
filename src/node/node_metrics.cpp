#include "node/node_metrics.hpp"

#include <fmt/format.h>

#include <fstream>
#include <unistd.h>

namespace bsn::node {
namespace {

double seconds(std::uint64_t millis) { return static_cast<double>(millis) / 1000; }

double number(std::uint64_t value) { return static_cast<double>(value); }

/// Sums over all chains of a kind: `system`, or `app`.
struct Sums {
    std::uint64_t chains = 0;
    std::uint64_t alarms = 0;
    std::uint64_t blocks = 0;
    std::uint64_t transactions = 0;
    std::uint64_t pending = 0;
    std::uint64_t voided = 0;
    std::uint64_t uncertified = 0;
};

}  // namespace

std::uint64_t resident_memory(pid_t process) {
    std::ifstream file(fmt::format("/proc/{}/statm", process));
    std::uint64_t all = 0;
    std::uint64_t resident = 0;
    file >> all >> resident;
    return file ? resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

void NodeMetrics::set(std::string_view name, std::string_view help, double value,
                      const Labels& labels) {
    metrics_.gauge(name, help, labels).set(value);
}

void NodeMetrics::update(const gateway::NodeStatus& status) {
    set("bsn_node_info", "Always 1; which node this is", 1,
        {{"node", status.node}, {"name", status.name}, {"version", status.version}});
    set("bsn_node_uptime_seconds", "Since the node was made", seconds(status.uptime_ms));
    set("bsn_node_clock_seconds", "The node's wall clock, since 1970", seconds(status.time));
    update_chains(status);
    update_ordering(status);
    update_links(status);
    update_fabric(status);
    update_machine(status);
}

void NodeMetrics::update_chains(const gateway::NodeStatus& status) {
    std::map<std::string, Sums> kinds{{"system", {}}, {"app", {}}};
    for (const gateway::ChainStatus& chain : status.chains) {
        Sums& sums = kinds[chain.app == "system" ? "system" : "app"];
        ++sums.chains;
        sums.alarms += chain.alarm.empty() ? 0 : 1;
        sums.blocks += chain.certified;
        sums.transactions += chain.transactions.value_or(0);
        sums.pending += chain.pending;
        sums.voided += chain.voided;
        sums.uncertified += chain.height - std::min(chain.height, chain.certified);
        update_chain(chain);
    }
    for (const auto& [kind, sums] : kinds) {
        const Labels labels{{"channels", kind}};
        set("bsn_chains", "Chains that this node runs", number(sums.chains), labels);
        set("bsn_alarms", "Chains of this node with an alarm", number(sums.alarms), labels);
        set("bsn_pending_transactions", "Accepted here, and not answered yet", number(sums.pending),
            labels);
        set("bsn_uncertified_blocks", "Executed here, and not certified yet",
            number(sums.uncertified), labels);
        metrics_.counter("bsn_certified_blocks_total", "Blocks on this node's chains", labels)
            .raise_to(sums.blocks);
        metrics_.counter("bsn_transactions_total", "Transactions on this node's chains", labels)
            .raise_to(sums.transactions);
        metrics_
            .counter("bsn_voided_batches_total", "Ordered batches that no peer could serve", labels)
            .raise_to(sums.voided);
    }
}

void NodeMetrics::update_chain(const gateway::ChainStatus& chain) {
    if (!apps_.contains(chain.app) && apps_.size() > k_most_apps) return;
    apps_.insert(chain.app);
    const Labels labels{{"app", chain.app}};
    set("bsn_chain_height", "Last block that this node has executed", number(chain.height), labels);
    set("bsn_chain_certified_height", "Last certified block that this node has",
        number(chain.certified), labels);
    set("bsn_chain_alarm", "1: the chain has stopped or waits on this node",
        chain.alarm.empty() ? 0 : 1, labels);
}

void NodeMetrics::update_ordering(const gateway::NodeStatus& status) {
    const gateway::OrderingStatus& order = status.order;
    set("bsn_ordering_height", "Last ordering height", number(status.order_height));
    set("bsn_ordering_healthy", "0: this node knows that nothing is ordered",
        order.trouble.empty() ? 1 : 0);
    if (order.block_age_ms) {
        set("bsn_ordering_last_block_age_seconds", "Since the last ordering height came",
            seconds(*order.block_age_ms));
    }
    set("bsn_ordering_validators", "Nodes that agree on the order; 0: one orderer",
        number(order.validators));
    set("bsn_ordering_is_validator", "1: this node is one of them", order.is_validator ? 1 : 0);
    set("bsn_ordering_double_signers", "Validators that signed two blocks for one height",
        number(order.double_signers.size()));
    set("bsn_ordering_follows", "1: it takes the order from nodes that run the ordering process",
        order.follows ? 1 : 0);
    set("bsn_ordering_behind_heights",
        "Heights that the node it follows has and it has not; 0 if it follows none",
        number(order.behind.value_or(0)));
    set("bsn_ordering_waiting_bytes", "Envelopes that wait on this node to be ordered",
        number(order.waiting_bytes));
    metrics_
        .counter("bsn_ordering_engine_restarts_total",
                 "How often the ordering process beside the node ended and was started again")
        .raise_to(order.engine_restarts);
}

void NodeMetrics::update_links(const gateway::NodeStatus& status) {
    for (const gateway::LinkStatus& link : status.links) {
        const Labels labels{{"to", link.name.empty() ? link.node : link.name}};
        set("bsn_peer_link_connected", "1: messages can be sent to that node",
            link.connected ? 1 : 0, labels);
        set("bsn_peer_link_queued_bytes", "Messages that wait to be sent to that node",
            number(link.queued_bytes), labels);
        metrics_
            .counter("bsn_peer_link_dropped_messages_total",
                     "Messages to that node that did not fit into its queue", labels)
            .raise_to(link.dropped);
    }
}

void NodeMetrics::update_fabric(const gateway::NodeStatus& status) {
    for (const std::string_view version : registry::k_fabric_releases) {
        for (const std::string_view process : {"peer", "orderer"}) {
            gateway::FabricProcessStatus found;
            bool needed = false;
            for (const gateway::FabricProcessStatus& one : status.fabric_processes) {
                if (one.process != process || one.version != version) continue;
                found = one;
                needed = true;
            }
            const Labels labels{{"process", std::string(process)},
                                {"version", std::string(version)}};
            set("bsn_fabric_process_needed", "1: an app on this node needs it", needed ? 1 : 0,
                labels);
            set("bsn_fabric_process_up", "1: it runs", found.running ? 1 : 0, labels);
            set("bsn_fabric_process_memory_bytes", "Memory that it occupies",
                number(found.memory_bytes), labels);
            metrics_
                .counter("bsn_fabric_process_restarts_total",
                         "How often it ended by itself and was started again", labels)
                .raise_to(found.restarts);
        }
    }
}

void NodeMetrics::update_machine(const gateway::NodeStatus& status) {
    constexpr std::string_view k_memory = "bsn_process_resident_memory_bytes";
    constexpr std::string_view k_memory_help = "Memory that the process occupies";
    set(k_memory, k_memory_help, number(resident_memory(::getpid())), {{"process", "bsn"}});
    constexpr std::string_view k_store = "bsn_database_memory_bytes";
    constexpr std::string_view k_store_help =
        "Of the process's memory, what its databases hold: bounded, and full after a while of use";
    const store::DatabaseMemory held = store::database_memory();
    set(k_store, k_store_help, number(held.cache), {{"kind", "cache"}});
    set(k_store, k_store_help, number(held.memtables), {{"kind", "memtables"}});
    set(k_memory, k_memory_help, number(status.order.engine_memory_bytes),
        {{"process", "cometbft"}});
    std::error_code failure;
    const std::filesystem::space_info space = std::filesystem::space(data_, failure);
    if (failure) return;
    set("bsn_disk_free_bytes", "Free on the disk of the node's data", number(space.available));
    set("bsn_disk_size_bytes", "Size of that disk", number(space.capacity));
}

}  // namespace bsn::node
