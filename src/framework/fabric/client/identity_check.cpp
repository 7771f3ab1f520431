#include "framework/fabric/client/identity_check.hpp"

#include "base/clock.hpp"

#include <fmt/format.h>

namespace bsn::framework::fabric {
namespace {

std::string names_of(const std::vector<Organization>& organizations) {
    std::string names;
    for (const Organization& one : organizations) {
        names += (names.empty() ? "" : ", ") + one.msp_id;
    }
    return names;
}

}  // namespace

Result<crypto::CheckedCertificate> member_certificate(const ChannelTrust& trust,
                                                      const Certified& identity) {
    const Organization* owner = nullptr;
    for (const Organization& one : trust.members) {
        if (one.msp_id == identity.msp_id) owner = &one;
    }
    if (owner == nullptr) {
        return Error{Code::forbidden,
                     fmt::format("{} is no member organisation of channel {}: these are {}",
                                 identity.msp_id, trust.channel, names_of(trust.members))};
    }
    auto checked = crypto::check_certificate(owner->authorities, identity.certificate);
    if (checked) return checked;
    return Error{Code::forbidden, fmt::format("the certificate is not one that {} takes: {}",
                                              identity.msp_id, checked.error().message)};
}

Status check_identity(const ChannelTrust& trust, const Certified& identity, UnixMillis now) {
    BSN_TRY(checked, member_certificate(trust, identity));
    if (now >= checked.not_after) {
        return Error{Code::expired, fmt::format("the certificate of {} expired at {}",
                                                identity.msp_id, to_iso8601(checked.not_after))};
    }
    if (now < checked.not_before) {
        return Error{Code::expired, fmt::format("the certificate of {} is valid from {} on only",
                                                identity.msp_id, to_iso8601(checked.not_before))};
    }
    return {};
}

Error with_cause(Error error, const ChannelTrust& trust, const Certified& identity,
                 UnixMillis now) {
    if (error.code != Code::forbidden) return error;
    const Status found = check_identity(trust, identity, now);
    if (found) return error;
    return {found.error().code, fmt::format("{} ({})", found.error().message, error.message)};
}

}  // namespace bsn::framework::fabric
