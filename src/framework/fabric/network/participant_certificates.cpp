#include "framework/fabric/network/participant_certificates.hpp"

namespace bsn::framework::fabric {

Result<Certified> ParticipantCertificates::certificate_of(ByteView participant,
                                                          const crypto::PublicKey& key) const {
    if (key.suite != crypto::SuiteId::secp256r1) {
        return Error{Code::wrong_suite, "Fabric takes keys of secp256r1 only"};
    }
    const std::string name = to_hex(participant);
    const std::string held = name + to_hex(key.bytes);
    std::lock_guard lock(mutex_);
    if (const auto known = certificates_.find(held); known != certificates_.end()) {
        return Certified{organisation_.msp(), known->second};
    }
    BSN_TRY(certificate, organisation_.issue(name, key, "", clock_.now()));
    if (certificates_.size() >= k_most) certificates_.clear();
    certificates_.emplace(held, certificate);
    return Certified{organisation_.msp(), std::move(certificate)};
}

}  // namespace bsn::framework::fabric
