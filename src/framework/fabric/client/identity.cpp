#include "framework/fabric/client/identity.hpp"

#include "crypto/certificate_authority.hpp"
#include "crypto/der_signature.hpp"
#include "framework/fabric/client/message.hpp"
#include "ledger/types.hpp"

#include <msp/identities.pb.h>

namespace bsn::framework::fabric {

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

Status check_signature(const std::string& certificate, std::string_view message,
                       std::string_view signature) {
    BSN_TRY(key, crypto::key_of_certificate(certificate));
    BSN_TRY(read, crypto::signature_from_der(as_bytes(signature)));
    return crypto::verify(key, as_bytes(message), read);
}

Bytes KeySigner::participant() const {
    return to_bytes(ledger::participant_id_of(public_key()).view());
}

}  // namespace bsn::framework::fabric
