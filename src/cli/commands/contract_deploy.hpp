#pragma once
// Contracts on an app: what `bsn contract` does on a network.

#include "cli/commands/commands.hpp"
#include "cli/solidity/compiler.hpp"
#include "contract/abi/callee.hpp"

namespace bsn::cli {

struct DeployOptions {
    std::string app;
    std::string file;
    std::string name;
    std::string version;
    std::string contract;
    CompilerSettings compiler;
    std::string receipt;
    bool force = false;
};

/// Creates a contract and registers it; `upgrade`: as a further version of a name that is there.
Outcome deploy_contract(Context& context, const DeployOptions& options,
                        const std::vector<std::string>& arguments, bool upgrade);
Outcome list_contract(Context& context, const std::string& app, const std::string& name);

struct DeployedContract {
    contract::abi::NamedContract named;
    contract::abi::Abi abi;
    crypto::HashId hash;
};
/// The contract of a name, or NAME@VERSION.
Result<DeployedContract> find_deployed(Context& context, const std::string& app,
                                       const std::string& text);

void add_deploy_commands(Commands& commands, CLI::App* group);  // contract deploy, upgrade, list

}  // namespace bsn::cli
