// Custody of users' keys: made, used, exported, destroyed; each use on record.
#include "custody_fixture.hpp"

#include <thread>

namespace bsn::testing {
namespace {

using crypto::SuiteId;
using gateway::AuditAction;

const gateway::CustodyUse k_use{"transaction", "owner by http"};

TEST_F(CustodyTest, AKeyIsMadeOnceAndSigns) {
    open();
    const auto user = user_named("till 1");
    EXPECT_EQ(custody->find(user).error().code, Code::not_found);
    EXPECT_EQ(custody->signer(user, k_use).error().code, Code::not_found);
    for (SuiteId suite : {SuiteId::secp256r1, SuiteId::secp256k1, SuiteId::sm2}) {
        const auto own = user_named(std::string(crypto::suite_name(suite)));
        auto key = custody->find_or_create(own, suite);
        ASSERT_TRUE(key.ok());
        EXPECT_EQ(custody->find_or_create(own, suite).value(), *key);
        auto signer = custody->signer(own, k_use);
        ASSERT_TRUE(signer.ok());
        EXPECT_EQ((*signer)->public_key(), *key);
        EXPECT_EQ((*signer)->participant(), to_bytes(ledger::participant_id_of(*key).view()));
        const Bytes message = to_bytes("pay 5");
        EXPECT_TRUE(crypto::verify(*key, message, (*signer)->sign(message)).ok());
    }
    auto other = custody->find_or_create(user_named("sm2"), SuiteId::secp256k1);
    EXPECT_EQ(other.error().code, Code::wrong_suite);
}

TEST_F(CustodyTest, KeysOutliveTheProcess) {
    open();
    const auto user = user_named("alice");
    auto key = custody->find_or_create(user, SuiteId::secp256r1);
    ASSERT_TRUE(key.ok());
    open();
    EXPECT_EQ(custody->find(user).value(), *key);
    const Bytes message = to_bytes("again");
    auto signer = custody->signer(user, k_use);
    EXPECT_TRUE(crypto::verify(*key, message, (*signer)->sign(message)).ok());
}

TEST_F(CustodyTest, UsersOfOthersAreOthers) {
    open();
    auto mine = custody->find_or_create(user_named("alice", "me"), SuiteId::secp256r1);
    auto yours = custody->find_or_create(user_named("alice", "you"), SuiteId::secp256r1);
    auto elsewhere =
        custody->find_or_create(user_named("alice", "me", "other app"), SuiteId::secp256r1);
    EXPECT_NE(*mine, *yours);
    EXPECT_NE(*mine, *elsewhere);
}

TEST_F(CustodyTest, EveryUseIsOnRecord) {
    open();
    const auto user = user_named("alice");
    auto key = custody->find_or_create(user, SuiteId::secp256k1);
    const Bytes message = to_bytes("pay 5");
    (void)(*custody->signer(user, k_use))->sign(message);
    ASSERT_TRUE(recorded().ok());
    ASSERT_TRUE(custody->destroy(user, {"migration", "owner"}).ok());
    auto all = records();
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].action, AuditAction::created);
    EXPECT_EQ(all[1].action, AuditAction::signed_with);
    EXPECT_EQ(all[1].user, user);
    EXPECT_EQ(all[1].use.purpose, "transaction");
    EXPECT_EQ(all[1].use.requested_by, "owner by http");
    EXPECT_EQ(all[1].time, clock.now());
    EXPECT_EQ(all[1].digest, crypto::hash(crypto::HashId::keccak256, message));
    EXPECT_EQ(all[2].action, AuditAction::destroyed);
    open();
    EXPECT_EQ(custody->audit_head().number, 3U);
}

TEST_F(CustodyTest, NoRecordNoSignature) {
    class FullLog final : public store::AppendLog {
      public:
        Result<store::LogPosition> append(ByteView) override {
            return Error{Code::no_space, "the disk is full"};
        }
        Status sync() override { return {}; }
        Result<Bytes> read(const store::LogPosition&) const override { return Bytes{}; }
        Status scan_from(const store::LogPosition&, const Visit&) const override { return {}; }
    };
    open();
    const auto user = user_named("alice");
    auto key = custody->find_or_create(user, SuiteId::secp256r1);
    ASSERT_TRUE(key.ok());
    custody.reset();
    log = std::make_unique<FullLog>();
    // As if the log were new: what matters is that it takes nothing.
    open();
    auto signer = custody->signer(user, k_use);
    ASSERT_TRUE(signer.ok());
    const crypto::Signature none = (*signer)->sign(to_bytes("pay 5"));
    EXPECT_TRUE(none.is_zero());
    EXPECT_FALSE(crypto::verify(*key, to_bytes("pay 5"), none).ok());
    EXPECT_EQ(recorded().error().code, Code::no_space);
    EXPECT_EQ(custody->find_or_create(user_named("bob"), SuiteId::secp256r1).error().code,
              Code::no_space);
    EXPECT_EQ(custody->destroy(user, k_use).error().code, Code::no_space);
    EXPECT_TRUE(custody->find(user).ok());
}

TEST_F(CustodyTest, ADestroyedKeyIsGone) {
    open();
    const auto user = user_named("alice");
    auto key = custody->find_or_create(user, SuiteId::secp256r1);
    ASSERT_TRUE(custody->signer(user, k_use).ok());  // it is in the cache now
    ASSERT_TRUE(custody->destroy(user, {"migration", "owner"}).ok());
    EXPECT_EQ(custody->signer(user, k_use).error().code, Code::not_found);
    EXPECT_TRUE(custody->destroy(user, {"migration", "owner"}).ok());
    EXPECT_NE(custody->find_or_create(user, SuiteId::secp256r1).value(), *key);
}

class Export : public CustodyTest {
  protected:
    void SetUp() override {
        open();
        ASSERT_TRUE(custody->find_or_create(user, SuiteId::secp256r1).ok());
    }
    Result<std::string> confirm(const ledger::Nonce& challenge, const crypto::PrivateKey& by,
                                std::string_view passphrase = "correct horse battery") {
        const Bytes statement = gateway::export_statement(network, user, challenge);
        const crypto::Signature signature = by.sign(statement);
        return custody->export_key(user, challenge, passphrase, "owner", [&] {
            return crypto::verify(owner.public_key(), statement, signature);
        });
    }

    const gateway::CustodyUser user = user_named("alice");
    const ledger::NetworkId network = id_of<ledger::NetworkId>("net");
    const crypto::PrivateKey owner = crypto::PrivateKey::generate(SuiteId::secp256r1);
};

TEST_F(Export, GivesTheKeyUnderThePassphrase) {
    auto challenge = custody->ask_export(user, "owner");
    ASSERT_TRUE(challenge.ok());
    auto pem = confirm(challenge->challenge, owner);
    ASSERT_TRUE(pem.ok()) << pem.error().message;
    EXPECT_EQ(crypto::PrivateKey::from_pem(*pem, "").error().code, Code::unauthenticated);
    auto key = crypto::PrivateKey::from_pem(*pem, "correct horse battery");
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(key->public_key(), custody->find(user).value());
    EXPECT_EQ(records().back().action, AuditAction::exported);
}

TEST_F(Export, AChallengeIsGoodOnceAndForAWhile) {
    auto challenge = custody->ask_export(user, "owner");
    ASSERT_TRUE(confirm(challenge->challenge, owner).ok());
    EXPECT_EQ(confirm(challenge->challenge, owner).error().code, Code::not_found);
    auto late = custody->ask_export(user, "owner");
    clock.pass(gateway::k_challenge_life + 1);
    EXPECT_EQ(confirm(late->challenge, owner).error().code, Code::expired);
    EXPECT_EQ(confirm(ledger::Nonce{}, owner).error().code, Code::not_found);
    EXPECT_EQ(records().back().action, AuditAction::export_refused);
}

TEST_F(Export, AWrongSignatureUsesTheChallengeUp) {
    auto challenge = custody->ask_export(user, "owner");
    const auto thief = crypto::PrivateKey::generate(SuiteId::secp256r1);
    EXPECT_EQ(confirm(challenge->challenge, thief).error().code, Code::bad_signature);
    EXPECT_EQ(confirm(challenge->challenge, owner).error().code, Code::not_found);
}

TEST_F(Export, AnothersChallengeStays) {
    const auto other = user_named("alice", "another owner");
    ASSERT_TRUE(custody->find_or_create(other, SuiteId::secp256r1).ok());
    auto challenge = custody->ask_export(user, "owner");
    auto taken = custody->export_key(other, challenge->challenge, "correct horse battery", "them",
                                     [] { return Status(); });
    EXPECT_EQ(taken.error().code, Code::not_found);
    EXPECT_TRUE(confirm(challenge->challenge, owner).ok());
}

TEST_F(Export, PassphrasesHaveTwelveCharacters) {
    auto challenge = custody->ask_export(user, "owner");
    EXPECT_EQ(confirm(challenge->challenge, owner, "elevenchars").error().code,
              Code::invalid_argument);
    EXPECT_EQ(confirm(challenge->challenge, owner, "\u5317\u4eac\u4e0a\u6d77").error().code,
              Code::invalid_argument);
    EXPECT_TRUE(confirm(challenge->challenge, owner, "twelve chars").ok());
}

TEST_F(Export, OpenChallengesAreBounded) {
    for (std::size_t i = 0; i < gateway::Challenges::k_most_of_user; ++i) {
        EXPECT_TRUE(custody->ask_export(user, "owner").ok());
    }
    EXPECT_EQ(custody->ask_export(user, "owner").error().code, Code::overloaded);
    clock.pass(gateway::k_challenge_life + 1);
    EXPECT_TRUE(custody->ask_export(user, "owner").ok());
}

TEST_F(CustodyTest, ManyThreadsSignAndTheChainHolds) {
    open();
    const auto user = user_named("alice");
    auto key = custody->find_or_create(user, SuiteId::secp256r1);
    constexpr int k_each = 200;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < k_each; ++i) {
                const Bytes message = to_bytes(std::to_string(t) + "/" + std::to_string(i));
                auto signer = custody->signer(user, k_use);
                EXPECT_TRUE(crypto::verify(*key, message, (*signer)->sign(message)).ok());
            }
        });
    }
    for (auto& thread : threads) thread.join();
    ASSERT_TRUE(recorded().ok());
    EXPECT_EQ(records().size(), 1U + 4U * k_each);
}

}  // namespace
}  // namespace bsn::testing
