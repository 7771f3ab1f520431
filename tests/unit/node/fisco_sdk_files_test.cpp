#include "node/fisco_sdk_files.hpp"

#include "base/files.hpp"
#include "crypto/certificate_authority.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

namespace bsn::node {
namespace {

constexpr UnixMillis k_now = 1'800'000'000'000;

TEST(FiscoSdkFiles, are_what_the_sdks_look_for) {
    TemporaryFolder folder;
    auto key = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
    const std::string authority = crypto::make_authority_certificate(key, "test", k_now, 10);
    ASSERT_TRUE(crypto::write_key_file(folder / "authority.pem", key, ""));
    ASSERT_TRUE(write_file_atomically(folder / "authority.crt", as_bytes(authority)));
    FiscoSdkFiles files;
    files.authority = folder.path();
    files.out = folder / "conf";
    ASSERT_TRUE(make_fisco_sdk_files(files, k_now));
    EXPECT_EQ(to_text(*read_file(files.out / "ca.crt", 1 << 16)), authority);
    const std::string pem = to_text(*read_file(files.out / "sdk.key", 1 << 16));
    EXPECT_EQ(pem.substr(0, 27), "-----BEGIN PRIVATE KEY-----") << "PKCS#8, as Java reads it";
    auto sdk_key = crypto::read_key_file(files.out / "sdk.key", "");
    const std::string certificate = to_text(*read_file(files.out / "sdk.crt", 1 << 16));
    EXPECT_EQ(*crypto::key_of_certificate(certificate), sdk_key->public_key());
    EXPECT_EQ(make_fisco_sdk_files(files, k_now).error().code, Code::already_exists);
    files.authority = folder / "nowhere";
    EXPECT_FALSE(make_fisco_sdk_files(files, k_now));
}

}  // namespace
}  // namespace bsn::node
