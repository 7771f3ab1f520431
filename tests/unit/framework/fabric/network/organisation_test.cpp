// A city node's organisation: what is made once, what is kept, what is renewed.

#include "base/files.hpp"
#include "crypto/certificate_authority.hpp"
#include "crypto/member_certificate.hpp"
#include "framework/fabric/network/own_organisation.hpp"
#include "support/receipt_world.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

namespace bsn::framework::fabric {
namespace {

constexpr UnixMillis k_now = 1'800'000'000'000;
constexpr UnixMillis k_day = 86'400'000;

class OrganisationTest : public ::testing::Test {
  protected:
    OwnOrganisation open(UnixMillis now = k_now) {
        auto opened = OwnOrganisation::open(folder.path() / "fabric", "city-1", {"127.0.0.1"}, now);
        EXPECT_TRUE(opened.ok()) << opened.error().message;
        return std::move(*opened);
    }
    std::string text(const std::string& file) const {
        return to_text(read_file(folder.path() / "fabric" / file, 1U << 20).value());
    }

    TemporaryFolder folder;
};

TEST_F(OrganisationTest, it_is_made_once_and_found_again) {
    const OwnOrganisation made = open();
    EXPECT_EQ(made.msp(), "city-1");
    auto again = OwnOrganisation::open(folder.path() / "fabric", "another", {"127.0.0.1"}, k_now);
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->msp(), "city-1") << "whatever name the node has by now";
    EXPECT_EQ(again->authority(), made.authority());
    EXPECT_EQ(again->tls_authority(), made.tls_authority());
    EXPECT_EQ(again->admin()->certificate, made.admin()->certificate);
}

TEST_F(OrganisationTest, keys_are_for_their_owner_only) {
    open();
    for (const char* key : {"authority/key.pem", "tls-authority/key.pem",
                            "peer/msp/keystore/key.pem", "orderer/tls/key.pem"}) {
        struct stat status {};
        ASSERT_EQ(::stat((folder.path() / "fabric" / key).c_str(), &status), 0) << key;
        EXPECT_EQ(status.st_mode & 0777, 0600U) << key;
    }
}

TEST_F(OrganisationTest, certificates_are_renewed_for_the_same_keys_before_they_end) {
    const OwnOrganisation made = open();
    const std::string identity = text("peer/msp/signcerts/certificate.pem");
    const std::string tls = text("peer/tls/certificate.pem");
    open(k_now + 600 * k_day);
    EXPECT_EQ(text("peer/msp/signcerts/certificate.pem"), identity);
    open(k_now + 700 * k_day);
    const std::string renewed = text("peer/msp/signcerts/certificate.pem");
    EXPECT_NE(renewed, identity);
    EXPECT_EQ(*crypto::key_of_certificate(renewed), *crypto::key_of_certificate(identity));
    const std::string renewed_tls = text("peer/tls/certificate.pem");
    EXPECT_NE(renewed_tls, tls);
    EXPECT_EQ(*crypto::key_of_certificate(renewed_tls), *crypto::key_of_certificate(tls));
    EXPECT_GT(*crypto::end_of_certificate(renewed), k_now + 1'400 * k_day);
    EXPECT_EQ(text("authority/certificate.pem"), made.authority());
}

TEST_F(OrganisationTest, what_ends_soon_is_told_and_a_restart_renews_what_it_can) {
    const OwnOrganisation made = open();
    EXPECT_EQ(made.ending_soon(k_now + 660 * k_day), "");
    const std::string told = made.ending_soon(k_now + 680 * k_day);
    EXPECT_NE(told.find("a restart of the node renews it"), std::string::npos) << told;
    EXPECT_EQ(open(k_now + 680 * k_day).ending_soon(k_now + 680 * k_day), "");
    EXPECT_EQ(open(k_now + 3'280 * k_day).ending_soon(k_now + 3'280 * k_day), "");
    const std::string last = open(k_now + 3'300 * k_day).ending_soon(k_now + 3'300 * k_day);
    EXPECT_NE(last.find("the certificate authority of this node's Fabric ends at"),
              std::string::npos)
        << last;
}

TEST_F(OrganisationTest, an_orderers_certificates_stay_the_same_bytes_as_long_as_the_authority) {
    // A channel's first block has them, and with BFT an orderer with others is none of its.
    open();
    for (const char* file :
         {"orderer/msp/signcerts/certificate.pem", "orderer/tls/certificate.pem"}) {
        const std::string first = text(file);
        for (const UnixMillis days : {700, 3'600}) {
            open(k_now + days * k_day);
            EXPECT_EQ(text(file), first) << file << " after " << days << " days";
        }
        EXPECT_GE(*crypto::end_of_certificate(first), k_now + 3'649 * k_day) << file;
    }
    for (const char* file : {"authority/certificate.pem", "tls-authority/certificate.pem"}) {
        EXPECT_LE(*crypto::end_of_certificate(text("orderer/tls/certificate.pem")),
                  *crypto::end_of_certificate(text(file)));
    }
}

TEST_F(OrganisationTest, what_can_be_made_again_is_and_what_cannot_is_named) {
    const OwnOrganisation made = open();
    const auto fabric = folder.path() / "fabric";
    const auto damage = [&](const char* file) {
        ASSERT_TRUE(write_file_atomically(fabric / file, as_bytes("damaged")));
    };
    // A member's certificate is issued anew, also where its key is another one.
    damage("peer/msp/signcerts/certificate.pem");
    std::filesystem::remove(fabric / "peer/tls/key.pem");
    EXPECT_EQ(open().authority(), made.authority());
    const auto key = crypto::read_key_file(fabric / "peer/tls/key.pem", "");
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(*crypto::key_of_certificate(text("peer/tls/certificate.pem")), key->public_key());
    EXPECT_TRUE(crypto::key_of_certificate(text("peer/msp/signcerts/certificate.pem")).ok());

    const auto refusal = [&] {
        auto opened = OwnOrganisation::open(fabric, "city-1", {"127.0.0.1"}, k_now);
        return opened ? std::string() : opened.error().message;
    };
    for (const char* id : {"", "a b", "\xff\x01"}) {
        ASSERT_TRUE(write_file_atomically(fabric / "msp-id", as_bytes(id)));
        EXPECT_NE(refusal().find("msp-id"), std::string::npos) << refusal();
    }
    ASSERT_TRUE(write_file_atomically(fabric / "msp-id", as_bytes("city-1")));
    for (const char* authority : {"authority", "tls-authority"}) {
        const std::string certificate = std::string(authority) + "/certificate.pem";
        const std::string kept = text(certificate);
        damage(certificate.c_str());
        EXPECT_NE(refusal().find(certificate), std::string::npos) << refusal();
        ASSERT_TRUE(write_file_atomically(fabric / certificate, as_bytes(kept)));
        const std::string key_file = std::string(authority) + "/key.pem";
        std::filesystem::rename(fabric / key_file, fabric / "aside");
        EXPECT_NE(refusal().find(key_file), std::string::npos) << refusal();
        std::filesystem::rename(fabric / "aside", fabric / key_file);
        EXPECT_EQ(refusal(), "");
    }
}

TEST_F(OrganisationTest, a_participant_gets_a_certificate_for_their_key) {
    const OwnOrganisation made = open();
    const auto key = bsn::testing::make_key(crypto::SuiteId::secp256r1, 7).public_key();
    auto certificate = made.issue("alice", key, R"({"attrs":{}})", k_now);
    ASSERT_TRUE(certificate.ok()) << certificate.error().message;
    EXPECT_EQ(*crypto::key_of_certificate(*certificate), key);
    const auto other = bsn::testing::make_key(crypto::SuiteId::secp256k1, 7).public_key();
    EXPECT_EQ(made.issue("alice", other, "", k_now).error().code, Code::invalid_argument);
}

TEST(MspIdTest, it_is_of_letters_that_a_configuration_takes_and_not_too_long) {
    const auto node = bsn::testing::filled<ledger::NodeId>(0xab);
    EXPECT_EQ(msp_id_for("city_1", node), "city-1-abababab");
    EXPECT_EQ(msp_id_for(std::string(64, 'n'), node), std::string(48, 'n') + "-abababab");
}

}  // namespace
}  // namespace bsn::framework::fabric
