#include "ordering/bundle.hpp"

#include <gtest/gtest.h>

namespace bsn::ordering {
namespace {

TEST(BundleTest, holds_its_envelopes_in_their_order) {
    const std::vector<Bytes> envelopes{to_bytes("one"), to_bytes(""), to_bytes("three")};
    Bytes bundle = encode_bundle(envelopes, 7);
    EXPECT_EQ(decode_bundle(bundle).value(), envelopes);
    EXPECT_EQ(bundle.size(), 8U + bundle_overhead(3));
}

TEST(BundleTest, the_salt_tells_bundles_of_the_same_envelopes_apart) {
    const std::vector<Bytes> envelopes{to_bytes("one")};
    EXPECT_NE(encode_bundle(envelopes, 1), encode_bundle(envelopes, 2));
}

TEST(BundleTest, what_is_no_bundle_is_refused) {
    EXPECT_FALSE(decode_bundle({}).ok());
    EXPECT_FALSE(decode_bundle(encode_bundle({}, 1)).ok());
    Bytes bundle = encode_bundle({to_bytes("one")}, 1);
    for (std::size_t size = 0; size < bundle.size(); ++size) {
        EXPECT_FALSE(decode_bundle(ByteView(bundle).first(size)).ok()) << size;
    }
    Bytes longer = bundle;
    longer.push_back(0);
    EXPECT_FALSE(decode_bundle(longer).ok());
    EXPECT_FALSE(decode_bundle(encode_bundle({Bytes(k_max_envelope_bytes + 1)}, 1)).ok());
    EXPECT_FALSE(
        decode_bundle(encode_bundle(std::vector<Bytes>(k_max_bundle_envelopes + 1), 1)).ok());
}

}  // namespace
}  // namespace bsn::ordering
