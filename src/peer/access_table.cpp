#include "peer/access_table.hpp"

#include "base/codec.hpp"

#include <fmt/format.h>

#include <mutex>

namespace bsn::peer {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};
template <typename... Visitors>  // clang 16 does not guess it
Overloaded(Visitors...) -> Overloaded<Visitors...>;

Bytes keyed(char kind, ByteView rest) {
    Writer writer(1 + rest.size());
    writer.u8(static_cast<std::uint8_t>(kind));
    writer.raw(rest);
    return writer.take();
}

/// The state key of a control record: one entry for each app, epoch, contract, role, member.
Bytes control_key(const ledger::ControlRecord& record) {
    return std::visit(
        Overloaded{
            [](const ledger::AppControl&) { return keyed('a', {}); },
            [](const ledger::EpochControl& epoch) {
                Writer writer(8);
                writer.u64(epoch.record.epoch);
                return keyed('e', writer.view());
            },
            [](const ledger::ContractControl& contract) {
                return keyed('c', as_bytes(contract.name));
            },
            [](const ledger::RoleControl& role) { return keyed('r', as_bytes(role.name)); },
            [](const ledger::MemberControl& member) { return keyed('m', member.participant); },
            [](const ledger::StateControl&) { return keyed('s', {}); },
            [](const ledger::DialectControl&) { return keyed('d', {}); },
        },
        record);
}

}  // namespace

void put_control(ledger::StateOverlay& state, const ledger::ControlRecord& record) {
    state.put(k_control_namespace, control_key(record), encode_control(record));
}

Result<std::optional<ledger::ContractControl>> deployed_contract(const ledger::StateReader& state,
                                                                 std::string_view name) {
    using Answer = std::optional<ledger::ContractControl>;
    BSN_TRY(stored, state.get(k_control_namespace, keyed('c', as_bytes(name))));
    if (!stored) return Answer{};
    BSN_TRY(record, ledger::decode_control(*stored));
    const auto* contract = std::get_if<ledger::ContractControl>(&record);
    if (contract == nullptr) return Error{Code::corrupted, "contract record damaged"};
    return Answer(*contract);
}

bool role_permits(const ledger::RoleControl& role, std::string_view contract,
                  std::string_view function) {
    for (std::string_view pattern : role.functions) {
        if (pattern == "*") return true;
        std::size_t dot = pattern.find('.');
        if (dot == std::string_view::npos || pattern.substr(0, dot) != contract) continue;
        std::string_view permitted = pattern.substr(dot + 1);
        if (permitted == "*" || permitted == function) return true;
    }
    return false;
}

Status AccessTable::load(const ledger::StateReader& state) {
    std::unique_lock lock(mutex_);
    Status failure;
    BSN_CHECK(state.scan(k_control_namespace, {}, {}, [&](ByteView, ByteView value) {
        auto record = ledger::decode_control(value);
        if (!record) {
            failure = Error{Code::corrupted, "control records: " + record.error().message};
            return false;
        }
        apply_locked(*record);
        return true;
    }));
    return failure;
}

void AccessTable::apply(const ledger::ControlRecord& record) {
    std::unique_lock lock(mutex_);
    apply_locked(record);
}

void AccessTable::apply_locked(const ledger::ControlRecord& record) {
    std::visit(
        Overloaded{
            [&](const ledger::AppControl& app) { app_ = app; },
            [&](const ledger::EpochControl& epoch) {
                epoch_ = std::make_shared<const ledger::EpochRecord>(epoch.record);
            },
            [&](const ledger::ContractControl& contract) { contracts_[contract.name] = contract; },
            [&](const ledger::RoleControl& role) { roles_[role.name] = role; },
            [&](const ledger::MemberControl& member) { set_member(member); },
            [&](const ledger::StateControl& state) { state_ = state; },
            [&](const ledger::DialectControl& dialect) { dialect_ = dialect.settings; },
        },
        record);
}

void AccessTable::set_member(const ledger::MemberControl& member) {
    ledger::MemberControl& known = members_[member.participant];
    auto by_key = by_key_.find(known.key);
    if (by_key != by_key_.end() && by_key->second == member.participant) by_key_.erase(by_key);
    known = member;
    by_key_[member.key] = member.participant;
}

Status AccessTable::authorize_key(const crypto::PublicKey& signer, std::string_view contract,
                                  std::string_view function) const {
    std::shared_lock lock(mutex_);
    if (dialect_ && dialect_->open_accounts) return {};
    auto found = by_key_.find(signer);
    if (found == by_key_.end()) {
        return Error{Code::forbidden,
                     fmt::format("the signing key {} is no member's of app {}; join it first",
                                 to_hex(signer.bytes), app_.name)};
    }
    return authorize_locked(found->second, signer, contract, function);
}

Status AccessTable::authorize(const ledger::ParticipantId& creator, const crypto::PublicKey& signer,
                              std::string_view contract, std::string_view function) const {
    std::shared_lock lock(mutex_);
    return authorize_locked(creator, signer, contract, function);
}

Status AccessTable::authorize_locked(const ledger::ParticipantId& creator,
                                     const crypto::PublicKey& signer, std::string_view contract,
                                     std::string_view function) const {
    auto member = members_.find(creator);
    if (member == members_.end() || member->second.state != ledger::MemberState::active) {
        return Error{Code::forbidden,
                     fmt::format("participant {} is no member of app {}; join it first",
                                 to_hex(creator), app_.name)};
    }
    if (member->second.key != signer) {
        return Error{Code::unauthenticated,
                     fmt::format("the signing key is not the current key of participant {}",
                                 to_hex(creator))};
    }
    for (const std::string& name : member->second.roles) {
        auto role = roles_.find(name);
        if (role != roles_.end() && role_permits(role->second, contract, function)) return {};
    }
    return Error{Code::forbidden,
                 fmt::format("none of the roles of participant {} in app {} permits {}.{}; ask "
                             "the publisher for one that does",
                             to_hex(creator), app_.name, contract, function)};
}

std::optional<ledger::ContractControl> AccessTable::contract(std::string_view name) const {
    std::shared_lock lock(mutex_);
    auto found = contracts_.find(name);
    if (found == contracts_.end()) return std::nullopt;
    return found->second;
}

ledger::AppControl AccessTable::app() const {
    std::shared_lock lock(mutex_);
    return app_;
}

std::shared_ptr<const ledger::EpochRecord> AccessTable::epoch() const {
    std::shared_lock lock(mutex_);
    return epoch_;
}

Status AccessTable::check_active() const {
    std::shared_lock lock(mutex_);
    if (state_.state == ledger::AppState::active) return {};
    return Error{Code::suspended,
                 fmt::format("app {} is suspended: {}; its publisher or an operator can resume it",
                             app_.name, state_.reason.empty() ? "no reason given" : state_.reason)};
}

}  // namespace bsn::peer
