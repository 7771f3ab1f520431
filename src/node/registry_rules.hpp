#pragma once
// The permission chain's rules for the order, as this node has executed it.

#include "framework/ledger/ledger_framework.hpp"
#include "ordering/order_rules.hpp"

namespace bsn::node {

/// Bound once to a node's framework, before anything is asked.
class RegistryRules final : public ordering::OrderRules {
  public:
    explicit RegistryRules(const ledger::NetworkId& network) : network_(network) {}

    void bind(framework::LedgerFramework& framework, const registry::View& view) {
        framework_ = &framework;
        view_ = &view;
    }

    Status await_executed(std::uint64_t order_height) override;
    Status check(const ledger::Envelope& envelope, std::uint64_t order_height) const override;
    ledger::Hash state() const override;
    std::vector<ordering::Validator> validators() const override;

  private:
    Result<ledger::EpochRecord> epoch_of(const ledger::ChannelId& channel) const;

    const ledger::NetworkId network_;
    framework::LedgerFramework* framework_ = nullptr;
    const registry::View* view_ = nullptr;
};

}  // namespace bsn::node
