#include "node/package_exchange.hpp"

#include "framework/fabric/chaincode/code_package.hpp"
#include "registry/packaged_code.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>

namespace bsn::node {
namespace {

constexpr std::uint64_t k_answer_ms = 30'000;
constexpr std::chrono::milliseconds k_look{50};
constexpr unsigned k_ok = 200;

/// Waits for what somebody else sets; `unavailable` once `closed`.
template <typename Value>
Result<Value> wait_for(std::future<Value>& future, const std::atomic<bool>& closed) {
    while (future.wait_for(k_look) != std::future_status::ready) {
        if (closed) return Error{Code::unavailable, "the node stops"};
    }
    return future.get();
}

bool names(const registry::AppRecord& app, const ledger::Hash& digest) {
    return std::any_of(app.contracts.begin(), app.contracts.end(), [&](const auto& contract) {
        const auto code = registry::packaged_code(contract.type);
        return code && code->digest == digest;
    });
}

/// A body that comes in parts, put together.
Result<Bytes> whole_body(gateway::Response& answer, const std::atomic<bool>& closed) {
    if (!answer.stream) return to_bytes(answer.body);
    Bytes body;
    for (;;) {
        // Shared, since the part may come after the waiting has ended.
        auto promise = std::make_shared<std::promise<gateway::BodyStream::Part>>();
        auto future = promise->get_future();
        answer.stream->next(
            [promise](gateway::BodyStream::Part part) { promise->set_value(std::move(part)); });
        BSN_TRY(part, wait_for(future, closed));
        const ByteView bytes = as_bytes(part.bytes);
        body.insert(body.end(), bytes.begin(), bytes.end());
        if (part.broken) return Error{Code::unavailable, "the connection ended"};
        if (body.size() > framework::fabric::k_max_package_bytes) {
            return Error{Code::too_large, "it is larger than a package may be"};
        }
        if (part.last) return body;
    }
}

}  // namespace

std::vector<registry::NodeRecord> PackageExchange::others(const ledger::Hash& digest) const {
    std::vector<registry::NodeRecord> nodes = view_.nodes();
    std::erase_if(nodes, [&](const registry::NodeRecord& node) {
        return node.id == own_ || node.state != registry::NodeState::active;
    });
    std::vector<ledger::NodeId> first;
    for (const auto& app : view_.apps()) {
        if (!names(app->record, digest)) continue;
        for (const auto& peer : app->record.epoch.peers) first.push_back(peer.node);
    }
    std::stable_partition(nodes.begin(), nodes.end(), [&](const registry::NodeRecord& node) {
        return std::find(first.begin(), first.end(), node.id) != first.end();
    });
    return nodes;
}

Result<Bytes> PackageExchange::fetch(const ledger::Hash& digest) const {
    std::string asked;
    if (gateways_ != nullptr) {
        for (const registry::NodeRecord& node : others(digest)) {
            if (closed_) return Error{Code::unavailable, "the node stops"};
            if (!gateways_->reaches(node.id)) {
                asked += fmt::format("{}{} is not reached", asked.empty() ? "" : "; ", node.name);
                continue;
            }
            auto package = ask(node.id, digest);
            if (package) return package;
            asked += fmt::format("{}{}: {}", asked.empty() ? "" : "; ", node.name,
                                 package.error().message);
        }
    }
    return Error{Code::unavailable,
                 fmt::format("package {} is not here, and no other city node gives it ({}); its "
                             "publisher can hand it in again with `bsn app package`",
                             to_hex(digest), asked.empty() ? "there is none" : asked)};
}

Result<Bytes> PackageExchange::ask(const ledger::NodeId& node, const ledger::Hash& digest) const {
    auto request = std::make_shared<gateway::Request>();
    request->method = "GET";
    request->target = fmt::format("/v1/packages/{}", to_hex(digest));
    auto promise = std::make_shared<std::promise<gateway::Forwarded>>();
    auto future = promise->get_future();
    gateways_->forward(node, std::move(request), k_answer_ms,
                       [promise](gateway::Forwarded came) { promise->set_value(std::move(came)); });
    BSN_TRY(came, wait_for(future, closed_));
    if (!came.answer) return came.answer.error();
    if (came.answer->status != k_ok) {
        return Error{Code::not_found, fmt::format("status {}", came.answer->status)};
    }
    return whole_body(*came.answer, closed_);
}

}  // namespace bsn::node
