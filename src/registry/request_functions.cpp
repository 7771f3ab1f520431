// City nodes that the operators let in, and those whose keys they change.

#include "crypto/certificate_authority.hpp"
#include "registry/node_changes.hpp"
#include "registry/node_request.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::registry {
namespace {

/// The request that the calling operator sent, if node and authority vouch for it.
Result<NodeRequest> vouched_request(const Context& context) {
    BSN_TRY(arguments, text_arguments(context, 1, 1));
    auto request = NodeRequest::from_text(arguments[0]);
    if (!request) return refuse(request.error().message);
    // The text is what operators agree to: one request has one text.
    if (request->to_text() != arguments[0]) {
        return refuse("a node request is written in small letters, without blanks");
    }
    if (request->network != context.call().network) {
        return refuse("the request is for another network");
    }
    if (Status good = request->check_own_signature(); !good) return refuse(good.error().message);
    BSN_TRY(authority, context.get(authority_key()));
    if (!authority) return Error{Code::corrupted, "the authority's certificate is missing"};
    Status issued =
        crypto::check_issued_certificate(to_text(*authority), request->certificate,
                                         {crypto::SuiteId::secp256r1, request->secp256r1});
    if (!issued) return refuse(issued.error().message);
    return request;
}

NodeRecord record_of(const NodeRequest& request) {
    NodeRecord node{request.id(),
                    request.name,
                    request.city,
                    request.operator_name,
                    {request.secp256r1, request.secp256k1, request.sm2},
                    request.certificate,
                    0};
    node.validator = request.validator;
    node.peers = request.peers;
    node.ordering = request.ordering;
    node.predecessor = request.replaces;
    return node;
}

/// Refused if a node has, or had, one of the keys: one that counts twice would make a quorum with
/// fewer nodes.
Status require_new_keys(const std::vector<NodeRecord>& nodes, const NodeRecord& fresh) {
    for (const NodeRecord& one : nodes) {
        for (std::size_t i = 0; i < fresh.keys.size(); ++i) {
            if (i < one.keys.size() && one.keys[i] == fresh.keys[i]) {
                return refuse(fmt::format(
                    "city node {} has or had the {} key of this request; keys are used once",
                    one.name, crypto::suite_name(static_cast<crypto::SuiteId>(i + 1))));
            }
        }
        if (!fresh.validator.empty() && one.validator == fresh.validator) {
            return refuse(fmt::format(
                "city node {} has or had the validator key of this request; keys are used once",
                one.name));
        }
    }
    return {};
}

/// Refused if the network's order is made without validators.
Status require_order_takes(const std::vector<NodeRecord>& nodes, const NodeRecord& fresh) {
    const bool by_validators = std::any_of(
        nodes.begin(), nodes.end(), [](const NodeRecord& one) { return !one.validator.empty(); });
    if (by_validators || fresh.validator.empty()) return {};
    return refuse("this network's order is made by one orderer: it has no validators");
}

/// Puts the new node in the old one's place, from the next ordering height on.
Status replace_peer(ledger::EpochRecord& epoch, const NodeRecord& old, const NodeRecord& fresh,
                    std::uint64_t from, std::string_view what) {
    BSN_CHECK(require_quorum_without(epoch, from - 1, what));
    epoch = next_epoch(std::move(epoch), from);
    erase_peer(epoch, old.id);
    insert_peer(epoch, fresh);
    return {};
}

Status check_other_signature(const NodeRequest& request, const NodeRecord& old) {
    const crypto::PublicKey key{crypto::SuiteId::secp256r1, old.keys.at(0)};
    if (crypto::verify(key, request.statement(), request.other_signature)) return {};
    return refuse(
        fmt::format("the request is not signed by the present key of city node {}; if "
                    "that is lost, revoke the node and add it anew",
                    old.name));
}

}  // namespace

Result<Bytes> add_node(Context& context) {
    BSN_CHECK(require_operator(context));
    BSN_TRY(request, vouched_request(context));
    if (request.replaces_another()) {
        return refuse("this request changes a node's keys; send it to rotate_node");
    }
    BSN_TRY(nodes, all_nodes(context));
    NodeRecord fresh = record_of(request);
    BSN_CHECK(require_new_keys(nodes, fresh));
    BSN_CHECK(require_order_takes(nodes, fresh));
    const auto namesake = std::find_if(nodes.begin(), nodes.end(), [&](const NodeRecord& one) {
        return one.name == fresh.name && one.is_member();
    });
    if (namesake != nodes.end()) {
        return refuse(fmt::format("there is a city node '{}' already", fresh.name));
    }
    BSN_TRY(agreed, enough_agree(context));
    if (!agreed) return to_bytes(k_agreed);
    fresh.state = NodeState::admitted;
    put_node(context, fresh);
    context.emit("node_admitted", {to_bytes(fresh.id.view())}, {});
    return to_bytes("admitted");
}

Result<Bytes> rotate_node(Context& context) {
    BSN_CHECK(require_operator(context));
    BSN_TRY(request, vouched_request(context));
    BSN_TRY(nodes, all_nodes(context));
    const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const NodeRecord& one) {
        return one.id == request.replaces && one.state == NodeState::active;
    });
    if (found == nodes.end()) {
        return refuse("the request names no active city node whose keys it changes");
    }
    NodeRecord& old = *found;
    NodeRecord fresh = record_of(request);
    if (fresh.name != old.name) {
        return refuse(fmt::format("city node {} keeps its name when its keys change", old.name));
    }
    if (fresh.validator.empty() != old.validator.empty()) {
        return refuse(fmt::format("city node {} {} a validator, and stays so when its keys change",
                                  old.name, old.validator.empty() ? "is not" : "is"));
    }
    BSN_CHECK(check_other_signature(request, old));
    BSN_CHECK(require_new_keys(nodes, fresh));
    BSN_TRY(agreed, enough_agree(context));
    if (!agreed) return to_bytes(k_agreed);

    const std::uint64_t from = context.call().order_height + 1;
    BSN_TRY(system, system_epoch(context));
    BSN_CHECK(replace_peer(system, old, fresh, from, "the network"));
    decide_system_epoch(context, system);
    BSN_TRY(apps, all_apps(context));
    for (AppRecord& app : apps) {
        if (!app.epoch.index_of(old.id)) continue;
        BSN_CHECK(replace_peer(app.epoch, old, fresh, from, "app " + app.name));
        context.decide(app.channel, ledger::EpochControl{app.epoch});
        put_app(context, app);
    }
    BSN_CHECK(move_custody(context, old.id, fresh.id));
    old.state = NodeState::left;
    old.left_from = from;
    put_node(context, old);
    put_node(context, fresh);
    context.emit("node_rotated", {to_bytes(old.id.view()), to_bytes(fresh.id.view())}, {});
    return to_bytes("rotated");
}

}  // namespace bsn::registry
