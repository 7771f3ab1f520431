#include "cli/keyring.hpp"

#include "cli_fixture.hpp"
#include "support/ledger_fixtures.hpp"

namespace bsn::cli {
namespace {

using crypto::PrivateKey;
using crypto::SuiteId;
namespace fs = std::filesystem;

class KeyringTest : public ::testing::Test {
  protected:
    void SetUp() override { ::unsetenv("BSN_PASSPHRASE"); }

    TemporaryFolder folder;
    Keyring keyring{folder / "keys", Passphrase("")};
    ledger::NetworkId network = testing::sample_network();
};

TEST_F(KeyringTest, KeepsKeysForTheirOwnerOnly) {
    PrivateKey key = PrivateKey::generate(SuiteId::sm2);
    ASSERT_TRUE(keyring.add("alice", key, "").ok());
    auto mode = fs::status(folder / "keys/alice.pem").permissions();
    EXPECT_EQ(mode, fs::perms::owner_read | fs::perms::owner_write);

    auto identity = keyring.load("alice", network);
    ASSERT_TRUE(identity.ok()) << identity.error().message;
    EXPECT_EQ(identity->key.public_key(), key.public_key());
    EXPECT_EQ(identity->participant, ledger::participant_id_of(key.public_key()));

    auto again = keyring.add("alice", key, "");
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(again.error().code, Code::already_exists);
}

TEST_F(KeyringTest, RefusesAKeyThatOthersMayRead) {
    ASSERT_TRUE(keyring.add("alice", PrivateKey::generate(SuiteId::secp256r1), "").ok());
    fs::permissions(folder / "keys/alice.pem", fs::perms::group_read, fs::perm_options::add);
    auto identity = keyring.load("alice", network);
    ASSERT_FALSE(identity.ok());
    EXPECT_EQ(identity.error().code, Code::forbidden);
    EXPECT_NE(identity.error().message.find("chmod 600"), std::string::npos);
}

TEST_F(KeyringTest, TheMissingKeyIsNamedWithWhatToDo) {
    auto identity = keyring.load("bob", network);
    ASSERT_FALSE(identity.ok());
    EXPECT_NE(identity.error().message.find("bsn key new bob"), std::string::npos);
}

TEST_F(KeyringTest, ShowsAnEncryptedKeyWithoutItsPassphrase) {
    PrivateKey key = PrivateKey::generate(SuiteId::secp256k1);
    ASSERT_TRUE(keyring.add("alice", key, "sesame").ok());
    auto info = keyring.info("alice", network);
    ASSERT_TRUE(info.ok()) << info.error().message;
    EXPECT_EQ(info->key, key.public_key());

    ::setenv("BSN_PASSPHRASE", "sesame", 1);
    EXPECT_TRUE(keyring.load("alice", network).ok());
    ::setenv("BSN_PASSPHRASE", "wrong", 1);
    auto wrong = keyring.load("alice", network);
    ASSERT_FALSE(wrong.ok());
    EXPECT_EQ(wrong.error().code, Code::unauthenticated);
    ::unsetenv("BSN_PASSPHRASE");
}

TEST_F(KeyringTest, ThePassphraseMayBeInAFile) {
    testing::write_text(folder / "secret", "sesame\n");
    Keyring with_file{folder / "keys", Passphrase((folder / "secret").string())};
    ASSERT_TRUE(with_file.add("alice", PrivateKey::generate(SuiteId::secp256r1), "sesame").ok());
    EXPECT_TRUE(with_file.load("alice", network).ok());
}

TEST_F(KeyringTest, AParticipantKeepsItsIdWhenTheKeyChanges) {
    PrivateKey first = PrivateKey::generate(SuiteId::secp256r1);
    ledger::ParticipantId participant = ledger::participant_id_of(first.public_key());
    ASSERT_TRUE(keyring.add("alice", first, "").ok());

    auto next = keyring.prepare_next("alice", SuiteId::secp256r1, "");
    ASSERT_TRUE(next.ok()) << next.error().message;
    // A second try goes on with the same key: the network may have taken it already.
    auto same = keyring.prepare_next("alice", SuiteId::secp256r1, "");
    ASSERT_TRUE(same.ok());
    EXPECT_EQ(same->public_key(), next->public_key());
    EXPECT_EQ(keyring.load("alice", network)->key.public_key(), first.public_key());

    ASSERT_TRUE(keyring.adopt_next("alice", network, participant).ok());
    auto identity = keyring.load("alice", network);
    ASSERT_TRUE(identity.ok()) << identity.error().message;
    EXPECT_EQ(identity->key.public_key(), next->public_key());
    EXPECT_EQ(identity->participant, participant);
    EXPECT_FALSE(keyring.has_next("alice"));
    EXPECT_TRUE(fs::exists(folder / "keys/alice.old-1.pem"));
    EXPECT_EQ(keyring.names().value(), std::vector<std::string>{"alice"});

    // On another network this key is somebody's first.
    auto elsewhere = keyring.load("alice", testing::filled<ledger::NetworkId>(9));
    EXPECT_EQ(elsewhere->participant, ledger::participant_id_of(next->public_key()));
}

TEST_F(KeyringTest, NamesAreHarmless) {
    for (const char* bad : {"", ".", "..", "a/b", "a.b", "käthe", "a b"}) {
        EXPECT_FALSE(check_key_name(bad).ok()) << bad;
    }
    EXPECT_FALSE(check_key_name(std::string(64, 'a')).ok());  // reads as a participant id
    EXPECT_TRUE(check_key_name("bench-secp256r1").ok());
}

}  // namespace
}  // namespace bsn::cli
