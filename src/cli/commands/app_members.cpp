// bsn app join, invite, approve, remove: who belongs to an app.

#include "cli/commands/app_members.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace {

struct MemberOptions {
    std::string app;
    std::string participant;
    std::vector<std::string> roles;
};

std::string joined(const std::vector<std::string>& roles) {
    return fmt::format("{}", fmt::join(roles, ","));
}

/// Sends a change of membership, and tells it.
Outcome change(Context& context, const std::string& function,
               const std::vector<std::string>& arguments,
               const std::function<std::string(std::string_view result)>& text) {
    Invocation call{"registry", function, {}};
    for (const std::string& argument : arguments) call.arguments.push_back(to_bytes(argument));
    BSN_TRY(answer, context.transact("system", std::move(call)));
    std::string result = result_text(answer.result);
    context.out().text(text(result));
    Json json{{"app", arguments.at(0)}};
    if (!result.empty()) json["state"] = result;
    json["transaction"] = to_hex(answer.id.view());
    json["height"] = answer.height;
    context.out().json(json);
    return Exit::done;
}

Outcome join(Context& context, const MemberOptions& options) {
    BSN_TRY(identity, context.identity());
    std::string participant = to_hex(identity->participant.view());
    return change(context, "join_app", {options.app, joined(options.roles)},
                  [&](std::string_view state) {
                      if (state == "approved") {
                          return fmt::format("You are a member of {} now.", options.app);
                      }
                      return fmt::format(
                          "You asked to join {0}; its publisher lets you in with `bsn "
                          "app approve {0} {1}`.",
                          options.app, participant);
                  });
}

Outcome invite(Context& context, const MemberOptions& options) {
    BSN_TRY(participant, context.participant(options.participant));
    return change(context, "invite",
                  {options.app, to_hex(participant.view()), joined(options.roles)},
                  [&](std::string_view) {
                      return fmt::format(
                          "{} is invited to {}, and accepts with `bsn app join {} --role ROLE`.",
                          options.participant, options.app, options.app);
                  });
}

/// Who waits to be approved.
Outcome list_waiting(Context& context, const MemberOptions& options) {
    BSN_TRY(api, context.client(Context::Signing::yes));
    BSN_TRY(app, api->app_record(options.app));
    auto members = app.find("members");
    if (members == app.end()) {
        return Error{
            Code::forbidden,
            fmt::format("only members of {} see who waits; choose its publisher's key with "
                        "--key",
                        options.app)};
    }
    Json waiting = Json::array();
    std::vector<std::vector<std::string>> rows;
    for (const Json& member : *members) {
        if (text_of(member, "state") != "requested") continue;
        std::vector<std::string> roles;
        for (const Json& role : member.value("roles", Json::array())) {
            roles.push_back(role.get<std::string>());
        }
        waiting.push_back(member);
        rows.push_back({text_of(member, "participant"), joined(roles)});
    }
    context.out().json({{"app", options.app}, {"waiting", waiting}});
    if (rows.empty()) {
        context.out().text(fmt::format("Nobody waits to join {}.", options.app));
    } else {
        context.out().table({"PARTICIPANT", "ROLES"}, rows);
    }
    return Exit::done;
}

Outcome approve(Context& context, const MemberOptions& options) {
    if (options.participant.empty()) return list_waiting(context, options);
    BSN_TRY(participant, context.participant(options.participant));
    std::vector<std::string> arguments{options.app, to_hex(participant.view())};
    if (!options.roles.empty()) arguments.push_back(joined(options.roles));
    return change(context, "approve", arguments, [&](std::string_view) {
        return fmt::format("{} is a member of {} now.", options.participant, options.app);
    });
}

Outcome remove(Context& context, const MemberOptions& options) {
    BSN_TRY(participant, context.participant(options.participant));
    return change(
        context, "remove_member", {options.app, to_hex(participant.view())}, [&](std::string_view) {
            return fmt::format("{} is no member of {} any more.", options.participant, options.app);
        });
}

CLI::Option* add_roles(CLI::App* command, MemberOptions& options, const std::string& description) {
    return command->add_option("--role", options.roles, description)
        ->type_name("ROLE")
        ->expected(1)
        ->take_all()
        ->delimiter(',');
}

}  // namespace

void add_member_commands(Commands& commands, CLI::App* group) {
    auto options = std::make_shared<MemberOptions>();
    const std::string who = "An id, or the name of a key of yours";

    CLI::App* command = commands.add(group, "join", "Ask to join an app, or accept an invitation",
                                     "bsn app join kv --role writer --key alice");
    command->add_option("APP", options->app, "The app")->required();
    add_roles(command, *options, "A role you want (repeatable)")->required();
    commands.on(command, [options](Context& context) { return join(context, *options); });

    command = commands.add(group, "invite", "Invite a participant to an app you published",
                           "bsn app invite kv 4f0c…9a --role writer");
    command->add_option("APP", options->app, "The app")->required();
    command->add_option("PARTICIPANT", options->participant, who)->required();
    add_roles(command, *options, "A role to give (repeatable)")->required();
    commands.on(command, [options](Context& context) { return invite(context, *options); });

    command = commands.add(group, "approve", "Let a participant in; without one: who waits",
                           "bsn app approve kv 4f0c…9a");
    command->add_option("APP", options->app, "The app")->required();
    command->add_option("PARTICIPANT", options->participant, who);
    add_roles(command, *options, "A role to give (those asked for; repeatable)");
    commands.on(command, [options](Context& context) { return approve(context, *options); });

    command = commands.add(group, "remove", "End a participant's membership",
                           "bsn app remove kv 4f0c…9a");
    command->add_option("APP", options->app, "The app")->required();
    command->add_option("PARTICIPANT", options->participant, who)->required();
    commands.on(command, [options](Context& context) { return remove(context, *options); });
}

}  // namespace bsn::cli
