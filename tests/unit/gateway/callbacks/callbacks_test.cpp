// The service that tells members of apps of events.
#include "gateway/callbacks/callbacks.hpp"

#include "../fake_user_keys.hpp"
#include "../gateway_fixture.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <future>

namespace bsn::testing {
namespace {

using gateway::CallbackGuard;
using gateway::Callbacks;
using gateway::published::EventRegistration;
using nlohmann::json;

/// Time that a test moves on.
class HandClock final : public Clock {
  public:
    UnixMillis now() const override { return 1'800'000'000'000 + monotonic(); }
    std::uint64_t monotonic() const override { return time_; }
    void move(std::uint64_t millis) { time_ += millis; }

  private:
    std::atomic<std::uint64_t> time_{1'000'000};
};

/// Receivers by their URLs: what they were told, and what they answer.
class Receivers {
  public:
    Status take(const std::string& url, std::string_view text) {
        std::unique_lock lock(mutex_);
        told_[url].push_back(json::parse(text)["body"]);
        free_.wait(lock, [&] { return !stuck_.contains(url); });
        if (down_.contains(url)) return Error{Code::unavailable, "down"};
        return {};
    }
    void set_down(const std::string& url, bool down) {
        std::lock_guard lock(mutex_);
        if (down) {
            down_.insert(url);
        } else {
            down_.erase(url);
        }
    }
    void set_stuck(const std::string& url, bool stuck) {
        std::lock_guard lock(mutex_);
        if (stuck) {
            stuck_.insert(url);
        } else {
            stuck_.erase(url);
        }
        free_.notify_all();
    }
    std::vector<json> told(const std::string& url) {
        std::lock_guard lock(mutex_);
        return told_[url];
    }
    /// The heights that a receiver was told of, in order.
    std::vector<int> heights(const std::string& url) {
        std::vector<int> all;
        for (const json& body : told(url)) all.push_back(body["blockNumber"]);
        return all;
    }

  private:
    std::mutex mutex_;
    std::condition_variable free_;
    std::map<std::string, std::vector<json>> told_;
    std::set<std::string> down_;
    std::set<std::string> stuck_;
};

class CallbacksTest : public GatewayTest {
  protected:
    void SetUp() override {
        GatewayTest::SetUp();
        backend.set_identity(&identity);
        backend.change_app("kv", [](registry::App& app) { app.record.gateway.published = true; });
        start();
    }
    void TearDown() override {
        callbacks.reset();
        GatewayTest::TearDown();
    }
    void start() {
        callbacks = std::make_unique<Callbacks>(
            backend, clock, guard, [this](const std::string& url, std::string_view text) {
                return receivers.take(url, text);
            });
        Status opened = callbacks->open(*database);
        ASSERT_TRUE(opened.ok()) << opened.error().message;
    }
    EventRegistration wanted(const std::string& id, const std::string& url) {
        EventRegistration one;
        one.id = id;
        one.channel = FakeBackend::channel_of("kv");
        one.user = member.id;
        one.contract = "kv";
        one.event_key = "^paid$";
        one.notify_url = url;
        one.created = next_created_++;
        return one;
    }
    Status add(const EventRegistration& registration) {
        std::promise<Status> done;
        callbacks->add(registration, [&](const Status& status) { done.set_value(status); });
        return done.get_future().get();
    }
    /// Ticks until a condition holds; the clock stands still.
    template <typename Condition>
    bool soon(Condition condition) {
        return eventually([&] {
            callbacks->tick();
            return condition();
        });
    }
    /// Ticks so often that everything would have happened.
    void settle() {
        for (int i = 0; i < 20; ++i) {
            callbacks->tick();
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }
    double metric(const std::string& name) {
        const std::string text = backend.metrics().render();
        const std::size_t at = text.find("\n" + name + " ");
        return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size() + 2));
    }

    static constexpr const char* k_one = "http://127.0.0.1:1/one";
    static constexpr const char* k_two = "http://127.0.0.1:1/two";
    HandClock clock;
    CallbackGuard guard{{.allow = {*net::IpNetwork::parse("127.0.0.0/8")}}};
    ordering::NodeIdentity identity = make_identity();
    std::unique_ptr<store::Database> database = store::make_memory_database();
    Receivers receivers;
    std::unique_ptr<Callbacks> callbacks;
    UnixMillis next_created_ = 1;
};

TEST_F(CallbacksTest, TellsOfWhatComesAfterTheRegistration) {
    backend.kv().add_block({"emit paid before"});
    ASSERT_TRUE(add(wanted("aa", k_one)).ok());
    backend.kv().add_block({"emit paid 1", "emit other 2", "emit paid 3"});
    backend.kv().add_block({"nothing"});
    backend.kv().add_block({"emit paid 4"});
    EXPECT_TRUE(soon([&] { return receivers.told(k_one).size() == 3; }));
    settle();
    EXPECT_EQ(receivers.heights(k_one), (std::vector<int>{2, 2, 4}));
    const json first = receivers.told(k_one)[0];
    EXPECT_EQ(first["eventName"], "paid");
    EXPECT_EQ(first["eventId"], "aa");
    EXPECT_EQ(first["payload"], to_base64(as_bytes("emit paid 1")));
    EXPECT_EQ(first["orgCode"], to_hex(identity.id()));
    EXPECT_EQ(metric("bsn_callbacks_told_total"), 3);
    EXPECT_EQ(metric("bsn_callbacks_failed_total"), 0);
    EXPECT_EQ(metric("bsn_callback_registrations"), 1);
    EXPECT_EQ(metric("bsn_callback_lag_blocks"), 0);
}

TEST_F(CallbacksTest, TellsOfBlocks) {
    EventRegistration blocks = wanted("bb", k_two);
    blocks.blocks = true;
    ASSERT_TRUE(add(blocks).ok());
    backend.kv().add_block({"x"});
    backend.kv().add_block({"y"});
    EXPECT_TRUE(soon([&] { return receivers.told(k_two).size() == 2; }));
    EXPECT_EQ(receivers.heights(k_two), (std::vector<int>{1, 2}));
    EXPECT_EQ(receivers.told(k_two)[1]["previousHash"], to_hex(backend.kv().block(2)->previous));
}

TEST_F(CallbacksTest, TellsAgainWithTheSameNonceThenGivesUp) {
    ASSERT_TRUE(add(wanted("aa", k_one)).ok());
    receivers.set_down(k_one, true);
    backend.kv().add_block({"emit paid 1"});
    std::size_t attempts = 0;
    for (std::uint64_t wait : {0, 3'000, 9'000, 15'000, 21'000}) {
        clock.move(wait);
        ++attempts;
        EXPECT_TRUE(soon([&] { return metric("bsn_callbacks_failed_total") == double(attempts); }));
        settle();
        EXPECT_EQ(receivers.told(k_one).size(), attempts) << "once at each time";
    }
    EXPECT_EQ(metric("bsn_callbacks_given_up_total"), 1);
    EXPECT_EQ(metric("bsn_callbacks_retried_total"), 4);
    receivers.set_down(k_one, false);
    backend.kv().add_block({"emit paid 2"});
    EXPECT_TRUE(soon([&] { return receivers.told(k_one).size() == 6; }));
    const auto told = receivers.told(k_one);
    for (std::size_t i = 1; i < 5; ++i) EXPECT_EQ(told[i], told[0]);
    EXPECT_NE(told[5]["nonceStr"], told[0]["nonceStr"]);
    EXPECT_EQ(told[5]["blockNumber"], 2);
}

TEST_F(CallbacksTest, ASlowReceiverHoldsUpNobody) {
    // More than there are threads.
    std::vector<std::string> stuck;
    for (std::size_t i = 0; i < Callbacks::k_most_of_user - 1; ++i) {
        stuck.push_back(fmt::format("http://127.0.0.1:1/stuck{}", i));
        ASSERT_TRUE(add(wanted(fmt::format("s{:02}", i), stuck.back())).ok());
        receivers.set_down(stuck.back(), true);
    }
    ASSERT_TRUE(add(wanted("zz", k_one)).ok());
    // All fail once, and are slow from here on.
    backend.kv().add_block({"emit paid 1"});
    EXPECT_TRUE(soon([&] { return metric("bsn_callbacks_failed_total") == 15; }));
    for (const std::string& url : stuck) receivers.set_stuck(url, true);
    clock.move(3'000);
    settle();
    for (int i = 2; i < 12; ++i) {
        backend.kv().add_block({fmt::format("emit paid {}", i)});
        EXPECT_TRUE(soon([&] { return receivers.told(k_one).size() == std::size_t(i); })) << i;
    }
    for (const std::string& url : stuck) receivers.set_stuck(url, false);
}

TEST_F(CallbacksTest, GoesOnAfterARestart) {
    ASSERT_TRUE(add(wanted("aa", k_one)).ok());
    backend.kv().add_block({"emit paid 1"});
    EXPECT_TRUE(soon([&] { return metric("bsn_callbacks_told_total") == 1; }));
    receivers.set_down(k_one, true);
    backend.kv().add_block({"emit paid 2"});
    EXPECT_TRUE(soon([&] { return receivers.told(k_one).size() == 2; }));
    callbacks.reset();
    backend.kv().add_block({"emit paid 3"});
    receivers.set_down(k_one, false);
    start();
    EXPECT_TRUE(soon([&] { return receivers.told(k_one).size() == 4; }));
    settle();
    EXPECT_EQ(receivers.heights(k_one), (std::vector<int>{1, 2, 2, 3}));
    const auto told = receivers.told(k_one);
    EXPECT_EQ(told[1]["nonceStr"], told[2]["nonceStr"]);
    EXPECT_EQ(callbacks->of(FakeBackend::channel_of("kv"), member.id)->size(), 1U);
}

TEST_F(CallbacksTest, WhatIsRemovedIsNotToldAndStaysRemoved) {
    const ledger::ChannelId channel = FakeBackend::channel_of("kv");
    ASSERT_TRUE(add(wanted("aa", k_one)).ok());
    ASSERT_TRUE(add(wanted("bb", k_two)).ok());
    EXPECT_EQ(callbacks->remove(channel, stranger.id, "aa").error().code, Code::not_found);
    EXPECT_EQ(callbacks->remove(FakeBackend::channel_of("open"), member.id, "aa").error().code,
              Code::not_found);
    EXPECT_TRUE(callbacks->of(channel, stranger.id)->empty());
    ASSERT_TRUE(callbacks->remove(channel, member.id, "aa").ok());
    EXPECT_EQ(callbacks->remove(channel, member.id, "aa").error().code, Code::not_found);
    backend.kv().add_block({"emit paid 1"});
    EXPECT_TRUE(soon([&] { return receivers.told(k_two).size() == 1; }));
    EXPECT_TRUE(receivers.told(k_one).empty());
    callbacks.reset();
    start();
    auto left = callbacks->of(channel, member.id);
    ASSERT_EQ(left->size(), 1U);
    EXPECT_EQ(left->front().id, "bb");
}

TEST_F(CallbacksTest, RefusesAddressesThatAreNotAllowed) {
    for (const char* url : {"http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/",
                            "http://[::1]/", "http://[fd00::1]/"}) {
        EXPECT_EQ(add(wanted("aa", url)).error().code, Code::forbidden) << url;
    }
    EXPECT_EQ(add(wanted("aa", "ftp://127.0.0.1/")).error().code, Code::invalid_argument);
    EventRegistration pattern = wanted("aa", k_one);
    pattern.event_key = "(";
    EXPECT_EQ(add(pattern).error().code, Code::invalid_argument);
    EXPECT_TRUE(callbacks->of(FakeBackend::channel_of("kv"), member.id)->empty());
}

TEST_F(CallbacksTest, UsersHaveSoManyRegistrations) {
    for (std::size_t i = 0; i < Callbacks::k_most_of_user; ++i) {
        ASSERT_TRUE(add(wanted(fmt::format("{:02}", i), k_one)).ok());
    }
    Status over = add(wanted("zz", k_one));
    EXPECT_EQ(over.error().code, Code::overloaded);
    EventRegistration other = wanted("yy", k_one);
    other.user = stranger.id;
    EXPECT_TRUE(add(other).ok());
    ASSERT_TRUE(callbacks->remove(other.channel, member.id, "00").ok());
    EXPECT_TRUE(add(wanted("zz", k_one)).ok());
    auto all = callbacks->of(other.channel, member.id);
    EXPECT_EQ(all->front().id, "01") << "the oldest first";
    EXPECT_EQ(all->back().id, "zz");
}

TEST_F(CallbacksTest, WhoIsNoMemberAnyMoreIsNotTold) {
    ASSERT_TRUE(add(wanted("aa", k_one)).ok());
    backend.remove_member(member.id);
    backend.kv().add_block({"emit paid secret"});
    settle();
    EXPECT_TRUE(receivers.told(k_one).empty());
    // Once they are again, nothing was lost.
    backend.add_participant(member.record(), true);
    clock.move(Callbacks::k_rest_ms);
    EXPECT_TRUE(soon([&] { return receivers.told(k_one).size() == 1; }));
    backend.change_participant(member.id, [](auto& record) { record.revoked = true; });
    backend.kv().add_block({"emit paid 2"});
    settle();
    EXPECT_EQ(receivers.told(k_one).size(), 1U);
}

TEST_F(CallbacksTest, EndsWhileReceiversAnswerLate) {
    ASSERT_TRUE(add(wanted("aa", k_one)).ok());
    receivers.set_stuck(k_one, true);
    backend.kv().add_block({"emit paid 1"});
    EXPECT_TRUE(soon([&] { return receivers.told(k_one).size() == 1; }));
    std::thread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        receivers.set_stuck(k_one, false);
    });
    callbacks->close();
    callbacks->tick();
    EXPECT_EQ(add(wanted("bb", k_one)).error().code, Code::unavailable);
    later.join();
}

}  // namespace
}  // namespace bsn::testing
