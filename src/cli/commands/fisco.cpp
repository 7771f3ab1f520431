// bsn fisco: what applications for FISCO BCOS need.

#include "base/clock.hpp"
#include "cli/commands/commands.hpp"
#include "node/fisco_sdk_files.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace {

struct SdkOptions {
    std::string out;
    std::string network;
    std::string name = "sdk";
    std::uint32_t days = 365;
};

Outcome make_sdk_files(Context& context, const SdkOptions& options) {
    node::FiscoSdkFiles files;
    files.authority = (options.network.empty() ? context.home().network_folder()
                                               : std::filesystem::path(options.network)) /
                      "authority";
    files.out = options.out;
    files.name = files.organisation = options.name;
    files.valid_days = options.days;
    SystemClock clock;
    BSN_CHECK(node::make_fisco_sdk_files(files, clock.now()));
    context.out().fields({{"certificates", options.out}, {"files", "ca.crt sdk.crt sdk.key"}});
    context.out().text("Name this folder as the SDK's folder of certificates; docs/fisco.md.");
    context.out().json({{"folder", options.out}});
    return Exit::done;
}

/// What a proof of the app's network is judged by, on its own.
Outcome print_sealers(Context& context, const std::string& name) {
    BSN_TRY(api, context.client(Context::Signing::if_possible));
    BSN_TRY(app, api->app(name));
    if (!app.outside) {
        return Error{Code::invalid_argument,
                     fmt::format("{} is no app of framework fisco-network: its receipts verify by "
                                 "the genesis file",
                                 app.name)};
    }
    const std::string sealers = app.outside->to_json();
    context.out().value(sealers);
    context.out().json(Json::parse(sealers));
    return Exit::done;
}

}  // namespace

void add_fisco_commands(Commands& commands) {
    CLI::App* group = commands.group("fisco", "Applications for FISCO BCOS");
    auto options = std::make_shared<SdkOptions>();
    CLI::App* command = commands.add(
        group, "sdk", "Make the certificates with which an SDK of FISCO BCOS connects to nodes",
        "bsn fisco sdk --out conf");
    command->add_option("--out", options->out, "The SDK's folder of certificates")
        ->required()
        ->type_name("FOLDER");
    command
        ->add_option("--network", options->network,
                     "The network's folder with its authority; otherwise that of `bsn up`")
        ->type_name("FOLDER");
    command->add_option("--name", options->name, "Who connects, for the certificate")
        ->type_name("NAME");
    command->add_option("--days", options->days, "How long the certificate holds")
        ->check(CLI::Range(1, 36500))
        ->type_name("DAYS");
    commands.on(command, [options](Context& context) { return make_sdk_files(context, *options); });

    auto app = std::make_shared<std::string>();
    command = commands.add(group, "sealers",
                           "Print the sealers by whose signatures proofs of an app's network are "
                           "judged: for bsn receipt verify --sealers",
                           "bsn fisco sealers outside > sealers.json");
    command->add_option("APP", *app, "An app of framework fisco-network")->required();
    commands.on(command, [app](Context& context) { return print_sealers(context, *app); });
}

}  // namespace bsn::cli
