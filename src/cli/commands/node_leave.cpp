// bsn node leave: a city node leaves the network.

#include "api/wire_text.hpp"
#include "base/files.hpp"
#include "cli/commands/commands.hpp"
#include "node/network_files.hpp"
#include "registry/records.hpp"

#include <fmt/format.h>

#include <chrono>
#include <thread>

namespace bsn::cli {
namespace {

constexpr std::uint64_t k_answer_ms = 3'000;
/// Ordering heights after which a validator that has left is asked for no vote any more.
constexpr std::uint64_t k_validators_change_after = 3;
constexpr auto k_poll = std::chrono::milliseconds(200);

/// The node's own API, from its own machine.
std::string own_url(const node::NodeSettings& settings) {
    const std::string& listens = settings.http.address;
    const std::string host = listens == "0.0.0.0" ? "127.0.0.1" : listens == "::" ? "::1" : listens;
    return fmt::format("{}://{}", settings.http.tls_certificate.empty() ? "http" : "https",
                       node::host_and_port(host, settings.http.port));
}

/// Waits until the order goes on without the node, as it sees itself; false: not within the time.
bool wait_until_gone(NodeClient& api, std::uint64_t timeout_ms) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    std::optional<std::uint64_t> last;
    while (std::chrono::steady_clock::now() < end) {
        auto status = api.get_from(0, "/v1/status", k_answer_ms);
        if (status) {
            const std::uint64_t height = number_of(*status, "order_height");
            if (!last) last = height + k_validators_change_after;
            if (height >= *last) return true;
        }
        std::this_thread::sleep_for(k_poll);
    }
    return false;
}

Outcome leave(Context& context, const std::string& config) {
    BSN_TRY(settings, node::NodeSettings::load(config));
    BSN_TRY(genesis, node::read_genesis(settings.genesis));
    BSN_TRY(key, crypto::read_key_file(settings.folder / "keys" / "secp256r1.pem", ""));
    const ledger::ParticipantId participant = ledger::participant_id_of(key.public_key());
    const Identity node{"the city node", std::move(key), participant};
    std::vector<std::string> urls = context.options().nodes;
    if (urls.empty()) urls.push_back(own_url(settings));
    std::vector<net::Endpoint> endpoints;
    for (const std::string& url : urls) {
        BSN_TRY(endpoint, net::parse_endpoint(url));
        endpoints.push_back(std::move(endpoint));
    }
    const std::uint64_t timeout_ms = context.options().timeout_s * 1000;
    NodeClient api(std::move(endpoints), genesis.authority, genesis.network(), timeout_ms);
    api.sign_as(&node);
    BSN_TRY(system, api.app("system"));
    BSN_TRY(transaction, make_transaction({api.network(), system.channel}, node,
                                          {std::string(registry::k_contract), "leave_node", {}}));
    BSN_TRY(answer, api.submit(system, transaction));
    if (answer.error) return *answer.error;
    const bool gone = wait_until_gone(api, timeout_ms);
    context.out().text(
        gone ? "The node has left the network. Stop it now; keep its keys until nobody asks for "
               "what it signed."
             : "The node has left the network. Stop it in a few seconds, once the order goes on "
               "without its vote.");
    context.out().json({{"left", true}, {"block", answer.height}, {"may_stop", gone}});
    return Exit::done;
}

}  // namespace

void add_node_leave_command(Commands& commands, CLI::App* group) {
    auto config = std::make_shared<std::string>();
    CLI::App* command =
        commands.add(group, "leave", "Have a running city node, which carries no app, leave",
                     "bsn node leave --config /var/lib/bsn/beijing/node.yaml");
    command->add_option("--config", *config, "The node's settings")->required()->type_name("FILE");
    commands.on(command, [config](Context& context) { return leave(context, *config); });
}

}  // namespace bsn::cli
