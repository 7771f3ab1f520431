#pragma once
// The identities by which a city node appears on networks of Fabric that others run: secrets of its
// folder, one file for each app.

#include "framework/fabric/client/identity.hpp"

#include <compare>
#include <filesystem>

namespace bsn::framework::fabric {

/// Of an organisation of such a network; PEM texts. Keys are not encrypted.
struct NetworkIdentity {
    std::string msp_id;
    std::string certificate;  ///< of a secp256r1 key
    std::string key;
    std::string tls_certificate;  ///< what is shown to servers that want one; or empty
    std::string tls_key;

    Certified certified() const { return {msp_id, certificate}; }
    /// What signs; `invalid_argument` if the key is none of secp256r1, or another one than that of
    /// the certificate.
    Result<Identity> identity() const;
    /// The same of the keys, and that certificates for TLS come with their keys.
    Status check() const;
};

/// The files of a node's folder.
class NetworkIdentities {
  public:
    /// `folder`: the node's.
    explicit NetworkIdentities(const std::filesystem::path& folder)
        : folder_(folder / "fabric" / "identities") {}

    std::filesystem::path file_of(const std::string& app) const {
        return folder_ / (app + ".json");
    }
    /// `not_found` if there is none; `forbidden` if others than its owner may read the file.
    Result<NetworkIdentity> load(const std::string& app) const;
    /// Replaces it, whole or not at all.
    Status store(const std::string& app, const NetworkIdentity& identity) const;
    Status remove(const std::string& app) const;
    /// The names of apps for which there is one, sorted.
    Result<std::vector<std::string>> apps() const;

    /// Changes whenever the file does.
    struct Stamp {
        std::int64_t seconds = 0;
        std::int64_t nanoseconds = 0;
        std::uint64_t file = 0;

        auto operator<=>(const Stamp&) const = default;
    };
    /// All zeros: there is no file.
    Stamp stamp(const std::string& app) const;

  private:
    const std::filesystem::path folder_;
};

}  // namespace bsn::framework::fabric
