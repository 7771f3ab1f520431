// bsn network init, bsn network use: networks of several machines.

#include "base/files.hpp"
#include "cli/commands/commands.hpp"
#include "cli/network_file.hpp"
#include "node/network_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace bsn::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t k_max_genesis_bytes = 16U << 20;
constexpr std::uint64_t k_answer_ms = 3'000;

struct InitOptions {
    std::string file;
    std::string out;
};

struct UseOptions {
    std::string genesis;
    std::vector<std::string> urls;
};

/// A folder that is made whole or not at all: it gets its name at the end.
class NewFolder {
  public:
    static Result<NewFolder> make(const fs::path& target) {
        std::error_code ignored;
        if (fs::exists(target, ignored) && !fs::is_empty(target, ignored)) {
            return Error{Code::already_exists,
                         fmt::format("{} exists; a network's keys are never overwritten: name "
                                     "another folder, or move this one away",
                                     target.string())};
        }
        std::string name = fs::absolute(target).lexically_normal().string();
        while (name.ends_with('/')) name.pop_back();
        NewFolder made(name);
        name += ".new-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) {
            return file_error("make a folder beside", target, errno);
        }
        made.temporary_ = name;
        return made;
    }
    NewFolder(NewFolder&& other) noexcept
        : target_(std::move(other.target_)), temporary_(std::exchange(other.temporary_, {})) {}
    NewFolder& operator=(NewFolder&&) = delete;
    ~NewFolder() {
        std::error_code ignored;
        if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
    }

    const fs::path& path() const { return temporary_; }
    Status keep() {
        std::error_code failure;
        fs::rename(temporary_, target_, failure);
        if (failure) return file_error("make", target_, failure.value());
        temporary_.clear();
        return sync_folder(target_.parent_path());
    }

  private:
    explicit NewFolder(fs::path target) : target_(std::move(target)) {}

    fs::path target_;
    fs::path temporary_;
};

/// How many validators may fail, in words. CometBFT needs more than two thirds of them.
std::string ordering_note(std::size_t validators) {
    const std::size_t spare = (validators - 1) / 3;
    if (spare == 0) {
        return fmt::format(
            "Ordering needs all of its {} validators; with four or more it would "
            "go on without one.",
            validators);
    }
    return fmt::format("Ordering goes on while at most {} of its {} validators fail or lie.", spare,
                       validators);
}

std::vector<std::string> urls_of(const node::NetworkPlan& plan) {
    std::vector<std::string> urls;
    for (const node::NodePlan& node : plan.nodes) {
        urls.push_back("https://" + node::host_and_port(node.host, node.ports.api));
    }
    return urls;
}

void explain(Output& out, const node::NetworkPlan& plan, const fs::path& folder) {
    const auto validators = static_cast<std::size_t>(std::count_if(
        plan.nodes.begin(), plan.nodes.end(), [](const auto& node) { return node.validator; }));
    out.text(fmt::format("The network \"{}\" is prepared in {}: {} city nodes. {}", plan.name,
                         folder.string(), plan.nodes.size(), ordering_note(validators)));
    out.text("");
    out.text("Each node's folder goes to its machine, by a safe way: it holds the node's keys.");
    std::vector<std::vector<std::string>> rows;
    for (const node::NodePlan& node : plan.nodes) {
        rows.push_back({(folder / node.folder).string(), node.host, std::to_string(node.ports.api),
                        std::to_string(node.ports.peers), std::to_string(node.ports.ordering)});
    }
    out.table({"FOLDER", "HOST", "API", "PEERS", "ORDERING"}, rows);
    std::string urls;
    for (const std::string& url : urls_of(plan)) urls += " " + url;
    out.text("");
    out.text("Next:");
    out.text("  on each machine, in its folder (under systemd: deploy/README.md)");
    out.text("    bsn node run --config node.yaml");
    out.text("  for each client");
    out.text(fmt::format("    bsn network use {}{}", (folder / "genesis.json").string(), urls));
    out.text(fmt::format("  Keep {} offline, and a copy of it: it issues the nodes' certificates.",
                         (folder / "authority").string()));
}

Json to_json(const node::NetworkPlan& plan, const ledger::Genesis& genesis,
             const fs::path& folder) {
    Json nodes = Json::array();
    const std::vector<std::string> urls = urls_of(plan);
    for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
        nodes.push_back({{"name", plan.nodes[i].name},
                         {"folder", (folder / plan.nodes[i].folder).string()},
                         {"endpoint", urls[i]},
                         {"validator", plan.nodes[i].validator}});
    }
    return {{"network", to_hex(genesis.network().view())},
            {"genesis", (folder / "genesis.json").string()},
            {"authority", (folder / "authority").string()},
            {"nodes", nodes}};
}

Outcome init(Context& context, const InitOptions& options) {
    BSN_TRY(plan, load_network_file(options.file));
    BSN_TRY(folder, NewFolder::make(options.out));
    BSN_CHECK(node::make_network_files(folder.path(), plan, SystemClock().now()));
    BSN_CHECK(node::write_node_files(folder.path(), plan, {}));
    BSN_CHECK(folder.keep());
    BSN_TRY(genesis, node::read_genesis(fs::path(options.out) / "genesis.json"));
    explain(context.out(), plan, options.out);
    context.out().json(to_json(plan, genesis, options.out));
    return Exit::done;
}

/// Refuses a home that holds a network of its own, or trusts another one.
Status check_home(Context& context, ByteView genesis) {
    BSN_TRY(config, context.config());
    const Home& home = context.home();
    if (config->local_network) {
        return Error{Code::already_exists,
                     fmt::format("{} holds the network of this machine; choose another folder with "
                                 "--home",
                                 home.folder().string())};
    }
    BSN_TRY(file, context.genesis_file());
    auto pinned = read_file(file, k_max_genesis_bytes);
    if (!pinned && pinned.error().code == Code::not_found) return {};
    if (!pinned) return pinned.error();
    if (equal(*pinned, genesis)) return {};
    return Error{Code::already_exists,
                 fmt::format("{} is of another network, which this home trusts; choose another "
                             "folder with --home, or remove that file if you no longer trust it",
                             file.string())};
}

/// Why a node cannot be used now; empty: it can. A node of another network is an error.
Result<std::string> trouble_of(const net::Endpoint& endpoint, const ledger::Genesis& genesis) {
    NodeClient api({endpoint}, genesis.authority, genesis.network(), k_answer_ms);
    auto status = api.get_from(0, "/v1/status", k_answer_ms);
    if (status && text_of(*status, "network") == to_hex(genesis.network().view())) {
        return std::string();
    }
    if (status || status.error().code == Code::wrong_network) {
        return Error{Code::wrong_network,
                     fmt::format("{} is a node of another network than the genesis file's; nothing "
                                 "was changed",
                                 endpoint.url())};
    }
    return status.error().message;
}

Outcome use(Context& context, const UseOptions& options) {
    BSN_TRY(content, read_file(options.genesis, k_max_genesis_bytes));
    auto genesis = ledger::Genesis::from_json(as_text(content));
    if (!genesis) return genesis.error().within(options.genesis);
    BSN_CHECK(check_home(context, content));

    ClientConfig changed = *context.config().value();
    changed.endpoints.clear();
    changed.genesis = "genesis.json";
    Json nodes = Json::array();
    std::vector<std::vector<std::string>> rows;
    for (const std::string& url : options.urls) {
        auto endpoint = net::parse_endpoint(url);
        if (!endpoint) return context.usage(endpoint.error().message);
        BSN_TRY(trouble, trouble_of(*endpoint, *genesis));
        changed.endpoints.push_back(endpoint->url());
        rows.push_back({endpoint->url(), trouble.empty() ? "answers" : one_line(trouble)});
        nodes.push_back(
            {{"url", endpoint->url()}, {"answers", trouble.empty()}, {"error", trouble}});
    }
    BSN_CHECK(context.home().create());
    BSN_CHECK(write_file_atomically(context.home().genesis_file(), content, 0600));
    BSN_CHECK(changed.save(context.home().config_file()));
    context.out().text(
        fmt::format("{} uses the network \"{}\" from now on, and trusts its genesis "
                    "file.",
                    context.home().folder().string(), one_line(genesis->name)));
    context.out().table({"NODE", "STATE"}, rows);
    context.out().json({{"network", to_hex(genesis->network().view())},
                        {"name", genesis->name},
                        {"nodes", nodes}});
    return Exit::done;
}

}  // namespace

void add_network_setup_commands(Commands& commands) {
    CLI::App* group = commands.group("network", "Networks of several machines");

    auto init_options = std::make_shared<InitOptions>();
    CLI::App* init_command = commands.add(
        group, "init",
        "Make genesis, certificate authority and a folder for each node of a network (deploy/)",
        "bsn network init network.yaml --out cities");
    init_command
        ->add_option("FILE", init_options->file, "The network: its operators, nodes and hosts")
        ->required();
    init_command->add_option("--out,-o", init_options->out, "The new folder for all of it")
        ->required()
        ->type_name("DIR");
    commands.on(init_command,
                [init_options](Context& context) { return init(context, *init_options); });

    auto use_options = std::make_shared<UseOptions>();
    CLI::App* use_command =
        commands.add(group, "use", "Use a network that runs elsewhere, and trust its genesis file",
                     "bsn network use genesis.json https://beijing.example.org:7180");
    use_command
        ->add_option("GENESIS", use_options->genesis,
                     "The network's genesis file, from a source that you trust")
        ->required();
    use_command->add_option("URL", use_options->urls, "Its nodes to ask, in order of preference")
        ->required();
    commands.on(use_command,
                [use_options](Context& context) { return use(context, *use_options); });
    add_network_member_commands(commands, group);
}

}  // namespace bsn::cli
