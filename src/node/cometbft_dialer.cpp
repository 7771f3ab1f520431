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
    : rpc_(std::move(rpc), {}), pause_(pause), peers_(std::move(peers)) {
    thread_ = std::thread([this] { dial_until_stopped(); });
}

CometbftDialer::~CometbftDialer() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void CometbftDialer::set_peers(std::vector<std::string> peers) {
    {
        std::lock_guard lock(mutex_);
        if (peers == peers_) return;
        peers_ = std::move(peers);
        changed_ = true;
    }
    wake_.notify_all();
}

std::vector<std::string> CometbftDialer::missing(const std::vector<std::string>& peers) {
    const Json info = call_cometbft(rpc_, "net_info", Json::object());
    if (!info.is_object()) return {};
    const std::set<std::string> connected = connected_ids(info);
    std::vector<std::string> missing;
    std::copy_if(peers.begin(), peers.end(), std::back_inserter(missing),
                 [&](const std::string& peer) {
                     return !connected.contains(peer.substr(0, peer.find('@')));
                 });
    return missing;
}

void CometbftDialer::dial_until_stopped() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait_for(lock, pause_, [this] { return stopping_ || changed_; });
        if (stopping_) return;
        changed_ = false;
        const std::vector<std::string> peers = peers_;
        if (peers.empty()) continue;
        lock.unlock();
        const std::vector<std::string> wanted = missing(peers);
        if (!wanted.empty()) {
            call_cometbft(rpc_, "dial_peers", {{"peers", wanted}, {"persistent", false}});
        }
        lock.lock();
    }
}

}  // namespace bsn::node
