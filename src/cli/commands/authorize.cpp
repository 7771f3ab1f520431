// bsn authorize: the header by which a request says who asks, for curl and the like.

#include "api/request_signature.hpp"
#include "base/files.hpp"
#include "cli/commands/commands.hpp"

namespace bsn::cli {
namespace {

constexpr std::size_t k_max_body_bytes = 16U << 20;
constexpr UnixMillis k_life = 60'000;

struct AuthorizeOptions {
    std::string app;
    std::string method;
    std::string target;
    std::string body;
};

Outcome authorize(Context& context, const AuthorizeOptions& options) {
    if (!options.target.starts_with("/")) {
        return context.usage("TARGET is the path with its query, such as /v1/apps/kv/height");
    }
    Bytes body;
    if (!options.body.empty()) {
        BSN_TRY(content, read_file(options.body, k_max_body_bytes));
        body = std::move(content);
    }
    BSN_TRY(api, context.client(Context::Signing::no));
    BSN_TRY(who, context.identity());
    BSN_TRY(app, api->app(options.app));
    const api::RequestToSign request{api->network(), app.channel, options.method, options.target,
                                     body};
    const std::string value = api::sign_request(request, who->participant, who->key,
                                                SystemClock().now() + k_life, new_nonce());
    context.out().value("Authorization: " + value);
    context.out().json({{"authorization", value}});
    return Exit::done;
}

}  // namespace

void add_authorize_command(Commands& commands) {
    auto options = std::make_shared<AuthorizeOptions>();
    CLI::App* command =
        commands.add(nullptr, "authorize", "Sign one HTTP request, which is good for a minute",
                     "curl -H \"$(bsn authorize kv GET /v1/apps/kv/height)\" "
                     "http://127.0.0.1:7180/v1/apps/kv/height");
    command->add_option("APP", options->app, "The app that the path names")->required();
    command->add_option("METHOD", options->method, "GET or POST")
        ->required()
        ->check(CLI::IsMember({"GET", "POST"}));
    command->add_option("TARGET", options->target, "Path with query, exactly as sent")->required();
    command->add_option("--body", options->body, "What is sent as the body")->type_name("FILE");
    commands.on(command, [options](Context& context) { return authorize(context, *options); });
}

}  // namespace bsn::cli
