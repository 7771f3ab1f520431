#pragma once
// One function for each call of the API. What each of them answers: `docs/http-api.md`.

#include "gateway/service.hpp"

namespace bsn::gateway {

// The node and its network (network.cpp).
Response get_health(Service& service, const Request& request);
Response get_metrics(Service& service, const Request& request);
Response get_openapi(Service& service, const Request& request);
Response get_genesis(Service& service, const Request& request);
Response get_status(Service& service, const Request& request);
Response get_nodes(Service& service, const Request& request);
Response get_participant(Service& service, const Request& request);

// Apps as the permission chain knows them (apps.cpp).
Response get_apps(Service& service, const Request& request);
Response get_app(Service& service, const Request& request);

// Packages of contracts (packages.cpp).
Response post_package(Service& service, const Request& request);
Response get_package(Service& service, const Request& request);

// Reading a chain (queries.cpp).
Response post_query(Service& service, const Request& request);
Response get_height(Service& service, const Request& request);
Response get_block(Service& service, const Request& request);
Response get_transaction(Service& service, const Request& request);

// Receipts (receipts.cpp) and events (event_stream.cpp).
Response get_receipt(Service& service, const Request& request);
Response post_receipts(Service& service, const Request& request);
Response get_events(Service& service, const Request& request);
/// The same over a WebSocket: a stream whose parts are its messages; or a refusal.
Response open_event_socket(Service& service, const Request& request);

/// The id in a path or body; its length is the framework's affair (queries.cpp).
Result<Bytes> transaction_id_from(std::string_view text);

/// Writing (submit.cpp). Waits without holding a thread.
void post_transactions(Service& service, const Request& request, const Reply& reply);

// On frameworks whose peers endorse before a client signs (endorsements.cpp).
Response get_certificate(Service& service, const Request& request);
/// Waits without holding a thread.
void post_endorsement(Service& service, const Request& request, const Reply& reply);

/// Writing with a key in this node's custody (invocations.cpp). Waits as above.
void post_invocation(Service& service, const Request& request, const Reply& reply);

// A member's users and their keys in custody (custody/users.cpp, custody/key_leaves.cpp).
Response get_users(Service& service, const Request& request);
void post_user(Service& service, const Request& request, const Reply& reply);
Response post_user_export(Service& service, const Request& request);
Response post_user_export_confirm(Service& service, const Request& request);
void post_user_release(Service& service, const Request& request, const Reply& reply);

// The JSON-RPC of a dialect's clients (client_rpc.cpp).
Response get_rpc(Service& service, const Request& request);
Response options_rpc(Service& service, const Request& request);
void post_rpc(Service& service, const Request& request, const Reply& reply);

/// Every endpoint of the published protocol (published/handler.cpp).
void post_published(Service& service, const Request& request, const Reply& reply);

}  // namespace bsn::gateway
