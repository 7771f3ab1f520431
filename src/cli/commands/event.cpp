// bsn event: follow the events of an app's contracts.

#include "api/server_events.hpp"
#include "cli/commands/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace bsn::cli {
namespace {

using api::ServerEvent;
using api::ServerEventReader;

/// Nodes say something at least every 15 s.
constexpr std::uint64_t k_idle_ms = 45'000;
constexpr auto k_pause = std::chrono::milliseconds(500);

struct ListenOptions {
    std::string app;
    std::int64_t from = -1;   ///< negative: from the next block on
    std::uint64_t count = 0;  ///< 0: without end
};

std::string event_text(const Json& event) {
    std::string text =
        fmt::format("{} block {} {}.{}", to_iso8601(number_of(event, "time")),
                    number_of(event, "height"), text_of(event, "contract"), text_of(event, "name"));
    auto topics = event.find("topics");
    if (topics != event.end() && topics->is_array()) {
        for (const Json& topic : *topics) {
            if (topic.is_string()) text += " " + topic.get<std::string>();
        }
    }
    auto data = from_base64(text_of(event, "data"));
    if (data && !data->empty()) text += " " + result_text(*data);
    return text;
}

/// Follows one app, over as many connections as it takes.
class Listener {
  public:
    Listener(Context& context, NodeClient& api, AppRef app, std::uint64_t from, std::uint64_t count)
        : context_(context), api_(api), app_(std::move(app)), from_(from), count_(count) {}

    Outcome run() {
        auto silent_since = std::chrono::steady_clock::now();
        while (!done_) {
            std::string last_id = last_id_;
            auto end = follow();
            if (done_) break;
            if (!end && !may_pass(end.error())) return end.error();
            if (last_id_ != last_id || end) silent_since = std::chrono::steady_clock::now();
            auto silence = std::chrono::steady_clock::now() - silent_since;
            if (!end && silence > std::chrono::seconds(context_.options().timeout_s)) {
                return end.error();
            }
            std::this_thread::sleep_for(k_pause);
        }
        return Exit::done;
    }

  private:
    static bool may_pass(const Error& error) {
        return error.code == Code::unavailable || error.code == Code::unknown_outcome ||
               error.code == Code::overloaded;
    }

    Status follow() {
        ServerEventReader reader([this](const ServerEvent& event) { return take(event); });
        ApiCall call{
            .target = fmt::format("/v1/apps/{}/events?from={}", to_hex(app_.channel.view()), from_),
            .sign_for = app_.channel};
        auto response = api_.stream(call, last_id_, k_idle_ms, [&reader](std::string_view piece) {
            return reader.feed(piece);
        });
        if (!response) return response.error();
        return {};
    }

    bool take(const ServerEvent& event) {
        auto json = parse_json(event.data, "an event");
        if (!json) return true;
        last_id_ = event.id;
        from_ = std::max(from_, number_of(*json, "height"));
        context_.out().value(one_line(event_text(*json)));
        context_.out().json_line(*json);
        ++taken_;
        done_ = count_ != 0 && taken_ >= count_;
        return !done_;
    }

    Context& context_;
    NodeClient& api_;
    AppRef app_;
    std::uint64_t from_;
    const std::uint64_t count_;
    std::uint64_t taken_ = 0;
    std::string last_id_;
    bool done_ = false;
};

Outcome listen(Context& context, const ListenOptions& options) {
    BSN_TRY(api, context.client(Context::Signing::if_possible));
    BSN_TRY(app, api->app(options.app));
    std::uint64_t from = 0;
    if (options.from >= 0) {
        from = static_cast<std::uint64_t>(options.from);
    } else {
        BSN_TRY(
            height,
            api->call_json({.target = fmt::format("/v1/apps/{}/height", to_hex(app.channel.view())),
                            .sign_for = app.channel}));
        from = number_of(height, "height") + 1;
    }
    return Listener(context, *api, app, from, options.count).run();
}

}  // namespace

void add_event_commands(Commands& commands) {
    CLI::App* group = commands.group("event", "Events of contracts");
    auto options = std::make_shared<ListenOptions>();
    CLI::App* command = commands.add(group, "listen", "Print events as they come, one on a line",
                                     "bsn event listen evidence --from 0");
    command->add_option("APP", options->app, "The app")->required();
    command->add_option("--from", options->from, "The first block to read (the next one)")
        ->check(CLI::NonNegativeNumber)
        ->type_name("HEIGHT");
    command->add_option("--count", options->count, "Stop after so many events (never)")
        ->check(CLI::PositiveNumber)
        ->type_name("N");
    commands.on(command, [options](Context& context) { return listen(context, *options); });
}

}  // namespace bsn::cli
