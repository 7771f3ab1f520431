#include "node/cometbft_dialer.hpp"

#include "node/cometbft_rpc.hpp"

#include <algorithm>
#include <set>

namespace bsn::node {
namespace {

using Json = nlohmann::json;

/// The ids of the neighbours in an answer of `net_info`; what is of another form is left out.
std::set<std::string> connected_ids(const Json& info) {
    std::set<std::string> ids;
    const Json::json_pointer id("/node_info/id");
    if (!info.contains("peers")) return ids;
    for (const Json& peer : info["peers"]) {
        if (peer.contains(id) && peer[id].is_string()) ids.insert(peer[id].get<std::string>());
    }
    return ids;
}

}  // namespace

CometbftDialer::CometbftDialer(net::Endpoint rpc, std::vector<std::string> peers,
                               std::chrono::milliseconds pause)
    : rpc_(std::move(rpc), {}), peers_(std::move(peers)), pause_(pause) {
    if (!peers_.empty()) thread_ = std::thread([this] { dial_until_stopped(); });
}

CometbftDialer::~CometbftDialer() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

std::vector<std::string> CometbftDialer::missing() {
    const Json info = call_cometbft(rpc_, "net_info", Json::object());
    if (!info.is_object()) return {};
    const std::set<std::string> connected = connected_ids(info);
    std::vector<std::string> missing;
    std::copy_if(peers_.begin(), peers_.end(), std::back_inserter(missing),
                 [&](const std::string& peer) {
                     return !connected.contains(peer.substr(0, peer.find('@')));
                 });
    return missing;
}

void CometbftDialer::dial_until_stopped() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, pause_, [this] { return stopping_; })) {
        lock.unlock();
        const std::vector<std::string> wanted = missing();
        if (!wanted.empty()) {
            call_cometbft(rpc_, "dial_peers", {{"peers", wanted}, {"persistent", false}});
        }
        lock.lock();
    }
}

}  // namespace bsn::node
