// bsn app: publish apps, see them, change them.

#include "base/clock.hpp"
#include "cli/app_file.hpp"
#include "cli/commands/app_members.hpp"
#include "cli/commands/app_package.hpp"
#include "cli/commands/app_show.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/fabric_readiness.hpp"
#include "cli/fabric/joining.hpp"
#include "cli/packages.hpp"
#include "registry/fabric_channel.hpp"
#include "registry/fabric_network.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace bsn::cli {
namespace {

struct AppOptions {
    std::string file;
    std::string app;
    std::string contract;
    std::string type;
    std::uint32_t version = 0;
    std::vector<std::string> nodes;
    std::string reason;
    bool resume = false;
    bool no_wait = false;
};

/// Hands in the packages of an app's contracts, which then have a type; whether there were any.
Result<bool> hand_in_packages(Context& context, AppSpec& spec) {
    bool any = false;
    for (AppContract& contract : spec.contracts) {
        if (contract.package.empty()) continue;
        BSN_TRY(package, read_package(contract.package));
        BSN_TRY(api, context.client(Context::Signing::yes));
        auto handed_in = hand_in(*api, package);
        if (!handed_in) return handed_in.error().within(contract.package.string());
        contract.type = registry::type_of(package.code);
        context.out().text(
            fmt::format("{}: {} ({} bytes)", contract.name, contract.type, package.bytes.size()));
        any = true;
    }
    return any;
}

Outcome publish(Context& context, const AppOptions& options) {
    BSN_TRY(spec, AppSpec::load(options.file));
    const bool on_fabric = spec.framework == registry::k_fabric;
    const bool joins = spec.framework == registry::k_fabric_network;
    if (joins) {
        const auto folder = std::filesystem::path(options.file).parent_path();
        Status described = describe_fabric_network(spec, folder, context.out());
        if (!described) return described.error().within(options.file);
    }
    if (on_fabric) {
        BSN_CHECK(prepare_fabric(context, spec.nodes, fabric_version(spec.fabric)));
    }
    BSN_TRY(packages, hand_in_packages(context, spec));
    auto answer = context.transact(
        "system", {"registry", "publish_app", text_arguments({spec.to_json().dump()})});
    if (!answer) return answer.error().within(options.file);
    std::string channel = to_text(answer->result);
    context.out().text(fmt::format("{} is published (block {} of the permission chain).", spec.name,
                                   answer->height));
    context.out().text(fmt::format("Its chain is {}.", channel));
    if (on_fabric && !options.no_wait) BSN_CHECK(await_channel(context, spec.name, packages));
    if (joins) {
        context.out().text(
            fmt::format("Each of its city nodes needs an identity there: bsn fabric "
                        "identity add {} --msp-id MSP --certificate FILE --key FILE",
                        spec.name));
    }
    context.out().text(
        fmt::format("Next: bsn app show {0}; others join with `bsn app join {0} "
                    "--role ROLE`.",
                    spec.name));
    context.out().json({{"app", spec.name},
                        {"channel", channel},
                        {"transaction", to_hex(answer->id.view())},
                        {"height", answer->height}});
    return Exit::done;
}

/// The contract as it is now; null if the app has none of that name.
const Json* find_contract(const Json& contracts, const std::string& name) {
    auto found = std::find_if(contracts.begin(), contracts.end(),
                              [&](const Json& one) { return text_of(one, "name") == name; });
    return found == contracts.end() ? nullptr : &*found;
}

Outcome upgrade(Context& context, const AppOptions& options) {
    BSN_TRY(api, context.client(Context::Signing::yes));
    BSN_TRY(app, api->app_record(options.app));
    const Json contracts = app.value("contracts", Json::array());
    const Json* now = find_contract(contracts, options.contract);
    std::string type = options.type;
    if (type.empty()) type = now != nullptr ? text_of(*now, "type") : options.contract;
    std::uint64_t version = options.version;
    if (version == 0) version = now != nullptr ? number_of(*now, "version") + 1 : 1;
    BSN_TRY(answer, context.transact("system", {"registry", "upgrade_contract",
                                                text_arguments({options.app, options.contract, type,
                                                                std::to_string(version)})}));
    if (app.contains("fabric") && !options.no_wait) {
        BSN_CHECK(await_contract(context, options.app, options.contract, version));
    }
    context.out().text(fmt::format("The contract {} of {} is {} version {} now.", options.contract,
                                   options.app, type, version));
    context.out().json({{"app", options.app},
                        {"contract", options.contract},
                        {"type", type},
                        {"version", version},
                        {"transaction", to_hex(answer.id.view())},
                        {"height", answer.height}});
    return Exit::done;
}

Outcome set_nodes(Context& context, const AppOptions& options) {
    std::vector<Bytes> arguments = text_arguments({options.app});
    for (const std::string& node : options.nodes) arguments.push_back(to_bytes(node));
    BSN_TRY(answer, context.transact("system", {"registry", "set_nodes", std::move(arguments)}));
    context.out().text(
        fmt::format("{} runs on {} from now on; nodes that are new to it catch up (`bsn status`).",
                    options.app, fmt::join(options.nodes, ", ")));
    context.out().json({{"app", options.app},
                        {"nodes", Json(options.nodes)},
                        {"transaction", to_hex(answer.id.view())},
                        {"height", answer.height}});
    return Exit::done;
}

Outcome suspend(Context& context, const AppOptions& options) {
    if (options.resume && !options.reason.empty()) {
        return context.usage("--reason goes with suspending only; see `bsn app suspend --help`");
    }
    Invocation call{"registry", options.resume ? "resume_app" : "suspend_app",
                    options.resume ? text_arguments({options.app})
                                   : text_arguments({options.app, options.reason})};
    BSN_TRY(answer, context.transact("system", std::move(call)));
    context.out().text(options.resume
                           ? fmt::format("{} takes writes again.", options.app)
                           : fmt::format("{0} takes no writes now; `bsn app suspend {0} --resume` "
                                         "ends that.",
                                         options.app));
    context.out().json({{"app", options.app},
                        {"state", options.resume ? "active" : "suspended"},
                        {"transaction", to_hex(answer.id.view())},
                        {"height", answer.height}});
    return Exit::done;
}

struct GatewayOptions {
    std::string app;
    std::string published;
    std::string keys;
    std::optional<std::uint64_t> tps;
    std::optional<std::uint64_t> traffic;
    std::optional<std::uint64_t> storage;
    std::string day;
    std::string node;
};

/// Changes what was named, and keeps the rest: the permission chain replaces all of it.
Outcome set_gateway(Context& context, const GatewayOptions& options) {
    BSN_TRY(api, context.client(Context::Signing::yes));
    BSN_TRY(app, api->app_record(options.app));
    Json gateway = app.value("gateway", Json::object());
    if (!options.published.empty()) gateway["published"] = options.published == "yes";
    BSN_CHECK(check_key_mode(text_of(app, "framework"), options.keys));
    if (!options.keys.empty()) gateway["keys"] = options.keys;
    for (const auto& [name, limit] : {std::pair("transactions_per_second", options.tps),
                                      std::pair("traffic_bytes_per_day", options.traffic),
                                      std::pair("storage_bytes", options.storage)}) {
        if (!limit) continue;
        if (*limit == 0) {
            gateway["limits"].erase(name);
        } else {
            gateway["limits"][name] = *limit;
        }
    }
    BSN_TRY(answer, context.transact("system", {"registry", "set_gateway",
                                                text_arguments({options.app, gateway.dump()})}));
    context.out().text(
        fmt::format("Gateways serve {} so from now on: {}", options.app, gateway.dump()));
    context.out().json({{"app", options.app},
                        {"gateway", gateway},
                        {"transaction", to_hex(answer.id.view())},
                        {"height", answer.height}});
    return Exit::done;
}

Outcome set_custodian(Context& context, const GatewayOptions& options) {
    BSN_TRY(answer, context.transact("system", {"registry", "set_custodian",
                                                text_arguments({options.app, options.node})}));
    context.out().text(
        options.node == "none"
            ? fmt::format("No city node keeps your users' keys in {} any more.", options.app)
            : fmt::format("{} keeps your users' keys in {} now.", options.node, options.app));
    context.out().json({{"app", options.app},
                        {"custodian", options.node},
                        {"transaction", to_hex(answer.id.view())},
                        {"height", answer.height}});
    return Exit::done;
}

/// The last whole day in UTC.
std::string yesterday() {
    constexpr std::uint64_t k_day_ms = 86'400'000;
    return to_iso8601(SystemClock().now() - k_day_ms).substr(0, 10);
}

Outcome usage(Context& context, const GatewayOptions& options) {
    BSN_TRY(api, context.client(Context::Signing::no));
    const std::string day = options.day.empty() ? yesterday() : options.day;
    BSN_TRY(system, api->app("system"));
    BSN_TRY(answer, api->query(system, {"registry", "usage", text_arguments({options.app, day})}));
    Json json = Json::parse(as_text(answer), nullptr, false);
    if (json.is_discarded()) return Error{Code::corrupted, "the node's answer is not JSON"};
    std::vector<std::vector<std::string>> rows;
    for (const Json& node : json.value("nodes", Json::array())) {
        std::vector<std::string> row{text_of(node, "name")};
        for (const char* name : {"transactions", "refused", "traffic_bytes", "storage_bytes"}) {
            row.push_back(std::to_string(number_of(node, name)));
        }
        rows.push_back(std::move(row));
    }
    if (rows.empty()) {
        context.out().text(
            fmt::format("No city node says anything of {} on {}.", options.app, day));
    } else {
        context.out().table({"NODE", "TRANSACTIONS", "REFUSED", "TRAFFIC", "STORAGE"}, rows);
    }
    context.out().json(json);
    return Exit::done;
}

void add_gateway_commands(Commands& commands, CLI::App* group) {
    auto options = std::make_shared<GatewayOptions>();
    CLI::App* command = commands.add(group, "gateway", "How city nodes' gateways serve an app",
                                     "bsn app gateway kv --published yes --tps 100");
    command->add_option("APP", options->app, "The app")->required();
    command->add_option("--published", options->published, "Whether the published protocol does")
        ->check(CLI::IsMember({"yes", "no"}));
    command->add_option("--keys", options->keys, "Where users' transaction keys are")
        ->check(CLI::IsMember({"trust", "upload"}));
    command->add_option("--tps", options->tps, "Transactions a second; 0: no limit");
    command->add_option("--traffic", options->traffic, "Bytes of traffic a day; 0: no limit");
    command->add_option("--storage", options->storage, "Bytes of storage; 0: no limit");
    commands.on(command, [options](Context& context) { return set_gateway(context, *options); });

    command = commands.add(group, "custodian", "Which city node keeps your users' keys",
                           "bsn app custodian kv beijing");
    command->add_option("APP", options->app, "The app")->required();
    command->add_option("NODE", options->node, "A city node of the app, or none")->required();
    commands.on(command, [options](Context& context) { return set_custodian(context, *options); });

    command = commands.add(group, "usage", "What the city nodes did for an app on a day",
                           "bsn app usage kv --day 2026-01-31");
    command->add_option("APP", options->app, "The app")->required();
    command->add_option("--day", options->day, "In UTC (yesterday)")->type_name("DAY");
    commands.on(command, [options](Context& context) { return usage(context, *options); });
}

void add_changes(Commands& commands, CLI::App* group, const std::shared_ptr<AppOptions>& options) {
    CLI::App* command = commands.add(
        group, "upgrade", "Put a newer version of a contract in force (or add a contract)",
        "bsn app upgrade kv kv kv 2");
    command->add_option("APP", options->app, "The app")->required();
    command->add_option("CONTRACT", options->contract, "The contract's name in the app")
        ->required();
    command->add_option("TYPE", options->type, "Its type (as it is)");
    command->add_option("VERSION", options->version, "Its version (the next)");
    command->add_flag("--no-wait", options->no_wait,
                      "Of framework fabric: do not wait until it is on the channel");
    commands.on(command, [options](Context& context) { return upgrade(context, *options); });

    command = commands.add(group, "nodes", "Have an app run on other city nodes from now on",
                           "bsn app nodes kv beijing shanghai guangzhou");
    command->add_option("APP", options->app, "The app")->required();
    command->add_option("NODE", options->nodes, "All the city nodes that it is to run on")
        ->required();
    commands.on(command, [options](Context& context) { return set_nodes(context, *options); });

    command = commands.add(group, "suspend", "Stop an app's writes, or resume them",
                           "bsn app suspend kv --reason \"under review\"");
    command->add_option("APP", options->app, "The app")->required();
    command->add_option("--reason", options->reason, "Why; everybody sees it")->type_name("TEXT");
    command->add_flag("--resume", options->resume, "Take writes again");
    commands.on(command, [options](Context& context) { return suspend(context, *options); });
}

}  // namespace

void add_app_commands(Commands& commands) {
    CLI::App* group = commands.group("app", "Apps: publish, show, change, join");
    auto options = std::make_shared<AppOptions>();

    CLI::App* command = commands.add(group, "publish", "Publish an app as a file describes it",
                                     "bsn app publish examples/kv.yaml");
    command->add_option("FILE", options->file, "The app's description, YAML")->required();
    command->add_flag("--no-wait", options->no_wait,
                      "Of framework fabric: do not wait until the channel is open");
    commands.on(command, [options](Context& context) { return publish(context, *options); });

    command = commands.add(group, "list", "All apps of the network", "bsn app list");
    commands.on(command, [](Context& context) { return list_apps(context); });

    command =
        commands.add(group, "show", "One app; with its members if you are one", "bsn app show kv");
    command->add_option("APP", options->app, "The app")->required();
    commands.on(command, [options](Context& context) { return show_app(context, options->app); });

    add_package_command(commands, group);
    add_changes(commands, group, options);
    add_gateway_commands(commands, group);
    add_member_commands(commands, group);
}

}  // namespace bsn::cli
