#include "node/registry_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::node {

Status RegistryRules::await_executed(std::uint64_t order_height) {
    return framework_->await_system(order_height);
}

ledger::Hash RegistryRules::state() const { return framework_->system_replica().tip().hash; }

Result<ledger::EpochRecord> RegistryRules::epoch_of(const ledger::ChannelId& channel) const {
    if (channel == view_->system_channel()) return *framework_->system_replica().access().epoch();
    std::shared_ptr<const registry::App> app = view_->app(channel);
    if (app) return app->record.epoch;
    return Error{Code::not_found, fmt::format("there is no channel {}", to_hex(channel))};
}

Status RegistryRules::check(const ledger::Envelope& envelope, std::uint64_t order_height) const {
    const bool carried = envelope.kind == ledger::EnvelopeKind::carried;
    const bool system = envelope.channel == view_->system_channel();
    const bool by_digest = envelope.kind == ledger::EnvelopeKind::batch;
    if ((by_digest && system) || (carried && !system)) {
        return Error{Code::invalid_argument,
                     "batches of the permission chain are carried, and no others"};
    }
    auto proposer = view_->node(envelope.proposer);
    if (!proposer || proposer->state != registry::NodeState::active) {
        return Error{Code::forbidden, fmt::format("envelope of node {}, which is no active one of "
                                                  "the network's",
                                                  to_hex(envelope.proposer))};
    }
    BSN_TRY(epoch, epoch_of(envelope.channel));
    // Ordered all the same, and skipped: so its maker learns of it and asks the new peers.
    if (envelope.epoch < epoch.epoch) return {};
    return ledger::check_availability(envelope, epoch, network_, order_height);
}

std::vector<ordering::Validator> RegistryRules::validators() const {
    std::vector<ordering::Validator> validators;
    for (const registry::NodeRecord& node : view_->nodes()) {
        if (node.state != registry::NodeState::active || node.validator.empty()) continue;
        validators.push_back({node.validator, 1});
    }
    std::sort(validators.begin(), validators.end());
    return validators;
}

}  // namespace bsn::node
