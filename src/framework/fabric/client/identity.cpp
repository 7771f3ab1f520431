#include "framework/fabric/client/identity.hpp"

#include "crypto/certificate_authority.hpp"
#include "crypto/der_signature.hpp"
#include "framework/fabric/client/message.hpp"
#include "ledger/types.hpp"

#include <msp/identities.pb.h>

#include <mutex>
#include <unordered_map>

namespace bsn::framework::fabric {
namespace {

/// Certificates whose keys are remembered: those of a network's peers and busiest clients.
constexpr std::size_t k_most_remembered = 4096;
/// Longer ones are no secp256r1 certificates of anybody's, and are not kept.
constexpr std::size_t k_longest_remembered = 16 << 10;

}  // namespace

std::string Identity::serialized() const {
    msp::SerializedIdentity identity;
    identity.set_mspid(msp_id);
    identity.set_id_bytes(certificate);
    return identity.SerializeAsString();
}

std::string Identity::sign(std::string_view message) const {
    ensure(signer != nullptr, "an identity without a signer");
    return to_text(crypto::to_der(signer->sign(as_bytes(message))));
}

Result<Certified> read_identity(const std::string& serialized) {
    BSN_TRY(identity, read_message<msp::SerializedIdentity>(serialized, "identity"));
    if (identity.mspid().empty() || identity.id_bytes().empty()) {
        return Error{Code::invalid_argument, "the identity names no organisation or certificate"};
    }
    return Certified{identity.mspid(), identity.id_bytes()};
}

Result<crypto::PublicKey> certified_key(const std::string& certificate) {
    static std::mutex mutex;
    static std::unordered_map<std::string, crypto::PublicKey> known;
    {
        std::lock_guard lock(mutex);
        auto found = known.find(certificate);
        if (found != known.end()) return found->second;
    }
    BSN_TRY(key, crypto::key_of_certificate(certificate));
    if (certificate.size() > k_longest_remembered) return key;
    std::lock_guard lock(mutex);
    if (known.size() >= k_most_remembered) known.clear();
    known.emplace(certificate, key);
    return key;
}

Status check_signature(const std::string& certificate, std::string_view message,
                       std::string_view signature) {
    BSN_TRY(key, certified_key(certificate));
    BSN_TRY(read, crypto::signature_from_der(as_bytes(signature)));
    return crypto::verify(key, as_bytes(message), read);
}

Bytes KeySigner::participant() const {
    return to_bytes(ledger::participant_id_of(public_key()).view());
}

}  // namespace bsn::framework::fabric
