#include "framework/fabric/network/participant_certificates.hpp"

#include "base/files.hpp"
#include "crypto/certificate_chain.hpp"
#include "crypto/hash.hpp"
#include "crypto/member_certificate.hpp"

namespace bsn::framework::fabric {
namespace {

constexpr std::size_t k_max_certificate = 16U << 10;
/// A certificate that ends within this time is made anew.
constexpr UnixMillis k_left = UnixMillis{60} * 24 * 3600 * 1000;

}  // namespace

Result<std::string> ParticipantCertificates::kept_or_issued(
    ByteView holder, const crypto::PublicKey& key, UnixMillis left,
    const std::function<Result<std::string>(UnixMillis now)>& issue) const {
    const std::filesystem::path folder = organisation_.folder_of("participants");
    const crypto::Hash name = crypto::hash(crypto::HashId::sha256, {holder, ByteView(key.bytes)});
    const std::filesystem::path file = folder / (to_hex(name.view()) + ".pem");
    const UnixMillis now = clock_.now();
    if (auto kept = read_file(file, k_max_certificate)) {
        auto checked =
            crypto::check_certificate({{organisation_.authority()}, {}, {}}, to_text(*kept));
        if (checked && checked->key == key && checked->check_time(now + left)) {
            return to_text(*kept);
        }
    }
    BSN_TRY(certificate, issue(now));
    BSN_CHECK(make_private_folder(folder));
    BSN_CHECK(write_file_atomically(file, as_bytes(certificate)));
    return certificate;
}

Result<Certified> ParticipantCertificates::remembered(
    const std::string& name, UnixMillis left,
    const std::function<Result<std::string>()>& find) const {
    std::lock_guard lock(mutex_);
    if (const auto known = certificates_.find(name); known != certificates_.end()) {
        if (clock_.now() < known->second.until) {
            return Certified{organisation_.msp(), known->second.certificate};
        }
        certificates_.erase(known);
    }
    BSN_TRY(certificate, find());
    BSN_TRY(end, crypto::end_of_certificate(certificate));
    if (certificates_.size() >= k_most) certificates_.clear();
    certificates_[name] = {certificate, end - left};
    return Certified{organisation_.msp(), std::move(certificate)};
}

Result<Certified> ParticipantCertificates::certificate_of(ByteView participant,
                                                          const crypto::PublicKey& key) const {
    if (key.suite != crypto::SuiteId::secp256r1) {
        return Error{Code::wrong_suite, "Fabric takes keys of secp256r1 only"};
    }
    const std::string name = to_hex(participant);
    return remembered(name + to_hex(key.bytes), k_left, [&] {
        return kept_or_issued(as_bytes(name), key, k_left, [&](UnixMillis now) {
            return organisation_.issue(name, key, "", now);
        });
    });
}

Result<Certified> ParticipantCertificates::certificate_like(const Certified& holder,
                                                            const crypto::PublicKey& key) const {
    if (holder.msp_id != organisation_.msp()) {
        return Error{
            Code::forbidden,
            fmt::format("this city node relays for those whose certificates it has issued, "
                        "as {}; this one is of {}: ask its city node",
                        organisation_.msp(), holder.msp_id)};
    }
    BSN_TRY(end, crypto::end_of_certificate(holder.certificate));
    if (clock_.now() >= end) {
        return Error{Code::expired, "the certificate has ended; ask its city node for another"};
    }
    return remembered(holder.certificate + to_hex(key.bytes), 0, [&] {
        return kept_or_issued(as_bytes(holder.certificate), key, 0, [&](UnixMillis now) {
            return organisation_.issue_like(holder.certificate, key, now);
        });
    });
}

}  // namespace bsn::framework::fabric
