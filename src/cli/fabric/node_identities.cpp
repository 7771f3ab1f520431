// bsn fabric identity: who city nodes are on networks of Fabric that others run.

#include "base/clock.hpp"
#include "base/files.hpp"
#include "cli/fabric/joining.hpp"
#include "framework/fabric/client/identity_check.hpp"
#include "framework/fabric/outside/network_identity.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::cli {
namespace {

namespace fs = std::filesystem;
namespace fabric = framework::fabric;

constexpr std::size_t k_max_pem = 64U << 10;

Result<std::vector<fs::path>> folders_of(Context& context, const NodeIdentityWords& words) {
    std::vector<fs::path> folders;
    for (const std::string& folder : words.folders) {
        if (!fs::is_directory(fs::path(folder) / "keys")) {
            return Error{Code::not_found,
                         fmt::format("{} is no folder of a city node: it has no keys", folder)};
        }
        folders.emplace_back(folder);
    }
    if (!folders.empty()) return folders;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(context.home().network_folder(), none)) {
        if (fs::is_directory(entry.path() / "keys")) folders.push_back(entry.path());
    }
    std::sort(folders.begin(), folders.end());
    if (!folders.empty()) return folders;
    return Error{Code::not_found,
                 "there is no network on this machine; name the folder of a city node with "
                 "--folder"};
}

/// Whom the app's channel takes.
Result<fabric::ChannelTrust> trust_of(Context& context, const std::string& name) {
    BSN_TRY(api, context.client(Context::Signing::if_possible));
    BSN_TRY(app, api->app(name));
    if (app.fabric && app.nodes_sign) return fabric::ChannelTrust::from_json(*app.fabric);
    return Error{
        Code::invalid_argument,
        fmt::format("{} is no app of framework fabric-network: city nodes need no identity "
                    "of others for it",
                    name)};
}

Result<fabric::NetworkIdentity> identity_of(const NodeIdentityWords& words) {
    fabric::NetworkIdentity identity;
    identity.msp_id = words.msp_id;
    for (const auto& [file, text] : {std::pair(&words.certificate, &identity.certificate),
                                     {&words.key, &identity.key},
                                     {&words.tls_certificate, &identity.tls_certificate},
                                     {&words.tls_key, &identity.tls_key}}) {
        if (file->empty()) continue;
        BSN_TRY(content, read_file(*file, k_max_pem));
        *text = to_text(content);
    }
    BSN_CHECK(identity.check());
    return identity;
}

}  // namespace

Outcome add_node_identity(Context& context, const NodeIdentityWords& words) {
    BSN_TRY(folders, folders_of(context, words));
    auto identity = identity_of(words);
    if (!identity) return identity.error().within(words.certificate);
    BSN_TRY(trust, trust_of(context, words.app));
    const SystemClock clock;
    if (Status good = check_identity(trust, identity->certified(), clock.now()); !good) {
        return good.error().within(words.certificate);
    }
    Json list = Json::array();
    for (const fs::path& folder : folders) {
        const fabric::NetworkIdentities identities(folder);
        BSN_CHECK(identities.store(words.app, *identity));
        list.push_back(identities.file_of(words.app).string());
    }
    for (const Json& file : list) context.out().value(file.get<std::string>());
    context.out().text(
        fmt::format("The city node takes part in {} as {} at once, also while it "
                    "runs.",
                    words.app, words.msp_id));
    context.out().json({{"app", words.app}, {"msp_id", words.msp_id}, {"files", list}});
    return Exit::done;
}

Outcome list_node_identities(Context& context, const NodeIdentityWords& words) {
    BSN_TRY(folders, folders_of(context, words));
    const SystemClock clock;
    std::vector<std::vector<std::string>> rows;
    Json list = Json::array();
    for (const fs::path& folder : folders) {
        const fabric::NetworkIdentities identities(folder);
        BSN_TRY(apps, identities.apps());
        for (const std::string& app : apps) {
            auto identity = identities.load(app);
            Status good = identity ? identity->check() : Status(identity.error());
            if (good) {
                // Without a node to ask, the file itself is all that can be judged.
                auto trust = trust_of(context, app);
                if (trust) good = check_identity(*trust, identity->certified(), clock.now());
            }
            const std::string msp = identity ? identity->msp_id : "";
            const std::string state = good ? "good" : good.error().message;
            rows.push_back({folder.filename().string(), app, msp, one_line(state)});
            list.push_back({{"folder", folder.string()},
                            {"app", app},
                            {"msp_id", msp},
                            {"good", good.ok()},
                            {"state", state}});
        }
    }
    context.out().table({"NODE", "APP", "MSP ID", "STATE"}, rows);
    context.out().json({{"identities", list}});
    return Exit::done;
}

Outcome remove_node_identity(Context& context, const NodeIdentityWords& words) {
    BSN_TRY(folders, folders_of(context, words));
    for (const fs::path& folder : folders) {
        BSN_CHECK(fabric::NetworkIdentities(folder).remove(words.app));
    }
    context.out().text(fmt::format("The city node takes no part in {} any more.", words.app));
    context.out().json({{"app", words.app}, {"removed", folders.size()}});
    return Exit::done;
}

}  // namespace bsn::cli
