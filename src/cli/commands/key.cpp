// bsn key: the user's keys.

#include "base/files.hpp"
#include "cli/commands/commands.hpp"
#include "registry/contract.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace {

struct KeyOptions {
    std::string name;
    std::string suite = "secp256r1";
    std::string file;
    std::string output;
    std::string new_passphrase_file;
    bool secret = false;
};

Json info_json(const KeyInfo& info) {
    return {{"name", info.name},
            {"suite", crypto::suite_name(info.key.suite)},
            {"key", to_hex(info.key.bytes.view())},
            {"participant", to_hex(info.participant.view())}};
}

Result<KeyInfo> info_of(Context& context, const std::string& name) {
    BSN_TRY(network, context.network_if_known());
    return context.keyring().info(name, network);
}

Outcome tell(Context& context, const std::string& name, const std::string& explanation) {
    BSN_TRY(info, info_of(context, name));
    context.out().fields({{"name", info.name},
                          {"suite", std::string(crypto::suite_name(info.key.suite))},
                          {"public key", to_hex(info.key.bytes.view())},
                          {"participant", to_hex(info.participant.view())}});
    if (!explanation.empty()) context.out().text(explanation);
    context.out().json(info_json(info));
    return Exit::done;
}

/// The first key becomes the one that is used unless another is named.
Status make_default(Context& context, const std::string& name) {
    BSN_TRY(config, context.config());
    if (!config->key.empty()) return {};
    ClientConfig changed = *config;
    changed.key = name;
    return changed.save(context.home().config_file());
}

Status keep(Context& context, const std::string& name, const crypto::PrivateKey& key,
            std::string_view passphrase) {
    BSN_CHECK(context.home().create());
    BSN_CHECK(context.keyring().add(name, key, passphrase));
    return make_default(context, name);
}

Outcome make_new(Context& context, const KeyOptions& options) {
    if (Status good = check_key_name(options.name); !good)
        return context.usage(good.error().message);
    auto suite = crypto::suite_from_name(options.suite);
    ensure(suite.has_value(), "a suite that the command line let through");
    BSN_TRY(passphrase, context.keyring().passphrase().get());
    BSN_CHECK(keep(context, options.name, crypto::PrivateKey::generate(*suite), passphrase));
    return tell(context, options.name,
                passphrase.empty()
                    ? "The key is not encrypted; whoever reads its file can act in your name."
                    : "");
}

Outcome show(Context& context, const KeyOptions& options) {
    std::string name = options.name;
    if (name.empty()) {
        BSN_TRY(identity, context.identity());
        name = identity->name;
    }
    return tell(context, name, "");
}

Outcome list(Context& context) {
    BSN_TRY(names, context.keyring().names());
    BSN_TRY(config, context.config());
    Json json{{"keys", Json::array()}};
    std::vector<std::vector<std::string>> rows;
    for (const std::string& name : names) {
        BSN_TRY(info, info_of(context, name));
        bool is_default = name == config->key;
        rows.push_back({is_default ? "*" : "", name,
                        std::string(crypto::suite_name(info.key.suite)),
                        to_hex(info.participant.view())});
        Json entry = info_json(info);
        entry["default"] = is_default;
        json["keys"].push_back(std::move(entry));
    }
    if (rows.empty()) {
        context.out().text("You have no key; make one with `bsn key new NAME`.");
    } else {
        context.out().table({"", "NAME", "SUITE", "PARTICIPANT"}, rows);
    }
    context.out().json(json);
    return Exit::done;
}

Outcome import_key(Context& context, const KeyOptions& options) {
    if (Status good = check_key_name(options.name); !good)
        return context.usage(good.error().message);
    const Passphrase current(context.options().passphrase_file);
    BSN_TRY(key, current.read_key(options.file));
    std::string kept_with;
    if (options.new_passphrase_file.empty()) {
        BSN_TRY(same, current.get());
        kept_with = same;
    } else {
        BSN_TRY(given, Passphrase(options.new_passphrase_file).get());
        kept_with = given;
    }
    BSN_CHECK(keep(context, options.name, key, kept_with));
    return tell(context, options.name, "");
}

Outcome export_key(Context& context, const KeyOptions& options) {
    if (!options.secret) return tell(context, options.name, "");
    if (options.output.empty()) {
        return context.usage("a private key is written to a file only: add --output FILE");
    }
    Keyring keyring = context.keyring();
    auto key = keyring.passphrase().read_key(keyring.file_of(options.name));
    if (!key) return key.error();
    std::string passphrase;
    if (!options.new_passphrase_file.empty()) {
        BSN_TRY(given, Passphrase(options.new_passphrase_file).get());
        passphrase = given;
    }
    BSN_CHECK(crypto::write_key_file(options.output, *key, passphrase));
    context.out().text(fmt::format("The private key {} is in {}{}.", options.name, options.output,
                                   passphrase.empty() ? ", not encrypted: keep it safe" : ""));
    context.out().json(
        {{"name", options.name}, {"file", options.output}, {"encrypted", !passphrase.empty()}});
    return Exit::done;
}

/// Whether the network has taken the next key already: an earlier rotation got that far.
Result<bool> is_current(NodeClient& api, const ledger::ParticipantId& participant,
                        const crypto::PublicKey& key) {
    auto record = api.call_json({.target = "/v1/participants/" + to_hex(participant.view())});
    if (!record && record.error().code == Code::not_found) return false;
    if (!record) return record.error();
    return text_of(*record, "key") == to_hex(key.bytes.view());
}

Outcome rotate(Context& context, const KeyOptions& options) {
    BSN_TRY(genesis, context.genesis());
    const ledger::NetworkId network = genesis->network();
    Keyring keyring = context.keyring();
    BSN_TRY(current, keyring.load(options.name, network));
    BSN_TRY(passphrase, keyring.passphrase().get());
    BSN_TRY(next, keyring.prepare_next(options.name, current.key.suite(), passphrase));

    GlobalOptions acting = context.options();
    acting.key = options.name;
    Context as_owner(acting, context.home(), context.out());
    BSN_TRY(api, as_owner.client(Context::Signing::yes));
    BSN_TRY(taken, is_current(*api, current.participant, next.public_key()));
    if (!taken) {
        crypto::Signature proof = next.sign(
            registry::key_change_statement(network, current.participant, next.public_key()));
        auto answer = as_owner.transact(
            "system",
            {"registry", "rotate_key",
             text_arguments({crypto::suite_name(next.suite()),
                             to_hex(next.public_key().bytes.view()), to_hex(proof.view())})});
        if (!answer) {
            return answer.error().within("the key is as it was (the same command tries again)");
        }
    }
    BSN_CHECK(keyring.adopt_next(options.name, network, current.participant));
    return tell(context, options.name,
                "The network takes this key now, and the former one no more; the former stays "
                "beside it, as a .old file.");
}

void add_transfers(Commands& commands, CLI::App* group,
                   const std::shared_ptr<KeyOptions>& options) {
    CLI::App* command = commands.add(group, "import", "Keep a key from elsewhere (PKCS#8 PEM)",
                                     "bsn key import alice alice.pem");
    command->add_option("NAME", options->name, "What to call it")->required();
    command->add_option("FILE", options->file, "The key's file")->required();
    command
        ->add_option("--new-passphrase-file", options->new_passphrase_file,
                     "The passphrase to keep it with (the one it has)")
        ->type_name("FILE");
    commands.on(command, [options](Context& context) { return import_key(context, *options); });

    command = commands.add(group, "export", "The public side of a key; or the key itself",
                           "bsn key export alice --private --output alice.pem");
    command->add_option("NAME", options->name, "The key")->required();
    command->add_flag("--private", options->secret, "The private key");
    command->add_option("--output,-o", options->output, "A new file for the private key")
        ->type_name("FILE");
    command
        ->add_option("--new-passphrase-file", options->new_passphrase_file,
                     "The passphrase to encrypt it with (none)")
        ->type_name("FILE");
    commands.on(command, [options](Context& context) { return export_key(context, *options); });

    command = commands.add(group, "rotate", "Replace a key by a new one, on the network too",
                           "bsn key rotate alice");
    command->add_option("NAME", options->name, "The key")->required();
    commands.on(command, [options](Context& context) { return rotate(context, *options); });
}

}  // namespace

void add_key_commands(Commands& commands) {
    CLI::App* group = commands.group("key", "Your keys");
    auto options = std::make_shared<KeyOptions>();

    CLI::App* command = commands.add(group, "new", "Make a key", "bsn key new alice");
    command->add_option("NAME", options->name, "What to call it")->required();
    command->add_option("--suite", options->suite, "secp256r1 (default), secp256k1 or sm2")
        ->check(CLI::IsMember({"secp256r1", "secp256k1", "sm2"}))
        ->type_name("SUITE");
    commands.on(command, [options](Context& context) { return make_new(context, *options); });

    command = commands.add(group, "show", "A key's public side", "bsn key show alice");
    command->add_option("NAME", options->name, "The key (the one in use)");
    commands.on(command, [options](Context& context) { return show(context, *options); });

    command = commands.add(group, "list", "All your keys", "bsn key list");
    commands.on(command, [](Context& context) { return list(context); });

    add_transfers(commands, group, options);
}

}  // namespace bsn::cli
