#pragma once
// The framework port over a group of a FISCO BCOS 2.x network that others run.

#include "framework/fisco_network/submissions.hpp"

#include <atomic>
#include <condition_variable>
#include <thread>

namespace bsn::framework::fisco_network {

struct ChainOptions {
    std::uint64_t poll_ms = 250;  ///< how often the network is asked for new blocks
    /// Whether the app takes transactions of a key now; empty: of any.
    MayWrite may_write;
};

/// Blocks, transactions, receipts and events are checked against the sealers that are trusted;
/// `query` is the word of the node that answers. Unlike with our own ledger, reads wait for the
/// network. One thread of its own asks for new blocks.
class FiscoNetworkChain final : public Chain {
  public:
    FiscoNetworkChain(std::unique_ptr<rpc::Caller> caller, Trust trust, ChainOptions options);
    ~FiscoNetworkChain() override;

    Finality finality() const override { return Finality::final; }
    /// Of the last block that was seen and checked.
    std::uint64_t height() const override { return height_; }
    void submit(std::vector<Bytes> transactions, std::uint64_t timeout, SubmitDone done) override;
    Result<Bytes> make_transaction(const Invocation& invocation) const override;
    Result<Bytes> query(const Invocation& invocation) const override;
    Result<BlockView> block(std::uint64_t height) const override;
    Result<BlockView> block_by_hash(ByteView hash) const override;
    Result<TransactionView> transaction(ByteView id) const override;
    Result<EventPage> events(EventCursor from, std::size_t limit) const override;
    void when_height(std::uint64_t height, std::function<void()> wake) override;
    /// A `Proof`.
    Result<Bytes> prove(ByteView transaction) const override;

    /// Ends the asking, and tells whoever waits for a transaction that nobody knows.
    void close();

    /// Why no new blocks come; empty if they do, as far as is known.
    std::string trouble() const;

  private:
    void poll();
    Status look_for_blocks();
    void note_height(std::uint64_t height);

    const std::unique_ptr<rpc::Caller> caller_;
    mutable GroupClient client_;
    const ChainOptions options_;
    std::atomic<std::uint64_t> height_{0};
    mutable std::mutex mutex_;  ///< guards what follows
    std::multimap<std::uint64_t, std::function<void()>> waiting_;
    std::string trouble_;
    bool stopping_ = false;
    std::condition_variable wake_;
    std::uint64_t looked_through_ = 0;  ///< of the poller: blocks whose transactions it has seen
    Submissions submissions_;
    std::thread poller_;
};

}  // namespace bsn::framework::fisco_network
