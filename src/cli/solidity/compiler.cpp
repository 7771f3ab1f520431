#include "cli/solidity/compiler.hpp"

#include "base/program.hpp"
#include "cli/output.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace bsn::cli {
namespace {

namespace fs = std::filesystem;
using contract::abi::Package;

/// Compilers of large projects take tens of seconds.
constexpr std::chrono::seconds k_patience{300};
constexpr std::size_t k_max_answer = std::size_t{256} << 20;
/// The driver's exit status if there is no compiler that fits.
constexpr int k_no_compiler = 3;

constexpr std::string_view k_how =
    "install Node.js (Debian: apt-get install nodejs npm) and a compiler (npm install -g "
    "solc@0.8.30, for another version npm install -g solc-0.4@npm:solc@0.4.26), or set BSN_SOLC "
    "to a folder that has them";

/// What the program complained of, on one line.
std::string complaint(std::string_view text) {
    while (text.ends_with('\n')) text.remove_suffix(1);
    return one_line(text.substr(0, 2000));
}

Result<Json> run_driver(const fs::path& file, const CompilerSettings& settings) {
    const Json request{{"file", file.string()},
                       {"version", settings.version},
                       {"optimize", settings.optimize},
                       {"runs", settings.runs},
                       {"evm_version", settings.evm_version}};
    auto end = run_program({"node", "--input-type=module", "--eval", k_solc_driver}, request.dump(),
                           k_patience, k_max_answer);
    if (!end && end.error().code == Code::not_found) {
        return Error{Code::unavailable, fmt::format("{}; {}", end.error().message, k_how)};
    }
    if (!end) return end.error();
    if (end->status == k_no_compiler) {
        return Error{Code::unavailable, fmt::format("{}; {}", complaint(end->complaints), k_how)};
    }
    if (end->status != 0) {
        return Error{Code::io_error,
                     fmt::format("the compiler failed: {}", complaint(end->complaints))};
    }
    Json answer = Json::parse(end->output, nullptr, false);
    if (!answer.is_object() || !answer.contains("output") || !answer["output"].is_object()) {
        return Error{Code::io_error, "the compiler's answer is no JSON"};
    }
    return answer;
}

/// Errors end it, warnings are kept.
Status read_messages(const Json& output, Compilation& compilation) {
    const auto found = output.find("errors");
    if (found == output.end()) return {};
    std::string errors;
    for (const Json& message : *found) {
        const std::string text = message.value("formattedMessage", message.value("message", ""));
        if (message.value("severity", "error") == "error") {
            errors += (errors.empty() ? "" : "; ") + one_line(text);
        } else {
            compilation.warnings.push_back(text);
        }
    }
    if (errors.empty()) return {};
    return Error{Code::invalid_argument, errors};
}

Result<Package> package_of(const std::string& name, const Json& contract, const Json& answer,
                           const CompilerSettings& settings) {
    const Json& evm = contract.at("evm");
    BSN_TRY(package, Package::of(name, contract.at("abi").dump(),
                                 evm.at("bytecode").at("object").get<std::string>()));
    const std::string deployed = evm.at("deployedBytecode").at("object").get<std::string>();
    if (auto code = from_hex(deployed)) package.deployed_code = std::move(*code);
    package.compiler = "solc " + answer.at("compiler").get<std::string>();
    Json used{{"optimizer", {{"enabled", settings.optimize}, {"runs", settings.runs}}}};
    if (!settings.evm_version.empty()) used["evmVersion"] = settings.evm_version;
    package.settings = used.dump();
    package.metadata = contract.value("metadata", "");
    package.sources = answer.at("sources").get<std::map<std::string, std::string>>();
    return package;
}

}  // namespace

Result<Compilation> compile_solidity(const fs::path& file, const CompilerSettings& settings) {
    std::error_code failure;
    const fs::path absolute = fs::canonical(file, failure);
    if (failure || !fs::is_regular_file(absolute)) {
        return Error{Code::not_found, fmt::format("there is no file {}", file.string())};
    }
    BSN_TRY(answer, run_driver(absolute, settings));
    const Json& output = answer["output"];
    Compilation compilation;
    BSN_CHECK(read_messages(output, compilation));
    try {
        const Json none = Json::object();
        const Json contracts = output.value("contracts", none);
        const Json own = contracts.value(absolute.filename().string(), none);
        for (const auto& [name, contract] : own.items()) {
            if (contract.at("evm").at("bytecode").at("object").get<std::string>().empty()) {
                continue;  // an interface, or abstract
            }
            auto package = package_of(name, contract, answer, settings);
            if (!package) return package.error().within(name);
            compilation.contracts.push_back(std::move(*package));
        }
    } catch (const nlohmann::json::exception& error) {
        return Error{Code::io_error, fmt::format("the compiler's answer: {}", error.what())};
    }
    return compilation;
}

Result<Package> choose_contract(const Compilation& compilation, const fs::path& file,
                                std::string_view name) {
    const auto& contracts = compilation.contracts;
    const std::string wanted = name.empty() ? file.stem().string() : std::string(name);
    std::string names;
    for (const Package& package : contracts) {
        if (package.name == wanted) return package;
        names += (names.empty() ? "" : ", ") + package.name;
    }
    if (name.empty() && contracts.size() == 1) return contracts.front();
    if (contracts.empty()) {
        return Error{Code::invalid_argument,
                     fmt::format("{} has no contract that can be created", file.string())};
    }
    if (name.empty()) {
        return Error{Code::invalid_argument,
                     fmt::format("{} has several contracts: choose one with --contract, of {}",
                                 file.string(), names)};
    }
    return Error{Code::not_found,
                 fmt::format("{} has no contract '{}'; it has {}", file.string(), name, names)};
}

}  // namespace bsn::cli
