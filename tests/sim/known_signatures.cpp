#include "sim/known_signatures.hpp"

#include "crypto/suite.hpp"

#include <string>
#include <unordered_map>

// The mangled name of `Status crypto::verify(const PublicKey&, ByteView, const Signature&)`.
#define BSN_VERIFY                                                                     \
    "_ZN3bsn6crypto6verifyERKNS0_9PublicKeyESt4spanIKhLm18446744073709551615EERKNS_10" \
    "FixedBytesINS0_12SignatureTagELm64EEE"

namespace bsn::sim {
namespace {

std::unordered_map<std::string, Status> g_verdicts;

}  // namespace

Status real_verify(const crypto::PublicKey& key, ByteView message,
                   const crypto::Signature& signature) asm("__real_" BSN_VERIFY);
Status remembering_verify(const crypto::PublicKey& key, ByteView message,
                          const crypto::Signature& signature) asm("__wrap_" BSN_VERIFY);

Status remembering_verify(const crypto::PublicKey& key, ByteView message,
                          const crypto::Signature& signature) {
    std::string what;
    what.reserve(1 + crypto::PublicKeyBytes::k_size + crypto::Signature::k_size + message.size());
    what += static_cast<char>(key.suite);
    what += as_text(key.bytes);
    what += as_text(signature);
    what += as_text(message);
    auto found = g_verdicts.find(what);
    if (found == g_verdicts.end()) {
        found = g_verdicts.emplace(std::move(what), real_verify(key, message, signature)).first;
    }
    return found->second;
}

void forget_signatures() { g_verdicts.clear(); }

}  // namespace bsn::sim
