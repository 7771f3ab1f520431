// bsn custody: your users, whose keys a city node keeps for you.

#include "gateway/custody/custody.hpp"

#include "base/files.hpp"
#include "cli/commands/commands.hpp"
#include "registry/contract.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace {

constexpr std::uint64_t k_answer_ms = 3'000;

struct CustodyOptions {
    std::string app;
    std::string node;
    std::string name;
    std::string output;
    std::string new_passphrase_file;
    std::string to;
};

std::string escaped(std::string_view text) {
    std::string path;
    for (unsigned char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_';
        path += plain ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
    }
    return path;
}

Outcome choose(Context& context, const std::string& app, const std::string& node) {
    BSN_TRY(answer,
            context.transact("system", {"registry", "set_custodian", text_arguments({app, node})}));
    context.out().text(
        node == "none" ? fmt::format("No city node acts for your users in {} now. Keys that one "
                                     "has stay there until you release them.",
                                     app)
                       : fmt::format("City node {} keeps your users' keys in {} now.", node, app));
    context.out().json({{"app", app}, {"custodian", node}, {"height", answer.height}});
    return Exit::done;
}

/// Calls about users, to the one node that is the custodian.
class Custodian {
  public:
    static Result<Custodian> find(Context& context, const std::string& app) {
        BSN_TRY(api, context.client(Context::Signing::yes));
        BSN_TRY(found, api->app(app));
        Custodian custodian(context, found);
        BSN_TRY(users, api->call_json({.target = custodian.path(""), .sign_for = found.channel}));
        custodian.users_ = std::move(users);
        return custodian;
    }

    const Json& users() const { return users_; }

    Result<Json> post(const std::string& rest, const Json& body) {
        BSN_CHECK(connect());
        return client_->call_json({.method = "POST",
                                   .target = path(rest),
                                   .content_type = "application/json",
                                   .body = to_bytes(body.dump()),
                                   .sign_for = app_.channel});
    }

    const AppRef& app() const { return app_; }

  private:
    Custodian(Context& context, AppRef app) : context_(context), app_(std::move(app)) {}

    std::string path(const std::string& rest) const {
        return "/v1/apps/" + app_.name + "/users" + rest;
    }

    Status connect() {
        if (client_) return {};
        const std::string node = text_of(users_, "custodian");
        if (node.empty()) {
            return Error{
                Code::forbidden,
                fmt::format("you have no custodian in app {0}; choose one with `bsn custody "
                            "grant {0} --city-node NAME`",
                            app_.name)};
        }
        BSN_TRY(api, context_.client(Context::Signing::yes));
        BSN_TRY(genesis, context_.genesis());
        BSN_TRY(identity, context_.identity());
        for (std::size_t i = 0; i < api->endpoints().size(); ++i) {
            auto status = api->get_from(i, "/v1/status", k_answer_ms);
            if (!status || text_of(*status, "node") != node) continue;
            client_ = std::make_unique<NodeClient>(std::vector<net::Endpoint>{api->endpoints()[i]},
                                                   genesis->authority, genesis->network(),
                                                   context_.options().timeout_s * 1000);
            client_->sign_as(identity);
            return {};
        }
        return Error{Code::unavailable,
                     fmt::format("your custodian, city node {}, does not answer; give its address "
                                 "with --node URL",
                                 node)};
    }

    Context& context_;
    AppRef app_;
    Json users_;
    std::unique_ptr<NodeClient> client_;
};

Outcome list(Context& context, const CustodyOptions& options) {
    BSN_TRY(custodian, Custodian::find(context, options.app));
    std::vector<std::vector<std::string>> rows;
    for (const Json& user : custodian.users().value("users", Json::array())) {
        rows.push_back({one_line(text_of(user, "name")), text_of(user, "participant")});
    }
    if (rows.empty()) {
        context.out().text(fmt::format("You have no users in {}.", options.app));
    } else {
        context.out().table({"NAME", "PARTICIPANT"}, rows);
    }
    context.out().json(custodian.users());
    return Exit::done;
}

Outcome add(Context& context, const CustodyOptions& options) {
    BSN_TRY(custodian, Custodian::find(context, options.app));
    BSN_TRY(user, custodian.post("", {{"name", options.name}}));
    context.out().text(
        fmt::format("User {} of {} is participant {}; its key is with your custodian.",
                    options.name, options.app, text_of(user, "participant")));
    context.out().json(user);
    return Exit::done;
}

Outcome export_key(Context& context, const CustodyOptions& options) {
    BSN_TRY(passphrase, Passphrase(options.new_passphrase_file).get());
    BSN_TRY(identity, context.identity());
    BSN_TRY(custodian, Custodian::find(context, options.app));
    const std::string user = "/" + escaped(options.name) + "/export";
    BSN_TRY(asked, custodian.post(user, Json::object()));
    BSN_TRY(challenge, fixed_from_hex<ledger::Nonce>(text_of(asked, "challenge")));
    BSN_TRY(genesis, context.genesis());
    // What is signed is made here, and not what the node says that it is.
    const Bytes statement = gateway::export_statement(
        genesis->network(), {custodian.app().channel, identity->participant, options.name},
        challenge);
    BSN_TRY(answer, custodian.post(user + "/confirm",
                                   {{"challenge", to_hex(challenge)},
                                    {"signature", to_hex(identity->key.sign(statement).view())},
                                    {"passphrase", passphrase}}));
    BSN_TRY(key, crypto::PrivateKey::from_pem(text_of(answer, "key"), passphrase));
    BSN_CHECK(crypto::write_key_file(options.output, key, passphrase));
    context.out().text(
        fmt::format("The key of user {} is in {}, encrypted. Your custodian keeps it, "
                    "too, until you release it.",
                    options.name, options.output));
    context.out().json({{"name", options.name}, {"file", options.output}});
    return Exit::done;
}

Outcome release(Context& context, const CustodyOptions& options) {
    if (Status good = check_key_name(options.to); !good) return context.usage(good.error().message);
    BSN_TRY(genesis, context.genesis());
    BSN_TRY(custodian, Custodian::find(context, options.app));
    std::optional<ledger::ParticipantId> participant;
    for (const Json& user : custodian.users().value("users", Json::array())) {
        if (text_of(user, "name") != options.name) continue;
        BSN_TRY(id, fixed_from_hex<ledger::ParticipantId>(text_of(user, "participant")));
        participant = id;
    }
    if (!participant) {
        return Error{Code::not_found,
                     fmt::format("you have no user '{}' in {}", options.name, options.app)};
    }
    const Keyring keyring = context.keyring();
    const crypto::SuiteId suite = custodian.app().suite.value_or(crypto::SuiteId::secp256r1);
    if (!keyring.has(options.to)) {
        BSN_TRY(passphrase, keyring.passphrase().get());
        BSN_CHECK(keyring.add(options.to, crypto::PrivateKey::generate(suite), passphrase));
    }
    BSN_TRY(next, keyring.passphrase().read_key(keyring.file_of(options.to)));
    const crypto::Signature proof = next.sign(
        registry::key_change_statement(genesis->network(), *participant, next.public_key()));
    BSN_TRY(answer, custodian.post("/" + escaped(options.name) + "/release",
                                   {{"key", to_hex(next.public_key().bytes.view())},
                                    {"proof", to_hex(proof.view())}}));
    BSN_CHECK(keyring.note_participant(options.to, genesis->network(), *participant));
    context.out().text(
        fmt::format("User {} signs with your key {} now; your custodian has destroyed "
                    "its own.",
                    options.name, options.to));
    context.out().json(answer);
    return Exit::done;
}

}  // namespace

void add_custody_commands(Commands& commands) {
    CLI::App* group = commands.group("custody", "Your users, whose keys a city node keeps for you");
    auto options = std::make_shared<CustodyOptions>();
    auto command_of = [&](const char* name, const char* description, const char* example) {
        CLI::App* command = commands.add(group, name, description, example);
        command->add_option("APP", options->app, "The app")->required();
        return command;
    };
    CLI::App* command = command_of("grant", "Make a city node the keeper of your users' keys",
                                   "bsn custody grant kv --city-node beijing");
    command->add_option("--city-node", options->node, "Its name or id")
        ->required()
        ->type_name("NAME");
    commands.on(command, [options](Context& context) {
        return choose(context, options->app, options->node);
    });
    command = command_of("revoke", "Have no such keeper any more", "bsn custody revoke kv");
    commands.on(command,
                [options](Context& context) { return choose(context, options->app, "none"); });
    command = command_of("users", "Your users in an app", "bsn custody users kv");
    commands.on(command, [options](Context& context) { return list(context, *options); });

    auto user_command = [&](const char* name, const char* description, const char* example) {
        CLI::App* one = command_of(name, description, example);
        one->add_option("NAME", options->name, "The user")->required();
        return one;
    };
    command = user_command("add", "Make a user", "bsn custody add kv till-1");
    commands.on(command, [options](Context& context) { return add(context, *options); });
    command = user_command("export", "Get a copy of a user's key, encrypted",
                           "bsn custody export kv till-1 --output till.pem "
                           "--new-passphrase-file secret.txt");
    command->add_option("--output,-o", options->output, "A new file for the key")
        ->required()
        ->type_name("FILE");
    command
        ->add_option("--new-passphrase-file", options->new_passphrase_file,
                     "The passphrase to encrypt it with, at least 12 characters")
        ->required()
        ->type_name("FILE");
    commands.on(command, [options](Context& context) { return export_key(context, *options); });
    command = user_command("release", "Have a user sign with a key of yours from now on",
                           "bsn custody release kv till-1 --to till-1");
    command->add_option("--to", options->to, "A key of yours; made if there is none")
        ->required()
        ->type_name("KEY");
    commands.on(command, [options](Context& context) { return release(context, *options); });
}

}  // namespace bsn::cli
