#pragma once
// Custody over stores of one test.

#include "gateway/custody/custody.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <future>

namespace bsn::testing {

/// A clock that stands still until it is moved.
class StoppedClock final : public Clock {
  public:
    UnixMillis now() const override { return now_; }
    std::uint64_t monotonic() const override { return now_; }
    void pass(std::uint64_t milliseconds) { now_ += milliseconds; }

  private:
    UnixMillis now_ = 1'800'000'000'000;
};

inline std::unique_ptr<gateway::MasterKey> new_master_key(std::string place = "a test") {
    return gateway::make_master_key(crypto::SecretKey::generate(), std::move(place));
}

template <typename Id>
Id id_of(std::string_view text) {
    return Id::from(crypto::hash(crypto::HashId::sha256, as_bytes(text))).value();
}

inline gateway::CustodyUser user_named(std::string name, std::string_view owner = "owner",
                                       std::string_view app = "app") {
    return {id_of<ledger::ChannelId>(app), id_of<ledger::ParticipantId>(owner), std::move(name)};
}

class CustodyTest : public ::testing::Test {
  protected:
    void open() {
        custody.reset();
        auto opened = gateway::Custody::open({*database, *log}, *master, clock, metrics);
        ASSERT_TRUE(opened.ok()) << opened.error().message;
        custody = std::move(*opened);
    }
    Status recorded() {
        std::promise<Status> synced;
        auto waited = synced.get_future();
        custody->when_recorded([&](Status status) { synced.set_value(std::move(status)); });
        return waited.get();
    }
    std::vector<gateway::AuditRecord> records() {
        std::vector<gateway::AuditRecord> all;
        auto head = gateway::verify_audit(*log, [&](const auto& one) { all.push_back(one); });
        EXPECT_TRUE(head.ok()) << head.error().message;
        return all;
    }

    StoppedClock clock;
    MetricsRegistry metrics;
    std::unique_ptr<store::Database> database = store::make_memory_database();
    std::unique_ptr<store::AppendLog> log = store::make_memory_log();
    std::unique_ptr<gateway::MasterKey> master = new_master_key();
    std::unique_ptr<gateway::Custody> custody;
};

}  // namespace bsn::testing
