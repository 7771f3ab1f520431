#include "cli/context.hpp"

#include "base/files.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t k_max_genesis_bytes = 16U << 20;

}  // namespace

Keyring Context::keyring() const {
    return {home_.keys_folder(), Passphrase(options_.passphrase_file)};
}

Result<const ClientConfig*> Context::config() {
    if (!config_) {
        BSN_TRY(loaded, ClientConfig::load(home_.config_file()));
        config_ = std::move(loaded);
    }
    return &*config_;
}

Result<fs::path> Context::genesis_file() {
    if (!options_.genesis.empty()) return fs::path(options_.genesis);
    BSN_TRY(known, config());
    return home_.folder() / known->genesis;  // an absolute path stays what it is
}

Result<const ledger::Genesis*> Context::genesis() {
    if (genesis_) return &*genesis_;
    BSN_TRY(file, genesis_file());
    auto content = read_file(file, k_max_genesis_bytes);
    if (!content && content.error().code == Code::not_found) {
        return Error{Code::not_found,
                     fmt::format("there is no genesis file {}; start a network with `bsn up`, or "
                                 "name the genesis file of yours with --genesis FILE",
                                 file.string())};
    }
    if (!content) return content.error();
    auto parsed = ledger::Genesis::from_json(as_text(*content));
    if (!parsed) {
        return Error{parsed.error().code, fmt::format("{} is no genesis file: {}", file.string(),
                                                      parsed.error().message)};
    }
    genesis_ = std::move(*parsed);
    return &*genesis_;
}

Result<std::optional<ledger::NetworkId>> Context::network_if_known() {
    BSN_TRY(file, genesis_file());
    std::error_code ignored;
    if (options_.genesis.empty() && !fs::exists(file, ignored)) {
        return std::optional<ledger::NetworkId>();
    }
    BSN_TRY(pinned, genesis());
    return std::optional<ledger::NetworkId>(pinned->network());
}

Result<std::string> Context::key_name() {
    if (!options_.key.empty()) return options_.key;
    BSN_TRY(known, config());
    if (!known->key.empty()) return known->key;
    BSN_TRY(names, keyring().names());
    if (names.size() == 1) return names.front();
    if (names.empty()) {
        return Error{Code::not_found, "you have no key; make one with `bsn key new NAME`"};
    }
    return Error{Code::invalid_argument,
                 fmt::format("you have {} keys; choose one with --key NAME, or write \"key: NAME\" "
                             "into {}",
                             names.size(), home_.config_file().string())};
}

Result<const Identity*> Context::identity() {
    if (!identity_) {
        BSN_TRY(name, key_name());
        BSN_TRY(pinned, genesis());
        BSN_TRY(loaded, keyring().load(name, pinned->network()));
        identity_.emplace(std::move(loaded));
    }
    return &*identity_;
}

Result<std::vector<net::Endpoint>> Context::endpoints() {
    std::vector<std::string> urls = options_.nodes;
    if (urls.empty()) {
        BSN_TRY(known, config());
        urls = known->endpoints;
    }
    if (urls.empty()) {
        return Error{Code::not_found,
                     "no node is known; start a network with `bsn up`, or name a node with --node "
                     "URL"};
    }
    std::vector<net::Endpoint> endpoints;
    for (const std::string& url : urls) {
        BSN_TRY(endpoint, net::parse_endpoint(url));
        endpoints.push_back(std::move(endpoint));
    }
    return endpoints;
}

Result<NodeClient*> Context::client(Signing signing) {
    if (!client_) {
        BSN_TRY(pinned, genesis());
        BSN_TRY(known, endpoints());
        client_ = std::make_unique<NodeClient>(std::move(known), pinned->authority,
                                               pinned->network(), options_.timeout_s * 1000);
        if (options_.signed_answers) client_->check_answers(*pinned);
    }
    if (signing == Signing::yes) {
        BSN_TRY(who, identity());
        client_->sign_as(who);
    } else if (signing == Signing::if_possible) {
        auto name = key_name();
        // Nobody in particular asks: public functions answer all the same.
        if (name || !options_.key.empty()) {
            BSN_TRY(who, identity());
            client_->sign_as(who);
        }
    }
    return client_.get();
}

Result<ledger::ParticipantId> Context::participant(const std::string& text) {
    if (auto id = fixed_from_hex<ledger::ParticipantId>(text)) return *id;
    if (keyring().has(text)) {
        BSN_TRY(pinned, genesis());
        BSN_TRY(info, keyring().info(text, pinned->network()));
        return info.participant;
    }
    return Error{Code::not_found,
                 fmt::format("{} is neither a participant id (64 hexadecimal digits) nor one of "
                             "your keys; `bsn key list` shows these",
                             text)};
}

Result<SubmitAnswer> Context::transact(const std::string& app, Invocation invocation,
                                       const std::optional<OwnCertificate>& own) {
    BSN_TRY(api, client(Signing::yes));
    BSN_TRY(who, identity());
    BSN_TRY(ref, api->app(app));
    BSN_CHECK(check_native(ref));
    BSN_CHECK(check_suite(ref, *who));
    if (own && !ref.nodes_sign) {
        return Error{Code::invalid_argument,
                     fmt::format("{} takes no certificates of others: it is no app of framework "
                                 "fabric-network",
                                 ref.name)};
    }
    if (ref.nodes_sign && !own) return transact_by_node(*api, ref, invocation);
    if (ref.fabric) return transact_on_fabric(*api, ref, *who, invocation, own);
    BSN_TRY(transaction,
            make_transaction({api->network(), ref.channel}, *who, std::move(invocation)));
    BSN_TRY(answer, api->submit(ref, transaction));
    if (answer.error) return *answer.error;
    // Whoever changes rights wants to use them next, perhaps through another node.
    if (app == "system") api->wait_settled(answer.height);
    return std::move(answer);
}

Exit Context::usage(std::string_view message) {
    out_.error({Code::invalid_argument, std::string(message)});
    return Exit::usage;
}

Status check_suite(const AppRef& app, const Identity& identity) {
    if (!app.suite || *app.suite == identity.key.suite()) return {};
    return Error{
        Code::wrong_suite,
        fmt::format("the app {} takes {} keys, and {} is a {} key; make one with `bsn key "
                    "new NAME --suite {}` and use it with --key NAME",
                    app.name, crypto::suite_name(*app.suite), identity.name,
                    crypto::suite_name(identity.key.suite()), crypto::suite_name(*app.suite))};
}

Status check_native(const AppRef& app) {
    if (!app.evm) return {};
    return Error{
        Code::invalid_argument,
        fmt::format("{} is an app of framework {}, whose contracts are in Solidity: deploy "
                    "one with `bsn contract deploy {}`, and call it with `bsn call {}`",
                    app.name, ledger::framework_name(app.evm->dialect), app.name, app.name)};
}

std::string result_text(ByteView result) {
    return is_utf8(as_text(result)) ? to_text(result) : "hex:" + to_hex(result);
}

std::vector<Bytes> text_arguments(std::initializer_list<std::string_view> texts) {
    std::vector<Bytes> arguments;
    for (std::string_view text : texts) arguments.push_back(to_bytes(text));
    return arguments;
}

}  // namespace bsn::cli
