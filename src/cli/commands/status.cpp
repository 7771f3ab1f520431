// bsn status: the nodes, their chains, and what trust rests on.

#include "cli/commands/commands.hpp"

#include <fmt/format.h>

#include <map>

namespace bsn::cli {
namespace {

constexpr std::uint64_t k_answer_ms = 3'000;

/// What one node said, or why it did not.
struct NodeAnswer {
    std::string url;
    Json status;
    std::string failure;
};

std::vector<NodeAnswer> ask_all(NodeClient& api) {
    std::vector<NodeAnswer> answers;
    for (std::size_t i = 0; i < api.endpoints().size(); ++i) {
        NodeAnswer& answer = answers.emplace_back();
        answer.url = api.endpoints()[i].url();
        auto status = api.get_from(i, "/v1/status", k_answer_ms);
        if (!status) {
            answer.failure = status.error().message;
        } else if (text_of(*status, "network") != to_hex(api.network().view())) {
            answer.failure = "belongs to another network than the pinned genesis file";
        } else {
            answer.status = std::move(*status);
        }
    }
    return answers;
}

std::string uptime_text(std::uint64_t millis) {
    std::uint64_t seconds = millis / 1000;
    if (seconds < 120) return fmt::format("{} s", seconds);
    if (seconds < 7200) return fmt::format("{} min", seconds / 60);
    if (seconds < 172'800) return fmt::format("{} h", seconds / 3600);
    return fmt::format("{} d", seconds / 86'400);
}

std::string alarms_of(const Json& status) {
    std::string alarms;
    for (const Json& chain : status.value("chains", Json::array())) {
        std::string alarm = text_of(chain, "alarm");
        if (!alarm.empty()) alarms += fmt::format("{}: {} ", text_of(chain, "app"), alarm);
    }
    return alarms;
}

void print_nodes(Output& out, const std::vector<NodeAnswer>& answers) {
    std::vector<std::vector<std::string>> rows;
    for (const NodeAnswer& answer : answers) {
        if (!answer.failure.empty()) {
            rows.push_back({"?", "", "", answer.url, "", "", "down: " + answer.failure});
            continue;
        }
        const Json& status = answer.status;
        std::string alarms = alarms_of(status);
        rows.push_back({text_of(status, "name"), text_of(status, "city"),
                        text_of(status, "operator"), answer.url, text_of(status, "version"),
                        uptime_text(number_of(status, "uptime_ms")),
                        alarms.empty() ? "up" : "ALARM: " + alarms});
    }
    out.table({"NODE", "CITY", "OPERATOR", "ADDRESS", "VERSION", "UP FOR", "STATE"}, rows);
}

/// For each app what each node says, side by side.
void print_chains(Output& out, const std::vector<NodeAnswer>& answers) {
    struct Row {
        std::string state;
        std::string quorum;
        std::string certified;
        std::uint64_t transactions = 0;
    };
    std::vector<std::string> order;
    std::map<std::string, Row> apps;
    for (const NodeAnswer& answer : answers) {
        if (!answer.failure.empty()) continue;
        for (const Json& chain : answer.status.value("chains", Json::array())) {
            std::string app = text_of(chain, "app");
            auto [row, is_new] = apps.emplace(app, Row{});
            if (is_new) order.push_back(app);
            row->second.state = text_of(chain, "state");
            row->second.quorum =
                fmt::format("{} of {}", number_of(chain, "quorum"), number_of(chain, "peers"));
            row->second.certified += (row->second.certified.empty() ? "" : " ") +
                                     std::to_string(number_of(chain, "certified"));
            row->second.transactions =
                std::max(row->second.transactions, number_of(chain, "transactions"));
        }
    }
    std::vector<std::vector<std::string>> rows;
    for (const std::string& app : order) {
        const Row& row = apps[app];
        rows.push_back(
            {app, row.state, row.quorum, row.certified, std::to_string(row.transactions)});
    }
    out.table({"APP", "STATE", "QUORUM", "CERTIFIED BLOCK (each node)", "TRANSACTIONS"}, rows);
}

Json nodes_json(const std::vector<NodeAnswer>& answers) {
    Json nodes = Json::array();
    for (const NodeAnswer& answer : answers) {
        Json node{{"url", answer.url}, {"up", answer.failure.empty()}};
        if (answer.failure.empty()) {
            node["status"] = answer.status;
        } else {
            node["failure"] = answer.failure;
        }
        nodes.push_back(std::move(node));
    }
    return nodes;
}

Outcome status(Context& context) {
    BSN_TRY(api, context.client(Context::Signing::no));
    BSN_TRY(genesis, context.genesis());
    std::vector<NodeAnswer> answers = ask_all(*api);
    const NodeAnswer* first_up = nullptr;
    const NodeAnswer* first_down = nullptr;
    std::string alarm;
    for (const NodeAnswer& answer : answers) {
        const NodeAnswer*& first = answer.failure.empty() ? first_up : first_down;
        if (first == nullptr) first = &answer;
        if (answer.failure.empty() && alarm.empty()) alarm = alarms_of(answer.status);
    }
    Output& out = context.out();
    out.json({{"network", to_hex(api->network().view())},
              {"name", genesis->name},
              {"trust", first_up != nullptr ? text_of(first_up->status, "trust") : ""},
              {"nodes", nodes_json(answers)}});
    if (first_up == nullptr) {
        return Error{Code::unavailable,
                     fmt::format("no node answers ({}); start the network with `bsn up`",
                                 first_down->failure)};
    }
    out.fields({{"network", fmt::format("{} ({})", genesis->name, to_hex(api->network().view()))},
                {"trust", text_of(first_up->status, "trust")}});
    out.text("");
    print_nodes(out, answers);
    out.text("");
    print_chains(out, answers);
    if (first_down != nullptr) {
        return Error{Code::unavailable,
                     fmt::format("{} is down ({}); look into its log, or start it anew",
                                 first_down->url, first_down->failure)};
    }
    if (!alarm.empty()) {
        return Error{Code::corrupted,
                     fmt::format("a chain stopped: {}; look into the node's log", alarm)};
    }
    return Exit::done;
}

}  // namespace

void add_status_command(Commands& commands) {
    CLI::App* command =
        commands.add(nullptr, "status", "What runs, and what trust rests on", "bsn status");
    commands.on(command, [](Context& context) { return status(context); });
}

}  // namespace bsn::cli
