// bsn contract: contract packages from Solidity sources, or from what another tool compiled.

#include "base/files.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/contract_deploy.hpp"
#include "cli/output_file.hpp"
#include "cli/solidity/compiler.hpp"
#include "contract/abi/text.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace {

namespace abi = contract::abi;
namespace fs = std::filesystem;

struct BuildOptions {
    std::string file;
    std::string contract;
    std::string output;
    CompilerSettings settings;
};

struct PackOptions {
    std::string name;
    std::string abi;
    std::string code;
    std::string output;
};

std::string hex_text(ByteView bytes) { return "0x" + to_hex(bytes); }

/// `owner() view returns (address)`.
std::string described(const abi::Entry& entry) {
    std::string text = entry.signature();
    if (entry.kind == abi::EntryKind::constructor) text = "constructor" + text;
    if (entry.mutability == abi::Mutability::pure) text += " pure";
    if (entry.mutability == abi::Mutability::view) text += " view";
    if (entry.mutability == abi::Mutability::payable) text += " payable";
    if (!entry.outputs.empty()) text += " returns " + abi::canonical_names(entry.outputs);
    return text;
}

/// Selectors and signatures of what an ABI describes.
std::vector<std::vector<std::string>> abi_rows(const abi::Abi& abi, crypto::HashId hash) {
    std::vector<std::vector<std::string>> rows{{"", described(abi.constructor())}};
    for (const abi::Entry& entry : abi.entries()) {
        if (entry.kind == abi::EntryKind::function) {
            rows.push_back({hex_text(abi::selector(entry.signature(), hash)), described(entry)});
        } else if (entry.kind == abi::EntryKind::event || entry.kind == abi::EntryKind::error) {
            rows.push_back(
                {entry.kind == abi::EntryKind::event ? "event" : "error", entry.signature()});
        }
    }
    return rows;
}

Json summary(const abi::Package& package) {
    Json json{{"name", package.name},
              {"compiler", package.compiler},
              {"creation_bytes", package.creation_code.size()},
              {"deployed_bytes", package.deployed_code.size()},
              {"constructor", abi::canonical_names(package.abi.constructor().inputs)},
              {"functions", Json::array()},
              {"events", Json::array()},
              {"errors", Json::array()}};
    for (const abi::Entry& entry : package.abi.entries()) {
        if (entry.kind == abi::EntryKind::function) {
            json["functions"].push_back({{"signature", entry.signature()},
                                         {"selector", hex_text(abi::selector(entry.signature()))},
                                         {"reads", entry.reads()},
                                         {"returns", abi::canonical_names(entry.outputs)}});
        } else if (entry.kind == abi::EntryKind::event) {
            json["events"].push_back(entry.signature());
        } else if (entry.kind == abi::EntryKind::error) {
            json["errors"].push_back(entry.signature());
        }
    }
    json["sources"] = package.sources;
    return json;
}

/// Writes a package that was made, and tells so.
Outcome keep(Context& context, const abi::Package& package, const std::string& output) {
    const fs::path file =
        output.empty() ? fs::path(package.name + ".contract.json") : fs::path(output);
    // Made anew from the source each time, so an older one goes; other files stay.
    if (auto there = read_file(file, abi::k_max_package); there) {
        if (!abi::Package::parse(as_text(*there))) BSN_CHECK(check_is_new(file));
    }
    BSN_CHECK(write_file_atomically(file, as_bytes(package.to_json())));
    context.out().text(
        fmt::format("{}: {} bytes of code{}, in {}", package.name, package.creation_code.size(),
                    package.compiler.empty() ? "" : " by " + package.compiler, file.string()));
    Json json = summary(package);
    json["file"] = file.string();
    context.out().json(json);
    return Exit::done;
}

Outcome build(Context& context, const BuildOptions& options) {
    BSN_TRY(compilation, compile_solidity(options.file, options.settings));
    for (const std::string& warning : compilation.warnings) {
        context.out().text(printable(warning));
    }
    BSN_TRY(package, choose_contract(compilation, options.file, options.contract));
    return keep(context, package, options.output);
}

Outcome pack(Context& context, const PackOptions& options) {
    BSN_TRY(abi_json, read_file(options.abi, abi::k_max_package));
    BSN_TRY(code, read_file(options.code, abi::k_max_package));
    BSN_TRY(package, abi::Package::of(options.name, as_text(abi_json), as_text(code)));
    return keep(context, package, options.output);
}

Outcome show(Context& context, const std::string& file) {
    BSN_TRY(text, read_file(file, abi::k_max_package));
    auto package = abi::Package::parse(as_text(text));
    if (!package) return package.error().within(file);
    Output& out = context.out();
    out.fields({{"name", package->name},
                {"compiler", package->compiler.empty() ? "unknown" : one_line(package->compiler)},
                {"creation code", fmt::format("{} bytes", package->creation_code.size())},
                {"deployed code", fmt::format("{} bytes", package->deployed_code.size())}});
    out.table({"SELECTOR", "SIGNATURE"}, abi_rows(package->abi, crypto::HashId::keccak256));
    out.json(summary(*package));
    return Exit::done;
}

Outcome show_deployed(Context& context, const std::string& app, const std::string& name) {
    BSN_TRY(deployed, find_deployed(context, app, name));
    const abi::NamedContract& named = deployed.named;
    context.out().fields({{"name", one_line(named.name)},
                          {"version", one_line(named.version)},
                          {"address", abi::address_text(named.address)}});
    context.out().table({"SELECTOR", "SIGNATURE"}, abi_rows(deployed.abi, deployed.hash));
    Json described = Json::parse(named.abi, nullptr, false);
    context.out().json({{"name", named.name},
                        {"version", named.version},
                        {"address", abi::address_text(named.address)},
                        {"abi", described.is_discarded() ? Json() : std::move(described)}});
    return Exit::done;
}

}  // namespace

void add_contract_commands(Commands& commands) {
    CLI::App* group = commands.group("contract", "Contract packages from Solidity");

    auto built = std::make_shared<BuildOptions>();
    CLI::App* build_command =
        commands.add(group, "build", "Compile a Solidity file into a contract package",
                     "bsn contract build Token.sol --optimize --out Token.contract.json");
    build_command->add_option("file", built->file, "the Solidity file")->required();
    build_command->add_option("--contract", built->contract,
                              "which contract of the file; else the one called as the file");
    build_command->add_option("--out", built->output, "the package; else NAME.contract.json");
    build_command->add_option(
        "--solc", built->settings.version,
        "the compiler, as 0.8.30 or 0.4; else the newest that the file allows");
    build_command->add_flag("--optimize", built->settings.optimize, "let the optimizer work");
    build_command->add_option("--runs", built->settings.runs, "how often code is expected to run")
        ->capture_default_str();
    build_command->add_option(
        "--evm-version", built->settings.evm_version,
        "the EVM to compile for, as the compiler calls it: paris, istanbul …");
    commands.on(build_command, [built](Context& context) { return build(context, *built); });

    auto packed = std::make_shared<PackOptions>();
    CLI::App* pack_command =
        commands.add(group, "pack", "Make a package of an ABI and code",
                     "bsn contract pack Token --abi Token.abi --code Token.bin");
    pack_command->add_option("name", packed->name, "the contract's name")->required();
    pack_command->add_option("--abi", packed->abi, "its ABI, as JSON")->required();
    pack_command->add_option("--code", packed->code, "the code that creates it, in hexadecimal")
        ->required();
    pack_command->add_option("--out", packed->output, "the package; else NAME.contract.json");
    commands.on(pack_command, [packed](Context& context) { return pack(context, *packed); });

    auto shown = std::make_shared<std::string>();
    auto name = std::make_shared<std::string>();
    CLI::App* show_command = commands.add(
        group, "show", "What a contract package, or a contract on an app, can be asked",
        "bsn contract show coin token@1");
    show_command->add_option("file", *shown, "the package; or the app, if a name follows")
        ->required();
    show_command->add_option("name", *name, "the contract's name in the app, or NAME@VERSION");
    commands.on(show_command, [shown, name](Context& context) {
        return name->empty() ? show(context, *shown) : show_deployed(context, *shown, *name);
    });
    add_deploy_commands(commands, group);
}

}  // namespace bsn::cli
