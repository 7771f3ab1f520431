#include "base/clock.hpp"
#include "client_impl.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::client {
namespace {

/// How long a transaction may wait to be executed.
constexpr UnixMillis k_transaction_life = 10ULL * 60 * 1000;
constexpr std::uint64_t k_longest_wait_ms = 60'000;

api::Json arguments_json(const Call& call) {
    api::Json arguments = api::Json::array();
    for (const std::string& argument : call.arguments) {
        if (is_utf8(argument)) {
            arguments.push_back(argument);
        } else {
            arguments.push_back({{"base64", to_base64(as_bytes(argument))}});
        }
    }
    return arguments;
}

Result<Outcome> outcome_of(const api::Json& json) {
    Outcome outcome;
    outcome.id = api::text_of(json, "id");
    const std::string status = api::text_of(json, "status");
    outcome.success = status == "success";
    outcome.height = api::number_of(json, "height");
    outcome.index = static_cast<std::uint32_t>(api::number_of(json, "index"));
    outcome.time = api::number_of(json, "time");
    outcome.error = api::text_of(json, "error");
    BSN_TRY(result, from_base64(api::text_of(json, "result")));
    outcome.result = to_text(result);
    if (outcome.id.empty() || (status != "success" && status != "refused")) {
        return Error{Code::unsupported_version, "the gateway's answer tells no outcome"};
    }
    return outcome;
}

}  // namespace

App::App(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
App::~App() = default;
App::App(App&&) noexcept = default;
App& App::operator=(App&&) noexcept = default;

const std::string& App::name() const { return impl_->name; }
std::string App::channel() const { return to_hex(impl_->channel); }

std::string App::Impl::target(std::string_view rest) const {
    return fmt::format("/v1/apps/{}{}", to_hex(channel), rest);
}

api::ApiCall App::Impl::get(std::string_view rest) const {
    return {.target = target(rest), .sign_for = channel};
}

api::ApiCall App::Impl::post(std::string_view rest, const api::Json& body) const {
    return {.method = "POST",
            .target = target(rest),
            .content_type = "application/json",
            .body = to_bytes(body.dump()),
            .sign_for = channel};
}

std::string App::Impl::wait() const {
    const std::uint64_t share = client.gateways.timeout_ms() / client.gateways.endpoints().size();
    return fmt::format("?timeout_ms={}", std::clamp<std::uint64_t>(share, 1, k_longest_wait_ms));
}

Result<const Key::Impl*> App::Impl::signer() const {
    if (!client.key) {
        return Error{Code::unauthenticated, "the client has no key to sign with; open it with one"};
    }
    const Key::Impl* key = client.key->impl_.get();
    if (suite && *suite != key->key.suite()) {
        return Error{Code::wrong_suite,
                     fmt::format("the app {} takes {} keys, and this is a {} key", name,
                                 crypto::suite_name(*suite), crypto::suite_name(key->key.suite()))};
    }
    return key;
}

Result<SignedTransaction> App::sign(const Call& call) const {
    if (!impl_->native) {
        return Error{Code::invalid_argument,
                     fmt::format("the contracts of {} are in Solidity; use a client of its own "
                                 "ecosystem at /rpc/{}",
                                 impl_->name, impl_->name)};
    }
    BSN_TRY(signer, impl_->signer());
    ledger::Payload payload;
    payload.network = impl_->client.gateways.network();
    payload.channel = impl_->channel;
    payload.suite = signer->key.suite();
    payload.creator = signer->participant;
    payload.nonce = api::new_nonce();
    payload.valid_until = SystemClock().now() + k_transaction_life;
    payload.contract = call.contract;
    payload.function = call.function;
    for (const std::string& argument : call.arguments) {
        payload.arguments.push_back(to_bytes(argument));
    }
    BSN_CHECK(payload.check());
    const auto transaction = ledger::Transaction::sign(std::move(payload), signer->key);
    return SignedTransaction{to_hex(transaction.id()), to_text(transaction.bytes())};
}

Result<Outcome> App::submit(const SignedTransaction& transaction) {
    BSN_TRY(json, impl_->client.gateways.call_json(
                      {.method = "POST",
                       .target = impl_->target("/transactions" + impl_->wait()),
                       .content_type = "application/octet-stream",
                       .body = to_bytes(transaction.bytes)}));
    BSN_TRY(outcome, outcome_of(json));
    if (outcome.id != transaction.id) {
        return Error{Code::bad_signature, "the gateway answered for another transaction"};
    }
    return outcome;
}

Result<Outcome> App::call(const Call& call) {
    BSN_TRY(transaction, sign(call));
    return submit(transaction);
}

Result<Outcome> App::invoke(const Call& call, std::string_view idempotency_key,
                            std::string_view user) {
    if (!impl_->client.key) {
        return Error{Code::unauthenticated, "the client has no key to sign with; open it with one"};
    }
    api::Json body{{"contract", call.contract},
                   {"function", call.function},
                   {"arguments", arguments_json(call)},
                   {"idempotency_key", idempotency_key}};
    if (!user.empty()) body["user"] = user;
    BSN_TRY(json,
            impl_->client.gateways.call_json(impl_->post("/invocations" + impl_->wait(), body)));
    return outcome_of(json);
}

Result<std::string> App::query(const Call& call) {
    const api::Json body{{"contract", call.contract},
                         {"function", call.function},
                         {"arguments", arguments_json(call)}};
    BSN_TRY(json, impl_->client.gateways.call_json(impl_->post("/query", body)));
    BSN_TRY(result, from_base64(api::text_of(json, "result")));
    return to_text(result);
}

Result<std::uint64_t> App::height() {
    BSN_TRY(json, impl_->client.gateways.call_json(impl_->get("/height")));
    return api::number_of(json, "height");
}

Result<Receipt> App::receipt(std::string_view transaction) {
    auto id = fixed_from_hex<ledger::TxId>(transaction);
    if (!id) return Error{Code::invalid_argument, "a transaction id has 64 hexadecimal digits"};
    BSN_TRY(response, impl_->client.gateways.call(
                          impl_->get(fmt::format("/transactions/{}/receipt", to_hex(*id)))));
    BSN_TRY(bundle, ledger::ReceiptBundle::from_json(response.text()));
    BSN_TRY(receipt, receipt_of(bundle, ledger::Trust::from(impl_->client.genesis)));
    BSN_TRY(header, ledger::Header::decode(bundle.proof.block.header));
    if (receipt.transaction != to_hex(*id) || header.channel != impl_->channel) {
        return Error{Code::bad_signature, "the gateway gave the receipt of another transaction"};
    }
    return receipt;
}

}  // namespace bsn::client
