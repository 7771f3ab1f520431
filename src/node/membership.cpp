#include "node/membership.hpp"

#include "base/log.hpp"
#include "framework/node_signer.hpp"
#include "registry/records.hpp"

#include <fmt/format.h>

namespace bsn::node {
namespace {

using registry::NodeRecord;
using registry::NodeState;

/// For so long a node that reads nothing yet says nothing of it.
constexpr std::uint64_t k_patience_ms = 10'000;
constexpr std::uint64_t k_look_ms = 1'000;
/// A refusal is on the ledger, so not more often than this.
constexpr std::uint64_t k_ask_again_ms = 15'000;
constexpr std::uint64_t k_answer_ms = 10'000;
/// Ordering heights that may be on their way through this node when it asks.
constexpr std::uint64_t k_under_way = 3;

}  // namespace

Membership::Membership(const ordering::NodeIdentity& identity, Bytes validator,
                       framework::LedgerFramework& framework, const registry::View& view,
                       const ordering::Orderer& orderer, const Clock& clock)
    : identity_(identity),
      validator_(std::move(validator)),
      framework_(framework),
      view_(view),
      orderer_(orderer),
      clock_(clock),
      begun_(clock.monotonic()) {}

void Membership::tick(const std::function<bool()>& is_level) {
    const std::uint64_t now = clock_.monotonic();
    if (now - looked_ < k_look_ms) return;
    looked_ = now;
    const std::optional<NodeRecord> record = view_.node(identity_.id());
    if (!record) {
        // What it has not read yet may say more; but one that follows reads nothing before it is
        // let in.
        if (!told_unknown_ && (now - begun_ > k_patience_ms || is_level())) tell(record);
        return;
    }
    if (told_ != record->state) tell(record);
    if (record->state != NodeState::admitted || !wrong_key(*record).empty()) return;
    if (asked_ != 0 && now - asked_ < k_ask_again_ms) return;
    if (!has_caught_up() || !is_level()) return;
    asked_ = now;
    ask_to_become_active();
}

void Membership::tell(const std::optional<NodeRecord>& record) {
    if (!record) {
        told_unknown_ = true;
        log_warn(
            "node",
            "as far as this city node knows, it is not of the network yet; it goes on by itself "
            "once the operators have let it in (`bsn network approve`)");
        return;
    }
    told_ = record->state;
    switch (record->state) {
        case NodeState::admitted:
            log_info("node",
                     "the operators have let in this city node, {}; it becomes active once "
                     "it has caught up",
                     record->name);
            break;
        case NodeState::active: log_info("node", "city node {} is active", record->name); return;
        case NodeState::left:
            log_warn("node",
                     "city node {} has left the network with these keys, or has others "
                     "now: stop it",
                     record->name);
            return;
        case NodeState::revoked:
            log_warn("node", "city node {} is revoked: stop it", record->name);
            return;
    }
    if (std::string why = wrong_key(*record); !why.empty()) log_error("node", "{}", why);
}

std::string Membership::wrong_key(const NodeRecord& record) const {
    using crypto::SuiteId;
    for (SuiteId suite : {SuiteId::secp256k1, SuiteId::sm2}) {
        if (record.keys.at(static_cast<std::size_t>(suite) - 1) ==
            identity_.public_key(suite).bytes) {
            continue;
        }
        return fmt::format(
            "keys/{}.pem is not the key that this city node was let in with; "
            "restore that",
            crypto::suite_name(suite));
    }
    if (record.validator.empty() || record.validator == validator_) return {};
    return "this city node was let in as a validator with another key than that in "
           "cometbft/config/priv_validator_key.json; restore that";
}

bool Membership::has_caught_up() const {
    const peer::ReplicaStatus system = framework_.system_replica().status();
    return system.alarm.empty() && system.certified == system.height &&
           framework_.executed_order_height() + k_under_way >= orderer_.height();
}

void Membership::ask_to_become_active() {
    const framework::NodeSigner signer(identity_);
    framework::LedgerChain& system = framework_.system_chain();
    auto transaction = system.make_transaction(
        {std::string(registry::k_contract), "activate_node", {}, {}, &signer});
    if (!transaction) {
        log_error("node", "not active yet: {}", transaction.error().message);
        return;
    }
    log_info("node", "caught up: this city node asks to become active");
    system.submit({std::move(*transaction)}, k_answer_ms,
                  [](std::vector<Result<framework::TransactionView>> answers) {
                      for (const auto& answer : answers) {
                          if (!answer) {
                              log_warn("node", "not active yet: {}", answer.error().message);
                          } else if (!answer->success) {
                              log_warn("node", "not active yet: {}", answer->error);
                          }
                      }
                  });
}

}  // namespace bsn::node
