#pragma once
// A city node as its gateway sees it, with a clock at the door of one chain: how long a transaction
// takes within the chain, so that the rest of its way is the gateway's.

#include "cli/bench/pace.hpp"
#include "gateway/backend.hpp"

#include <mutex>
#include <unordered_map>

namespace bsn::cli {

/// How long submissions took within a chain, by the bytes of their first transaction. Any thread.
class ChainTimes {
  public:
    /// What names a submission.
    static std::size_t key_of(ByteView transaction);

    void note(std::size_t key, Nanos time);
    /// Forgets it, too; none if it was not noted.
    std::optional<Nanos> take(std::size_t key);

  private:
    std::mutex mutex_;
    std::unordered_map<std::size_t, Nanos> times_;
};

/// A chain whose submissions are timed: from the call until it is answered.
class TimedChain final : public framework::Chain {
  public:
    /// Both outlive it.
    TimedChain(framework::Chain& inner, ChainTimes& times) : inner_(inner), times_(times) {}

    void submit(std::vector<Bytes> transactions, std::uint64_t timeout,
                framework::SubmitDone done) override;

    framework::Finality finality() const override { return inner_.finality(); }
    std::uint64_t height() const override { return inner_.height(); }
    Result<Bytes> make_transaction(const framework::Invocation& invocation) const override {
        return inner_.make_transaction(invocation);
    }
    Result<Bytes> query(const framework::Invocation& invocation) const override {
        return inner_.query(invocation);
    }
    Result<framework::BlockView> block(std::uint64_t height) const override {
        return inner_.block(height);
    }
    Result<framework::BlockView> block_by_hash(ByteView hash) const override {
        return inner_.block_by_hash(hash);
    }
    Result<framework::TransactionView> transaction(ByteView id) const override {
        return inner_.transaction(id);
    }
    Result<framework::EventPage> events(framework::EventCursor from,
                                        std::size_t limit) const override {
        return inner_.events(from, limit);
    }
    void when_height(std::uint64_t height, std::function<void()> wake) override {
        inner_.when_height(height, std::move(wake));
    }
    Result<Bytes> prove(ByteView transaction) const override { return inner_.prove(transaction); }

  private:
    framework::Chain& inner_;
    ChainTimes& times_;
};

/// A node whose chain of one app is timed; for a gateway beside the node's own. All that it is
/// made of outlives it.
class ObservedNode final : public gateway::Backend {
  public:
    /// `channel`: of the app, as requests name it.
    ObservedNode(gateway::Backend& node, std::string channel, framework::Chain& chain,
                 ChainTimes& times)
        : node_(node), channel_(std::move(channel)), chain_(chain, times) {}

    Result<framework::Chain*> chain(std::string_view app) override;

    const ledger::NetworkId& network() const override { return node_.network(); }
    const std::string& genesis_json() const override { return node_.genesis_json(); }
    const registry::View& registry() const override { return node_.registry(); }
    gateway::NodeStatus status() const override { return node_.status(); }
    MetricsRegistry& metrics() override { return node_.metrics(); }
    UnixMillis now() const override { return node_.now(); }
    const ordering::NodeIdentity* identity() const override { return node_.identity(); }
    gateway::Metering* metering() override { return node_.metering(); }
    std::shared_ptr<const registry::App> app(std::string_view name_or_channel) const override {
        return node_.app(name_or_channel);
    }
    std::vector<std::shared_ptr<const registry::App>> apps() const override { return node_.apps(); }
    std::vector<registry::NodeRecord> nodes() const override { return node_.nodes(); }
    std::optional<registry::ParticipantRecord> participant(
        const ledger::ParticipantId& id) const override {
        return node_.participant(id);
    }
    Status may_call(const registry::App& app, const registry::Caller* caller,
                    std::string_view contract, std::string_view function) const override {
        return node_.may_call(app, caller, contract, function);
    }
    Status may_read(const registry::App& app, const registry::Caller* caller) const override {
        return node_.may_read(app, caller);
    }

  private:
    gateway::Backend& node_;
    const std::string channel_;
    TimedChain chain_;
};

}  // namespace bsn::cli
