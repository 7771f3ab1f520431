#pragma once
// What an adapter brings so that the conformance suite can run against its framework, and what the
// tests share. The suite itself knows nothing but `framework/chain.hpp` and this file.
//
// An adapter adds one file: a class that implements `ConformanceTarget`, and
//
//     INSTANTIATE_TEST_SUITE_P(my_framework, FrameworkConformance,
//                              ::testing::Values(NamedTarget{"my_framework", make_my_target}));

#include "crypto/private_key.hpp"
#include "framework/chain.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace bsn::framework::conformance {

/// A chain on one or more nodes, on which
/// - the contracts `kv` (type `kv`) and `evidence` are deployed;
/// - `writer` may call all functions, `reader` only those that read; `stranger` is nobody;
/// - nothing was written yet.
/// Everything that the getters hand out is good until the next `restart`.
class ConformanceTarget {
  public:
    virtual ~ConformanceTarget() = default;

    virtual std::size_t nodes() const = 0;
    virtual Framework& framework(std::size_t node) = 0;
    /// What `open_chain` is given.
    virtual Bytes channel() const = 0;

    virtual const Signer& writer() const = 0;
    virtual const Signer& reader() const = 0;
    virtual const Signer& stranger() const = 0;

    /// Stops all nodes without a warning to the chain, and starts them from what they stored.
    virtual void restart() = 0;

    /// What `verify` is given by someone who trusts this chain; and by someone who trusts another.
    virtual Bytes trusted_state() = 0;
    virtual Bytes foreign_trusted_state() = 0;
    /// What `update` is given, if the framework has such headers: one that continues the trusted
    /// state.
    virtual std::optional<Bytes> header() { return std::nullopt; }

    /// Deploys a further contract `papers` of type `evidence`; false if the framework cannot.
    virtual bool deploy_papers() { return false; }
};

struct NamedTarget {
    std::string name;
    std::function<std::unique_ptr<ConformanceTarget>()> make;
};

inline std::ostream& operator<<(std::ostream& out, const NamedTarget& target) {
    return out << target.name;
}

/// Signs with a key in memory.
class KeySigner final : public Signer {
  public:
    KeySigner(crypto::PrivateKey key, Bytes participant)
        : key_(std::move(key)), participant_(std::move(participant)) {}

    const crypto::PublicKey& public_key() const override { return key_.public_key(); }
    Bytes participant() const override { return participant_; }
    crypto::Signature sign(ByteView message) const override { return key_.sign(message); }

  private:
    const crypto::PrivateKey key_;
    const Bytes participant_;
};

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

/// A fresh chain for each test.
class FrameworkConformance : public ::testing::TestWithParam<NamedTarget> {
  protected:
    FrameworkConformance() : target(GetParam().make()) {}

    Framework& framework(std::size_t node = 0) { return target->framework(node); }
    Chain& chain(std::size_t node = 0) {
        auto opened = framework(node).open_chain(target->channel());
        if (!opened) throw std::runtime_error(opened.error().message);
        return **opened;
    }
    std::size_t last_node() const { return target->nodes() - 1; }

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
        return invocation("kv", "set",
                          {R"({"baseKey":")" + key + R"(","baseValue":")" + value + R"("})"},
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
        return chain(node).query(invocation("kv", "get", {key}, &target->reader()));
    }
    bool has(const std::string& key, std::size_t node = 0) { return get(key, node).ok(); }

    /// All events from a cursor on, in pages of so many.
    std::vector<Event> events(EventCursor from = {}, std::size_t page_size = 1'000,
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
    /// How many transactions all blocks up to the height hold.
    std::size_t transactions_on_chain(std::size_t node = 0) {
        std::size_t count = 0;
        for (std::uint64_t height = 0; height <= chain(node).height(); ++height) {
            auto block = chain(node).block(height);
            if (!block) throw std::runtime_error(block.error().message);
            count += block->transaction_ids.size();
        }
        return count;
    }

    std::unique_ptr<ConformanceTarget> target;
};

}  // namespace bsn::framework::conformance
