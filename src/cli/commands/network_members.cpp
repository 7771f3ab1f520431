// bsn network add-node, certify, approve, rotate-node, show: nodes that come later.

#include "api/wire_text.hpp"
#include "base/files.hpp"
#include "cli/commands/commands.hpp"
#include "cli/network_file.hpp"
#include "node/new_folder.hpp"
#include "node/node_files.hpp"
#include "registry/records.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace bsn::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t k_answer_ms = 3'000;
constexpr std::size_t k_max_request_bytes = 64U << 10;

struct NewNodeWords {
    std::string file;
    std::string out;
    std::string old;  ///< folder of the node whose place it takes; empty: of nobody
};

struct CertifyWords {
    std::string request;
    std::string authority;
};

/// A node of the network, and where it is reached.
struct KnownNode {
    Json record;
    std::string peers;
    std::string ordering;

    bool is_member() const {
        const std::string state = text_of(record, "state");
        return state == "admitted" || state == "active";
    }
};

/// The network's nodes by id. Addresses are those of the permission chain, or as the nodes that
/// were asked reach one another.
Result<std::map<std::string, KnownNode>> known_nodes(Context& context) {
    BSN_TRY(api, context.client(Context::Signing::no));
    BSN_TRY(answer, api->call_json({.target = "/v1/nodes"}));
    std::map<std::string, KnownNode> known;
    for (const Json& one : answer["nodes"]) {
        known[text_of(one, "id")] = {one, text_of(one, "peers"), text_of(one, "ordering")};
    }
    for (std::size_t i = 0; i < api->endpoints().size(); ++i) {
        auto status = api->get_from(i, "/v1/status", k_answer_ms);
        if (!status || !status->contains("links")) continue;
        for (const Json& link : (*status)["links"]) {
            auto found = known.find(text_of(link, "node"));
            if (found == known.end()) continue;
            if (found->second.peers.empty()) found->second.peers = text_of(link, "address");
            if (found->second.ordering.empty()) found->second.ordering = text_of(link, "ordering");
        }
    }
    return known;
}

/// Those that a new node can connect to; the names of the others are added to `missing`.
std::vector<node::NodeAddress> addresses_of(const std::map<std::string, KnownNode>& known,
                                            const std::optional<ledger::NodeId>& except,
                                            std::vector<std::string>& missing) {
    std::vector<node::NodeAddress> addresses;
    for (const auto& [text, one] : known) {
        auto id = fixed_from_hex<ledger::NodeId>(text);
        if (!id || !one.is_member() || (except && *id == *except)) continue;
        const std::string name = text_of(one.record, "name");
        const bool orders = !text_of(one.record, "validator").empty();
        if (one.peers.empty() || (orders && one.ordering.empty())) {
            missing.push_back(one_line(name));
        }
        if (!one.peers.empty()) addresses.push_back({*id, name, one.peers, one.ordering});
    }
    return addresses;
}

Json to_json(const registry::NodeRequest& request) {
    Json json{{"node", to_hex(request.id())},
              {"name", request.name},
              {"city", request.city},
              {"operator", request.operator_name},
              {"validator", !request.validator.empty()},
              {"peers", request.peers},
              {"ordering", request.ordering},
              {"certified", !request.certificate.empty()}};
    if (request.replaces_another()) json["replaces"] = to_hex(request.replaces);
    return json;
}

void describe(Output& out, const registry::NodeRequest& request) {
    out.fields({{"node", to_hex(request.id())},
                {"name", one_line(request.name)},
                {"city", one_line(request.city)},
                {"operator", one_line(request.operator_name)},
                {"validator", request.validator.empty() ? "no" : "yes"},
                {"peers", one_line(request.peers)},
                {"ordering", one_line(request.ordering)},
                {"certificate", request.certificate.empty() ? "not issued yet" : "issued"}});
    if (request.replaces_another()) {
        out.fields({{"in place of", to_hex(request.replaces)}});
    }
}

Result<registry::NodeRequest> read_request(const std::string& file) {
    BSN_TRY(content, read_file(file, k_max_request_bytes));
    auto request = registry::NodeRequest::from_text(as_text(content));
    if (!request) return request.error().within(file);
    if (Status good = request->check_own_signature(); !good) return good.error().within(file);
    return request;
}

Outcome make_node(Context& context, const NewNodeWords& words) {
    BSN_TRY(plan, load_node_file(words.file));
    BSN_TRY(genesis, context.genesis());
    BSN_TRY(known, known_nodes(context));
    std::optional<fs::path> old;
    std::optional<ledger::NodeId> except;
    if (!words.old.empty()) {
        old = words.old;
        BSN_TRY(key, crypto::read_key_file(*old / "keys" / "secp256r1.pem", ""));
        except = ledger::node_id_of(key.public_key().bytes);
    }
    std::vector<std::string> missing;
    auto others = addresses_of(known, except, missing);
    const bool reaches_the_order = std::any_of(
        others.begin(), others.end(), [](const auto& one) { return !one.ordering.empty(); });
    if (!reaches_the_order) {
        return Error{
            Code::unavailable,
            "the address of no other validator is known; name several nodes of the network with "
            "--node URL, which know one another"};
    }
    BSN_TRY(folder, node::NewFolder::make(words.out));
    BSN_TRY(request, node::make_new_node_files(folder.path(),
                                               {plan, genesis->to_json(), std::move(others), old}));
    BSN_CHECK(folder.finish());
    const fs::path file = fs::path(words.out) / node::k_request_name;
    Output& out = context.out();
    out.text(fmt::format("The node's folder is {}: its keys are in it, and go nowhere else.",
                         words.out));
    describe(out, request);
    if (!missing.empty()) {
        out.text(
            fmt::format("Not known is the address of {}: add it to node.yaml, or ask further "
                        "nodes with --node URL.",
                        fmt::join(missing, ", ")));
    }
    out.text("");
    out.text("Next:");
    out.text(
        fmt::format("  who holds the network's authority  bsn network certify {} --authority "
                    "DIR",
                    file.string()));
    out.text(
        fmt::format("  the operators, each                bsn network approve {}", file.string()));
    out.text(fmt::format("  on the node's machine              bsn node run --config {}",
                         (fs::path(words.out) / "node.yaml").string()));
    Json json = to_json(request);
    json["folder"] = words.out;
    json["request"] = file.string();
    json["unknown_addresses"] = missing;
    out.json(json);
    return Exit::done;
}

Outcome certify(Context& context, const CertifyWords& words) {
    BSN_TRY(request, read_request(words.request));
    BSN_CHECK(node::certify_request(request, words.authority, SystemClock().now()));
    const fs::path certificate =
        fs::path(words.request).parent_path() / std::string(node::k_certificate_name);
    BSN_CHECK(write_file_atomically(certificate, as_bytes(request.certificate)));
    BSN_CHECK(write_file_atomically(words.request, as_bytes(request.to_text() + "\n")));
    describe(context.out(), request);
    context.out().text(fmt::format("{} is for the node's folder; {} goes to the operators.",
                                   certificate.string(), words.request));
    Json json = to_json(request);
    json["certificate"] = certificate.string();
    context.out().json(json);
    return Exit::done;
}

Outcome approve(Context& context, const std::string& file) {
    BSN_TRY(request, read_request(file));
    BSN_TRY(genesis, context.genesis());
    if (request.network != genesis->network()) {
        return Error{
            Code::wrong_network,
            fmt::format("{} is a request for another network than the genesis file's", file)};
    }
    if (request.certificate.empty()) {
        return Error{Code::invalid_argument,
                     fmt::format("{} has no certificate yet: `bsn network certify` adds it", file)};
    }
    describe(context.out(), request);
    const char* function = request.replaces_another() ? "rotate_node" : "add_node";
    BSN_TRY(answer, context.transact("system", {std::string(registry::k_contract), function,
                                                text_arguments({request.to_text()})}));
    const std::string result = result_text(answer.result);
    context.out().text(one_line(result));
    Json json = to_json(request);
    json["result"] = result;
    context.out().json(json);
    return Exit::done;
}

Outcome show(Context& context) {
    BSN_TRY(known, known_nodes(context));
    std::vector<std::vector<std::string>> rows;
    Json nodes = Json::array();
    for (const auto& [id, one] : known) {
        const Json& record = one.record;
        rows.push_back({one_line(text_of(record, "name")), one_line(text_of(record, "city")),
                        one_line(text_of(record, "operator")), one_line(text_of(record, "state")),
                        text_of(record, "validator").empty() ? "no" : "yes", one_line(one.peers),
                        id.substr(0, 12)});
        nodes.push_back({{"id", id},
                         {"name", text_of(record, "name")},
                         {"city", text_of(record, "city")},
                         {"operator", text_of(record, "operator")},
                         {"state", text_of(record, "state")},
                         {"validator", !text_of(record, "validator").empty()},
                         {"peers", one.peers},
                         {"ordering", one.ordering},
                         {"predecessor", text_of(record, "predecessor")}});
    }
    context.out().table({"NODE", "CITY", "OPERATOR", "STATE", "VALIDATOR", "PEERS", "ID"}, rows);
    context.out().json({{"nodes", nodes}});
    return Exit::done;
}

}  // namespace

void add_network_member_commands(Commands& commands, CLI::App* group) {
    auto add_words = std::make_shared<NewNodeWords>();
    CLI::App* command = commands.add(
        group, "add-node", "Make the folder of a node that is to join, and its request",
        "bsn network add-node node.yaml --out kunming --genesis genesis.json --node "
        "https://beijing.example.org:7180");
    command->add_option("FILE", add_words->file, "The node, as under nodes[] of a network file")
        ->required();
    command->add_option("--out,-o", add_words->out, "The node's new folder")
        ->required()
        ->type_name("DIR");
    commands.on(command, [add_words](Context& context) { return make_node(context, *add_words); });

    auto rotate_words = std::make_shared<NewNodeWords>();
    command = commands.add(group, "rotate-node",
                           "Make a node's next folder, with new keys, and the request for them",
                           "bsn network rotate-node node.yaml --old kunming --out kunming-2");
    command->add_option("FILE", rotate_words->file, "The node; its name stays")->required();
    command->add_option("--old", rotate_words->old, "The node's present folder, with its keys")
        ->required()
        ->type_name("DIR");
    command->add_option("--out,-o", rotate_words->out, "The node's new folder")
        ->required()
        ->type_name("DIR");
    commands.on(command,
                [rotate_words](Context& context) { return make_node(context, *rotate_words); });

    auto certify_words = std::make_shared<CertifyWords>();
    command = commands.add(group, "certify", "Issue the certificate that a node's request asks for",
                           "bsn network certify kunming/node.request --authority authority");
    command->add_option("REQUEST", certify_words->request, "The request; the certificate goes in")
        ->required();
    command
        ->add_option("--authority", certify_words->authority,
                     "Folder with authority.pem and authority.crt")
        ->required()
        ->type_name("DIR");
    commands.on(command,
                [certify_words](Context& context) { return certify(context, *certify_words); });

    auto request = std::make_shared<std::string>();
    command = commands.add(group, "approve", "As an operator, agree to a node's request",
                           "bsn network approve kunming/node.request --key operator");
    command->add_option("REQUEST", *request, "The request, with its certificate")->required();
    commands.on(command, [request](Context& context) { return approve(context, *request); });

    command = commands.add(group, "show", "List the network's nodes, present and former",
                           "bsn network show");
    commands.on(command, [](Context& context) { return show(context); });
}

}  // namespace bsn::cli
