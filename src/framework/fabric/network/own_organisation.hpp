#pragma once
// A city node's organisation in networks of Fabric: its certificate authorities, and the
// certificates of its peer, orderer and administrator.

#include "base/clock.hpp"
#include "crypto/private_key.hpp"
#include "framework/fabric/client/endpoint.hpp"
#include "framework/fabric/client/identity.hpp"
#include "ledger/types.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace bsn::framework::fabric {

/// The MSP id of a node that has none yet: its name, cut to 48 characters, and the beginning of its
/// id, so that a later node of the same name has another.
std::string msp_id_for(std::string_view node_name, const ledger::NodeId& node);

/// Two authorities of ten years, one for identities and one for connections, and what they issued:
/// certificates of two years, issued anew for the same keys (so that channels still know them) when
/// two months are left, except the orderer's, which are valid as long as their authority. All in
/// one folder; keys have mode 0600.
///
///     msp-id                            text
///     authority/ tls-authority/         key.pem, certificate.pem
///     peer/ orderer/ admin/             msp/ and tls/, as Fabric's programs read them
///
/// One thread opens and renews; any may call the rest meanwhile.
class OwnOrganisation {
  public:
    /// Opens the folder; what is missing is made. `hosts`: names and addresses that connections to
    /// its processes use.
    static Result<OwnOrganisation> open(std::filesystem::path folder, const std::string& msp_if_new,
                                        const std::vector<std::string>& hosts, UnixMillis now);

    const std::string& msp() const { return msp_; }
    const std::string& authority() const { return authority_certificate_; }          ///< PEM
    const std::string& tls_authority() const { return tls_authority_certificate_; }  ///< PEM

    /// Of `peer`, `orderer` or `admin`, with which it signs, PEM.
    Result<std::string> certificate_of(std::string_view member) const;
    /// The folder of `peer`, `orderer` or `admin`.
    std::filesystem::path folder_of(std::string_view member) const { return folder_ / member; }
    /// Of a member's connections, PEM.
    Result<std::string> tls_certificate_of(std::string_view member) const;
    Result<std::string> tls_key_of(std::string_view member) const;

    /// What ends soon, and what to do before: certificates that a restart renews, 60 days before;
    /// the authorities, a year before. Empty: nothing.
    std::string ending_soon(UnixMillis now) const;

    /// Who signs for the organisation.
    Result<Identity> admin() const;
    /// How the administrator connects to a server that this authority vouches for.
    Result<ClientTls> client_tls(const std::string& server_authority) const;
    /// A certificate for a participant's key (secp256r1), PEM; `attributes` as JSON, or empty;
    /// `serial_number`: of the subject, or empty.
    Result<std::string> issue(const std::string& name, const crypto::PublicKey& key,
                              const std::string& attributes, UnixMillis now,
                              const std::string& serial_number = {}) const;
    /// A certificate that names the holder of one of its own, for another key (secp256r1), PEM.
    Result<std::string> issue_like(const std::string& certificate, const crypto::PublicKey& key,
                                   UnixMillis now) const;

  private:
    OwnOrganisation(std::filesystem::path folder, std::string msp, crypto::PrivateKey key,
                    crypto::PrivateKey tls_key)
        : folder_(std::move(folder)),
          msp_(std::move(msp)),
          key_(std::move(key)),
          tls_key_(std::move(tls_key)) {}
    Status prepare(std::string_view member, const std::vector<std::string>& hosts, UnixMillis now);
    /// When authorities and certificates end, once all are there.
    Status read_ends();

    std::filesystem::path folder_;
    std::string msp_;
    crypto::PrivateKey key_;
    crypto::PrivateKey tls_key_;
    std::string authority_certificate_;
    std::string tls_authority_certificate_;
    UnixMillis authorities_end_ = 0;
    UnixMillis renewable_end_ = 0;
};

}  // namespace bsn::framework::fabric
