#include "cli/bench/own_network.hpp"

#include "base/log.hpp"
#include "base/progress.hpp"
#include "cli/background.hpp"
#include "cli/local_home.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <random>
#include <unistd.h>

namespace bsn::cli {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;

constexpr auto k_look_for_signals = 100ms;
constexpr auto k_poll = 50ms;
constexpr std::uint64_t k_probe_ms = 1'000;
/// Time for a network to become healthy: some of it for each node.
constexpr auto k_patience = 60s;
constexpr auto k_patience_for_a_node = 5s;
constexpr int k_exit_after_a_signal = 130;
/// Below the ports that the system gives to clients.
constexpr std::uint16_t k_lowest_port = 20'000;
constexpr std::uint16_t k_highest_port = 31'000;
/// A node that is a process of its own has four ports, so far above the first one and its number
/// (see node/local_processes).
constexpr std::array<unsigned, 4> k_ports_above{0, 100, 200, 300};
constexpr int k_port_tries = 100;
constexpr const char* k_log = "up.log";
constexpr int k_removals = 20;

Result<fs::path> temporary_folder() {
    std::string name = (fs::temp_directory_path() / "bsn-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return file_error("make", name, errno);
    return fs::path(name);
}

Result<std::uint16_t> free_ports(std::size_t nodes) {
    std::random_device random;
    std::uniform_int_distribution<unsigned> choose(k_lowest_port, k_highest_port);
    Status last;
    for (int i = 0; i < k_port_tries; ++i) {
        const auto first = static_cast<std::uint16_t>(choose(random));
        last = {};
        for (unsigned above : k_ports_above) {
            if (last) last = check_ports_free(static_cast<std::uint16_t>(first + above), nodes);
        }
        if (last) return first;
    }
    return last.error();
}

/// A context for a home of its own, whatever else is configured or was named.
Context context_of(const fs::path& home, Context& user) {
    GlobalOptions options;
    options.home = home.string();
    options.timeout_s = user.options().timeout_s;
    options.json = user.options().json;
    options.quiet = user.options().quiet;
    return {options, Home(home), user.out()};
}

/// Also while nodes of this process still write there: then what they have just made is in the way.
void remove_tree(const fs::path& folder) {
    std::error_code ignored;
    for (int i = 0; i < k_removals && fs::exists(folder, ignored); ++i) {
        fs::remove_all(folder, ignored);
    }
}

}  // namespace

Result<std::unique_ptr<OwnNetwork>> OwnNetwork::start(Context& user, const Shape& shape) {
    BSN_TRY(folder, temporary_folder());
    std::unique_ptr<OwnNetwork> network(new OwnNetwork(folder));
    network->guard_ = std::thread([own = network.get()] { own->end_with_a_signal(); });
    BSN_CHECK(network->run(user, shape));
    return network;
}

OwnNetwork::~OwnNetwork() {
    hosted_.reset();
    remove();
    leaving_ = true;
    guard_.join();
}

Status OwnNetwork::run(Context& user, const Shape& shape) {
    BSN_TRY(port, free_ports(shape.nodes));
    // A context reads the configuration once: this one before it is written.
    Context preparing = context_of(folder_, user);
    BSN_TRY(prepared,
            prepare_local_home(
                preparing, {.nodes = shape.nodes, .first_port = port, .ordering = shape.ordering}));
    context_.emplace(context_of(folder_, user));
    if (shape.hosted) {
        BSN_CHECK(init_logging(LogLevel::warn, folder_ / k_log));
        BSN_TRY(hosted, node::HostedNetwork::start(prepared));
        hosted_ = std::move(hosted);
    } else {
        std::lock_guard lock(mutex_);
        process_ = std::make_unique<SupervisedProcess>(
            SupervisedOptions{"the network",
                              {fs::read_symlink("/proc/self/exe").string(), "--home",
                               folder_.string(), "up", "--foreground"},
                              folder_ / k_log});
        BSN_CHECK(process_->start());
    }
    return wait_until_healthy(shape.nodes, user.out().is_chatty());
}

Status OwnNetwork::wait_until_healthy(std::size_t nodes, bool is_chatty) const {
    BSN_TRY(config, ClientConfig::load(Home(folder_).config_file()));
    std::vector<net::HttpConnection> waiting;
    for (const std::string& url : config.endpoints) {
        BSN_TRY(endpoint, net::parse_endpoint(url));
        waiting.emplace_back(std::move(endpoint), std::string());
    }
    std::unique_ptr<Progress> bar;
    if (is_chatty) bar = std::make_unique<Progress>("Starting", nodes, "nodes");
    const auto patience = k_patience + static_cast<int>(nodes) * k_patience_for_a_node;
    const auto end = std::chrono::steady_clock::now() + patience;
    for (;;) {
        std::erase_if(waiting, [](net::HttpConnection& node) {
            auto response = node.send({.target = "/healthz"}, k_probe_ms);
            return response && response->status == 200;
        });
        if (bar) bar->set(nodes - waiting.size());
        if (waiting.empty()) return {};
        const std::string why = last_words(folder_ / k_log, 0);
        if (!check()) {
            return Error{Code::unavailable,
                         fmt::format("the network of the benchmark did not start: {}",
                                     why.empty() ? process_->trouble() : why)};
        }
        if (std::chrono::steady_clock::now() > end) {
            return Error{Code::unavailable,
                         fmt::format("{} of the {} nodes of the benchmark are not healthy after "
                                     "{} s; try fewer nodes",
                                     waiting.size(), nodes, patience / 1s)};
        }
        std::this_thread::sleep_for(k_poll);
    }
}

Status OwnNetwork::check() const {
    if (!process_) return {};
    if (process_->restarts() == 0 && process_->trouble().empty()) return {};
    return Error{Code::unavailable, "the network of the benchmark ended while it was measured"};
}

Result<pid_t> OwnNetwork::pid() const {
    const auto pid = process_ ? process_->pid() : std::nullopt;
    if (!pid) return Error{Code::not_found, "the network of the benchmark has no process now"};
    return *pid;
}

void OwnNetwork::end_with_a_signal() {
    while (!leaving_) {
        if (!signals_.wait(k_look_for_signals)) continue;
        remove();
        // Not a return: the measurement goes on in other threads, of a network that has gone.
        std::fputs("\nStopped, and the network removed.\n", stderr);
        ::_exit(k_exit_after_a_signal);
    }
}

void OwnNetwork::remove() {
    std::lock_guard lock(mutex_);
    if (process_) process_->stop();  // kept: the measurement may be looking at it
    remove_tree(folder_);
}

}  // namespace bsn::cli
