// bsn framework: the blockchain frameworks that apps can run on, and their programs.

#include "cli/commands/framework.hpp"

#include "base/files.hpp"
#include "base/program.hpp"
#include "cli/build_progress.hpp"
#include "framework/fabric/network/releases.hpp"

#include <fmt/format.h>

#include <optional>

namespace bsn::cli {
namespace {

namespace fs = std::filesystem;
namespace fabric = framework::fabric;

struct InstallWords {
    std::string framework;
    std::string version;
    std::string from;
};

fs::path engines_of(const Context& context) { return context.home().folder() / "engines"; }

/// The folder with engines/ and scripts/: the checkout that this program was built in, or what
/// `make install` put beside it.
struct Sources {
    fs::path folder;
    bool is_checkout = false;
};

Result<Sources> find_sources() {
    std::error_code failure;
    const fs::path own = fs::read_symlink("/proc/self/exe", failure).parent_path();
    const fs::path checkout = own.parent_path().parent_path().parent_path();
    const fs::path installed = own.parent_path() / "share" / "bsn";
    for (const Sources& sources : {Sources{checkout, true}, Sources{installed, false}}) {
        if (fs::exists(sources.folder / "scripts" / "install-fabric.sh", failure)) return sources;
    }
    return Error{
        Code::not_found,
        fmt::format("there is nothing to build Fabric from, neither in {} nor in {}; get a "
                    "release of Fabric and name its folder with --from",
                    checkout.string(), installed.string())};
}

/// Runs the script that builds a line's programs into a folder, and tells how far it is.
Status build(Context& context, const Sources& sources, const fabric::ReleaseLine& line,
             const fs::path& folder) {
    const SystemClock clock;
    std::optional<BuildProgress> progress;
    progress.emplace(context.out(), fmt::format("Fabric {}", line.name), clock);
    const fs::path script = sources.folder / "scripts" / "install-fabric.sh";
    auto ended = follow_program(
        {"bash", script.string(), "--progress", "--to", folder.string(), std::string(line.name)},
        [&](std::string_view said) { progress->take(said); });
    progress.reset();  // a bar's line ends before what failed is told
    if (!ended) return ended.error();
    if (ended->status == 0) return {};
    const std::string why = one_line(ended->complaints);
    return Error{
        Code::unavailable,
        fmt::format("Fabric {} could not be built ({}); is the Go module proxy in reach?",
                    line.name, why.empty() ? fmt::format("status {}", ended->status) : why)};
}

/// Makes the line's name in the home point to the programs; what was built there goes.
Status record(const fs::path& engines, const fabric::FabricPrograms& programs) {
    const fs::path name = engines / programs.line().folder;
    const fs::path made = engines / fmt::format(".{}", programs.line().folder);
    std::error_code failure;
    if (fs::equivalent(name, programs.folder, failure)) return {};
    BSN_CHECK(make_private_folder(engines.parent_path()));
    BSN_CHECK(make_private_folder(engines));
    fs::remove(made, failure);
    fs::create_directory_symlink(programs.folder, made, failure);
    if (failure) return file_error("make", made, failure.value());
    if (fs::is_directory(fs::symlink_status(name, failure))) fs::remove_all(name, failure);
    fs::rename(made, name, failure);
    if (failure) return file_error("make", name, failure.value());
    return sync_folder(engines);
}

Exit tell(Context& context, const fabric::FabricPrograms& programs) {
    context.out().fields({{"framework", "fabric"},
                          {"version", programs.version},
                          {"programs", programs.folder.string()}});
    context.out().json({{"framework", "fabric"},
                        {"version", programs.version},
                        {"folder", programs.folder.string()}});
    return Exit::done;
}

const fabric::ReleaseLine* line_named(const std::string& version) {
    for (const fabric::ReleaseLine& line : fabric::k_release_lines) {
        if (version == line.name) return &line;
    }
    return nullptr;
}

/// Takes programs that are there already.
Outcome take(Context& context, const InstallWords& words) {
    BSN_TRY(programs, fabric::look_at_fabric_programs(words.from));
    if (!words.version.empty() && programs.line().name != words.version) {
        return Error{Code::unsupported_version,
                     fmt::format("{} holds Fabric {}, not {}", programs.folder.string(),
                                 programs.version, words.version)};
    }
    BSN_CHECK(record(engines_of(context), programs));
    return tell(context, programs);
}

Outcome install(Context& context, const InstallWords& words) {
    if (words.framework != "fabric") {
        return context.usage("only fabric has programs of its own: bsn framework install fabric");
    }
    const std::string version = words.version.empty() ? "2.5" : words.version;
    const fabric::ReleaseLine* line = line_named(version);
    if (line == nullptr) return context.usage("the versions of fabric are 2.5 and 3.1");
    if (!words.from.empty()) return take(context, words);
    BSN_TRY(programs, installed_fabric(context, *line));
    return tell(context, programs);
}

struct Row {
    std::string name;
    std::string version;
    std::string state;  ///< for machines
    std::string text;   ///< for people
};

Row fabric_row(const fs::path& engines, const fabric::ReleaseLine& line) {
    auto found = fabric::find_fabric_programs(engines, line);
    if (found) {
        return {"fabric", found->version, "installed",
                "its programs are in " + found->folder.string()};
    }
    const bool is_missing = found.error().code == Code::not_found;
    return {"fabric", std::string(line.name), is_missing ? "missing" : "unusable",
            found.error().message};
}

Outcome list(Context& context) {
    const std::string own = BSN_VERSION;
    std::vector<Row> rows{
        {"ledger", own, "built_in", "our own ledger"},
        {"ethereum", own, "built_in", "our own ledger, for clients of Ethereum"},
        {"fisco", own, "built_in", "our own ledger, for clients of FISCO BCOS 2"},
        {"fisco-network", "2", "outside", "a network of FISCO BCOS that others run"}};
    for (const auto& line : fabric::k_release_lines)
        rows.push_back(fabric_row(engines_of(context), line));
    rows.push_back({"fabric-network", "2.4+", "outside", "a channel of Fabric that others run"});
    std::vector<std::vector<std::string>> table;
    Json json = Json::array();
    for (const Row& row : rows) {
        table.push_back({row.name, row.version, row.text});
        json.push_back({{"name", row.name},
                        {"version", row.version},
                        {"state", row.state},
                        {"text", row.text}});
    }
    context.out().table({"FRAMEWORK", "VERSION", "WHAT IT IS"}, table);
    context.out().json({{"frameworks", json}});
    return Exit::done;
}

}  // namespace

Result<fabric::FabricPrograms> installed_fabric(Context& context, const fabric::ReleaseLine& line) {
    auto found = fabric::find_fabric_programs(engines_of(context), line);
    if (found || found.error().code != Code::not_found || std::getenv("BSN_FABRIC") != nullptr) {
        return found;
    }
    BSN_TRY(sources, find_sources());
    const fs::path folder =
        (sources.is_checkout ? sources.folder / "build" / "engines" : engines_of(context)) /
        line.folder;
    if (!sources.is_checkout) BSN_CHECK(make_private_folder(context.home().folder()));
    BSN_CHECK(build(context, sources, line, folder));
    return fabric::look_at_fabric_programs(folder);
}

void add_framework_commands(Commands& commands) {
    CLI::App* group = commands.group("framework", "Blockchain frameworks that apps run on");

    auto words = std::make_shared<InstallWords>();
    CLI::App* command = commands.add(
        group, "install", "Build a framework's programs, or take those of a folder",
        "bsn framework install fabric\n  bsn framework install fabric --from fabric-2.5.9/bin");
    command->add_option("framework", words->framework, "fabric")->required();
    command->add_option("--version", words->version, "2.5 or 3.1; otherwise 2.5, or the folder's")
        ->type_name("VERSION");
    command
        ->add_option("--from", words->from, "Take the programs of a release that is there already")
        ->type_name("FOLDER");
    commands.on(command, [words](Context& context) { return install(context, *words); });

    command = commands.add(group, "list", "Which frameworks there are, and their programs",
                           "bsn framework list");
    commands.on(command, [](Context& context) { return list(context); });
}

}  // namespace bsn::cli
