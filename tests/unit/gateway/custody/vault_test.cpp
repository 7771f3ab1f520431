// Keys at rest: what was changed, moved or belongs to another master key is not used.
#include "base/codec.hpp"
#include "base/files.hpp"
#include "custody_fixture.hpp"
#include "gateway/custody/pkcs11_master_key.hpp"
#include "gateway/custody/wrapped_keys.hpp"
#include "support/needs.hpp"

#include <cstdlib>
#include <fstream>

namespace bsn::testing {
namespace {

using crypto::SuiteId;
using gateway::Vault;
using store::Table;

class VaultTest : public CustodyTest {
  protected:
    std::unique_ptr<Vault> vault(gateway::MasterKey& by) {
        auto opened = Vault::open(*database, by);
        EXPECT_TRUE(opened.ok()) << opened.error().message;
        return opened ? std::move(*opened) : nullptr;
    }
    crypto::PublicKey add(Vault& to, const gateway::CustodyUser& user) {
        auto key = crypto::PrivateKey::generate(SuiteId::secp256r1);
        EXPECT_TRUE(to.add(user, key, 1).ok());
        return key.public_key();
    }
    std::vector<std::pair<Bytes, Bytes>> rows(Table table, std::string_view prefix) {
        std::vector<std::pair<Bytes, Bytes>> all;
        EXPECT_TRUE(database
                        ->scan(table, as_bytes(prefix), {},
                               [&](ByteView key, ByteView value) {
                                   all.emplace_back(to_bytes(key), to_bytes(value));
                                   return true;
                               })
                        .ok());
        return all;
    }
    void put(Table table, const Bytes& key, const Bytes& value) {
        auto changes = database->batch();
        changes->put(table, key, value);
        ASSERT_TRUE(database->write(*changes).ok());
    }
};

TEST_F(VaultTest, AnotherMasterKeyOpensNothing) {
    add(*vault(*master), user_named("alice"));
    auto other = new_master_key();
    auto opened = Vault::open(*database, *other);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, Code::unauthenticated);
}

TEST_F(VaultTest, EveryChangedByteIsNoticed) {
    auto opened = vault(*master);
    const auto user = user_named("alice");
    add(*opened, user);
    auto row = rows(Table::state, "key/").at(0);
    for (std::size_t i = 0; i < row.second.size(); ++i) {
        Bytes changed = row.second;
        changed[i] ^= 1U;
        put(Table::state, row.first, changed);
        auto key = opened->key_of(user);
        ASSERT_FALSE(key.ok()) << i;
        EXPECT_EQ(key.error().code, Code::corrupted) << i;
    }
    put(Table::state, row.first, row.second);
    EXPECT_TRUE(opened->key_of(user).ok());
    row.second.pop_back();
    put(Table::state, row.first, row.second);
    EXPECT_EQ(opened->key_of(user).error().code, Code::corrupted);
}

TEST_F(VaultTest, RecordsCannotBeSwapped) {
    auto opened = vault(*master);
    const auto alice = user_named("alice");
    const auto bob = user_named("bob", "another owner");
    add(*opened, alice);
    add(*opened, bob);
    auto both = rows(Table::state, "key/");
    put(Table::state, both[0].first, both[1].second);
    put(Table::state, both[1].first, both[0].second);
    EXPECT_EQ(opened->key_of(alice).error().code, Code::corrupted);
    EXPECT_EQ(opened->key_of(bob).error().code, Code::corrupted);
}

TEST_F(VaultTest, NothingOfAKeyStandsInTheDatabase) {
    auto opened = vault(*master);
    auto key = crypto::PrivateKey::generate(SuiteId::secp256r1);
    ASSERT_TRUE(opened->add(user_named("alice"), key, 1).ok());
    const std::string pem = key.to_pem("");
    const Bytes der = from_base64([&] {
                          std::string text;
                          for (std::size_t at = pem.find('\n') + 1; at < pem.rfind("-----END");) {
                              std::size_t end = pem.find('\n', at);
                              text += pem.substr(at, end - at);
                              at = end + 1;
                          }
                          return text;
                      }())
                          .value();
    // The scalar stands behind its tag and length, 04 20, in PKCS#8.
    const Bytes tag{0x04, 0x20};
    auto at = std::search(der.begin(), der.end(), tag.begin(), tag.end());
    ASSERT_NE(at, der.end());
    const Bytes scalar(at + 2, at + 34);
    for (Table table : {Table::state, Table::meta}) {
        for (const auto& [name, value] : rows(table, "")) {
            EXPECT_EQ(std::search(value.begin(), value.end(), scalar.begin(), scalar.end()),
                      value.end());
        }
    }
}

TEST_F(VaultTest, ADataKeyThatIsGoneIsSaid) {
    add(*vault(*master), user_named("alice"));
    auto changes = database->batch();
    changes->erase(Table::meta, rows(Table::meta, "master/").at(0).first);
    ASSERT_TRUE(database->write(*changes).ok());
    EXPECT_EQ(Vault::open(*database, *master).error().code, Code::corrupted);
}

TEST_F(VaultTest, RotationRewrapsOneKeyOnly) {
    auto key = add(*vault(*master), user_named("alice"));
    const auto before = rows(Table::state, "key/");
    auto next = new_master_key("the next");
    ASSERT_TRUE(gateway::begin_rotation(*database, *master, *next).ok());
    EXPECT_EQ(vault(*next)->key_of(user_named("alice"))->public_key(), key);
    EXPECT_EQ(rows(Table::state, "key/"), before);
    EXPECT_EQ(Vault::open(*database, *master).error().code, Code::unauthenticated);
    EXPECT_EQ(rows(Table::meta, "master/").size(), 1U);
}

TEST_F(VaultTest, ARotationKilledHalfWayOpensWithEitherAndGoesOn) {
    auto key = add(*vault(*master), user_named("alice"));
    auto next = new_master_key("the next");
    ASSERT_TRUE(gateway::begin_rotation(*database, *master, *next).ok());
    // Killed before the node got the next master key: it goes on with the present one.
    auto still = vault(*master);
    EXPECT_TRUE(still->rotating());
    EXPECT_EQ(still->key_of(user_named("alice"))->public_key(), key);
    // The same command again.
    ASSERT_TRUE(gateway::begin_rotation(*database, *master, *next).ok());
    EXPECT_EQ(rows(Table::meta, "master/").size(), 2U);
    auto done = vault(*next);
    EXPECT_FALSE(done->rotating());
    EXPECT_EQ(done->key_of(user_named("alice"))->public_key(), key);
}

TEST_F(VaultTest, ARotationWhoseNextKeyWasLostBeginsAnew) {
    auto key = add(*vault(*master), user_named("alice"));
    auto lost = new_master_key("lost");
    ASSERT_TRUE(gateway::begin_rotation(*database, *master, *lost).ok());
    auto next = new_master_key("the next");
    ASSERT_TRUE(gateway::begin_rotation(*database, *master, *next).ok());
    EXPECT_EQ(vault(*next)->key_of(user_named("alice"))->public_key(), key);
    EXPECT_EQ(rows(Table::meta, "master/").size(), 1U);
}

TEST_F(VaultTest, AWrongPresentMasterKeyRotatesNothing) {
    add(*vault(*master), user_named("alice"));
    auto wrong = new_master_key("wrong");
    auto next = new_master_key("the next");
    EXPECT_EQ(gateway::begin_rotation(*database, *wrong, *next).error().code,
              Code::unauthenticated);
    EXPECT_EQ(rows(Table::meta, "master/").size(), 1U);
}

TEST_F(CustodyTest, AChangedAuditRecordBreaksTheChain) {
    open();
    ASSERT_TRUE(custody->find_or_create(user_named("alice"), SuiteId::secp256r1).ok());
    ASSERT_TRUE(custody->find_or_create(user_named("bob"), SuiteId::secp256r1).ok());
    std::vector<Bytes> kept;
    ASSERT_TRUE(log->scan([&](const auto&, ByteView record) {
                       kept.push_back(to_bytes(record));
                       return true;
                   })
                    .ok());
    auto verified = [](const std::vector<Bytes>& records) {
        auto copy = store::make_memory_log();
        for (const Bytes& record : records) EXPECT_TRUE(copy->append(record).ok());
        return gateway::verify_audit(*copy, {});
    };
    EXPECT_EQ(verified(kept).value(), custody->audit_head());
    EXPECT_FALSE(verified({kept[1]}).ok());
    EXPECT_FALSE(verified({kept[1], kept[0]}).ok());
    for (std::size_t i = 0; i < kept[0].size(); ++i) {
        auto changed = kept;
        changed[0][i] ^= 1U;
        EXPECT_FALSE(verified(changed).ok()) << i;
    }
}

TEST(AuditRecord, IsReadAsItWasWritten) {
    gateway::AuditRecord record{7,
                                1'800'000'000'000,
                                gateway::AuditAction::exported,
                                user_named("alice"),
                                {"export", "owner"},
                                crypto::hash(crypto::HashId::sha256, as_bytes("a")),
                                crypto::hash(crypto::HashId::sha256, as_bytes("b"))};
    const Bytes bytes = record.encode();
    EXPECT_EQ(gateway::AuditRecord::decode(bytes).value(), record);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(gateway::AuditRecord::decode(ByteView(bytes).first(size)).ok());
    }
}

class MasterKeyFile : public ::testing::Test {
  protected:
    gateway::MasterKeySettings settings() const { return {.file = folder / "custody.key"}; }
    TemporaryFolder folder;
};

TEST_F(MasterKeyFile, IsForItsOwnerOnly) {
    ASSERT_TRUE(gateway::make_master_key_file(folder / "custody.key").ok());
    EXPECT_EQ(gateway::make_master_key_file(folder / "custody.key").error().code,
              Code::already_exists);
    EXPECT_TRUE(gateway::open_master_key(settings()).ok());
    std::filesystem::permissions(folder / "custody.key", std::filesystem::perms::group_read,
                                 std::filesystem::perm_options::add);
    auto refused = gateway::open_master_key(settings());
    EXPECT_EQ(refused.error().code, Code::forbidden);
    EXPECT_NE(refused.error().message.find("chmod 600"), std::string::npos);
}

TEST_F(MasterKeyFile, HoldsThirtyTwoBytes) {
    for (const char* text : {"", "\n", "00ff", "not hexadecimal at all, nor base64"}) {
        ASSERT_TRUE(write_file_atomically(folder / "custody.key", as_bytes(text), 0600).ok());
        EXPECT_EQ(gateway::open_master_key(settings()).error().code, Code::invalid_argument)
            << text;
    }
    EXPECT_EQ(gateway::open_master_key({.file = folder / "none"}).error().code, Code::not_found);
}

TEST(MasterKeyOfTheEnvironment, IsReadOnceInEitherForm) {
    const auto key = crypto::SecretKey::generate();
    const auto associated = as_bytes("here");
    const Bytes wrapped = crypto::seal(key, crypto::SecretKey::generate(), associated);
    for (const std::string& text : {to_hex(key.view()), to_base64(key.view())}) {
        ::setenv("BSN_TEST_MASTER_KEY", text.c_str(), 1);
        auto opened = gateway::open_master_key({.environment = "BSN_TEST_MASTER_KEY"});
        ASSERT_TRUE(opened.ok()) << opened.error().message;
        EXPECT_EQ(std::getenv("BSN_TEST_MASTER_KEY"), nullptr);
        EXPECT_TRUE((*opened)->unwrap(wrapped, associated).ok());
    }
    EXPECT_EQ(gateway::open_master_key({.environment = "BSN_TEST_MASTER_KEY"}).error().code,
              Code::not_found);
}

/// A token of SoftHSM's, in a folder of its own.
class Token : public VaultTest {
  protected:
    void SetUp() override {
        BSN_NEEDS(std::system("command -v softhsm2-util > /dev/null") == 0,
                  "softhsm2 is not installed (scripts/packages.txt)");
        std::filesystem::create_directory(folder / "tokens");
        std::ofstream(folder / "softhsm2.conf")
            << "directories.tokendir = " << (folder / "tokens").string() << "\n";
        ::setenv("SOFTHSM2_CONF", (folder / "softhsm2.conf").c_str(), 1);
        ASSERT_EQ(std::system("softhsm2-util --init-token --free --label bsn --so-pin 5678 "
                              "--pin 1234 > /dev/null"),
                  0);
        ASSERT_TRUE(write_file_atomically(folder / "pin", as_bytes("1234\n"), 0600).ok());
    }
    gateway::Pkcs11Settings settings(std::string key = "custody") {
        return {"/usr/lib/softhsm/libsofthsm2.so", "bsn", std::move(key), folder / "pin", ""};
    }
    std::unique_ptr<gateway::MasterKey> key(std::string label) {
        auto opened = gateway::open_master_key({.pkcs11 = settings(std::move(label))});
        EXPECT_TRUE(opened.ok()) << opened.error().message;
        return opened ? std::move(*opened) : nullptr;
    }
    TemporaryFolder folder;
};

TEST_F(Token, KeepsTheMasterKey) {
    EXPECT_EQ(gateway::open_master_key({.pkcs11 = settings()}).error().code, Code::not_found);
    ASSERT_TRUE(gateway::make_pkcs11_master_key(settings()).ok());
    EXPECT_EQ(gateway::make_pkcs11_master_key(settings()).error().code, Code::already_exists);
    auto user = user_named("alice");
    crypto::PublicKey made;
    {
        auto in_token = key("custody");
        ASSERT_NE(in_token, nullptr);
        made = add(*vault(*in_token), user);
    }
    auto again = key("custody");
    EXPECT_EQ(vault(*again)->key_of(user)->public_key(), made);
    EXPECT_EQ(Vault::open(*database, *master).error().code, Code::unauthenticated);
    Bytes wrapped = again->wrap(crypto::SecretKey::generate(), as_bytes("a")).value();
    EXPECT_TRUE(again->unwrap(wrapped, as_bytes("a")).ok());
    EXPECT_EQ(again->unwrap(wrapped, as_bytes("b")).error().code, Code::unauthenticated);
    wrapped.back() ^= 1U;
    EXPECT_EQ(again->unwrap(wrapped, as_bytes("a")).error().code, Code::unauthenticated);
}

TEST_F(Token, TakesOverFromAFileAndRotates) {
    auto made = add(*vault(*master), user_named("alice"));
    ASSERT_TRUE(gateway::make_pkcs11_master_key(settings("first")).ok());
    ASSERT_TRUE(gateway::make_pkcs11_master_key(settings("second")).ok());
    auto first = key("first");
    ASSERT_TRUE(gateway::begin_rotation(*database, *master, *first).ok());
    EXPECT_NE(vault(*first), nullptr);
    auto second = key("second");
    ASSERT_TRUE(gateway::begin_rotation(*database, *first, *second).ok());
    EXPECT_EQ(vault(*second)->key_of(user_named("alice"))->public_key(), made);
    EXPECT_EQ(Vault::open(*database, *first).error().code, Code::unauthenticated);
}

TEST_F(Token, SaysWhatIsWrong) {
    auto wrong = settings();
    wrong.token = "another";
    EXPECT_EQ(gateway::open_master_key({.pkcs11 = wrong}).error().code, Code::not_found);
    wrong = settings();
    wrong.module = folder / "none.so";
    EXPECT_EQ(gateway::open_master_key({.pkcs11 = wrong}).error().code, Code::not_found);
    ASSERT_TRUE(write_file_atomically(folder / "pin", as_bytes("4321\n"), 0600).ok());
    EXPECT_EQ(gateway::open_master_key({.pkcs11 = settings()}).error().code, Code::unauthenticated);
}

TEST_F(CustodyTest, ATornDatabaseIsRefusedAndAWholeOneKept) {
    TemporaryFolder folder;
    database = store::open_rocksdb(folder / "keys").value();
    log = store::open_append_log(folder / "audit").value();
    open();
    auto key = custody->find_or_create(user_named("alice"), SuiteId::secp256r1);
    ASSERT_TRUE(key.ok());
    custody.reset();
    database.reset();
    log.reset();
    TemporaryFolder copy;
    std::filesystem::copy(folder / "keys", copy / "keys", std::filesystem::copy_options::recursive);
    for (const auto& file : std::filesystem::directory_iterator(copy / "keys")) {
        if (file.path().extension() == ".log" && file.file_size() > 8) {
            std::filesystem::resize_file(file.path(), file.file_size() - 8);
        }
    }
    // What was told is on disk: a missing end is noticed, not taken for a torn one.
    auto torn = store::open_rocksdb(copy / "keys");
    ASSERT_FALSE(torn.ok());
    EXPECT_EQ(torn.error().code, Code::corrupted);
    database = store::open_rocksdb(folder / "keys").value();
    log = store::open_append_log(folder / "audit").value();
    open();
    EXPECT_EQ(custody->find(user_named("alice")).value(), *key);
}

}  // namespace
}  // namespace bsn::testing
