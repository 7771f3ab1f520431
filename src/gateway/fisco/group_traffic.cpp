#include "gateway/fisco/group_traffic.hpp"

#include "framework/fisco/parameters.hpp"
#include "framework/json_rpc_message.hpp"

namespace bsn::gateway::fisco {

namespace rpc = framework::rpc;

std::set<std::uint64_t> groups_of(std::string_view request) {
    constexpr rpc::Limits k_limits;
    std::set<std::uint64_t> groups;
    if (request.size() > k_limits.max_request_bytes) return groups;
    auto message = rpc::parse_request(request, k_limits.max_depth);
    if (!message || message->calls.size() > k_limits.max_batch) return groups;
    for (rpc::CallMessage& call : message->calls) {
        if (!call.params.is_array() || call.params.empty()) continue;
        const rpc::Params first(rpc::Json::array_t{std::move(call.params.front())});
        if (auto group = framework::fisco::number_at(first, 0)) groups.insert(*group);
    }
    return groups;
}

void through_doors(const GroupTraffic* traffic, std::string_view request,
                   const std::function<void(std::string)>& reply,
                   const std::function<void(std::function<void(std::string)>)>& answer) {
    if (traffic == nullptr) return answer(reply);
    std::vector<Door> doors;
    for (std::uint64_t group : groups_of(request)) {
        doors.push_back(traffic->door(group));
        if (auto over = doors.back().turn_away(Asker::unknown))
            return reply(rpc_refusal_text(*over, request));
    }
    for (const Door& door : doors) door.count_traffic(request.size(), 0);
    answer([doors = std::move(doors), reply](std::string text) {
        for (const Door& door : doors) door.count_traffic(0, text.size());
        reply(std::move(text));
    });
}

}  // namespace bsn::gateway::fisco
