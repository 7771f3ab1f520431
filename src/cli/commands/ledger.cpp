// bsn ledger: what stands on an app's chain.

#include "base/files.hpp"
#include "base/progress.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

namespace bsn::cli {
namespace {

struct LedgerOptions {
    std::string app;
    std::string what;
    std::string output;
    std::uint64_t from = 0;
    std::int64_t to = -1;  ///< negative: up to the last one
};

/// Reads an app's chain, signed as a member if the user has a key.
class ChainReader {
  public:
    static Result<ChainReader> open(Context& context, const std::string& name) {
        BSN_TRY(api, context.client(Context::Signing::if_possible));
        BSN_TRY(app, api->app(name));
        return ChainReader(*api, app);
    }

    Result<Json> get(const std::string& path) {
        return api_.call_json(
            {.target = fmt::format("/v1/apps/{}/{}", to_hex(app_.channel.view()), path),
             .sign_for = app_.channel});
    }

  private:
    ChainReader(NodeClient& api, AppRef app) : api_(api), app_(std::move(app)) {}

    NodeClient& api_;
    AppRef app_;
};

Outcome height(Context& context, const LedgerOptions& options) {
    BSN_TRY(chain, ChainReader::open(context, options.app));
    BSN_TRY(json, chain.get("height"));
    context.out().value(std::to_string(number_of(json, "height")));
    context.out().json(json);
    return Exit::done;
}

std::string scalar_text(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Outcome block(Context& context, const LedgerOptions& options) {
    BSN_TRY(chain, ChainReader::open(context, options.app));
    BSN_TRY(json, chain.get("blocks/" + url_encoded(options.what)));
    std::vector<std::pair<std::string, std::string>> fields = {
        {"block", std::to_string(number_of(json, "height"))},
        {"hash", text_of(json, "hash")},
        {"previous", text_of(json, "previous")},
        {"time", to_iso8601(number_of(json, "time"))},
        {"signers", std::to_string(number_of(json, "signers"))}};
    const Json transactions = json.value("transactions", Json::array());
    fields.emplace_back("transactions", std::to_string(transactions.size()));
    for (const Json& id : transactions) fields.emplace_back("", scalar_text(id));
    if (json.contains("details")) fields.emplace_back("details", scalar_text(json["details"]));
    context.out().fields(fields);
    context.out().json(json);
    return Exit::done;
}

Outcome transaction(Context& context, const LedgerOptions& options) {
    BSN_TRY(chain, ChainReader::open(context, options.app));
    BSN_TRY(json, chain.get("transactions/" + url_encoded(options.what)));
    std::vector<std::pair<std::string, std::string>> fields = {
        {"transaction", text_of(json, "id")},
        {"status", text_of(json, "status")},
        {"block", fmt::format("{}, index {}", number_of(json, "height"), number_of(json, "index"))},
        {"time", to_iso8601(number_of(json, "time"))},
        {"by participant", text_of(json, "creator")},
        {"call", text_of(json, "contract") + "." + text_of(json, "function")}};
    for (const Json& argument : json.value("arguments", Json::array())) {
        fields.emplace_back("argument", scalar_text(argument));
    }
    if (std::string result = text_of(json, "result_text"); !result.empty()) {
        fields.emplace_back("result", result);
    }
    if (std::string error = text_of(json, "error"); !error.empty()) {
        fields.emplace_back("error", error);
    }
    context.out().fields(fields);
    context.out().json(json);
    return Exit::done;
}

/// One line for each block, with its transactions whole.
Status export_block(ChainReader& chain, std::uint64_t height, std::ostream& to) {
    BSN_TRY(json, chain.get(fmt::format("blocks/{}", height)));
    Json transactions = Json::array();
    for (const Json& id : json.value("transactions", Json::array())) {
        BSN_TRY(one, chain.get("transactions/" + url_encoded(scalar_text(id))));
        transactions.push_back(std::move(one));
    }
    json["transactions"] = std::move(transactions);
    to << json.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
    if (!to) {
        return Error{Code::io_error,
                     fmt::format("cannot write block {}; check the disk, and go on with --from {}",
                                 height, height)};
    }
    return {};
}

Outcome export_blocks(Context& context, const LedgerOptions& options) {
    BSN_TRY(chain, ChainReader::open(context, options.app));
    BSN_TRY(last, chain.get("height"));
    std::uint64_t end = number_of(last, "height");
    if (options.to >= 0) end = std::min(end, static_cast<std::uint64_t>(options.to));
    std::ofstream file;
    if (!options.output.empty()) {
        BSN_CHECK(check_is_new(options.output));
        file.open(options.output, std::ios::trunc);
        if (!file) return file_error("write", options.output, errno);
    }
    std::ostream& to = options.output.empty() ? context.out().raw() : file;
    std::uint64_t count = options.from <= end ? end - options.from + 1 : 0;
    std::optional<Progress> bar;
    if (!options.output.empty() && context.out().is_chatty())
        bar.emplace("Exporting", count, "blocks");
    for (std::uint64_t at = options.from; at <= end; ++at) {
        BSN_CHECK(export_block(chain, at, to));
        if (bar) bar->add();
    }
    to.flush();
    if (!to) return Error{Code::io_error, "cannot write the last blocks; check the disk"};
    bar.reset();
    if (options.output.empty()) return Exit::done;
    context.out().text(fmt::format("{} blocks are in {}.", count, options.output));
    context.out().json({{"blocks", count}, {"file", options.output}});
    return Exit::done;
}

}  // namespace

void add_ledger_commands(Commands& commands) {
    CLI::App* group = commands.group("ledger", "Blocks and transactions of an app");
    auto options = std::make_shared<LedgerOptions>();
    const std::string app = "The app; or system, the permission chain";

    CLI::App* command = commands.add(group, "height", "The last certified block's number",
                                     "bsn ledger height evidence");
    command->add_option("APP", options->app, app)->required();
    commands.on(command, [options](Context& context) { return height(context, *options); });

    command = commands.add(group, "block", "One block", "bsn ledger block evidence latest");
    command->add_option("APP", options->app, app)->required();
    command->add_option("BLOCK", options->what, "Its number, its hash, or latest")->required();
    commands.on(command, [options](Context& context) { return block(context, *options); });

    command = commands.add(group, "tx", "One transaction, and what came of it",
                           "bsn ledger tx evidence 4f0c…9a");
    command->add_option("APP", options->app, app)->required();
    command->add_option("ID", options->what, "Its id")->required();
    commands.on(command, [options](Context& context) { return transaction(context, *options); });

    command = commands.add(group, "export", "All blocks with their transactions, one JSON a line",
                           "bsn ledger export evidence --output evidence.jsonl");
    command->add_option("APP", options->app, app)->required();
    command->add_option("--from", options->from, "The first block (0)")->type_name("HEIGHT");
    command->add_option("--to", options->to, "The last block (the last there is)")
        ->check(CLI::NonNegativeNumber)
        ->type_name("HEIGHT");
    command->add_option("--output,-o", options->output, "Where to (stdout)")->type_name("FILE");
    commands.on(command, [options](Context& context) { return export_blocks(context, *options); });
}

}  // namespace bsn::cli
