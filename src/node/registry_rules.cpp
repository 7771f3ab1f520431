#include "node/registry_rules.hpp"

#include "node/cometbft_home.hpp"

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
    if (!proposer || proposer->revoked_from != 0) {
        return Error{Code::forbidden, fmt::format("envelope of node {}, which is none of the "
                                                  "network's, or revoked",
                                                  to_hex(envelope.proposer))};
    }
    BSN_TRY(epoch, epoch_of(envelope.channel));
    // Ordered all the same, and skipped: so its maker learns of it and asks the new peers.
    if (envelope.epoch < epoch.epoch) return {};
    return ledger::check_availability(envelope, epoch, network_, order_height);
}

std::vector<ordering::Validator> RegistryRules::validators() const {
    std::vector<ordering::Validator> validators = genesis_validators(genesis_);
    for (const ledger::GenesisNode& node : genesis_.nodes) {
        auto record = view_->node(node.id());
        if (!record || record->revoked_from == 0) continue;
        std::erase_if(validators, [&](const auto& one) { return one.key == node.validator; });
    }
    return validators;
}

}  // namespace bsn::node
