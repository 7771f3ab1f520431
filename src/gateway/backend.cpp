#include "gateway/backend.hpp"

#include "crypto/user_certificate.hpp"

namespace bsn::gateway {

std::shared_ptr<const registry::App> Backend::app(std::string_view name_or_channel) const {
    return registry().app(name_or_channel);
}

std::vector<std::shared_ptr<const registry::App>> Backend::apps() const {
    return registry().apps();
}

std::vector<registry::NodeRecord> Backend::nodes() const { return registry().nodes(); }

std::optional<registry::NodeRecord> Backend::node(const ledger::NodeId& id) const {
    return registry().node(id);
}

Status Backend::serves(const registry::App& app, bool) {
    BSN_CHECK(chain(app.record.name));
    return {};
}

Result<std::string> Backend::user_certificate(const registry::App&, const std::string& name,
                                              const std::string& attributes,
                                              const crypto::PublicKey& key) {
    if (identity() == nullptr) {
        return Error{Code::unavailable, "this city node has no keys to sign with"};
    }
    const NodeStatus node = status();
    return crypto::issue_user_certificate({node.network_name, node.name, name, attributes, key},
                                          identity()->key(key.suite), now());
}

Result<ChainCertificate> Backend::certificate(const registry::App&, const registry::Caller&) {
    return Error{Code::unsupported_version, "the app's framework knows no certificates"};
}

Result<ledger::Hash> Backend::keep_package(ByteView) {
    return Error{Code::forbidden, "this city node keeps no packages"};
}

Result<Bytes> Backend::package(const ledger::Hash& digest) {
    return Error{Code::not_found, "this city node has no package " + to_hex(digest)};
}

bool Backend::may_publish(const ledger::ParticipantId& participant) const {
    return registry().may_publish(participant);
}

std::optional<registry::ParticipantRecord> Backend::participant(
    const ledger::ParticipantId& id) const {
    return registry().participant(id);
}

Status Backend::may_call(const registry::App& app, const registry::Caller* caller,
                         std::string_view contract, std::string_view function) const {
    return registry().may_call(app, caller, contract, function);
}

Status Backend::may_read(const registry::App& app, const registry::Caller* caller) const {
    return registry().may_read(app, caller);
}

}  // namespace bsn::gateway
