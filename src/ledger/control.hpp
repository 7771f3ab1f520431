#pragma once
// Control records: what the permission chain decided about an app, written at the head of the app's
// next block, so that replay needs nothing but the app's own chain. `docs/formats.md` 10.

#include "ledger/certificate.hpp"
#include "ledger/dialect.hpp"
#include "ledger/header.hpp"

#include <string>
#include <variant>
#include <vector>

namespace bsn::ledger {

/// The app as published: the first control record of its channel.
struct AppControl {
    std::string name;
    SuiteId suite = SuiteId::secp256r1;
    StateCommitmentType state_type = StateCommitmentType::multiset_hash;
    ParticipantId publisher;
    auto operator<=>(const AppControl&) const = default;
};

/// The next set of peers (or the first).
struct EpochControl {
    EpochRecord record;
    auto operator<=>(const EpochControl&) const = default;
};

/// A contract is there, in this version, from here on.
struct ContractControl {
    std::string name;  ///< as called by transactions
    std::string type;  ///< which code: a built-in contract's type
    std::uint32_t version = 1;
    auto operator<=>(const ContractControl&) const = default;
};

/// A role permits these functions.
struct RoleControl {
    std::string name;
    bool is_public = false;  ///< held by everybody, without joining (for queries)
    /// `contract.function`, `contract.*` or `*`.
    std::vector<std::string> functions;
    auto operator<=>(const RoleControl&) const = default;
};

enum class MemberState : std::uint8_t { active = 1, removed = 2 };

/// A participant holds these roles, and signs with this key.
struct MemberControl {
    ParticipantId participant;
    PublicKey key;
    MemberState state = MemberState::active;
    std::vector<std::string> roles;
    auto operator<=>(const MemberControl&) const = default;
};

enum class AppState : std::uint8_t { active = 1, suspended = 2 };

/// The app takes writes, or does not.
struct StateControl {
    AppState state = AppState::active;
    std::string reason;
    auto operator<=>(const StateControl&) const = default;
};

/// The app's transactions are of a dialect: in the first block only.
struct DialectControl {
    DialectSettings settings;
    auto operator<=>(const DialectControl&) const = default;
};

using ControlRecord = std::variant<AppControl, EpochControl, ContractControl, RoleControl,
                                   MemberControl, StateControl, DialectControl>;

Bytes encode_control(const ControlRecord& record);
Result<ControlRecord> decode_control(ByteView bytes);

}  // namespace bsn::ledger
