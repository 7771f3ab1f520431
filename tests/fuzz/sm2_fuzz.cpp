// SM2 beside OpenSSL: signatures as DER and as numbers, public keys, scalars and nonces. Both must
// give one verdict.
#include "crypto/der_signature.hpp"
#include "crypto/private_key_access.hpp"
#include "crypto/sm2/signing.hpp"
#include "fuzz/laws.hpp"

namespace bsn::fuzz {
namespace {

using crypto::PrivateKey;
using crypto::SuiteId;
using namespace crypto::sm2;

/// The same in each run, so that seeds can hold its signatures (make_seeds.py).
const PrivateKey& known_key() {
    static const PrivateKey k_key = PrivateKey::from_scalar(SuiteId::sm2, Bytes(32, 7)).value();
    return k_key;
}
const Bytes k_message = to_bytes(std::string_view("message"));

Limbs take_number(Choices& choices) {
    std::array<std::uint8_t, 32> bytes{};
    const ByteView taken = choices.take(32);
    std::copy(taken.begin(), taken.end(), bytes.begin());
    return from_bytes(bytes.data());
}

/// In 1 … n - 2.
std::optional<Limbs> take_secret(Choices& choices) {
    const Limbs number = take_number(choices);
    std::uint64_t ignored = 0;
    if (is_zero(number) || !is_below(number, subtract(k_order, Limbs{1}, ignored))) {
        return std::nullopt;
    }
    return number;
}

bool openssl_verifies(ByteView der) {
    static const crypto::EvpPkeyPtr k_key = to_evp(known_key().public_key());
    crypto::ErrorScope errors;
    const crypto::EvpMdCtxPtr context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* of_key = nullptr;
    law(EVP_DigestVerifyInit(context.get(), &of_key, EVP_sm3(), nullptr, k_key.get()) == 1 &&
            EVP_PKEY_CTX_set1_id(of_key, crypto::k_sm2_identity.data(),
                                 crypto::k_sm2_identity.size()) == 1,
        "OpenSSL verifies SM2");
    return EVP_DigestVerify(context.get(), der.data(), der.size(), k_message.data(),
                            k_message.size()) == 1;
}

void check_der(ByteView der) {
    const auto signature = crypto::signature_from_der(der);
    if (!signature) check_refusal(signature.error());
    const bool verified =
        signature && crypto::verify(known_key().public_key(), k_message, *signature).ok();
    law(verified == openssl_verifies(der), "one verdict of a signature in DER");
    if (signature) law(equal(crypto::to_der(*signature), der), "DER has one form only");
}

void check_key(ByteView bytes) {
    std::array<std::uint8_t, 33> padded{};
    std::copy_n(bytes.begin(), std::min<std::size_t>(33, bytes.size()), padded.begin());
    const auto theirs = openssl_arithmetic().read_point(padded.data());
    for (const Arithmetic* ours : {&portable_arithmetic(), adx_arithmetic()}) {
        if (ours == nullptr) continue;
        const auto point = ours->read_point(padded.data());
        law(point.has_value() == theirs.has_value(), "one verdict of a public key");
        law(!point || (point->x == theirs->x && point->y == theirs->y), "the same point");
    }
}

/// Verdicts of all implementations of any numbers.
bool one_verdict(const AffinePoint& key, const Limbs& digest, const SignatureNumbers& signature,
                 bool with_tables) {
    const bool verified = openssl_arithmetic().verify(key, digest, signature);
    for (const Arithmetic* ours : {&portable_arithmetic(), adx_arithmetic()}) {
        if (ours == nullptr) continue;
        law(ours->verify(key, digest, signature) == verified, "one verdict of two numbers");
        law(!with_tables ||
                ours->verify_with(*ours->multiples_of(key), digest, signature) == verified,
            "the same with a table");
    }
    return verified;
}

/// A key, a digest and a nonce; then a change of what was signed, or none.
void check_signing(Choices choices, bool with_tables) {
    const auto scalar = take_secret(choices);
    const auto nonce = take_secret(choices);
    if (!scalar || !nonce) return;
    const Limbs digest = take_number(choices);
    const AffinePoint key = arithmetic().secret_point(*scalar);
    const AffinePoint theirs = openssl_arithmetic().secret_point(*scalar);
    law(key.x == theirs.x && key.y == theirs.y, "a product with the generator");
    const MadeSignature made = sign(arithmetic(), digest, signing_inverse(*scalar), *nonce);
    if (made.valid == 0) return;
    law(one_verdict(key, digest, made.numbers, with_tables), "what was signed verifies");
    if (choices.done()) return;
    SignatureNumbers changed = made.numbers;
    const std::size_t bit = choices.below(512);
    Limbs& number = bit < 256 ? changed.r : changed.s;
    number[bit % 256 / 64] ^= std::uint64_t{1} << bit % 64;
    // It may verify as well: (r, s) of the nonce k has a twin of -k, which k and the key tell.
    one_verdict(key, digest, changed, with_tables);
}

/// Any numbers with any key.
void check_numbers(Choices choices, bool with_tables) {
    const auto scalar = take_secret(choices);
    if (!scalar) return;
    const Limbs digest = take_number(choices);
    const Limbs r = take_number(choices);
    const Limbs s = take_number(choices);
    one_verdict(arithmetic().secret_point(*scalar), digest, {r, s}, with_tables);
}

}  // namespace

void run(ByteView input) {
    if (input.empty()) return;
    const ByteView rest = input.subspan(1);
    const bool with_tables = (input[0] & 4) != 0;  // which take most of the time
    switch (input[0] % 4) {
        case 0: return check_der(rest);
        case 1: return check_key(rest);
        case 2: return check_signing(Choices(rest), with_tables);
        default: return check_numbers(Choices(rest), with_tables);
    }
}

}  // namespace bsn::fuzz
