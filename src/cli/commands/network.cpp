// bsn up, bsn down: a whole network on this machine.

#include "base/log.hpp"
#include "base/progress.hpp"
#include "cli/app_file.hpp"
#include "cli/background.hpp"
#include "cli/commands/commands.hpp"
#include "cli/local_home.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <thread>
#include <unistd.h>

namespace bsn::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t k_default_wait_s = 60;
constexpr std::uint64_t k_stop_wait_ms = 60'000;
constexpr std::uint64_t k_probe_ms = 1'000;
constexpr auto k_poll = std::chrono::milliseconds(25);
constexpr std::string_view k_evidence = "evidence";
constexpr std::size_t k_most_in_one_process = 16;

struct UpOptions {
    std::size_t nodes = 0;
    std::uint16_t port = 0;
    std::string ordering;
    std::size_t validators = 0;
    std::vector<std::string> callbacks;
    std::uint64_t wait_s = k_default_wait_s;
    bool foreground = false;
    bool inherited_lock = false;
};

struct DownOptions {
    bool purge = false;
    bool yes = false;
    bool keys = false;
};

LocalNetworkRequest request_of(const UpOptions& options) {
    LocalNetworkRequest request;
    if (options.nodes != 0) request.nodes = options.nodes;
    if (options.port != 0) request.first_port = options.port;
    if (!options.ordering.empty()) request.ordering = options.ordering;
    if (options.validators != 0) request.validators = options.validators;
    return request;
}

std::uint64_t size_of(const fs::path& file) {
    std::error_code ignored;
    std::uintmax_t size = fs::file_size(file, ignored);
    return ignored ? 0 : size;
}

/// Takes the lock of the network's folder, making the folder if need be.
Result<FileHandle> take_lock(Context& context) {
    BSN_CHECK(context.home().create());
    BSN_CHECK(make_private_folder(context.home().network_folder()));
    BSN_TRY(lock, lock_network(context.home().network_folder()));
    BSN_CHECK(write_pid(lock, ::getpid()));
    return std::move(lock);
}

/// Whether all ports that the nodes will listen at are free.
Status check_ports(const node::LocalNetworkOptions& network) {
    std::vector<std::uint32_t> above{0};
    if (network.ordering == ledger::OrderingType::cometbft) {
        above = {0, node::k_peers_port, node::k_ordering_port, node::k_rpc_port};
    }
    for (std::uint32_t offset : above) {
        BSN_CHECK(check_ports_free(network.first_port + offset, network.nodes));
    }
    return {};
}

/// Opens these networks to callbacks, for as long as it runs.
Status allow_callbacks(node::LocalNetworkOptions& network, const UpOptions& options) {
    for (const std::string& text : options.callbacks) {
        auto allowed = net::IpNetwork::parse(text);
        if (!allowed) return allowed.error().within("--callbacks");
        network.callbacks.push_back(*allowed);
    }
    return {};
}

/// Runs the network in this process until it is told to stop.
Outcome run_here(Context& context, const UpOptions& options) {
    auto lock = take_lock(context);
    if (!lock) return lock.error();
    BSN_TRY(network, prepare_local_home(context, request_of(options)));
    BSN_CHECK(allow_callbacks(network, options));
    BSN_CHECK(check_ports(network));
    BSN_CHECK(node::run_local_network(network));
    return Exit::done;
}

/// The same, started by `bsn up`, which prepared everything and took the lock.
Outcome run_started(Context& context, const UpOptions& options) {
    auto lock = inherited_lock();
    if (!lock) return lock.error();
    BSN_TRY(network, prepared_local_network(context));
    BSN_CHECK(allow_callbacks(network, options));
    BSN_CHECK(init_logging(LogLevel::info, context.home().log_file()));
    BSN_CHECK(node::run_local_network(network));
    return Exit::done;
}

/// A process that was started, and how to tell why it ended.
struct StartedNetwork {
    pid_t pid = 0;
    std::uint64_t log_offset = 0;
};

Result<StartedNetwork> start(Context& context, const node::LocalNetworkOptions& network,
                             const FileHandle& lock) {
    BSN_CHECK(check_ports(network));
    StartedNetwork started;
    started.log_offset = size_of(context.home().log_file());
    std::vector<std::string> words = {"--home", context.home().folder().string(), "up",
                                      "--foreground", "--inherited-lock"};
    for (const net::IpNetwork& allowed : network.callbacks) {
        words.insert(words.end(), {"--callbacks", allowed.text()});
    }
    BSN_TRY(pid, start_in_background(words, network.folder, context.home().log_file(), lock));
    BSN_CHECK(write_pid(lock, pid));
    started.pid = pid;
    return started;
}

Error start_failed(Context& context, const StartedNetwork& started, const std::string& how) {
    std::string why = last_words(context.home().log_file(), started.log_offset);
    return {Code::unavailable,
            fmt::format("the network did not start: {}{}", why.empty() ? how : why,
                        why.empty() ? "; see " + context.home().log_file().string() : "")};
}

/// A node that is not healthy yet.
struct Waiting {
    net::HttpConnection connection;
    std::string trouble;  ///< in its own words; empty while it does not answer
};

bool is_healthy(Waiting& node) {
    auto response = node.connection.send({.target = "/healthz"}, k_probe_ms);
    node.trouble.clear();
    if (!response || response->status == 200) return response.ok();
    for (char letter : response->body) {
        if (letter != '\n') node.trouble += letter;
        if (letter == '\n' && !node.trouble.ends_with("; ")) node.trouble += "; ";
    }
    return false;
}

/// Waits until all nodes are healthy, or until those that are not have said why: no time heals
/// that.
Status wait_ready(Context& context, const std::vector<std::string>& urls,
                  const std::optional<StartedNetwork>& started, std::uint64_t wait_s) {
    std::vector<Waiting> waiting;
    for (const std::string& url : urls) {
        BSN_TRY(endpoint, net::parse_endpoint(url));
        waiting.push_back({net::HttpConnection(std::move(endpoint), std::string()), {}});
    }
    std::optional<Progress> progress;
    if (context.out().is_chatty()) progress.emplace("Starting", urls.size(), "nodes");
    auto end = std::chrono::steady_clock::now() + std::chrono::seconds(wait_s);
    for (;;) {
        std::erase_if(waiting, is_healthy);
        if (progress) progress->set(urls.size() - waiting.size());
        if (waiting.empty()) return {};
        if (std::all_of(waiting.begin(), waiting.end(),
                        [](const Waiting& node) { return !node.trouble.empty(); })) {
            return Error{
                Code::unavailable,
                fmt::format("the network runs, but {} is in trouble: {}`bsn status` shows "
                            "all of it",
                            waiting.front().connection.endpoint().url(), waiting.front().trouble)};
        }
        if (started) {
            if (auto how = ended(started->pid)) return start_failed(context, *started, *how);
        } else {
            BSN_TRY(running, running_network(context.home().network_folder()));
            if (!running) return Error{Code::unavailable, "the network has just ended"};
        }
        if (std::chrono::steady_clock::now() > end) {
            return Error{Code::unavailable,
                         fmt::format("{} is not ready after {} s; see {}, or stop the network with "
                                     "`bsn down`",
                                     waiting.front().connection.endpoint().url(), wait_s,
                                     context.home().log_file().string())};
        }
        std::this_thread::sleep_for(k_poll);
    }
}

/// A context that acts as the operator of the local network, whatever else is configured.
Context operator_context(Context& context, const std::vector<std::string>& urls) {
    GlobalOptions options = context.options();
    options.nodes = urls;
    options.key = k_operator_key;
    options.genesis = context.home().genesis_file().string();
    return {options, context.home(), context.out()};
}

/// Publishes the evidence app unless it is there; true if it was published now.
Result<bool> ensure_evidence(Context& context) {
    BSN_TRY(api, context.client(Context::Signing::no));
    auto known = api->app(std::string(k_evidence));
    if (known) return false;
    if (known.error().code != Code::not_found) return known.error();
    std::string spec = evidence_app(std::string(k_evidence), "secp256r1").to_json().dump();
    auto answer = context.transact("system", {"registry", "publish_app", text_arguments({spec})});
    if (!answer) return answer.error().within("publishing the evidence app");
    return true;
}

/// Waits until all nodes serve the app: others may be a moment behind the one that answered.
Status wait_app(const std::vector<std::string>& urls, std::string_view app, std::uint64_t wait_s) {
    auto end = std::chrono::steady_clock::now() + std::chrono::seconds(wait_s);
    for (const std::string& url : urls) {
        BSN_TRY(endpoint, net::parse_endpoint(url));
        net::HttpConnection connection(endpoint, {});
        for (;;) {
            std::string target = fmt::format("/v1/apps/{}", app);
            auto response = connection.send({.target = target}, k_probe_ms);
            if (response && response->status == 200) break;
            if (std::chrono::steady_clock::now() > end) {
                return Error{Code::unavailable,
                             fmt::format("{} does not serve the app {} yet; look "
                                         "at `bsn status`",
                                         url, app)};
            }
            std::this_thread::sleep_for(k_poll);
        }
    }
    return {};
}

void explain(Context& context, const std::vector<std::string>& urls, bool was_running) {
    Output& out = context.out();
    out.text(fmt::format("The network {}: {} nodes at {} to {}.",
                         was_running ? "runs already" : "is up", urls.size(), urls.front(),
                         urls.back()));
    out.text(fmt::format("Data, keys and log: {} (log: network/bsn.log)",
                         context.home().folder().string()));
    out.text("");
    out.text("Next:");
    out.text(
        "  bsn evidence deposit FILE...     put the hashes of files on the ledger, get receipts");
    out.text("  bsn evidence verify FILE         check a receipt, offline");
    out.text("  bsn app publish FILE.yaml        publish an app of your own (examples/kv.yaml)");
    out.text("  bsn status                       what runs");
    out.text("  bsn down                         stop it; the data stays");
}

/// Whether the nodes are to be processes of their own, by the options or by what is there.
Result<bool> in_processes(Context& context, const UpOptions& options) {
    if (!options.ordering.empty()) return options.ordering == "cometbft";
    BSN_TRY(config, context.config());
    return config->local_network && config->local_network->ordering == "cometbft";
}

Outcome up(Context& context, const UpOptions& options) {
    if (options.inherited_lock) return run_started(context, options);
    BSN_TRY(processes, in_processes(context, options));
    if (options.nodes > k_most_in_one_process && !processes) {
        return context.usage("more than 16 nodes need --ordering cometbft");
    }
    if (options.validators > 0 && !processes) {
        return context.usage("--validators goes with --ordering cometbft");
    }
    if (options.foreground) return run_here(context, options);
    BSN_TRY(running, running_network(context.home().network_folder()));
    FileHandle lock;
    if (running && options.port != 0) {
        BSN_TRY(config, context.config());
        if (config->local_network && config->local_network->first_port != options.port) {
            return Error{Code::already_exists,
                         fmt::format("the network runs at port {}; stop it with `bsn down`, then "
                                     "start it at another one",
                                     config->local_network->first_port)};
        }
    }
    if (!running) {
        BSN_TRY(taken, take_lock(context));
        lock = std::move(taken);
    }
    BSN_TRY(network, prepare_local_home(context, request_of(options)));
    BSN_CHECK(allow_callbacks(network, options));
    std::vector<std::string> urls = local_endpoints({network.nodes, network.first_port, {}});
    std::optional<StartedNetwork> started;
    if (!running) {
        BSN_TRY(begun, start(context, network, lock));
        started = begun;
        lock = FileHandle();  // the started process holds it now
    }
    if (Status ready = wait_ready(context, urls, started, options.wait_s); !ready) {
        BSN_TRY(still, running_network(context.home().network_folder()));
        // What ran was about to end: a process that is killed holds its lock for a moment.
        if (running && !still) return up(context, options);
        return ready.error();
    }
    Context acting = operator_context(context, urls);
    BSN_TRY(published, ensure_evidence(acting));
    if (published) BSN_CHECK(wait_app(urls, k_evidence, options.wait_s));
    explain(context, urls, running.has_value());
    BSN_TRY(network_id, acting.genesis());
    context.out().json({{"running", true},
                        {"started", started.has_value()},
                        {"network", to_hex(network_id->network().view())},
                        {"endpoints", urls},
                        {"pid", running ? *running : started->pid},
                        {"home", context.home().folder().string()},
                        {"evidence_published", published}});
    return Exit::done;
}

bool confirmed(Context& context, const DownOptions& options) {
    std::cerr << fmt::format(
                     "This deletes the network in {}{}. (Receipts of it can be verified "
                     "afterwards only with a copy of its genesis.json.) Type yes to go on: ",
                     context.home().folder().string(), options.keys ? ", and all keys" : "")
              << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "yes";
}

Outcome down(Context& context, const DownOptions& options) {
    if (options.keys && !options.purge) {
        return context.usage("--keys goes with --purge only; see `bsn down --help`");
    }
    if (options.purge && !options.yes) {
        if (::isatty(STDIN_FILENO) != 1) {
            return context.usage(
                "--purge deletes the network's data; say --yes to do so without "
                "being asked");
        }
        if (!confirmed(context, options)) {
            return Error{Code::invalid_argument, "nothing was deleted; type yes to delete"};
        }
    }
    const fs::path folder = context.home().network_folder();
    BSN_TRY(running, running_network(folder));
    if (running) BSN_CHECK(stop_network(folder, *running, k_stop_wait_ms));
    context.out().text(!running        ? "No network was running."
                       : options.purge ? "The network is stopped."
                                       : "The network is stopped; `bsn up` starts it again with "
                                         "all its data.");
    if (options.purge) {
        BSN_CHECK(purge_local_home(context, options.keys));
        context.out().text(options.keys ? "Its data and all keys are deleted."
                                        : "Its data is deleted; the keys are kept.");
    }
    context.out().json({{"stopped", running.has_value()}, {"purged", options.purge}});
    return Exit::done;
}

}  // namespace

void add_network_commands(Commands& commands) {
    auto up_options = std::make_shared<UpOptions>();
    CLI::App* command =
        commands.add(nullptr, "up", "Start a network on this machine", "bsn up --nodes 4");
    command->add_option("--nodes", up_options->nodes, "City nodes (3); fixed once made")
        ->check(CLI::Range(1, 64))
        ->type_name("N");
    command->add_option("--port", up_options->port, "Port of the first node (7180)")
        ->check(CLI::Range(1, 65535))
        ->type_name("PORT");
    command->add_option("--ordering", up_options->ordering, "Ordering service (embedded)")
        ->check(CLI::IsMember({"embedded", "cometbft"}))
        ->type_name("TYPE");
    command
        ->add_option("--validators", up_options->validators,
                     "Nodes that run CometBFT; the others follow (all, 16 at most)")
        ->check(CLI::Range(1, 64))
        ->type_name("V");
    command
        ->add_option("--callbacks", up_options->callbacks,
                     "Internal networks that callbacks may reach, such as 127.0.0.0/8 (none)")
        ->type_name("NETWORK");
    command->add_option("--wait", up_options->wait_s, "Seconds to wait until it is ready (60)")
        ->check(CLI::Range(1, 3600))
        ->type_name("S");
    command->add_flag("--foreground", up_options->foreground,
                      "Run here until stopped (for supervisors); publishes nothing");
    command->add_flag("--inherited-lock", up_options->inherited_lock)->group("");
    commands.on(command, [up_options](Context& context) { return up(context, *up_options); });

    auto down_options = std::make_shared<DownOptions>();
    command = commands.add(nullptr, "down", "Stop the network on this machine", "bsn down");
    command->add_flag("--purge", down_options->purge, "Delete its data, too");
    command->add_flag("--keys", down_options->keys, "With --purge: delete all keys, too");
    command->add_flag("--yes,-y", down_options->yes, "Do not ask");
    commands.on(command, [down_options](Context& context) { return down(context, *down_options); });
}

}  // namespace bsn::cli
