#include "cli/commands/app_package.hpp"

#include "base/files.hpp"
#include "cli/packages.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace {

struct PackageWords {
    std::string path;
    std::string out;
};

Outcome package(Context& context, const PackageWords& words) {
    BSN_TRY(package, read_package(words.path));
    const std::string type = registry::type_of(package.code);
    if (words.out.empty()) {
        BSN_TRY(api, context.client(Context::Signing::yes));
        BSN_CHECK(hand_in(*api, package));
        context.out().text(
            fmt::format("The network's city nodes have it ({} bytes). Its type in "
                        "an app is {}",
                        package.bytes.size(), type));
    } else {
        BSN_CHECK(write_file_atomically(words.out, package.bytes));
        context.out().text(fmt::format("{} bytes in {}. Its type in an app is {}",
                                       package.bytes.size(), words.out, type));
    }
    context.out().json({{"type", type},
                        {"language", package.code.language},
                        {"package", to_hex(package.code.digest)},
                        {"bytes", package.bytes.size()}});
    return Exit::done;
}

}  // namespace

void add_package_command(Commands& commands, CLI::App* group) {
    auto words = std::make_shared<PackageWords>();
    CLI::App* command =
        commands.add(group, "package", "Hand in a contract's code for an app on Hyperledger Fabric",
                     "bsn app package examples/asset-node");
    command->add_option("PATH", words->path, "A folder with the source, or a package of chaincode")
        ->required();
    command->add_option("--out", words->out, "Only write the package there");
    commands.on(command, [words](Context& context) { return package(context, *words); });
}

}  // namespace bsn::cli
