// bsn fabric: what those need who judge proofs of channels of Hyperledger Fabric, and who city
// nodes are on networks that others run.

#include "cli/commands/commands.hpp"
#include "cli/fabric/joining.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace {

/// What a proof of the app's channel is judged by, on its own.
Outcome print_organisations(Context& context, const std::string& name) {
    BSN_TRY(api, context.client(Context::Signing::if_possible));
    BSN_TRY(app, api->app(name));
    if (!app.fabric) {
        return Error{Code::invalid_argument,
                     fmt::format("{} is no app of framework fabric or fabric-network: its receipts "
                                 "verify by the genesis file",
                                 app.name)};
    }
    const std::string& organisations = *app.fabric;
    context.out().value(organisations);
    context.out().json(Json::parse(organisations));
    return Exit::done;
}

void add_identity_commands(Commands& commands, CLI::App* fabric) {
    CLI::App* group =
        fabric->add_subcommand("identity", "City nodes' identities on networks that others run");
    group->require_subcommand(0, 1);
    group->fallthrough();
    auto words = std::make_shared<NodeIdentityWords>();
    auto add = [&](const char* name, const char* description, const char* example) {
        CLI::App* command = commands.add(group, name, description, example);
        command
            ->add_option("--folder", words->folders,
                         "A city node's folder; otherwise those of this machine's network")
            ->allow_extra_args(false)
            ->type_name("FOLDER");
        return command;
    };
    auto of_app = [&](CLI::App* command) {
        command->add_option("APP", words->app, "An app of framework fabric-network")->required();
        return command;
    };
    CLI::App* command = of_app(add(
        "add", "Give city nodes an identity of one of the network's organisations",
        "bsn fabric identity add outside --msp-id Org1MSP --certificate node.pem --key node.key"));
    command->add_option("--msp-id", words->msp_id, "The organisation, such as Org1MSP")
        ->required()
        ->type_name("MSP");
    command->add_option("--certificate", words->certificate, "Its certificate for the node (PEM)")
        ->required()
        ->type_name("FILE");
    command->add_option("--key", words->key, "The certificate's key (PKCS#8 PEM, not encrypted)")
        ->required()
        ->type_name("FILE");
    command
        ->add_option("--tls-certificate", words->tls_certificate,
                     "What the node shows where peers and orderers want clients' certificates")
        ->type_name("FILE");
    command->add_option("--tls-key", words->tls_key, "The key of that")->type_name("FILE");
    commands.on(command, [words](Context& context) { return add_node_identity(context, *words); });

    command = add("list", "Show which identities city nodes have, and whether they are good",
                  "bsn fabric identity list");
    commands.on(command,
                [words](Context& context) { return list_node_identities(context, *words); });

    command = of_app(add("remove", "Take an identity away from city nodes",
                         "bsn fabric identity remove outside"));
    commands.on(command,
                [words](Context& context) { return remove_node_identity(context, *words); });
}

}  // namespace

void add_fabric_commands(Commands& commands) {
    CLI::App* group = commands.group("fabric", "Apps on channels of Hyperledger Fabric");
    auto app = std::make_shared<std::string>();
    CLI::App* command =
        commands.add(group, "organisations",
                     "Print the organisations by whose signatures proofs of an app's channel are "
                     "judged: for bsn receipt verify --organisations",
                     "bsn fabric organisations notary > organisations.json");
    command->add_option("APP", *app, "An app of framework fabric or fabric-network")->required();
    commands.on(command, [app](Context& context) { return print_organisations(context, *app); });
    add_identity_commands(commands, group);
}

}  // namespace bsn::cli
