// Nonces of signed requests that outlive the process.
#include "gateway/authentication.hpp"
#include "gateway_fixture.hpp"
#include "support/temporary_folder.hpp"

namespace bsn::testing {
namespace {

using gateway::MachineStart;
using gateway::NonceMemory;

constexpr UnixMillis k_now = FakeBackend::k_now;
const MachineStart k_machine{"first start", k_now - 1'000'000};

ledger::ParticipantId somebody() { return *ledger::ParticipantId::from(Bytes(32, 1)); }
ledger::Nonce nonce(std::uint32_t number) {
    ledger::Nonce one;
    one.data()[0] = static_cast<std::uint8_t>(number);
    one.data()[1] = static_cast<std::uint8_t>(number >> 8U);
    return one;
}

class NonceJournal : public ::testing::Test {
  protected:
    /// The memory of a process that begins then.
    std::unique_ptr<NonceMemory> begun(UnixMillis now, const MachineStart& machine = k_machine) {
        auto memory = std::make_unique<NonceMemory>(10'000);
        Status kept = memory->keep_in(folder.path() / "requests", machine, now);
        EXPECT_TRUE(kept.ok()) << kept.error().message;
        return memory;
    }
    static bool uses(NonceMemory& memory, std::uint32_t number, UnixMillis expires,
                     UnixMillis now) {
        return memory.use(somebody(), nonce(number), expires, now).ok();
    }
    std::uintmax_t size() const {
        std::uintmax_t all = 0;
        for (const auto& file : std::filesystem::directory_iterator(folder.path() / "requests")) {
            all += file.file_size();
        }
        return all;
    }

    TemporaryFolder folder;
};

TEST_F(NonceJournal, WhatWasUsedStaysUsedAfterAnotherStart) {
    auto memory = begun(k_now);
    EXPECT_TRUE(uses(*memory, 1, k_now + 60'000, k_now));
    EXPECT_TRUE(uses(*memory, 2, k_now + 5'000, k_now));
    memory = begun(k_now + 1'000);  // the other had no time to say goodbye
    EXPECT_FALSE(uses(*memory, 1, k_now + 60'000, k_now + 1'000));
    EXPECT_FALSE(uses(*memory, 2, k_now + 5'000, k_now + 1'000));
    EXPECT_TRUE(uses(*memory, 3, k_now + 60'000, k_now + 1'000));
    memory = begun(k_now + 10'000);
    EXPECT_EQ(memory->size(), 2U) << "what has expired is forgotten";
    EXPECT_FALSE(uses(*memory, 1, k_now + 60'000, k_now + 10'000));
    EXPECT_FALSE(uses(*memory, 3, k_now + 60'000, k_now + 10'000));
}

TEST_F(NonceJournal, AfterTheMachinesStartNothingCountsThatMayHaveBeenLost) {
    uses(*begun(k_now), 1, k_now + 100'000, k_now);
    const MachineStart again{"second start", k_now + 30'000};
    const UnixMillis now = k_now + 40'000;
    auto memory = begun(now, again);
    const Status status = memory->use(somebody(), nonce(9), now + 60'000, now);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::unauthenticated);
    EXPECT_NE(status.error().message.find("expires after"), std::string::npos)
        << status.error().message;
    EXPECT_TRUE(uses(*memory, 9, again.time + 120'001, now));
    // A process that ends after that leaves nothing unknown.
    memory = begun(now + 1, again);
    EXPECT_TRUE(uses(*memory, 10, now + 60'000, now + 1));
    EXPECT_FALSE(uses(*memory, 9, again.time + 120'001, now + 1));
}

TEST_F(NonceJournal, ATornRecordIsNoneAndFilesStaySmall) {
    auto memory = begun(k_now);
    for (std::uint32_t i = 0; i < 1000; ++i) uses(*memory, i, k_now + 1'000, k_now);
    const std::uintmax_t one_turn = size();
    UnixMillis now = k_now;
    for (std::uint32_t turn = 1; turn < 6; ++turn) {
        now += 241'000;
        for (std::uint32_t i = 0; i < 1000; ++i) uses(*memory, i, now + 1'000, now);
    }
    EXPECT_LE(size(), 2 * one_turn + 200);
    memory.reset();
    for (const char* name : {"nonces-0", "nonces-1"}) {
        const auto file = folder.path() / "requests" / name;
        std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
    }
    memory = begun(now);
    EXPECT_EQ(memory->size(), 999U);
}

TEST_F(NonceJournal, ADamagedFileIsNamed) {
    auto memory = begun(k_now);
    for (std::uint32_t i = 0; i < 3; ++i) uses(*memory, i, k_now + 100'000, k_now);
    memory.reset();
    const auto file = folder.path() / "requests" / "nonces-1";
    Bytes bytes = *read_file(file, 10'000);
    for (const std::size_t at : {std::size_t{0}, bytes.size() - 1, bytes.size() - 100}) {
        bytes[at] ^= 1U;
        ASSERT_TRUE(write_file_atomically(file, bytes, 0600).ok());
        bytes[at] ^= 1U;
        NonceMemory damaged(10'000);
        const Status kept = damaged.keep_in(folder.path() / "requests", k_machine, k_now);
        ASSERT_FALSE(kept.ok()) << at;
        EXPECT_EQ(kept.error().code, Code::corrupted);
        EXPECT_NE(kept.error().message.find(file.string()), std::string::npos);
        // It is as nothing where nobody knows what a fallen machine has lost.
        NonceMemory after(10'000);
        EXPECT_TRUE(after.keep_in(folder.path() / "requests", {"next", k_now}, k_now).ok());
        EXPECT_FALSE(uses(after, 0, k_now + 100'000, k_now));
        ASSERT_TRUE(write_file_atomically(folder.path() / "requests" / "nonces-0", {}, 0600).ok());
    }
}

TEST_F(NonceJournal, AServerThatIsStartedAnewKnowsThem) {
    ThreadPool pool(2);
    FakeBackend backend(pool);
    const Person member;
    backend.add_participant(member.record(), true);
    const api::RequestToSign request{
        backend.network(), FakeBackend::channel_of("kv"), "GET", "/v1/apps/kv/height", {}};
    const Headers headers{{"Authorization", api::sign_request(request, member.id, member.key,
                                                              backend.now() + 60'000, nonce(1))}};
    gateway::HttpServerOptions options;
    options.nonces = folder.path() / "requests";
    for (int status : {200, 401, 401}) {
        gateway::HttpServer server(options, backend, pool);
        ASSERT_TRUE(server.start().ok());
        EXPECT_EQ(TestClient(server.port()).get(request.target, headers).status, status);
        server.stop();
    }
    pool.stop();
}

}  // namespace
}  // namespace bsn::testing
