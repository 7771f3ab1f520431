#include "cli/solidity/app_session.hpp"

#include "cli/solidity/outside_proof.hpp"
#include "contract/abi/answers.hpp"
#include "contract/abi/codec.hpp"
#include "contract/abi/text.hpp"
#include "contract/abi/value.hpp"
#include "crypto/random.hpp"
#include "ledger/ethereum/address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace bsn::cli {
namespace {

namespace abi = contract::abi;

constexpr const char* k_name_service = "0x1004";
/// How many blocks a transaction of FISCO BCOS may wait: its clients' own measure.
constexpr std::uint64_t k_block_limit = 500;
/// What is asked for beyond an estimate of gas, since the state may change until the block.
constexpr std::uint64_t k_spare_gas_percent = 25;

std::string hex_text(ByteView bytes) { return "0x" + to_hex(bytes); }

}  // namespace

Result<AppSession> AppSession::open(Context& context, const std::string& app,
                                    Context::Signing signing) {
    BSN_TRY(api, context.client(signing));
    BSN_TRY(ref, api->app(app));
    if (!ref.evm) {
        return Error{Code::invalid_argument,
                     fmt::format("{} is an app of our own ledger, which runs no contracts in "
                                 "Solidity; publish one of framework ethereum or fisco",
                                 ref.name)};
    }
    const Identity* identity = nullptr;
    if (signing == Context::Signing::yes) {
        BSN_TRY(who, context.identity());
        BSN_CHECK(check_suite(ref, *who));
        identity = who;
    }
    return AppSession(context, *api, std::move(ref), identity);
}

Result<std::string> AppSession::names_text(const std::string& name) {
    const Invocation ask{k_name_service,
                         abi::name_select_function().signature() + " returns (string)",
                         {to_bytes(name)}};
    BSN_TRY(answer, api_.query(app_, ask));
    BSN_TRY(text, abi::value_from_json({abi::Kind::string, 0, {}}, as_text(answer)));
    return std::string(text.text());
}

Result<std::vector<abi::NamedContract>> AppSession::versions(const std::string& name) {
    BSN_TRY(text, names_text(name));
    return abi::named_contracts_of(text);
}

Result<abi::Callee> AppSession::find(const std::string& text) {
    return abi::find_callee(text, [this](const std::string& name) { return names_text(name); });
}

Status AppSession::register_name(const abi::NamedContract& contract) {
    BSN_TRY(service, abi::ContractRef::parse(k_name_service));
    const abi::Entry& insert = abi::name_insert_function();
    BSN_TRY(executed, send(service.address,
                           abi::encode_call(insert,
                                            {abi::Value::of_text(contract.name),
                                             abi::Value::of_text(contract.version),
                                             abi::Value::of_text(hex_text(contract.address)),
                                             abi::Value::of_text(contract.abi)},
                                            hash()),
                           abi::Abi()));
    BSN_TRY(code, abi::result_json(insert, executed.receipt.result));
    if (code == "1") return {};
    return Error{Code::contract_failed,
                 fmt::format("the contract name service answered {} for {} {}{}",
                             code.get<std::string>(), contract.name, contract.version,
                             code == "-51200" ? ": that version is there already; choose another "
                                                "with --version"
                                              : "")};
}

Result<std::uint64_t> AppSession::rpc_number(const char* method, Json params, const abi::Abi& abi) {
    const std::string body =
        Json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", std::move(params)}}
            .dump();
    ApiCall request{.method = "POST",
                    .target = "/rpc/" + to_hex(app_.channel.view()),
                    .content_type = "application/json",
                    .body = to_bytes(body)};
    // Of an app for any key, the network need not know whose it is, and then refuses signatures.
    if (!app_.evm->open_accounts) request.sign_for = app_.channel;
    BSN_TRY(answer, api_.call_json(request));
    if (answer.contains("error") && answer["error"].is_object()) {
        const std::string data = text_of(answer["error"], "data");
        auto bytes = from_hex(data.starts_with("0x") ? data.substr(2) : data);
        if (bytes && !bytes->empty()) {
            return Error{Code::contract_failed, revert_text(abi, *bytes, hash())};
        }
        return Error{Code::contract_failed,
                     fmt::format("{}: {}", method, text_of(answer["error"], "message"))};
    }
    const std::string text = text_of(answer, "result");
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    if (text.size() < 3 || std::from_chars(text.data() + 2, end, number, 16).ptr != end) {
        return Error{Code::unavailable, fmt::format("the node answered no number to {}", method)};
    }
    return number;
}

Result<ledger::fisco::Transaction> AppSession::sign_fisco(const std::optional<ledger::Address>& to,
                                                          Bytes data) {
    BSN_TRY(status, api_.call_json(
                        {.target = fmt::format("/v1/apps/{}/height", to_hex(app_.channel.view())),
                         .sign_for = app_.channel}));
    ledger::fisco::Transaction transaction;
    transaction.nonce = crypto::random_value<ledger::Word>();
    transaction.gas = ledger::word_of(app_.evm->transaction_gas);
    transaction.block_limit = number_of(status, "height") + k_block_limit;
    transaction.to = to;
    transaction.data = std::move(data);
    transaction.chain_id = app_.evm->chain_id;
    transaction.group_id = app_.evm->group;
    transaction.sign(identity_->key);
    return transaction;
}

Result<Bytes> AppSession::sign_ethereum(const std::optional<ledger::Address>& to, Bytes data,
                                        const abi::Abi& abi) {
    BSN_TRY(from, ledger::ethereum::address_of(identity_->key.public_key()));
    if (!next_nonce_) {
        BSN_TRY(chain_id, rpc_number("eth_chainId", Json::array(), abi));
        if (chain_id != app_.evm->chain_id) {
            return Error{Code::wrong_channel,
                         fmt::format("the app {} has chain id {}, but its JSON-RPC says {}; ask "
                                     "another node with --node",
                                     app_.name, app_.evm->chain_id, chain_id)};
        }
        BSN_TRY(nonce, rpc_number("eth_getTransactionCount",
                                  Json::array({hex_text(from), "pending"}), abi));
        next_nonce_ = nonce;
    }
    ledger::ethereum::Transaction transaction;
    transaction.type = ledger::ethereum::TransactionType::dynamic_fee;
    transaction.chain_id = app_.evm->chain_id;
    transaction.nonce = *next_nonce_;
    transaction.gas = app_.evm->transaction_gas;
    if (app_.evm->metered) {
        Json message{{"from", hex_text(from)}, {"data", hex_text(data)}};
        if (to) message["to"] = hex_text(*to);
        BSN_TRY(gas, rpc_number("eth_estimateGas", Json::array({message}), abi));
        transaction.gas = std::min(transaction.gas, gas + gas * k_spare_gas_percent / 100);
        transaction.max_fee = ledger::word_of(app_.evm->base_fee);
    }
    transaction.to = to;
    transaction.data = std::move(data);
    transaction.sign(identity_->key);
    return transaction.encode();
}

Result<Executed> AppSession::send(const std::optional<ledger::Address>& to, Bytes data,
                                  const abi::Abi& abi) {
    ensure(identity_ != nullptr, "a transaction in a session that only reads");
    if (app_.outside) return send_outside(to, std::move(data), abi);
    Bytes body;
    if (app_.evm->dialect == ledger::Dialect::fisco) {
        BSN_TRY(signed_here, sign_fisco(to, std::move(data)));
        body = signed_here.encode();
    } else {
        BSN_TRY(signed_here, sign_ethereum(to, std::move(data), abi));
        body = std::move(signed_here);
    }
    BSN_TRY(transaction,
            ledger::Transaction::decode(ledger::Transaction::wrap(app_.evm->dialect, body)));
    BSN_TRY(answer, api_.submit(app_, transaction));
    if (next_nonce_) ++*next_nonce_;
    if (answer.error) {
        if (answer.result.empty()) return *answer.error;
        return Error{answer.error->code, revert_text(abi, answer.result, hash())};
    }
    BSN_TRY(trust, load_trust(context_, ""));
    BSN_TRY(bundles, api_.receipts(app_, {answer.id}));
    if (!bundles.front()) return bundles.front().error();
    ledger::Verification verification = ledger::verify_bundle(*bundles.front(), trust);
    if (!verification.success() || verification.transaction_id != answer.id) {
        return Error{Code::bad_signature,
                     fmt::format("transaction {} is done, but the node's receipt does not verify "
                                 "({}); fetch it from another node with `bsn receipt fetch`",
                                 to_hex(answer.id.view()), verification.failure())};
    }
    return Executed{std::move(answer), std::move(*verification.receipt),
                    to_bytes(bundles.front()->to_json())};
}

Result<Executed> AppSession::send_outside(const std::optional<ledger::Address>& to, Bytes data,
                                          const abi::Abi& abi) {
    BSN_TRY(transaction, sign_fisco(to, std::move(data)));
    BSN_TRY(answer, api_.submit(app_, transaction));
    if (answer.error) {
        if (answer.result.empty()) return *answer.error;
        return Error{answer.error->code, revert_text(abi, answer.result, hash())};
    }
    BSN_TRY(proof, api_.proof(app_, transaction.hash()));
    return Executed{std::move(answer), receipt_of(proof), proof.encode()};
}

std::string revert_text(const abi::Abi& abi, ByteView data, crypto::HashId hash) {
    const abi::Revert revert = abi::read_revert(abi, data, hash);
    return (revert.name.empty() ? "" : "reverted: ") + one_line(revert.message);
}

Json events_json(const ledger::Receipt& receipt, const abi::Abi& abi, crypto::HashId hash) {
    Json events = Json::array();
    for (const ledger::LogEntry& log : receipt.logs) {
        Json topics = Json::array();
        std::vector<ledger::Word> words;
        for (const Bytes& topic : log.topics) {
            topics.push_back(hex_text(topic));
            if (auto word = ledger::Word::from(topic)) words.push_back(*word);
        }
        auto decoded = abi::event_json(abi, words, log.data, hash);
        Json event =
            decoded ? std::move(*decoded) : Json{{"topics", topics}, {"data", hex_text(log.data)}};
        event["contract"] = "0x" + log.contract;
        events.push_back(std::move(event));
    }
    return events;
}

Json dialect_json(const ledger::ReceiptBundle& bundle, const abi::Abi& abi) {
    auto transaction = ledger::Transaction::decode(bundle.proof.transaction);
    auto receipt = ledger::Receipt::decode(bundle.proof.receipt);
    return transaction && receipt ? dialect_json(*transaction, *receipt, abi) : Json();
}

Json dialect_json(const ledger::Transaction& transaction, const ledger::Receipt& receipt,
                  const abi::Abi& abi) {
    if (transaction.dialect() == ledger::Dialect::native) return Json();
    const auto* ethereum = transaction.ethereum();
    const auto* fisco = transaction.fisco();
    const auto& to = ethereum != nullptr ? ethereum->to : fisco->to;
    const Bytes& data = ethereum != nullptr ? ethereum->data : fisco->data;
    const crypto::HashId hash = crypto::suite_hash(transaction.signer().suite);
    Json json{{"framework", ledger::framework_name(transaction.dialect())},
              {"hash", hex_text(transaction.id().view())}};
    auto from = ledger::ethereum::address_of(transaction.signer());
    if (from) json["from"] = abi::address_text(*from);
    if (to) json["to"] = abi::address_text(*to);
    if (auto created = ledger::Address::from(receipt.created_address)) {
        json["created"] = abi::address_text(*created);
    }
    const abi::Entry* function =
        to && data.size() >= 4
            ? abi.by_selector(abi::EntryKind::function, ByteView(data).first(4), hash)
            : nullptr;
    auto values = function == nullptr ? Result<abi::Values>(Error{Code::not_found, ""})
                                      : abi::decode(function->inputs, ByteView(data).subspan(4));
    if (values) {
        json["function"] = function->signature();
        json["arguments"] = abi::to_json(function->inputs, *values);
        auto result = abi::result_json(*function, receipt.result);
        if (result && receipt.status == ledger::ExecutionStatus::success) {
            json["result"] = *result;
        }
    } else if (to) {
        json["data"] = hex_text(data);
    }
    if (receipt.status != ledger::ExecutionStatus::success && !receipt.result.empty()) {
        json["reason"] = revert_text(abi, receipt.result, hash);
    }
    json["events"] = events_json(receipt, abi, hash);
    return json;
}

}  // namespace bsn::cli
