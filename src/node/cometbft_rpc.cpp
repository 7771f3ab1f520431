#include "node/cometbft_rpc.hpp"

namespace bsn::node {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t k_answer_ms = 5'000;

}  // namespace

Json call_cometbft(net::HttpConnection& rpc, const char* method, const Json& parameters) {
    const std::string body =
        Json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", parameters}}.dump();
    auto answer = rpc.send({.method = "POST",
                            .target = "/",
                            .content_type = "application/json",
                            .body = as_bytes(body)},
                           k_answer_ms);
    if (!answer) return {};
    Json json = Json::parse(answer->text(), nullptr, false);
    return json.is_object() ? json.value("result", Json()) : Json();
}

bool cometbft_is_level(net::HttpConnection& rpc) {
    const Json status = call_cometbft(rpc, "status", Json::object());
    const Json::json_pointer behind("/sync_info/catching_up");
    return status.contains(behind) && status[behind] == false;
}

}  // namespace bsn::node
