#include "gateway/openapi.hpp"

#include "gateway/openapi_tables.hpp"

namespace bsn::gateway {
namespace {

// Kept by hand beside docs/http-api.md; a test checks that it names every route, and end-to-end
// tests check what they are answered against it. In two pieces for the sake of the reader: calls,
// then what they share.

constexpr std::string_view k_document = R"json({
  "openapi": "3.0.3",
  "info": {
    "title": "bsn city node",
    "version": "1",
    "description": "The API of a city node: submit signed transactions, query, read blocks, receipts and events. Times are milliseconds since 1970 in UTC; identifiers are lower-case hexadecimal. Every error is {\"error\": {\"code\", \"message\"}}.",
    "license": { "name": "Apache-2.0" }
  },
  "paths": {
    "/healthz": { "get": {
      "summary": "Whether the node works", "operationId": "get_health", "tags": ["node"],
      "responses": {
        "200": { "description": "ok", "content": { "text/plain": { "schema": { "type": "string" } } } },
        "503": { "description": "Why not, one line for each chain that stopped", "content": { "text/plain": { "schema": { "type": "string" } } } } } } },
    "/metrics": { "get": {
      "summary": "Metrics in Prometheus' text format", "operationId": "get_metrics", "tags": ["node"],
      "responses": { "200": { "description": "Metrics", "content": { "text/plain": { "schema": { "type": "string" } } } } } } },
    "/v1/openapi.json": { "get": {
      "summary": "This document", "operationId": "get_openapi", "tags": ["node"],
      "responses": { "200": { "description": "OpenAPI 3.0", "content": { "application/json": { "schema": { "type": "object" } } } } } } },
    "/v1/genesis": { "get": {
      "summary": "The genesis file; compare it with one from a source that you trust", "operationId": "get_genesis", "tags": ["network"],
      "responses": { "200": { "description": "The canonical file", "content": { "application/json": { "schema": { "type": "object" } } } } } } },
    "/v1/status": { "get": {
      "summary": "The node, its ordering service, and the chains that it runs", "operationId": "get_status", "tags": ["node"],
      "responses": { "200": { "description": "Status", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Status" } } } } } } },
    "/v1/nodes": { "get": {
      "summary": "The city nodes of the network", "operationId": "get_nodes", "tags": ["network"],
      "responses": { "200": { "description": "City nodes", "content": { "application/json": { "schema": { "type": "object", "required": ["nodes"], "properties": { "nodes": { "type": "array", "items": { "$ref": "#/components/schemas/Node" } } } } } } } } } },
    "/v1/participants/{id}": { "get": {
      "summary": "A participant's current key", "operationId": "get_participant", "tags": ["network"],
      "parameters": [ { "name": "id", "in": "path", "required": true, "schema": { "$ref": "#/components/schemas/Id" } } ],
      "responses": {
        "200": { "description": "The participant", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Participant" } } } },
        "default": { "$ref": "#/components/responses/Error" } } } },
    "/v1/packages": { "post": {
      "summary": "Hand in a package of a contract's code, for apps of framework fabric",
      "description": "For participants who may publish apps. The node checks that it can be unpacked and built at all, and keeps it; other city nodes get it from there.",
      "operationId": "post_package", "tags": ["apps"],
      "security": [ { "participant": [] } ],
      "requestBody": { "required": true, "content": { "application/octet-stream": { "schema": { "type": "string", "format": "binary", "description": "A .tar.gz of metadata.json and code.tar.gz, at most 15 MiB" } } } },
      "responses": {
        "200": { "description": "It is kept", "content": { "application/json": { "schema": { "type": "object", "required": ["package", "bytes"], "properties": { "package": { "$ref": "#/components/schemas/Id" }, "bytes": { "type": "integer" } } } } } },
        "default": { "$ref": "#/components/responses/Error" } } } },
    "/v1/packages/{digest}": { "get": {
      "summary": "A package that this node keeps", "operationId": "get_package", "tags": ["apps"],
      "security": [ { "participant": [] } ],
      "parameters": [ { "name": "digest", "in": "path", "required": true, "description": "Its SHA-256", "schema": { "$ref": "#/components/schemas/Id" } } ],
      "responses": {
        "200": { "description": "Its bytes", "content": { "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } } },
        "default": { "$ref": "#/components/responses/Error" } } } },
    "/v1/apps": { "get": {
      "summary": "All apps, by name", "operationId": "get_apps", "tags": ["apps"],
      "responses": { "200": { "description": "Apps", "content": { "application/json": { "schema": { "type": "object", "required": ["apps"], "properties": { "apps": { "type": "array", "items": { "$ref": "#/components/schemas/App" } } } } } } } } } },
    "/v1/apps/{app}": { "get": {
      "summary": "One app; with its members if the caller is one", "operationId": "get_app", "tags": ["apps"],
      "security": [ {}, { "participant": [] } ],
      "parameters": [ { "$ref": "#/components/parameters/app" } ],
      "responses": {
        "200": { "description": "The app", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/App" } } } },
        "default": { "$ref": "#/components/responses/Error" } } } },
    "/v1/apps/{app}/transactions": { "post": {
      "summary": "Submit transactions that the client signed; answered once they are certified",
      "description": "The same bytes again return the first answer.",
      "operationId": "submit", "tags": ["chain"],
      "parameters": [
        { "$ref": "#/components/parameters/app" },
        { "name": "timeout_ms", "in": "query", "description": "How long to wait; then unknown_outcome", "schema": { "type": "integer", "minimum": 1, "maximum": 60000, "default": 15000 } } ],
      "requestBody": { "required": true, "content": {
        "application/octet-stream": { "schema": { "type": "string", "format": "binary", "description": "One transaction" } },
        "application/json": { "schema": { "type": "object", "required": ["transaction"], "additionalProperties": false, "properties": { "transaction": { "type": "string", "format": "byte" } } } },
        "application/x-bsn-transactions": { "schema": { "type": "string", "format": "binary", "description": "At most 4,000: u32 count, then for each u32 length and bytes (big-endian)" } } } },
      "responses": {
        "200": { "description": "On the chain; also if the contract refused", "content": {
          "application/json": { "schema": { "$ref": "#/components/schemas/Outcome" } },
          "application/x-bsn-results": { "schema": { "type": "string", "format": "binary", "description": "u32 count, then for each u16 code (0 success, 1 refused, else 100 + number of the error), u64 height, u32 index, 32 bytes id, u16 length and text of the error" } } } },
        "default": { "$ref": "#/components/responses/Error" } } } },
    "/v1/apps/{app}/invocations": { "post": {
      "summary": "Write with a user's key that this node keeps; happens once for each idempotency key",
      "description": "The same key and call again answer as the first time, at every node and for ever; the same key with another call is refused with duplicate.",
      "operationId": "invoke", "tags": ["chain", "users"],
      "security": [ { "participant": [] } ],
      "parameters": [
        { "$ref": "#/components/parameters/app" },
        { "name": "timeout_ms", "in": "query", "description": "How long to wait; then unknown_outcome", "schema": { "type": "integer", "minimum": 1, "maximum": 60000, "default": 15000 } } ],
      "requestBody": { "required": true, "content": { "application/json": { "schema": { "type": "object", "required": ["contract", "function", "idempotency_key"], "additionalProperties": false, "properties": {
        "user": { "type": "string", "default": "default", "description": "A user of the caller whose key this node keeps. Apps of framework fabric-network: if it is absent, the node signs in its own name" },
        "contract": { "type": "string" }, "function": { "type": "string" },
        "arguments": { "type": "array", "items": { "$ref": "#/components/schemas/Argument" } },
        "idempotency_key": { "type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[ -~]+$" } } } } } },
      "responses": {
        "200": { "description": "On the chain; also if the contract refused", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Outcome" } } } },
        "default": { "$ref": "#/components/responses/Error" } } } },
    "/v1/apps/{app}/certificate": { "get": {
      "summary": "Apps of framework fabric: a certificate for the caller's key, to sign with",
      "operationId": "get_certificate", "tags": ["chain"],
      "security": [ { "participant": [] } ],
      "parameters": [ { "$ref": "#/components/parameters/app" } ],
      "responses": {
        "200": { "description": "By the organisation of this city node", "content": { "application/json": { "schema": { "type": "object", "required": ["channel", "msp", "certificate"], "properties": {
          "channel": { "type": "string", "description": "The channel's name on Fabric" }, "msp": { "type": "string" }, "certificate": { "type": "string", "description": "PEM" } } } } } },
        "default": { "$ref": "#/components/responses/Error" } } } },
    "/v1/apps/{app}/endorsements": { "post": {
      "summary": "Apps on channels of Fabric: have peers endorse a proposal that the client signed",
      "description": "The client signs what is answered, and submits the envelope as a transaction.",
      "operationId": "endorse", "tags": ["chain"],
      "parameters": [ { "$ref": "#/components/parameters/app" } ],
      "requestBody": { "required": true, "content": { "application/octet-stream": { "schema": { "type": "string", "format": "binary", "description": "protos.SignedProposal" } } } },
      "responses": {
        "200": { "description": "common.Payload, to be signed", "content": { "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } } },
        "default": { "$ref": "#/components/responses/Error" } } } },
    "/v1/apps/{app}/query": { "post": {
      "summary": "Call a function that only reads", "operationId": "query", "tags": ["chain"],
      "security": [ {}, { "participant": [] } ],
      "parameters": [ { "$ref": "#/components/parameters/app" } ],
      "requestBody": { "required": true, "content": { "application/json": { "schema": { "type": "object", "required": ["contract", "function"], "additionalProperties": false, "properties": {
        "contract": { "type": "string" }, "function": { "type": "string" },
        "arguments": { "type": "array", "items": { "$ref": "#/components/schemas/Argument" } } } } } } },
      "responses": {
        "200": { "description": "What the contract answered, and a height that it knew", "content": { "application/json": { "schema": { "type": "object", "required": ["height", "result"], "properties": {
          "height": { "type": "integer" }, "result": { "type": "string", "format": "byte" }, "result_text": { "type": "string", "description": "The same, if it is UTF-8" } } } } } },
        "default": { "$ref": "#/components/responses/Error" } } } },
    "/v1/apps/{app}/height": { "get": {
      "summary": "The height of the last certified block", "operationId": "get_height", "tags": ["chain"],
      "security": [ {}, { "participant": [] } ],
      "parameters": [ { "$ref": "#/components/parameters/app" } ],
      "responses": {
        "200": { "description": "The height", "content": { "application/json": { "schema": { "type": "object", "required": ["height"], "properties": { "height": { "type": "integer" } } } } } },
        "default": { "$ref": "#/components/responses/Error" } } } },
    "/v1/apps/{app}/blocks/{height}": { "get": {
      "summary": "A block", "operationId": "get_block", "tags": ["chain"],
      "security": [ {}, { "participant": [] } ],
      "parameters": [ { "$ref": "#/components/parameters/app" },
        { "name": "height", "in": "path", "required": true, "description": "Its height, its hash (64 digits), or latest", "schema": { "type": "string" } } ],
      "responses": {
        "200": { "description": "The block", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Block" } } } },
        "default": { "$ref": "#/components/responses/Error" } } } },
    "/v1/apps/{app}/transactions/{id}": { "get": {
      "summary": "A transaction and what came of it", "operationId": "get_transaction", "tags": ["chain"],
      "security": [ {}, { "participant": [] } ],
      "parameters": [ { "$ref": "#/components/parameters/app" }, { "$ref": "#/components/parameters/transaction" } ],
      "responses": {
        "200": { "description": "The transaction", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Transaction" } } } },
        "default": { "$ref": "#/components/responses/Error" } } } },
    "/v1/apps/{app}/transactions/{id}/receipt": { "get": {
      "summary": "Its receipt bundle: verifies offline with the genesis file", "operationId": "get_receipt", "tags": ["chain"],
      "security": [ {}, { "participant": [] } ],
      "parameters": [ { "$ref": "#/components/parameters/app" }, { "$ref": "#/components/parameters/transaction" } ],
      "responses": {
        "200": { "description": "Canonical JSON, or the proof of another framework's chain: keep its bytes", "content": { "application/json": { "schema": { "type": "object" } }, "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } } },
        "default": { "$ref": "#/components/responses/Error" } } } },
    "/v1/apps/{app}/receipts": { "post": {
      "summary": "Many receipt bundles, one on a line", "operationId": "get_receipts", "tags": ["chain"],
      "security": [ {}, { "participant": [] } ],
      "parameters": [ { "$ref": "#/components/parameters/app" } ],
      "requestBody": { "required": true, "content": { "application/json": { "schema": { "type": "object", "required": ["ids"], "additionalProperties": false, "properties": { "ids": { "type": "array", "minItems": 1, "maxItems": 1000, "items": { "$ref": "#/components/schemas/Id" } } } } } } },
      "responses": {
        "200": { "description": "A line for each id, in order: {\"id\", \"bundle\": hexadecimal} or {\"id\", \"error\"}", "content": { "application/x-ndjson": { "schema": { "type": "string" } } } },
        "default": { "$ref": "#/components/responses/Error" } } } },
    "/v1/apps/{app}/events": { "get": {
      "summary": "Events of contracts from any block on, as server-sent events or over a WebSocket", "operationId": "get_events", "tags": ["chain"],
      "security": [ {}, { "participant": [] } ],
      "parameters": [ { "$ref": "#/components/parameters/app" },
        { "name": "from", "in": "query", "description": "The first block to read; absent: the next one", "schema": { "type": "integer", "minimum": 0 } },
        { "name": "Last-Event-ID", "in": "header", "description": "Go on after this event; counts before from", "schema": { "type": "string", "pattern": "^[0-9]+-[0-9]+-[0-9]+$" } } ],
      "responses": {
        "101": { "description": "To a request for a WebSocket. Its text messages: {\"height\": all up to this block was sent, \"events\": [those of the blocks since the last message, each with its id]}; {\"error\"} before it is closed" },
        "200": { "description": "id: HEIGHT-INDEX-LOG, event: name, data: JSON; comments say how far it is", "content": { "text/event-stream": { "schema": { "type": "string" } } } },
        "default": { "$ref": "#/components/responses/Error" } } } },
    "/v1/apps/{app}/users": {
      "get": {
        "summary": "The caller's users in an app", "operationId": "get_users", "tags": ["users"],
        "security": [ { "participant": [] } ],
        "parameters": [ { "$ref": "#/components/parameters/app" } ],
        "responses": {
          "200": { "description": "Users, and the caller's custodian", "content": { "application/json": { "schema": { "type": "object", "required": ["app", "users"], "properties": {
            "app": { "type": "string" }, "custodian": { "$ref": "#/components/schemas/Id" },
            "users": { "type": "array", "items": { "$ref": "#/components/schemas/User" } } } } } } },
          "default": { "$ref": "#/components/responses/Error" } } },
      "post": {
        "summary": "Make a user whose key this node keeps, as the caller's custodian", "operationId": "add_user", "tags": ["users"],
        "security": [ { "participant": [] } ],
        "parameters": [ { "$ref": "#/components/parameters/app" } ],
        "requestBody": { "required": true, "content": { "application/json": { "schema": { "type": "object", "required": ["name"], "additionalProperties": false, "properties": { "name": { "type": "string" } } } } } },
        "responses": {
          "200": { "description": "The user; the same call again answers the same", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/User" } } } },
          "default": { "$ref": "#/components/responses/Error" } } } },
    "/v1/apps/{app}/users/{user}/export": { "post": {
      "summary": "Ask for a user's key: a challenge that the owner has to sign", "operationId": "export_key", "tags": ["users"],
      "security": [ { "participant": [] } ],
      "parameters": [ { "$ref": "#/components/parameters/app" }, { "$ref": "#/components/parameters/user" } ],
      "responses": {
        "200": { "description": "Good once, until it expires", "content": { "application/json": { "schema": { "type": "object", "required": ["challenge", "expires", "statement"], "properties": {
          "challenge": { "type": "string" }, "expires": { "type": "integer" }, "statement": { "type": "string", "description": "The bytes to sign, hexadecimal" } } } } } },
        "default": { "$ref": "#/components/responses/Error" } } } },
    "/v1/apps/{app}/users/{user}/export/confirm": { "post": {
      "summary": "Confirm the export, and get the key encrypted", "operationId": "confirm_export", "tags": ["users"],
      "security": [ { "participant": [] } ],
      "parameters": [ { "$ref": "#/components/parameters/app" }, { "$ref": "#/components/parameters/user" } ],
      "requestBody": { "required": true, "content": { "application/json": { "schema": { "type": "object", "required": ["challenge", "signature", "passphrase"], "additionalProperties": false, "properties": {
        "challenge": { "type": "string" }, "signature": { "type": "string" }, "passphrase": { "type": "string", "minLength": 12 } } } } } },
      "responses": {
        "200": { "description": "PKCS#8 PEM, encrypted under the passphrase", "content": { "application/json": { "schema": { "type": "object", "required": ["name", "key"], "properties": {
          "name": { "type": "string" }, "key": { "type": "string" } } } } } },
        "default": { "$ref": "#/components/responses/Error" } } } },
    "/v1/apps/{app}/users/{user}/release": { "post": {
      "summary": "Put a key that the user holds in place of the one in custody, which is destroyed", "operationId": "release_key", "tags": ["users"],
      "security": [ { "participant": [] } ],
      "parameters": [ { "$ref": "#/components/parameters/app" }, { "$ref": "#/components/parameters/user" } ],
      "requestBody": { "required": true, "content": { "application/json": { "schema": { "type": "object", "required": ["key", "proof"], "additionalProperties": false, "properties": {
        "key": { "type": "string", "description": "The new public key" }, "proof": { "type": "string", "description": "As for rotate_key" } } } } } },
      "responses": {
        "200": { "description": "The user; the same call again answers the same", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/User" } } } },
        "default": { "$ref": "#/components/responses/Error" } } } },
    "/rpc/{app}": {
      "post": {
        "summary": "JSON-RPC 2.0 of the app's framework, such as eth_*", "operationId": "rpc", "tags": ["chain"],
        "security": [ {}, { "participant": [] } ],
        "parameters": [ { "$ref": "#/components/parameters/app" } ],
        "requestBody": { "required": true, "content": { "application/json": { "schema": { "description": "A request, or a batch", "oneOf": [ { "type": "object" }, { "type": "array", "items": { "type": "object" } } ] } } } },
        "responses": {
          "200": { "description": "A response, or those of a batch; empty for notifications", "content": { "application/json": { "schema": { "oneOf": [ { "type": "object" }, { "type": "array", "items": { "type": "object" } } ] } } } },
          "default": { "$ref": "#/components/responses/RpcError" } } },
      "get": {
        "summary": "The same over WebSocket, with subscriptions", "operationId": "rpc_websocket", "tags": ["chain"],
        "security": [ {}, { "participant": [] } ],
        "parameters": [ { "$ref": "#/components/parameters/app" } ],
        "responses": {
          "101": { "description": "A WebSocket; requests and responses are its text messages" },
          "default": { "$ref": "#/components/responses/RpcError" } } },
      "options": {
        "summary": "Whether the page that asks may call", "operationId": "rpc_preflight", "tags": ["chain"],
        "parameters": [ { "$ref": "#/components/parameters/app" } ],
        "responses": {
          "200": { "description": "It may" },
          "default": { "$ref": "#/components/responses/RpcError" } } } }
  },
)json"
                                        R"json(  "components": {
    "securitySchemes": {
      "participant": { "type": "apiKey", "in": "header", "name": "Authorization",
        "description": "BSN participant=<hex>,suite=<name>,key=<hex>,expires=<ms>,nonce=<32 hex digits>,signature=<hex>; see docs/http-api.md" } },
    "parameters": {
      "app": { "name": "app", "in": "path", "required": true, "description": "An app's name or channel id; system for the permission chain, which anyone may read", "schema": { "type": "string" } },
      "user": { "name": "user", "in": "path", "required": true, "description": "A name that the caller gave a user", "schema": { "type": "string" } },
      "transaction": { "name": "id", "in": "path", "required": true, "schema": { "$ref": "#/components/schemas/Id" } } },
    "responses": {
      "Error": { "description": "Why not", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } } },
      "RpcError": { "description": "Why not, as JSON-RPC says it", "content": { "application/json": { "schema": { "type": "object", "required": ["jsonrpc", "id", "error"] } } } } },
    "schemas": {
      "Id": { "type": "string", "pattern": "^[0-9a-f]{64}$" },
      "Argument": { "oneOf": [ { "type": "string" }, { "type": "object", "required": ["base64"], "additionalProperties": false, "properties": { "base64": { "type": "string", "format": "byte" } } } ] },
      "Error": { "type": "object", "required": ["error"], "properties": { "error": { "type": "object", "required": ["code", "message"], "properties": {
        "code": { "type": "string", "enum": ["invalid_argument", "unsupported_version", "too_large", "bad_signature", "wrong_network", "wrong_channel", "wrong_suite", "expired", "duplicate", "already_exists", "not_found", "unauthenticated", "forbidden", "suspended", "contract_failed", "unavailable", "overloaded", "unknown_outcome", "io_error", "no_space", "corrupted", "internal", "voided"] },
        "message": { "type": "string", "description": "One sentence that says what to do" } } } } },
      "Outcome": { "type": "object", "required": ["id", "status", "height", "index", "time", "result"], "properties": {
        "id": { "$ref": "#/components/schemas/Id" },
        "status": { "type": "string", "enum": ["success", "refused"] },
        "height": { "type": "integer" }, "index": { "type": "integer" }, "time": { "type": "integer" },
        "result": { "type": "string", "format": "byte" }, "result_text": { "type": "string" },
        "error": { "type": "string", "description": "Why the contract refused" } } },
      "Transaction": { "allOf": [ { "$ref": "#/components/schemas/Outcome" }, { "type": "object", "properties": {
        "creator": { "type": "string" }, "contract": { "type": "string" }, "function": { "type": "string" },
        "arguments": { "type": "array", "items": { "$ref": "#/components/schemas/Argument" } },
        "raw": { "type": "string", "format": "byte", "description": "As the client sent it" } } } ] },
      "Block": { "type": "object", "required": ["height", "hash", "previous", "time", "final", "transactions"], "properties": {
        "height": { "type": "integer" }, "hash": { "type": "string" }, "previous": { "type": "string" },
        "time": { "type": "integer" }, "final": { "type": "boolean" },
        "signers": { "type": "integer", "description": "Peers whose signatures are in its certificate" },
        "transactions": { "type": "array", "items": { "type": "string" } },
        "raw_header": { "type": "string", "format": "byte" }, "details": { "type": "object" } } },
      "Participant": { "type": "object", "required": ["id", "suite", "key", "revoked"], "properties": {
        "id": { "$ref": "#/components/schemas/Id" }, "name": { "type": "string" },
        "suite": { "$ref": "#/components/schemas/Suite" }, "key": { "type": "string" }, "revoked": { "type": "boolean" } } },
      "Suite": { "type": "string", "enum": ["secp256r1", "secp256k1", "sm2"] },
      "Node": { "type": "object", "required": ["id", "name"], "properties": {
        "id": { "$ref": "#/components/schemas/Id" }, "name": { "type": "string" }, "city": { "type": "string" },
        "operator": { "type": "string" }, "keys": { "type": "object", "additionalProperties": { "type": "string" } },
        "certificate": { "type": "string", "description": "PEM" },
        "state": { "type": "string", "enum": ["admitted", "active", "left", "revoked"] },
        "validator": { "type": "string", "description": "Ed25519 key; empty: it only follows the order" },
        "peers": { "type": "string", "description": "HOST:PORT; empty: as each node.yaml says" },
        "ordering": { "type": "string", "description": "ID@HOST:PORT of its CometBFT" },
        "predecessor": { "$ref": "#/components/schemas/Id" },
        "fabric": { "type": "object", "description": "What it offers of Hyperledger Fabric, by release (2.5, 3.1)", "additionalProperties": { "type": "object", "properties": {
          "msp": { "type": "string", "description": "MSP id of its organisation" }, "peer": { "type": "string", "description": "HOST:PORT" }, "orderer": { "type": "string", "description": "The same; empty: none" } } } },
        "left_from": { "type": "integer", "description": "The first ordering height at which it is none of the network's" },
        "revoked_from": { "type": "integer", "description": "The first ordering height at which it does not count" } } },
      "Member": { "type": "object", "required": ["participant", "state", "roles"], "properties": {
        "participant": { "$ref": "#/components/schemas/Id" },
        "state": { "type": "string", "enum": ["invited", "requested", "approved", "removed"] },
        "roles": { "type": "array", "items": { "type": "string" } } } },
      "User": { "type": "object", "required": ["name", "participant", "held_here"], "properties": {
        "name": { "type": "string" }, "participant": { "$ref": "#/components/schemas/Id" }, "suite": { "$ref": "#/components/schemas/Suite" },
        "key": { "type": "string" }, "held_here": { "type": "boolean", "description": "Whether this node keeps the key that counts" } } },
      "App": { "type": "object", "required": ["name", "channel", "state", "suite"], "properties": {
        "name": { "type": "string" }, "channel": { "$ref": "#/components/schemas/Id" }, "description": { "type": "string" },
        "framework": { "type": "string" }, "state": { "type": "string", "enum": ["active", "suspended"] },
        "reason": { "type": "string", "description": "Why it is suspended" },
        "suite": { "$ref": "#/components/schemas/Suite" }, "publisher": { "$ref": "#/components/schemas/Id" },
        "open_to_join": { "type": "boolean" }, "created": { "type": "integer" },
        "epoch": { "type": "integer" }, "quorum": { "type": "integer" },
        "nodes": { "type": "array", "items": { "type": "object", "properties": { "id": { "$ref": "#/components/schemas/Id" }, "name": { "type": "string" }, "operator": { "type": "string" } } } },
        "contracts": { "type": "array", "items": { "type": "object", "properties": { "name": { "type": "string" }, "type": { "type": "string" }, "version": { "type": "integer" }, "chaincode": { "type": "string", "description": "Apps of framework fabric-network, instead of type and version" } } } },
        "roles": { "type": "array", "items": { "type": "object", "properties": { "name": { "type": "string" }, "public": { "type": "boolean" }, "functions": { "type": "array", "items": { "type": "string" } } } } },
        "gateway": { "type": "object", "description": "How city nodes' gateways serve the app", "properties": {
          "published": { "type": "boolean" }, "keys": { "type": "string", "enum": ["trust", "upload"] },
          "limits": { "type": "object", "description": "What is absent has no limit", "properties": {
            "transactions_per_second": { "type": "integer" }, "traffic_bytes_per_day": { "type": "integer" }, "storage_bytes": { "type": "integer" } } } } },
        "evm": { "type": "object", "description": "Apps of framework ethereum or fisco: how they run the EVM", "properties": {
          "chain_id": { "type": "integer" }, "group": { "type": "integer" }, "fork": { "type": "string" },
          "gas": { "type": "string", "enum": ["free", "metered"] }, "base_fee": { "type": "integer" },
          "accounts": { "type": "string", "enum": ["open", "members"] },
          "transaction_gas": { "type": "integer" }, "max_code_bytes": { "type": "integer" } } },
        "network": { "type": "object", "description": "Apps of framework fisco-network: where their chain is", "properties": {
          "endpoints": { "type": "array", "items": { "type": "string" } }, "authority": { "type": "string" },
          "chain_id": { "type": "integer" }, "group": { "type": "integer" },
          "sealers": { "type": "array", "items": { "type": "string" } }, "quorum": { "type": "integer" } } },
        "fabric": { "type": "object", "description": "Apps on channels of Fabric: fabric has version, ordering, members and batch, fabric-network peers and orderers", "properties": {
          "channel": { "type": "string", "description": "Its name on Fabric" },
          "version": { "type": "string", "description": "The release of Fabric" }, "ordering": { "type": "string", "enum": ["raft", "bft"] },
          "trust": { "type": "object", "description": "The organisations by which proofs are judged" },
          "peers": { "type": "array", "items": { "type": "object", "properties": { "msp": { "type": "string" }, "address": { "type": "string" } } } },
          "orderers": { "type": "array", "items": { "type": "object", "properties": { "address": { "type": "string" } } } },
          "members": { "type": "array", "items": { "type": "object", "properties": { "node": { "type": "string" }, "msp": { "type": "string" }, "peer": { "type": "string" }, "orders": { "type": "boolean", "description": "Whether its orderer is one of the channel's" } } } },
          "batch": { "type": "object", "properties": { "timeout_ms": { "type": "integer" }, "max_messages": { "type": "integer" } } } } },
        "membership": { "$ref": "#/components/schemas/Member" },
        "members": { "type": "array", "items": { "$ref": "#/components/schemas/Member" } } } },
      "Status": { "type": "object", "required": ["network", "node", "chains"], "properties": {
        "network": { "$ref": "#/components/schemas/Id" }, "network_name": { "type": "string" },
        "node": { "$ref": "#/components/schemas/Id" }, "name": { "type": "string" }, "city": { "type": "string" },
        "operator": { "type": "string" },
        "state": { "type": "string", "enum": ["unknown", "admitted", "active", "left", "revoked"] },
        "version": { "type": "string" }, "ordering": { "type": "string" },
        "order_height": { "type": "integer" },
        "order": { "type": "object", "description": "How the order is made, as this node sees it", "properties": {
          "block_age_ms": { "type": "integer", "description": "Since the last ordering height came" },
          "trouble": { "type": "string", "description": "Why nothing is ordered" },
          "validators": { "type": "integer", "description": "Nodes that agree on the order; 0: one orderer" },
          "is_validator": { "type": "boolean" }, "waiting_bytes": { "type": "integer" },
          "follows": { "type": "string", "description": "Of a node without an ordering process: the name of the node that it takes the order from now, or empty" },
          "behind": { "type": "integer", "description": "Heights that that one has and this node has not" },
          "engine_restarts": { "type": "integer", "description": "Of the ordering process beside the node" },
          "double_signers": { "type": "array", "description": "Nodes whose validator signed two blocks for one height", "items": { "type": "object", "properties": {
            "node": { "type": "string" }, "height": { "type": "integer" } } } } } },
        "links": { "type": "array", "description": "To the other nodes; empty if all are in one process", "items": { "type": "object", "properties": {
          "node": { "$ref": "#/components/schemas/Id" }, "name": { "type": "string" }, "connected": { "type": "boolean" },
          "queued_bytes": { "type": "integer" }, "dropped": { "type": "integer", "description": "Messages that did not fit" },
          "address": { "type": "string" }, "ordering": { "type": "string", "description": "Of its CometBFT" } } } },
        "time": { "type": "integer", "description": "Of the node's clock, milliseconds since 1970" },
        "uptime_ms": { "type": "integer" }, "trust": { "type": "string" },
        "fabric_trouble": { "type": "string", "description": "Why the node offers no Hyperledger Fabric" },
        "fabric_processes": { "type": "array", "description": "The node's programs of Hyperledger Fabric", "items": { "type": "object", "properties": {
          "process": { "type": "string" }, "version": { "type": "string" }, "running": { "type": "boolean" }, "restarts": { "type": "integer" },
          "memory_bytes": { "type": "integer" }, "trouble": { "type": "string" } } } },
        "chains": { "type": "array", "items": { "type": "object", "properties": {
          "app": { "type": "string" }, "channel": { "type": "string" }, "state": { "type": "string", "enum": ["active", "suspended", "stopped", "copying", "opening"] },
          "step": { "type": "string", "description": "While it is opened: what is done now" },
          "alarm": { "type": "string", "description": "Why the peer stopped" },
          "contracts": { "type": "array", "description": "Of framework fabric: contracts that are packages", "items": { "type": "object", "properties": { "name": { "type": "string" }, "language": { "type": "string" }, "state": { "type": "string", "enum": ["runs", "stopped"] }, "trouble": { "type": "string" }, "restarts": { "type": "integer" } } } },
          "height": { "type": "integer" }, "certified": { "type": "integer" },
          "head": { "type": "string" }, "transactions": { "type": "integer" }, "pending": { "type": "integer" },
          "voided": { "type": "integer", "description": "Ordered batches that no peer could serve, given up by votes of a quorum" },
          "peers": { "type": "integer" }, "quorum": { "type": "integer" }, "epoch": { "type": "integer" },
          "settled": { "type": "boolean", "description": "Whether the chain has taken up all that the permission chain decided" } } } } } }
    }
  }
}
)json";

std::string whole_document() {
    Json document = Json::parse(k_document);
    describe_published(document);
    describe_what_calls_share(document);
    return document.dump(2) + "\n";
}

}  // namespace

std::string_view openapi_document() {
    static const std::string k_whole = whole_document();
    return k_whole;
}

}  // namespace bsn::gateway
