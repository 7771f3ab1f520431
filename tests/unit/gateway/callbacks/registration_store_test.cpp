// Registrations on disk.
#include "gateway/callbacks/registration_store.hpp"

#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

namespace bsn::testing {
namespace {

using gateway::EventPlace;
using gateway::KeptRegistration;
using gateway::RegistrationStore;
using store::Table;

KeptRegistration sample(std::string id) {
    KeptRegistration kept;
    kept.registration.id = std::move(id);
    kept.registration.channel.data()[0] = 7;
    kept.registration.user.data()[3] = 9;
    kept.registration.blocks = true;
    kept.registration.contract = "kv";
    kept.registration.address = "0x1004";
    kept.registration.event_key = "set.*";
    kept.registration.notify_url = "https://a.example/told";
    kept.registration.attach_args = "a=\xc3\xa4";
    kept.registration.created = 1'800'000'000'123;
    kept.next = {3, 2, 1};
    return kept;
}

void expect_equal(const KeptRegistration& left, const KeptRegistration& right) {
    const auto& a = left.registration;
    const auto& b = right.registration;
    EXPECT_EQ(std::tie(a.id, a.channel, a.user, a.blocks, a.contract, a.address, a.event_key,
                       a.notify_url, a.attach_args, a.created),
              std::tie(b.id, b.channel, b.user, b.blocks, b.contract, b.address, b.event_key,
                       b.notify_url, b.attach_args, b.created));
    EXPECT_EQ(left.next, right.next);
}

std::vector<KeptRegistration> load(store::Database& database) {
    auto all = RegistrationStore(database).load();
    EXPECT_TRUE(all.ok()) << all.error().message;
    return all ? *all : std::vector<KeptRegistration>{};
}

TEST(RegistrationStore, KeepsAllOverARestart) {
    TemporaryFolder folder;
    {
        auto opened = store::open_rocksdb(folder.path());
        ASSERT_TRUE(opened.ok());
        const auto database = std::move(*opened);
        RegistrationStore store(*database);
        EXPECT_TRUE(store.load()->empty());
        ASSERT_TRUE(store.add(sample("aa")).ok());
        ASSERT_TRUE(store.add(sample("bb")).ok());
        ASSERT_TRUE(store.add(sample("cc")).ok());
        ASSERT_TRUE(store.advance("bb", {9, 8, 7}).ok());
        ASSERT_TRUE(store.remove("aa").ok());
    }
    auto opened = store::open_rocksdb(folder.path());
    ASSERT_TRUE(opened.ok());
    const auto database = std::move(*opened);
    auto all = load(*database);
    ASSERT_EQ(all.size(), 2U);
    KeptRegistration moved = sample("bb");
    moved.next = {9, 8, 7};
    expect_equal(all[0], moved);
    expect_equal(all[1], sample("cc"));
}

TEST(RegistrationStore, TellsWhichOneIsDamaged) {
    for (const char* key : {"callback/registration/bb", "callback/place/bb"}) {
        auto database = store::make_memory_database();
        RegistrationStore store(*database);
        ASSERT_TRUE(store.add(sample("aa")).ok());
        ASSERT_TRUE(store.add(sample("bb")).ok());
        auto change = [&](const std::function<void(Bytes&)>& how) {
            Bytes value = **database->get(Table::meta, as_bytes(key));
            how(value);
            auto batch = database->batch();
            batch->put(Table::meta, as_bytes(key), value);
            ASSERT_TRUE(database->write(*batch).ok());
            auto all = store.load();
            ASSERT_FALSE(all.ok()) << key;
            EXPECT_EQ(all.error().code, Code::corrupted);
            EXPECT_NE(all.error().message.find("registration bb"), std::string::npos);
        };
        change([](Bytes& value) { value.pop_back(); });
        change([](Bytes& value) { value.resize(value.size() + 5); });
    }
}

TEST(RegistrationStore, RefusesANewerVersionAsSuch) {
    auto database = store::make_memory_database();
    RegistrationStore store(*database);
    ASSERT_TRUE(store.add(sample("aa")).ok());
    auto batch = database->batch();
    batch->put(Table::meta, as_bytes("callback/registration/aa"), Bytes(200, 2));
    ASSERT_TRUE(database->write(*batch).ok());
    EXPECT_EQ(store.load().error().code, Code::unsupported_version);
}

}  // namespace
}  // namespace bsn::testing
