#include "cli/node_client.hpp"

#include "registry/fabric_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace bsn::cli {

namespace network = framework::fisco_network;

namespace {

constexpr std::uint64_t k_longest_wait_ms = 60'000;

std::string wait_parameter(std::uint64_t timeout_ms) {
    return fmt::format("?timeout_ms={}",
                       std::clamp<std::uint64_t>(timeout_ms, 1, k_longest_wait_ms));
}

Json argument_json(ByteView argument) {
    if (is_utf8(as_text(argument))) return as_text(argument);
    return Json{{"base64", to_base64(argument)}};
}

Result<ledger::ReceiptBundle> bundle_of_line(const Json& line) {
    if (auto error = line.find("error"); error != line.end()) {
        auto code = code_from_name(text_of(*error, "code"));
        return Error{code.value_or(Code::internal), text_of(*error, "message")};
    }
    BSN_TRY(bytes, from_hex(text_of(line, "bundle")));
    return ledger::ReceiptBundle::decode(bytes);
}

/// What a client must know of a FISCO BCOS network's EVM, which is not ours to set.
ledger::DialectSettings settings_of(const network::Trust& trust) {
    ledger::DialectSettings settings;
    settings.dialect = ledger::Dialect::fisco;
    settings.fork = ledger::EvmFork::istanbul;
    settings.chain_id = trust.chain_id;
    settings.group = trust.group;
    settings.transaction_gas = network::k_transaction_gas;
    return settings;
}

}  // namespace

NodeClient::NodeClient(std::vector<net::Endpoint> endpoints, std::string authority,
                       ledger::NetworkId network, std::uint64_t timeout_ms)
    : gateways_(std::move(endpoints), std::move(authority), network, timeout_ms,
                "start the network with `bsn up`, or name a node with --node URL") {}

void NodeClient::sign_as(const Identity* identity) {
    identity_ = identity;
    if (identity == nullptr) return gateways_.sign_as(std::nullopt);
    gateways_.sign_as(api::Caller{identity->participant, &identity->key});
}

Result<Json> NodeClient::app_record(const std::string& name) {
    ApiCall request{.target = "/v1/apps/" + url_encoded(name)};
    // The members are told to members only, so that who asks matters where it is known.
    if (identity_ == nullptr) return call_json(request);
    BSN_TRY(known, app(name));
    request.sign_for = known.channel;
    return call_json(request);
}

Result<AppRef> NodeClient::app(const std::string& name) {
    if (name == "system") return AppRef{name, ledger::system_channel(network()), std::nullopt};
    BSN_TRY(record, call_json({.target = "/v1/apps/" + url_encoded(name)}));
    auto channel = fixed_from_hex<ledger::ChannelId>(text_of(record, "channel"));
    auto suite = crypto::suite_from_name(text_of(record, "suite"));
    if (!channel || !suite) {
        return Error{Code::unsupported_version,
                     fmt::format("the node's description of the app {} lacks its channel or suite; "
                                 "use a bsn of the same version as the node",
                                 name)};
    }
    AppRef app{text_of(record, "name"), *channel, *suite};
    auto dialect = ledger::dialect_of_framework(text_of(record, "framework"));
    if (dialect && *dialect != ledger::Dialect::native) {
        const Json evm = record.contains("evm") ? record["evm"] : Json::object();
        ledger::DialectSettings settings;
        settings.dialect = *dialect;
        settings.fork = ledger::fork_from_name(text_of(evm, "fork")).value_or(settings.fork);
        settings.chain_id = number_of(evm, "chain_id");
        settings.group = number_of(evm, "group");
        settings.metered = text_of(evm, "gas") == "metered";
        settings.base_fee = number_of(evm, "base_fee");
        settings.transaction_gas = number_of(evm, "transaction_gas");
        settings.open_accounts = text_of(evm, "accounts") == "open";
        app.evm = std::move(settings);
    } else if (record.contains("fabric")) {
        app.fabric = record["fabric"].value("trust", Json::object()).dump();
        app.nodes_sign = text_of(record, "framework") == registry::k_fabric_network;
    } else if (record.contains("network")) {
        BSN_TRY(outside, registry::outside_network_from(record["network"], *suite));
        app.outside = network::Trust::of(outside, *suite);
        app.evm = settings_of(*app.outside);
    }
    return app;
}

Result<SubmitAnswer> NodeClient::submit(const AppRef& app, const ledger::Transaction& transaction) {
    return submit(app, transaction.id(), to_bytes(transaction.bytes()));
}

Result<SubmitAnswer> NodeClient::submit(const AppRef& app,
                                        const ledger::fisco::Transaction& transaction) {
    return submit(app, *ledger::TxId::from(transaction.hash().view()), transaction.encode());
}

Result<SubmitAnswer> NodeClient::submit(const AppRef& app, const ledger::TxId& id, Bytes bytes) {
    ApiCall request{.method = "POST",
                    .target = fmt::format("/v1/apps/{}/transactions{}", to_hex(app.channel.view()),
                                          wait_parameter(gateways_.timeout_ms())),
                    .content_type = "application/octet-stream",
                    .body = std::move(bytes)};
    BSN_TRY(json, call_json(request));
    return submit_answer(id, json);
}

Result<SubmitAnswer> submit_answer(const ledger::TxId& id, const Json& json) {
    SubmitAnswer answer;
    answer.id = id;
    answer.height = number_of(json, "height");
    answer.index = static_cast<std::uint32_t>(number_of(json, "index"));
    answer.time = number_of(json, "time");
    BSN_TRY(result, from_base64(text_of(json, "result")));
    answer.result = std::move(result);
    if (text_of(json, "status") != "success") {
        answer.error = Error{Code::contract_failed, text_of(json, "error")};
    }
    return answer;
}

Status NodeClient::submit_round(const AppRef& app, std::span<const ByteView> transactions,
                                std::span<const std::size_t> wanted,
                                std::vector<SubmitAnswer>& answers) {
    std::vector<ByteView> chosen;
    for (std::size_t index : wanted) chosen.push_back(transactions[index]);
    ApiCall request{.method = "POST",
                    .target = fmt::format("/v1/apps/{}/transactions{}", to_hex(app.channel.view()),
                                          wait_parameter(gateways_.timeout_ms())),
                    .content_type = "application/x-bsn-transactions",
                    .body = encode_submission(chosen)};
    BSN_TRY(response, call(request));
    BSN_TRY(results, decode_results(response.body));
    if (results.size() != wanted.size()) {
        return Error{Code::unsupported_version,
                     fmt::format("the node answered {} results for {} transactions; the same call "
                                 "again is safe",
                                 results.size(), wanted.size())};
    }
    for (std::size_t i = 0; i < wanted.size(); ++i) answers[wanted[i]] = std::move(results[i]);
    return {};
}

Result<std::vector<SubmitAnswer>> NodeClient::submit_all(
    const AppRef& app, std::span<const ByteView> transactions, std::size_t batch,
    const std::function<void(std::size_t)>& done) {
    std::vector<SubmitAnswer> answers(transactions.size());
    for (std::size_t first = 0; first < transactions.size();) {
        std::size_t count = next_submission_size(transactions.subspan(first), batch);
        std::vector<std::size_t> wanted(count);
        for (std::size_t i = 0; i < count; ++i) wanted[i] = first + i;
        api::Patience patience(gateways_.timeout_ms());
        for (;;) {
            BSN_CHECK(submit_round(app, transactions, wanted, answers));
            std::size_t before = wanted.size();
            std::erase_if(wanted, [&](std::size_t index) {
                const auto& error = answers[index].error;
                return !error || !api::is_transient(error->code);
            });
            if (done) done(before - wanted.size());
            if (wanted.empty() || !patience.pause()) break;
        }
        first += count;
    }
    return answers;
}

Result<Bytes> NodeClient::query(const AppRef& app, const Invocation& invocation) {
    Json body{{"contract", invocation.contract},
              {"function", invocation.function},
              {"arguments", Json::array()}};
    for (const Bytes& argument : invocation.arguments) {
        body["arguments"].push_back(argument_json(argument));
    }
    std::string text = body.dump();
    ApiCall request{.method = "POST",
                    .target = fmt::format("/v1/apps/{}/query", to_hex(app.channel.view())),
                    .content_type = "application/json",
                    .body = to_bytes(text),
                    .sign_for = app.channel,
                    .reads = true};
    BSN_TRY(json, call_json(request));
    return from_base64(text_of(json, "result"));
}

Result<std::vector<Result<ledger::ReceiptBundle>>> NodeClient::receipts(
    const AppRef& app, const std::vector<ledger::TxId>& ids) {
    Json body{{"ids", Json::array()}};
    for (const ledger::TxId& id : ids) body["ids"].push_back(to_hex(id.view()));
    std::string text = body.dump();
    ApiCall request{.method = "POST",
                    .target = fmt::format("/v1/apps/{}/receipts", to_hex(app.channel.view())),
                    .content_type = "application/json",
                    .body = to_bytes(text),
                    .sign_for = app.channel,
                    .streamed = true};
    BSN_TRY(response, call(request));
    std::vector<Result<ledger::ReceiptBundle>> bundles;
    std::string_view rest = response.text();
    while (!rest.empty()) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        if (line.empty()) continue;
        BSN_TRY(json, parse_json(line, "a line of the node's receipts"));
        bundles.push_back(bundle_of_line(json));
    }
    if (bundles.size() != ids.size()) {
        return Error{Code::unknown_outcome,
                     fmt::format("the node answered {} of {} receipts; try again", bundles.size(),
                                 ids.size())};
    }
    return bundles;
}

Result<Bytes> NodeClient::receipt_bytes(const AppRef& app, ByteView id) {
    BSN_TRY(response, call({.target = fmt::format("/v1/apps/{}/transactions/{}/receipt",
                                                  to_hex(app.channel.view()), to_hex(id)),
                            .sign_for = app.channel}));
    return to_bytes(response.text());
}

Result<network::Proof> NodeClient::proof(const AppRef& app, const ledger::Hash& id) {
    ensure(app.outside.has_value(), "a proof of an app whose chain is ours");
    BSN_TRY(bytes, receipt_bytes(app, id.view()));
    BSN_TRY(proof, network::Proof::decode(bytes));
    auto signers = proof.check(*app.outside);
    if (signers && proof.transaction.hash() == id) return proof;
    return Error{
        Code::bad_signature,
        fmt::format("the node sent a proof of transaction {} that does not hold ({}); ask "
                    "another node with --node",
                    to_hex(id.view()), signers ? "it is of another one" : signers.error().message)};
}

namespace {

constexpr std::uint64_t k_most_settling_ms = 5'000;
constexpr auto k_settling_poll = std::chrono::milliseconds(5);

bool is_settled(const Json& status, std::uint64_t height) {
    for (const Json& chain : status.value("chains", Json::array())) {
        if (text_of(chain, "app") == "system" && number_of(chain, "certified") < height) {
            return false;
        }
        if (text_of(chain, "state") != "stopped" && !chain.value("settled", true)) return false;
    }
    return true;
}

}  // namespace

void NodeClient::wait_settled(std::uint64_t height) {
    auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(k_most_settling_ms);
    for (std::size_t endpoint = 0; endpoint < endpoints().size(); ++endpoint) {
        while (std::chrono::steady_clock::now() < end) {
            auto status = get_from(endpoint, "/v1/status", k_most_settling_ms);
            if (!status || is_settled(*status, height)) break;
            std::this_thread::sleep_for(k_settling_poll);
        }
    }
}

}  // namespace bsn::cli
