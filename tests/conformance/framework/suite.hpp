#pragma once
// What the tests of the conformance suite share. docs/adaptation-standard.md.

#include "base/clock.hpp"
#include "conformance_target.hpp"
#include "crypto/hash.hpp"
#include "support/needs.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace bsn::framework::conformance {

using Answers = std::vector<Result<TransactionView>>;
using Answer = Result<TransactionView>;

/// As long as anything may take before a test gives up.
inline constexpr auto k_patience = std::chrono::seconds(60);
inline constexpr std::uint64_t k_timeout = 30'000;

/// Submits, and waits for the answers.
inline Answers submit(Chain& chain, std::vector<Bytes> transactions,
                      std::uint64_t timeout = k_timeout) {
    struct Waiting {
        std::promise<Answers> answers;
        std::atomic<int> calls{0};
    };
    auto waiting = std::make_shared<Waiting>();
    chain.submit(std::move(transactions), timeout, [waiting](Answers answers) {
        if (waiting->calls++ == 0) waiting->answers.set_value(std::move(answers));
    });
    auto future = waiting->answers.get_future();
    if (future.wait_for(k_patience) != std::future_status::ready) {
        throw std::runtime_error("submit was not answered");
    }
    auto answers = future.get();
    EXPECT_EQ(waiting->calls, 1);
    return answers;
}

/// Waits until a chain has a height.
inline void wait_for_height(Chain& chain, std::uint64_t height) {
    auto reached = std::make_shared<std::promise<void>>();
    chain.when_height(height, [reached] { reached->set_value(); });
    if (reached->get_future().wait_for(k_patience) != std::future_status::ready) {
        throw std::runtime_error("the height was not reached");
    }
}

/// A chain for each test: a fresh one, or one that earlier tests have used. So a test looks at
/// blocks above `before()` only, and its keys are its own.
class FrameworkConformance : public ::testing::TestWithParam<NamedTarget> {
  protected:
    void SetUp() override {
        const NamedTarget& named = GetParam();
        if (const std::string missing = named.missing ? named.missing() : ""; !missing.empty()) {
            if (::bsn::testing::no_skips()) FAIL() << missing;
            GTEST_SKIP() << missing;
        }
        if (named.shared) {
            if (!shared_) shared_ = named.make();
            target = shared_;
        } else {
            target = named.make();
        }
        before_ = chain().height();
        for (std::size_t node = 1; node < target->nodes(); ++node) {
            wait_for_height(chain(node), before_);
        }
    }
    static void TearDownTestSuite() { shared_.reset(); }

    Framework& framework(std::size_t node = 0) { return target->framework(node); }
    Chain& chain(std::size_t node = 0) {
        auto opened = framework(node).open_chain(target->channel());
        if (!opened) throw std::runtime_error(opened.error().message);
        return **opened;
    }
    std::size_t last_node() const { return target->nodes() - 1; }

    /// The height of the last block that was there before the test.
    std::uint64_t before() const { return before_; }
    EventCursor start() const { return {before_ + 1}; }

    /// A key that no other test uses, and no other run.
    static std::string own(const std::string& key) {
        static const std::string run = std::to_string(SystemClock().now());
        return key + "." + ::testing::UnitTest::GetInstance()->current_test_info()->name() + "." +
               run;
    }
    /// A hash, as text, that no other test uses.
    static std::string own_hash(const std::string& name) {
        return to_hex(crypto::hash(crypto::HashId::sha256, as_bytes(own(name))).view());
    }

    /// A nonce for `Invocation::nonce`.
    static Bytes own_nonce() {
        const auto hash = crypto::hash(crypto::HashId::sha256, as_bytes(own("nonce")));
        return to_bytes(hash.view().first(16));
    }

    static Invocation invocation(std::string contract, std::string function,
                                 const std::vector<std::string>& arguments,
                                 const Signer* identity) {
        Invocation made;
        made.contract = std::move(contract);
        made.function = std::move(function);
        for (const std::string& argument : arguments) made.arguments.push_back(to_bytes(argument));
        made.identity = identity;
        return made;
    }
    /// `kv.set`: succeeds once for each key.
    Invocation set(const std::string& key, const std::string& value = "1") {
        return invocation("kv", "set", target->arguments_of_set(own(key), value),
                          &target->writer());
    }
    Bytes transaction(const Invocation& call, std::size_t node = 0) {
        auto made = chain(node).make_transaction(call);
        if (!made) throw std::runtime_error(made.error().message);
        return *made;
    }
    Answer write(const Invocation& call, std::size_t node = 0) {
        auto made = chain(node).make_transaction(call);
        if (!made) return made.error();
        return submit(chain(node), {*made}).at(0);
    }
    /// A write that must succeed.
    TransactionView written(const std::string& key, std::size_t node = 0) {
        Answer answer = write(set(key), node);
        if (!answer) throw std::runtime_error(answer.error().message);
        EXPECT_TRUE(answer->success) << answer->error;
        return *answer;
    }
    Result<Bytes> get(const std::string& key, std::size_t node = 0) {
        return chain(node).query(invocation("kv", "get", {own(key)}, &target->reader()));
    }
    bool has(const std::string& key, std::size_t node = 0) { return get(key, node).ok(); }

    /// All events of the test, in pages of so many.
    std::vector<Event> events(std::size_t page_size = 1'000, std::size_t node = 0) {
        return events_from(start(), page_size, node);
    }
    std::vector<Event> events_from(EventCursor from, std::size_t page_size = 1'000,
                                   std::size_t node = 0) {
        std::vector<Event> all;
        for (;;) {
            auto page = chain(node).events(from, page_size);
            if (!page) throw std::runtime_error(page.error().message);
            all.insert(all.end(), page->events.begin(), page->events.end());
            if (page->at_end) return all;
            if (page->next <= from) throw std::runtime_error("reading events stands still");
            from = page->next;
        }
    }
    /// How many transactions the blocks of the test hold.
    std::size_t transactions_on_chain(std::size_t node = 0) {
        std::size_t count = 0;
        for (std::uint64_t height = before() + 1; height <= chain(node).height(); ++height) {
            auto block = chain(node).block(height);
            if (!block) throw std::runtime_error(block.error().message);
            count += block->transaction_ids.size();
        }
        return count;
    }

    std::shared_ptr<ConformanceTarget> target;

  private:
    static inline std::shared_ptr<ConformanceTarget> shared_;
    std::uint64_t before_ = 0;
};

/// Names the tests by their targets.
inline std::string name_of_target(const ::testing::TestParamInfo<NamedTarget>& tested) {
    return tested.param.name;
}

}  // namespace bsn::framework::conformance
