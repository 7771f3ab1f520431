#include "gateway/fisco/block_watch.hpp"

namespace bsn::gateway::fisco {
namespace {

/// Clients want to know the last block; of so many they are told one by one.
constexpr std::uint64_t k_most_at_once = 1000;

}  // namespace

void BlockWatch::look_for_groups() {
    for (std::uint64_t group : host_.rpc.groups().numbers()) {
        if (watched_.contains(group)) continue;
        auto chain = host_.rpc.groups().find(group);
        if (!chain) continue;
        watched_[group] = {*chain, (*chain)->height()};
        wait(group);
    }
}

void BlockWatch::wait(std::uint64_t group) {
    const Watched& watched = watched_.at(group);
    watched.chain->when_height(watched.told + 1, [this, mailbox = host_.mailbox, group] {
        mailbox->post([this, group] { on_height(group); });
    });
}

void BlockWatch::on_height(std::uint64_t group) {
    Watched& watched = watched_.at(group);
    const std::uint64_t height = watched.chain->height();
    std::uint64_t next = watched.told + 1;
    if (height > k_most_at_once && next < height - k_most_at_once) next = height - k_most_at_once;
    watched.told = std::max(watched.told, height);
    for (; next <= height; ++next) {
        // A session may end, and leave the list, as it is told.
        std::vector<std::shared_ptr<ChannelSession>> sessions;
        for (const auto& [key, session] : host_.sessions) sessions.push_back(session);
        for (const auto& session : sessions) session->on_block(group, next);
    }
    wait(group);
}

}  // namespace bsn::gateway::fisco
