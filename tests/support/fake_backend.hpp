#pragma once
// A city node without a network: chains in memory whose transactions are words, for the tests of
// the gateway and of its clients.

#include "base/executor.hpp"
#include "framework/naming.hpp"
#include "gateway/backend.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>

namespace bsn::testing {

/// A chain's RPC whose messages are words:
///
///     silent        is not answered
///     hold          is answered by `release()` only
///     notify TEXT   (on a connection) is answered, and then sends TEXT
///     flood N       (on a connection) sends N texts of 64 KiB
///     anything else is answered by `echo ` and itself
class FakeClientRpc final : public framework::ClientRpc {
  public:
    void answer(std::string request, Reply reply) override;
    std::unique_ptr<framework::RpcConnection> connect(Send send) override;

    void release();
    std::size_t held() const;
    std::size_t connections() const { return *connections_; }

  private:
    mutable std::mutex mutex_;
    std::vector<Reply> held_;
    const std::shared_ptr<std::atomic<std::size_t>> connections_ =
        std::make_shared<std::atomic<std::size_t>>(0);
};

/// A chain in memory. What a transaction does, its bytes say:
///
///     fail CODE     is not admitted, with this error
///     refuse …      the contract refuses it
///     emit NAME …   emits an event of this name, with the whole text as data
///     hold          is answered by `release()` only
///     early …       is `forbidden` the first time, and then succeeds
///     once CREATOR NONCE SALT CONTRACT FUNCTION ARGUMENT
///                   is that call; of several with one creator and nonce, the first is taken only
///     rubbish …     is no transaction
///     by CREATOR CONTRACT FUNCTION …
///                   names its creator, and is refused as not signed by them if its last word is
///                   `forged`
///     anything else succeeds, with its own bytes as result
///
/// Each submission makes one block. Any thread.
class FakeChain : public framework::Chain, public framework::Naming {
  public:
    /// `executor`: where answers of `submit` come from.
    explicit FakeChain(Executor& executor);

    framework::Finality finality() const override { return framework::Finality::final; }
    std::uint64_t height() const override;
    void submit(std::vector<Bytes> transactions, std::uint64_t timeout,
                framework::SubmitDone done) override;
    Result<std::optional<framework::NamedCall>> named_call(ByteView transaction) const override;
    Result<Bytes> make_transaction(const framework::Invocation& invocation) const override;
    /// `echo` answers its arguments, `whoami` the caller's id or `nobody`, `bytes` what is not
    /// UTF-8; `set` writes; everything else is refused.
    Result<Bytes> query(const framework::Invocation& invocation) const override;
    Result<framework::BlockView> block(std::uint64_t height) const override;
    Result<framework::BlockView> block_by_hash(ByteView hash) const override;
    Result<framework::TransactionView> transaction(ByteView id) const override;
    Result<std::optional<framework::TransactionView>> transaction_with_nonce(
        ByteView participant, ByteView nonce) const override;
    Result<framework::EventPage> events(framework::EventCursor from,
                                        std::size_t limit) const override;
    void when_height(std::uint64_t height, std::function<void()> wake) override;
    Result<Bytes> prove(ByteView transaction) const override;
    framework::ClientRpc* client_rpc() override { return has_rpc_ ? &rpc_ : nullptr; }

    /// The id of a transaction of these bytes.
    static Bytes id_of(ByteView transaction);
    /// Makes transactions; without it none is made.
    std::function<Result<Bytes>(const framework::Invocation&)> on_make_transaction;
    /// Called at the beginning of every query.
    std::function<void()> on_query;
    /// Makes a block of these transactions.
    void add_block(const std::vector<std::string>& transactions);
    /// Sets what `prove` answers for an id.
    void set_proof(ByteView id, std::string proof);
    /// Gives it an RPC of its own.
    void add_rpc() { has_rpc_ = true; }
    FakeClientRpc& rpc() { return rpc_; }
    /// Answers the submissions that hold.
    void release();
    /// How many submissions hold.
    std::size_t held() const;
    /// How many calls of `when_height` wait, and calls of `events` there were.
    std::size_t waiting() const;
    std::size_t event_reads() const { return event_reads_; }
    std::uint64_t last_timeout() const { return last_timeout_; }

  private:
    using Answer = Result<framework::TransactionView>;
    struct Block {
        framework::BlockView view;
        std::vector<framework::Event> events;
    };

    std::vector<Answer> execute(const std::vector<Bytes>& transactions);
    Answer execute_one(const Bytes& transaction, Block& block);
    void wake_waiting();

    Executor& executor_;
    mutable std::mutex mutex_;
    std::vector<Block> blocks_;
    std::map<Bytes, framework::TransactionView> transactions_;
    std::map<Bytes, std::string> proofs_;
    std::multimap<std::uint64_t, std::function<void()>> waiting_;
    std::vector<std::pair<std::vector<Bytes>, framework::SubmitDone>> held_;
    mutable std::atomic<std::size_t> event_reads_{0};
    std::atomic<std::uint64_t> last_timeout_{0};
    FakeClientRpc rpc_;
    bool has_rpc_ = false;
    std::set<std::string> early_;
    std::map<std::string, Bytes> nonces_;  ///< ids, by creator and nonce
    mutable std::set<Bytes> named_;        ///< creators that transactions named
};

/// A node with three apps: `kv`, which is for its members; `open`, with a public role for
/// everything; and `elsewhere`, which runs on other nodes only. The chains of `kv` and `open` have
/// an RPC. Change it before it is served.
class FakeBackend : public gateway::Backend {
  public:
    static constexpr UnixMillis k_now = 1'800'000'000'000;

    explicit FakeBackend(Executor& executor);

    const ledger::NetworkId& network() const override { return network_; }
    const std::string& genesis_json() const override { return genesis_; }
    const registry::View& registry() const override { return view_; }
    Result<framework::Chain*> chain(std::string_view app) override;
    gateway::NodeStatus status() const override;
    MetricsRegistry& metrics() override { return metrics_; }
    UnixMillis now() const override { return now_; }
    std::shared_ptr<const registry::App> app(std::string_view name_or_channel) const override;
    std::vector<std::shared_ptr<const registry::App>> apps() const override;
    std::vector<registry::NodeRecord> nodes() const override;
    std::optional<registry::ParticipantRecord> participant(
        const ledger::ParticipantId& id) const override;
    Status may_call(const registry::App& app, const registry::Caller* caller,
                    std::string_view contract, std::string_view function) const override;
    Status may_read(const registry::App& app, const registry::Caller* caller) const override;

    const ordering::NodeIdentity* identity() const override { return identity_; }
    gateway::UserKeys* user_keys() override { return user_keys_; }
    gateway::published::EventRegistrations* event_registrations() override {
        return registrations_;
    }

    gateway::published::Enrolments* enrolments() override { return enrolments_; }
    gateway::Metering* metering() override { return metering_; }
    gateway::Forwarder* forwarder() override { return forwarder_; }

    FakeChain& kv() { return kv_; }
    FakeChain& open() { return open_; }
    FakeChain& system() { return system_; }
    void set_now(UnixMillis now) { now_ = now; }
    void set_alarm(std::string alarm);
    /// Makes someone known; `member`: of `kv`, in the role `reader`.
    void add_participant(const registry::ParticipantRecord& record, bool member);
    void change_participant(const ledger::ParticipantId& id,
                            const std::function<void(registry::ParticipantRecord&)>& change);
    void remove_member(const ledger::ParticipantId& id);
    void change_app(const std::string& name, const std::function<void(registry::App&)>& change);
    void set_identity(const ordering::NodeIdentity* identity) { identity_ = identity; }
    void set_user_keys(gateway::UserKeys* keys) { user_keys_ = keys; }
    void set_event_registrations(gateway::published::EventRegistrations* registrations) {
        registrations_ = registrations;
    }
    void set_enrolments(gateway::published::Enrolments* enrolments) { enrolments_ = enrolments; }
    void set_metering(gateway::Metering* metering) { metering_ = metering; }
    void set_forwarder(gateway::Forwarder* forwarder) { forwarder_ = forwarder; }
    static ledger::ChannelId channel_of(std::string_view app);

  private:
    ledger::NetworkId network_;
    std::string genesis_ = "{\n  \"name\": \"test\"\n}\n";
    registry::View view_;
    MetricsRegistry metrics_;
    std::atomic<UnixMillis> now_{k_now};
    FakeChain kv_;
    FakeChain open_;
    FakeChain system_;
    const ordering::NodeIdentity* identity_ = nullptr;
    gateway::UserKeys* user_keys_ = nullptr;
    gateway::published::EventRegistrations* registrations_ = nullptr;
    gateway::published::Enrolments* enrolments_ = nullptr;
    gateway::Metering* metering_ = nullptr;
    gateway::Forwarder* forwarder_ = nullptr;

    mutable std::mutex mutex_;
    std::string alarm_;
    std::map<std::string, std::shared_ptr<const registry::App>, std::less<>> apps_;
    std::map<ledger::ParticipantId, registry::ParticipantRecord> participants_;
};

}  // namespace bsn::testing
