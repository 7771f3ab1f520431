#include "crypto/time_stamp.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace bsn::crypto {
namespace {

/// What `tests/vectors/README.md` says of them: made by OpenSSL's own authority.
std::string vector_file(const std::string& name) {
    std::ifstream in(std::filesystem::path(BSN_TESTS_DIR) / "vectors/time_stamp" / name,
                     std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}
Bytes good() { return to_bytes(vector_file("good.tsr")); }
std::string anchors() { return vector_file("ca.pem"); }
Hash content() { return hash(HashId::sha256, as_bytes("a block")); }

constexpr UnixMillis k_time = 1'795'900'301'042;

TEST(TimeStamp, SaysWhenAndByWhom) {
    auto stamp = verify_time_stamp(good(), content(), anchors());
    ASSERT_TRUE(stamp.ok()) << stamp.error().message;
    EXPECT_EQ(stamp->time, k_time);
    EXPECT_EQ(stamp->authority, "CN=Stamps,O=Test");
    EXPECT_EQ(stamp->serial, "02");
}

TEST(TimeStamp, IsOfItsContentOnly) {
    auto stamp = verify_time_stamp(good(), hash(HashId::sha256, as_bytes("another")), anchors());
    ASSERT_FALSE(stamp.ok());
    EXPECT_EQ(stamp.error().code, Code::bad_signature);
    EXPECT_NE(stamp.error().message.find("another content"), std::string::npos)
        << stamp.error().message;
}

TEST(TimeStamp, IsOfATrustedAuthorityOnly) {
    auto stamp = verify_time_stamp(good(), content(), vector_file("other.pem"));
    ASSERT_FALSE(stamp.ok());
    EXPECT_EQ(stamp.error().code, Code::bad_signature);
    EXPECT_NE(stamp.error().message.find("that you trust"), std::string::npos)
        << stamp.error().message;
    // One of several suffices.
    EXPECT_TRUE(verify_time_stamp(good(), content(), vector_file("other.pem") + anchors()).ok());
    for (const std::string& none :
         {std::string(), std::string("no PEM"), anchors().substr(0, 300)}) {
        stamp = verify_time_stamp(good(), content(), none);
        ASSERT_FALSE(stamp.ok());
        EXPECT_EQ(stamp.error().code, Code::invalid_argument);
    }
}

TEST(TimeStamp, MustHaveTheNonceThatWasAskedWith) {
    EXPECT_FALSE(verify_time_stamp(good(), content(), anchors(), 7).ok());
}

TEST(TimeStamp, RefusalsAreTold) {
    auto stamp = verify_time_stamp(to_bytes(vector_file("refused.tsr")), content(), anchors());
    ASSERT_FALSE(stamp.ok());
    EXPECT_NE(stamp.error().message.find("refused to stamp"), std::string::npos)
        << stamp.error().message;
}

TEST(TimeStamp, NothingThatIsCutOrLonger) {
    const Bytes whole = good();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(verify_time_stamp(ByteView(whole).first(size), content(), anchors()).ok())
            << size;
    }
    Bytes longer = whole;
    longer.push_back(0);
    EXPECT_FALSE(verify_time_stamp(longer, content(), anchors()).ok());
    auto huge = verify_time_stamp(Bytes(k_max_time_stamp + 1), content(), anchors());
    ASSERT_FALSE(huge.ok());
    EXPECT_EQ(huge.error().code, Code::too_large);
}

/// Where `good.tsr` has what the authority signed: by `openssl asn1parse -inform DER`.
bool is_signed(std::size_t at) {
    const bool content = at >= 71 && at < 203;        // imprint, time, serial number
    const bool signer = at >= 207 && at < 660;        // certificate, named by a signed attribute
    const bool attributes = at >= 1156 && at < 1323;  // with the content's digest
    const bool signature = at >= 1335;
    return content || signer || attributes || signature;
}

/// Other bytes are not signed: status, versions, how names are encoded, and the copy of the
/// authority's own certificate (660 to 1065), in whose place the verifier's is used. OpenSSL's own
/// command takes the same ones. None of them changes what the stamp says.
TEST(TimeStamp, AFlippedBitIsFoundOrSaysTheSame) {
    const Bytes whole = good();
    ASSERT_EQ(whole.size(), 1409U);
    int outside_of_the_copy = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        Bytes flipped = whole;
        flipped[at] ^= static_cast<std::uint8_t>(1U << at % 8);
        auto stamp = verify_time_stamp(flipped, content(), anchors());
        if (!stamp) continue;
        EXPECT_FALSE(is_signed(at)) << at;
        if (at < 660 || at >= 1066) ++outside_of_the_copy;
        EXPECT_EQ(stamp->time, k_time) << at;
        EXPECT_EQ(stamp->authority, "CN=Stamps,O=Test") << at;
        EXPECT_EQ(stamp->serial, "02") << at;
    }
    EXPECT_LT(outside_of_the_copy, 20);
}

TEST(TimeStamp, RequestsDifferByContentAndNonce) {
    const Bytes request = time_stamp_request(content(), 1);
    EXPECT_EQ(request, time_stamp_request(content(), 1));
    EXPECT_NE(request, time_stamp_request(content(), 2));
    EXPECT_NE(request, time_stamp_request(Hash{}, 1));
    EXPECT_EQ(request[0], 0x30);
    EXPECT_LT(request.size(), 80U);
}

}  // namespace
}  // namespace bsn::crypto
