#include "cli/bench/rpc_client.hpp"

#include "base/clock.hpp"

#include <fmt/format.h>

#include <charconv>
#include <thread>

namespace bsn::cli {
namespace {

constexpr std::uint64_t k_call_ms = 30'000;
constexpr auto k_poll = std::chrono::milliseconds(10);
constexpr std::uint64_t k_max_answer_bytes = 256ULL << 20;  // blocks of a benchmark are large

}  // namespace

std::string hex0x(ByteView bytes) { return "0x" + to_hex(bytes); }

RpcClient::RpcClient(framework::rpc::Url url) {
    framework::rpc::HttpCallerOptions options;
    options.urls = {std::move(url)};
    options.timeout_ms = k_call_ms;
    options.max_answer_bytes = k_max_answer_bytes;
    caller_ = std::make_unique<framework::rpc::HttpCaller>(std::move(options));
}

Result<RpcClient> RpcClient::open(const std::string& url) {
    BSN_TRY(parsed, framework::rpc::Url::parse(url));
    return RpcClient(std::move(parsed));
}

Result<Json> RpcClient::call(std::string_view method, Json params) {
    BSN_TRY(answer, caller_->call(method, std::move(params)));
    if (answer) return Json(*answer);
    return Error{Code::contract_failed, fmt::format("{}: {}", method, answer.error().message)};
}

Result<std::uint64_t> RpcClient::number(std::string_view method, Json params) {
    BSN_TRY(result, call(method, std::move(params)));
    const std::string text = result.is_string() ? result.get<std::string>() : "";
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    if (text.size() < 3 || std::from_chars(text.data() + 2, end, number, 16).ptr != end) {
        return Error{Code::unavailable, fmt::format("{} answered no number", method)};
    }
    return number;
}

Result<ledger::Hash> RpcClient::send(ByteView transaction) {
    BSN_TRY(result, call("eth_sendRawTransaction", Json::array({hex0x(transaction)})));
    return fixed_from_hex<ledger::Hash>(result.get<std::string>().substr(2));
}

Result<Json> RpcClient::receipt(const ledger::Hash& transaction, std::uint64_t timeout_ms) {
    SystemClock clock;
    for (const std::uint64_t end = clock.monotonic() + timeout_ms; clock.monotonic() < end;) {
        BSN_TRY(receipt, call("eth_getTransactionReceipt", Json::array({hex0x(transaction)})));
        if (receipt.is_null()) {
            std::this_thread::sleep_for(k_poll);
            continue;
        }
        if (receipt.value("status", "0x1") == "0x1") return receipt;
        return Error{Code::contract_failed,
                     fmt::format("transaction {} failed", hex0x(transaction))};
    }
    return Error{Code::unknown_outcome, fmt::format("transaction {} is in no block after {} ms",
                                                    hex0x(transaction), timeout_ms)};
}

}  // namespace bsn::cli
