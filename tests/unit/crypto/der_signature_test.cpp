#include "crypto/der_signature.hpp"

#include <gtest/gtest.h>

namespace bsn::crypto {
namespace {

TEST(DerSignature, ReadsAsItWasWritten) {
    Signature signature;
    for (std::uint8_t first : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
        signature.data()[0] = first;
        signature.data()[31] = 1;
        signature.data()[63] = first;
        const Bytes der = to_der(signature);
        auto read = signature_from_der(der);
        ASSERT_TRUE(read.ok());
        EXPECT_EQ(*read, signature);
    }
    EXPECT_EQ(to_hex(to_der(Signature{})), "3006020100020100");
}

TEST(DerSignature, HasOneFormOnly) {
    for (const char* wrong : {
             "", "30", "3006020100", "3006020100020100ff", "300702010002020001",
             "3006020180020100",      // negative
             "30070202007f020100",    // a zero too many
             "3006030100020100",      // no integer
             "3106020100020100",      // no sequence
             "300402000200",          // empty numbers
             "30810602010002010000",  // a length in the long form
         }) {
        auto read = signature_from_der(*from_hex(wrong));
        ASSERT_FALSE(read.ok()) << wrong;
        EXPECT_EQ(read.error().code, Code::bad_signature);
    }
    Bytes long_number = *from_hex("3026022101");
    long_number.resize(long_number.size() + 32, 7);
    for (std::uint8_t byte : {0x02, 0x01, 0x00}) long_number.push_back(byte);
    EXPECT_FALSE(signature_from_der(long_number).ok());
}

TEST(DigestSignature, VerifiesForItsDigestAndKeyOnly) {
    const auto key = PrivateKey::generate(SuiteId::secp256k1);
    const Hash digest = hash(HashId::sha256, as_bytes("text"));
    const Signature signature = sign_digest(key, digest);
    EXPECT_TRUE(verify_digest(key.public_key(), digest, signature).ok());
    EXPECT_FALSE(verify_digest(key.public_key(), Hash{}, signature).ok());
    const auto other = PrivateKey::generate(SuiteId::secp256k1);
    EXPECT_EQ(verify_digest(other.public_key(), digest, signature).error().code,
              Code::bad_signature);
    EXPECT_FALSE(verify_digest(key.public_key(), digest, Signature{}).ok());
}

}  // namespace
}  // namespace bsn::crypto
