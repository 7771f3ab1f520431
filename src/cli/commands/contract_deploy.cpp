// bsn contract deploy, upgrade, list: contracts in Solidity on an app of framework ethereum or
// fisco, and their names in its contract name service.

#include "cli/commands/contract_deploy.hpp"

#include "base/files.hpp"
#include "cli/solidity/app_session.hpp"
#include "contract/abi/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace bsn::cli {
namespace {

namespace abi = contract::abi;
namespace fs = std::filesystem;

/// The package of a file: read, or compiled for what the app's EVM understands.
Result<abi::Package> package_of(Context& context, const DeployOptions& options, const AppRef& app) {
    if (fs::path(options.file).extension() != ".sol") {
        BSN_TRY(text, read_file(options.file, abi::k_max_package));
        auto package = abi::Package::parse(as_text(text));
        if (!package) return package.error().within(options.file);
        return package;
    }
    CompilerSettings settings = options.compiler;
    const bool chosen = !settings.evm_version.empty();
    if (!chosen) settings.evm_version = ledger::fork_name(app.evm->fork);
    auto compilation = compile_solidity(options.file, settings);
    if (!compilation && !chosen &&
        compilation.error().message.find("EVM version") != std::string::npos) {
        // An older compiler knows no fork that is as new; its own default is older, too.
        settings.evm_version.clear();
        compilation = compile_solidity(options.file, settings);
    }
    if (!compilation) return compilation.error();
    for (const std::string& warning : compilation->warnings) {
        context.out().text(printable(warning));
    }
    return choose_contract(*compilation, options.file, options.contract);
}

Status check_selectors(const abi::Package& package, const AppSession& session) {
    if (package.suits_selectors_of(session.hash())) return {};
    if (session.hash() == crypto::HashId::sm3) {
        return Error{
            Code::wrong_suite,
            fmt::format("{} was compiled for Keccak-256, and the app {} takes SM3 for "
                        "selectors; compile it with FISCO BCOS's compiler for SM, and make "
                        "a package of that with `bsn contract pack`",
                        package.name, session.app().name)};
    }
    return Error{
        Code::wrong_suite,
        fmt::format("no function of {} can be called by its selector on the app {}: it "
                    "was compiled for another hash, or code and ABI do not belong together",
                    package.name, session.app().name)};
}

/// The next number behind the versions that are numbers; `invalid_argument` if the newest is none.
Result<std::string> next_version(const std::vector<abi::NamedContract>& versions) {
    std::uint64_t most = 0;
    for (const abi::NamedContract& one : versions) {
        std::uint64_t number = 0;
        const char* end = one.version.data() + one.version.size();
        if (std::from_chars(one.version.data(), end, number).ptr == end) {
            most = std::max(most, number);
        } else if (&one == &versions.back()) {
            return Error{Code::invalid_argument,
                         fmt::format("the newest version of {} is {}, which is no number; name the "
                                     "next one with --version",
                                     one.name, one.version)};
        }
    }
    return std::to_string(most + 1);
}

Result<std::string> version_of(AppSession& session, const DeployOptions& options,
                               const std::string& name, bool upgrade) {
    BSN_TRY(versions, session.versions(name));
    if (upgrade && versions.empty()) {
        return Error{Code::not_found,
                     fmt::format("no contract is registered as {} in the app {}; begin with `bsn "
                                 "contract deploy`",
                                 name, session.app().name)};
    }
    if (!upgrade && !versions.empty()) {
        return Error{Code::already_exists,
                     fmt::format("the app {} has a contract {} in version {}; add a version with "
                                 "`bsn contract upgrade`, or choose another name",
                                 session.app().name, name, versions.back().version)};
    }
    if (options.version.empty()) return next_version(versions);
    for (const abi::NamedContract& one : versions) {
        if (one.version != options.version) continue;
        return Error{Code::already_exists,
                     fmt::format("contract {} has a version {} already; versions stay as they are",
                                 name, one.version)};
    }
    return options.version;
}

Json named_json(const abi::NamedContract& contract) {
    return {{"name", contract.name},
            {"version", contract.version},
            {"address", abi::address_text(contract.address)}};
}

}  // namespace

Outcome deploy_contract(Context& context, const DeployOptions& options,
                        const std::vector<std::string>& arguments, bool upgrade) {
    BSN_TRY(session, AppSession::open(context, options.app, Context::Signing::yes));
    BSN_TRY(package, package_of(context, options, session.app()));
    BSN_CHECK(check_selectors(package, session));
    BSN_TRY(values, abi::arguments_from_texts(package.abi.constructor(), arguments));
    abi::NamedContract contract;
    contract.name = options.name.empty() ? package.name : options.name;
    contract.abi = package.abi_json;
    BSN_TRY(reference, abi::ContractRef::parse(contract.name));
    if (reference.address || !reference.version.empty()) {
        return context.usage(fmt::format("{} cannot be a contract's name", contract.name));
    }
    BSN_TRY(version, version_of(session, options, contract.name, upgrade));
    contract.version = std::move(version);

    BSN_TRY(executed, session.send(std::nullopt, package.creation(values), package.abi));
    BSN_TRY(address, ledger::Address::from(executed.receipt.created_address));
    contract.address = address;
    if (auto status = session.register_name(contract); !status) {
        return status.error().within(fmt::format("{} is created at {}, but has no name",
                                                 package.name, abi::address_text(address)));
    }
    if (!options.receipt.empty()) {
        BSN_CHECK(write_receipt_file(options.receipt, executed.evidence, options.force));
    }
    context.out().value(abi::address_text(address));
    context.out().text(fmt::format("{} {} in block {}: transaction {}", contract.name,
                                   contract.version, executed.answer.height,
                                   to_hex(executed.answer.id.view())));
    Json json{{"name", contract.name},
              {"version", contract.version},
              {"address", abi::address_text(address)},
              {"transaction", to_hex(executed.answer.id.view())},
              {"height", executed.answer.height},
              {"time", executed.answer.time},
              {"gas", executed.receipt.gas},
              {"events", events_json(executed.receipt, package.abi, session.hash())}};
    if (!options.receipt.empty()) json["receipt"] = options.receipt;
    context.out().json(json);
    return Exit::done;
}

Outcome list_contract(Context& context, const std::string& app, const std::string& name) {
    BSN_TRY(session, AppSession::open(context, app, Context::Signing::if_possible));
    BSN_TRY(versions, session.versions(name));
    if (versions.empty()) {
        return Error{Code::not_found,
                     fmt::format("no contract is registered as {} in the app {}", name, app)};
    }
    std::vector<std::vector<std::string>> rows;
    Json json = Json::array();
    for (const abi::NamedContract& one : versions) {
        rows.push_back({one_line(one.version), abi::address_text(one.address)});
        json.push_back(named_json(one));
    }
    context.out().table({"VERSION", "ADDRESS"}, rows);
    context.out().json({{"contracts", json}});
    return Exit::done;
}

Result<DeployedContract> find_deployed(Context& context, const std::string& app,
                                       const std::string& text) {
    BSN_TRY(session, AppSession::open(context, app, Context::Signing::if_possible));
    BSN_TRY(callee, session.find(text));
    if (!callee.named) {
        return Error{Code::invalid_argument,
                     "only contracts with a name have an ABI to show; name one, or NAME@VERSION"};
    }
    return DeployedContract{std::move(*callee.named), std::move(callee.abi), session.hash()};
}

void add_deploy_commands(Commands& commands, CLI::App* group) {
    for (const bool upgrade : {false, true}) {
        auto options = std::make_shared<DeployOptions>();
        CLI::App* command =
            upgrade
                ? commands.add(group, "upgrade", "Put a further version of a contract on an app",
                               "bsn contract upgrade coin Token.sol token Coin COIN 1000")
                : commands.add(group, "deploy", "Put a contract in Solidity on an app",
                               "bsn contract deploy coin Token.sol token Coin COIN 1000");
        command->add_option("APP", options->app, "The app, of framework ethereum or fisco")
            ->required();
        command->add_option("FILE", options->file, "A contract package, or a Solidity file")
            ->required();
        command->add_option("NAME", options->name,
                            "Its name in the app; else that of the contract itself");
        auto texts = std::make_shared<std::vector<std::string>>();
        CLI::Option* arguments =
            command->add_option("ARG", *texts, "Arguments of the constructor, as `bsn call` takes");
        command->add_option("--version", options->version,
                            "The version; else 1, or the number behind the newest");
        command->add_option("--contract", options->contract,
                            "Which contract of a Solidity file; else the one called as the file");
        command->add_option("--solc", options->compiler.version,
                            "The compiler, as 0.8.30 or 0.4; else the newest the file allows");
        command->add_flag("--optimize", options->compiler.optimize, "Let the optimizer work");
        command->add_option("--evm-version", options->compiler.evm_version,
                            "The EVM to compile for; else the app's");
        command->add_option("--receipt", options->receipt, "Keep the verified receipt in this file")
            ->type_name("FILE");
        command->add_flag("--force", options->force, "Overwrite another receipt");
        commands.on(command, [options, texts, arguments, upgrade](Context& context) {
            return deploy_contract(context, *options, texts_of(arguments), upgrade);
        });
    }
    auto app = std::make_shared<std::string>();
    auto name = std::make_shared<std::string>();
    CLI::App* command = commands.add(group, "list", "The versions of a contract on an app",
                                     "bsn contract list coin token");
    command->add_option("APP", *app, "The app")->required();
    command->add_option("NAME", *name, "The contract's name")->required();
    commands.on(command,
                [app, name](Context& context) { return list_contract(context, *app, *name); });
}

}  // namespace bsn::cli
