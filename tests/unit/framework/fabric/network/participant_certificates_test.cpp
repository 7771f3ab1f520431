// Certificates of participants: the same one as long as it lasts, and no other than a valid one.

#include "framework/fabric/network/participant_certificates.hpp"

#include "crypto/certificate_authority.hpp"
#include "crypto/member_certificate.hpp"
#include "support/receipt_world.hpp"
#include "support/replica_world.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

namespace bsn::framework::fabric {
namespace {

constexpr std::uint64_t k_day = 86'400'000;

class ParticipantCertificatesTest : public ::testing::Test {
  protected:
    static OwnOrganisation open(const std::filesystem::path& folder, UnixMillis now) {
        auto opened = OwnOrganisation::open(folder, "city-1", {"127.0.0.1"}, now);
        EXPECT_TRUE(opened.ok()) << opened.error().message;
        return std::move(*opened);
    }
    static crypto::PublicKey key_of(std::uint8_t seed) {
        return bsn::testing::make_key(crypto::SuiteId::secp256r1, seed).public_key();
    }
    std::string certificate() const {
        auto found = certificates.certificate_of(participant, key);
        EXPECT_TRUE(found.ok()) << found.error().message;
        return found ? found->certificate : "";
    }
    UnixMillis left_of(const std::string& certificate) const {
        return crypto::end_of_certificate(certificate).value() - clock.now();
    }

    TemporaryFolder folder;
    bsn::testing::ManualClock clock;
    const OwnOrganisation organisation = open(folder.path() / "fabric", clock.now());
    const ParticipantCertificates certificates{organisation, clock};
    const Bytes participant = Bytes(32, 7);
    const crypto::PublicKey key = key_of(7);
};

TEST_F(ParticipantCertificatesTest, one_stays_until_two_months_before_its_end) {
    const std::string first = certificate();
    clock.advance(669 * k_day);
    EXPECT_EQ(certificate(), first);
    const ParticipantCertificates after_a_restart(organisation, clock);
    EXPECT_EQ(after_a_restart.certificate_of(participant, key)->certificate, first);
}

TEST_F(ParticipantCertificatesTest, a_node_that_runs_for_years_hands_out_none_that_has_ended) {
    std::string last = certificate();
    for (int year = 1; year <= 6; ++year) {
        clock.advance(365 * k_day);
        const std::string now = certificate();
        EXPECT_GT(left_of(now), 60 * k_day) << "in year " << year;
        EXPECT_EQ(*crypto::key_of_certificate(now), key);
        last = now;
    }
    EXPECT_EQ(certificate(), last);
}

TEST_F(ParticipantCertificatesTest, one_like_a_holders_ends_with_it) {
    const Certified holder = certificates.certificate_of(participant, key).value();
    const crypto::PublicKey own = key_of(8);
    const auto made = certificates.certificate_like(holder, own);
    ASSERT_TRUE(made.ok()) << made.error().message;
    EXPECT_EQ(left_of(made->certificate), left_of(holder.certificate));
    clock.advance(729 * k_day);
    EXPECT_EQ(certificates.certificate_like(holder, own)->certificate, made->certificate);
    clock.advance(2 * k_day);
    EXPECT_EQ(certificates.certificate_like(holder, own).error().code, Code::expired);
}

}  // namespace
}  // namespace bsn::framework::fabric
