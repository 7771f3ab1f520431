// Reading a chain: its contracts' answers, blocks and transactions.
#include "gateway/errors.hpp"
#include "gateway/handlers.hpp"
#include "gateway/json.hpp"
#include "gateway/known_caller.hpp"

#include <fmt/format.h>

namespace bsn::gateway {
namespace {

constexpr std::size_t k_max_id_digits = 128;  // other frameworks' ids are not 32 bytes long
constexpr std::size_t k_block_hash_digits = 64;

Result<framework::Invocation> query_from(ByteView body) {
    BSN_TRY(json, parse_object(body));
    BSN_CHECK(only_keys(json, {"contract", "function", "arguments"}));
    return invocation_from(json);
}

Result<Json> run_query(Service& service, const Request& request) {
    BSN_TRY(target, service.target_of(request));
    BSN_TRY(invocation, query_from(request.body));
    std::optional<registry::Caller> caller;
    if (target.app) {
        BSN_TRY(authenticated, service.authenticator().caller_of(request, target.channel));
        caller = authenticated;
        const registry::Caller* who = caller ? &*caller : nullptr;
        // Roles name functions of our own contracts; of Solidity's, whoever may read may call all.
        BSN_CHECK(target.app->record.dialect || target.app->record.network
                      ? service.backend().may_read(*target.app, who)
                      : service.backend().may_call(*target.app, who, invocation.contract,
                                                   invocation.function));
    }
    BSN_TRY(chain, service.backend().chain(target.chain_name));
    std::optional<KnownCaller> signer;
    if (caller) invocation.identity = &signer.emplace(*caller);
    std::uint64_t height = chain->height();
    BSN_TRY(answer, chain->query(invocation));
    Json json{{"height", height}};
    put_bytes(json, "result", answer);
    return json;
}

Result<Json> find_block(Service& service, const Request& request) {
    const std::string& which = request.path.find("height")->second;
    BSN_TRY(chain, service.chain_to_read(request));
    auto read = [&]() -> Result<framework::BlockView> {
        if (which == "latest") return chain->block(chain->height());
        if (which.size() == k_block_hash_digits) {
            BSN_TRY(hash, from_hex(which));
            return chain->block_by_hash(hash);
        }
        auto height = parse_number(which);
        if (!height) {
            return Error{Code::invalid_argument,
                         "a block is named by its height, its hash (64 hexadecimal digits) or "
                         "\"latest\""};
        }
        return chain->block(*height);
    };
    BSN_TRY(block, read());
    Json ids = Json::array();
    for (const Bytes& id : block.transaction_ids) ids.push_back(to_hex(id));
    Json json{{"height", block.height},
              {"hash", to_hex(block.hash)},
              {"previous", to_hex(block.previous)},
              {"time", block.time},
              {"final", block.final},
              {"signers", block.signers},
              {"transactions", ids},
              {"raw_header", to_base64(block.raw_header)}};
    Json details = Json::parse(block.details, nullptr, false);
    if (!details.is_discarded()) json["details"] = details;
    return json;
}

Result<Json> find_transaction(Service& service, const Request& request) {
    BSN_TRY(chain, service.chain_to_read(request));
    BSN_TRY(id, transaction_id_from(request.path.find("id")->second));
    BSN_TRY(transaction, chain->transaction(id));
    return transaction_json(transaction, true);
}

Response answer(const Result<Json>& result) {
    return result ? json_response(*result) : error_response(result.error());
}

}  // namespace

Result<Bytes> transaction_id_from(std::string_view text) {
    auto id = from_hex(text);
    if (!id || id->empty() || text.size() > k_max_id_digits) {
        return Error{Code::invalid_argument,
                     "a transaction id is hexadecimal; on our own ledger it has 64 digits"};
    }
    return *id;
}

Response post_query(Service& service, const Request& request) {
    if (request.content_type != k_json_type) return wrong_type(request, {k_json_type});
    return answer(run_query(service, request));
}

Response get_height(Service& service, const Request& request) {
    auto chain = service.chain_to_read(request);
    if (!chain) return error_response(chain.error());
    return json_response({{"height", (*chain)->height()}});
}

Response get_block(Service& service, const Request& request) {
    return answer(find_block(service, request));
}

Response get_transaction(Service& service, const Request& request) {
    return answer(find_transaction(service, request));
}

}  // namespace bsn::gateway
