#include "node/status.hpp"

#include "store/disk_space.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace bsn::node {

std::string trust_note(const ledger::Genesis& genesis) {
    std::set<std::string> operators;
    for (const ledger::GenesisNode& node : genesis.nodes) operators.insert(node.operator_name);
    std::string who =
        operators.size() == 1 ? "one operator" : fmt::format("{} operators", operators.size());
    if (genesis.ordering == ledger::OrderingType::embedded) {
        return fmt::format(
            "embedded ordering, {}: one failure and trust domain; it shows how "
            "replication works, not independence",
            who);
    }
    return fmt::format("{} ordering, {}", ledger::ordering_name(genesis.ordering), who);
}

std::string space_note(const std::filesystem::path& folder) {
    std::error_code failure;
    std::filesystem::space_info space = std::filesystem::space(folder, failure);
    if (failure || space.available >= store::reserved_space(space.capacity)) return "";
    return fmt::format("only {} MB are free on the disk of {}, so writes are refused; free space",
                       space.available >> 20, folder.string());
}

void sort_for_reading(std::vector<gateway::ChainStatus>& chains) {
    std::sort(chains.begin(), chains.end(), [](const auto& a, const auto& b) {
        bool a_system = a.app == "system";
        bool b_system = b.app == "system";
        return a_system != b_system ? a_system : a.app < b.app;
    });
}

}  // namespace bsn::node
