#pragma once
// Certificates by which participants appear on channels of Fabric: this node's organisation vouches
// for the keys that the permission chain has.

#include "framework/fabric/client/fabric_chain.hpp"
#include "framework/fabric/network/own_organisation.hpp"

#include <mutex>
#include <unordered_map>

namespace bsn::framework::fabric {

/// Makes them when they are first asked for, and keeps them in the organisation's folder, below
/// `participants`: a transaction's id follows from nonce and certificate, so that the same call
/// with the same nonce is the same transaction after a restart, too. The last ones are in memory.
/// One that ends within 60 days is made anew. Any thread.
class ParticipantCertificates final : public CertificateSource {
  public:
    /// All outlive it.
    ParticipantCertificates(const OwnOrganisation& organisation, const Clock& clock)
        : organisation_(organisation), clock_(clock) {}

    Result<Certified> certificate_of(ByteView participant,
                                     const crypto::PublicKey& key) const override;
    /// It ends when the holder's does; `expired` after that.
    Result<Certified> certificate_like(const Certified& holder,
                                       const crypto::PublicKey& key) const override;

  private:
    static constexpr std::size_t k_most = 10'000;

    struct Known {
        std::string certificate;  ///< PEM
        UnixMillis until = 0;     ///< it is looked for anew
    };

    /// `left`: as long as the one that is kept has to hold.
    Result<std::string> kept_or_issued(
        ByteView holder, const crypto::PublicKey& key, UnixMillis left,
        const std::function<Result<std::string>(UnixMillis now)>& issue) const;
    /// From memory while `left` is left of it, or as `find` says.
    Result<Certified> remembered(const std::string& name, UnixMillis left,
                                 const std::function<Result<std::string>()>& find) const;

    const OwnOrganisation& organisation_;
    const Clock& clock_;
    mutable std::mutex mutex_;
    mutable std::unordered_map<std::string, Known> certificates_;  ///< by id and key
};

}  // namespace bsn::framework::fabric
