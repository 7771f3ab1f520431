#include "client_impl.hpp"

#include <fmt/format.h>

namespace bsn::client {

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Result<Client> Client::open(const Options& options, std::optional<Key> key) {
    auto genesis = ledger::Genesis::from_json(options.genesis);
    if (!genesis) return genesis.error().within("the genesis file");
    if (options.gateways.empty()) {
        return Error{Code::invalid_argument, "name a gateway at least, such as http://HOST:PORT"};
    }
    std::vector<net::Endpoint> endpoints;
    for (const std::string& url : options.gateways) {
        BSN_TRY(endpoint, net::parse_endpoint(url));
        endpoints.push_back(std::move(endpoint));
    }
    if (options.timeout.count() < 1) {
        return Error{Code::invalid_argument, "the timeout must be a millisecond at least"};
    }
    const std::string authority = options.authority ? *options.authority : genesis->authority;
    const ledger::NetworkId network = genesis->network();
    api::Gateways gateways(std::move(endpoints), authority, network,
                           static_cast<std::uint64_t>(options.timeout.count()),
                           "check the gateways' addresses and that their nodes run");
    if (options.signed_answers) gateways.check_answers(*genesis);
    auto impl =
        std::make_unique<Impl>(Impl{std::move(*genesis), std::move(gateways), std::move(key)});
    if (impl->key) {
        const Key::Impl& signer = *impl->key->impl_;
        impl->gateways.sign_as(api::Caller{signer.participant, &signer.key});
    }
    return Client(std::move(impl));
}

std::string Client::network() const { return to_hex(impl_->gateways.network()); }

Result<std::vector<std::string>> Client::apps() {
    BSN_TRY(json, impl_->gateways.call_json({.target = "/v1/apps"}));
    std::vector<std::string> names;
    for (const api::Json& app : json.value("apps", api::Json::array())) {
        names.push_back(api::text_of(app, "name"));
    }
    return names;
}

Result<App> Client::app(std::string_view name) {
    Client::Impl& client = *impl_;
    if (name == "system") {
        return App(std::make_unique<App::Impl>(App::Impl{
            client, "system", ledger::system_channel(client.gateways.network()), std::nullopt}));
    }
    BSN_TRY(record, client.gateways.call_json({.target = "/v1/apps/" + api::url_encoded(name)}));
    auto channel = fixed_from_hex<ledger::ChannelId>(api::text_of(record, "channel"));
    auto suite = crypto::suite_from_name(api::text_of(record, "suite"));
    const bool asked_for =
        api::text_of(record, "name") == name || api::text_of(record, "channel") == name;
    if (!channel || !suite || !asked_for) {
        return Error{
            Code::unsupported_version,
            fmt::format("the node's description of the app {} is not of that app, or lacks "
                        "its channel or suite",
                        name)};
    }
    return App(std::make_unique<App::Impl>(
        App::Impl{client, api::text_of(record, "name"), *channel, *suite,
                  api::text_of(record, "framework") == "ledger"}));
}

Result<Receipt> receipt_of(const ledger::ReceiptBundle& bundle, const ledger::Trust& trust) {
    const ledger::Verification shown = ledger::verify_bundle(bundle, trust);
    if (!shown.authentic) return Error{Code::bad_signature, shown.failure()};
    Receipt receipt;
    receipt.bundle = bundle.to_json();
    receipt.transaction = to_hex(shown.transaction_id);
    receipt.success = shown.success();
    receipt.failure = shown.failure();
    receipt.trust_class = shown.trust_class;
    receipt.height = shown.header->height;
    receipt.time = shown.header->time;
    return receipt;
}

Result<Receipt> verify_receipt(std::string_view genesis, std::string_view bundle) {
    auto trusted = ledger::Genesis::from_json(genesis);
    if (!trusted) return trusted.error().within("the genesis file");
    BSN_TRY(decoded, ledger::ReceiptBundle::from_json(bundle));
    return receipt_of(decoded, ledger::Trust::from(*trusted));
}

}  // namespace bsn::client
