// Which of this node's chains can be used: whether it has them, and whether they go on.
#include "framework/ledger/ledger_framework.hpp"
#include "framework/ledger/permission_age.hpp"

#include <fmt/format.h>

namespace bsn::framework {

Result<Chain*> LedgerFramework::open_chain(ByteView channel) {
    BSN_TRY(id, ledger::ChannelId::from(channel));
    Channel* found = find(id);
    if (is_copying(id)) {
        return Error{Code::unavailable,
                     "this city node still copies the app's chain; use another of its nodes"};
    }
    if (auto all = damaged(); all.contains(id)) {
        return all.at(id).within("this node's data of the app is damaged");
    }
    std::shared_ptr<const registry::App> app = view_.app(id);
    if (found == nullptr || found->left || (app && !is_peer_of(app->record))) {
        return Error{Code::unavailable,
                     "this city node is not one of the app's; use one of its nodes"};
    }
    return static_cast<Chain*>(found->chain.get());
}

Status LedgerFramework::check_permissions_seen() const {
    return check_permission_age(view_.seen_at(), services_.clock.monotonic(), max_permission_age_);
}

Status LedgerFramework::check_runs(ByteView channel, bool writes) {
    BSN_CHECK(open_chain(channel));
    BSN_TRY(id, ledger::ChannelId::from(channel));
    const std::string alarm = find(id)->replica->status().alarm;
    if (!alarm.empty()) {
        return Error{Code::unavailable,
                     fmt::format("this node's replica of the app does not go on ({})", alarm)};
    }
    return writes ? check_permissions_seen() : Status();
}

}  // namespace bsn::framework
