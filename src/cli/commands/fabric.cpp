// bsn fabric: what those need who judge proofs of channels of Hyperledger Fabric.

#include "cli/commands/commands.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace {

/// What a proof of the app's channel is judged by, on its own.
Outcome print_organisations(Context& context, const std::string& name) {
    BSN_TRY(api, context.client(Context::Signing::if_possible));
    BSN_TRY(app, api->app(name));
    if (!app.fabric) {
        return Error{Code::invalid_argument,
                     fmt::format("{} is no app of framework fabric: its receipts verify by the "
                                 "genesis file",
                                 app.name)};
    }
    const std::string& organisations = *app.fabric;
    context.out().value(organisations);
    context.out().json(Json::parse(organisations));
    return Exit::done;
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
    command->add_option("APP", *app, "An app of framework fabric")->required();
    commands.on(command, [app](Context& context) { return print_organisations(context, *app); });
}

}  // namespace bsn::cli
