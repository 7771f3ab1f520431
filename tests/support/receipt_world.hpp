#pragma once
// A small network with one app, made of nothing but what receipt bundles hold: for the tests of
// genesis files, bundles and their verification.

#include "ledger/verify.hpp"
#include "support/ledger_fixtures.hpp"

#include <functional>

namespace bsn::testing {

/// A valid genesis of nodes `city-0` …; their keys have the numbers from 100 on, as `make_epoch`
/// has them by default.
ledger::Genesis sample_genesis(std::size_t nodes, std::size_t operators = 1);

/// What happens in the world before and after the block that is proved.
struct WorldPlan {
    std::size_t nodes = 3;  ///< of the network and of the app, in all epochs
    std::vector<crypto::SuiteId> suites = {crypto::SuiteId::secp256r1};  ///< the app's
    std::vector<std::string> operators;  ///< of the app's peers; by default one each
    bool system_handover = false;       ///< the system channel's epoch 1 begins before the creation
    bool late_system_handover = false;  ///< and one more after the block
    bool app_handover = false;          ///< the app's epoch 1 begins before the block
    bool later_app_handover = false;    ///< and one more after the block
    std::vector<ledger::RevokedNode> revoked_by_system;  ///< in its last record
    std::vector<ledger::RevokedNode> revoked_by_app;     ///< in its last record
    ledger::ExecutionStatus creation_status = ledger::ExecutionStatus::success;
    ledger::ExecutionStatus status = ledger::ExecutionStatus::success;  ///< of the proved block's
    std::string error = "no such document";  ///< what its receipts say if it is no success
    std::function<void(ledger::LogEntry&)> change_creation_log;
    std::vector<std::uint16_t> signers;  ///< of the proved block; by default the first quorum
    std::vector<std::uint16_t> handover_signers;
};

/// The world as it went. Ordering heights: system handover 3, creation 5, app handover 12, the
/// proved block 20, later handovers 30.
class ReceiptWorld {
  public:
    static constexpr std::uint32_t k_transactions = 5;
    static constexpr std::uint64_t k_creation_order = 5;
    static constexpr std::uint64_t k_block_order = 20;

    explicit ReceiptWorld(WorldPlan plan = {});

    /// The bundle of one of the block's transactions.
    ledger::ReceiptBundle bundle(std::uint32_t index = 0) const;
    /// The bundle of a transaction on the system channel: the app's creation.
    ledger::ReceiptBundle system_bundle() const;
    /// One of the three creations of the system block; the app's is number 1.
    ledger::InclusionProof creation_proof(std::uint32_t index) const;
    ledger::Trust trust() const { return ledger::Trust::from(genesis); }

    /// A header certified anew by an epoch, in all its suites.
    static ledger::CertifiedHeader certify(const ledger::Header& header, const TestEpoch& epoch,
                                           std::vector<std::uint16_t> signers = {});
    /// The epoch of the proved block.
    const TestEpoch& block_epoch() const { return app_epochs[plan.app_handover ? 1 : 0]; }

    WorldPlan plan;
    ledger::Genesis genesis;
    ledger::NetworkId network;
    ledger::ChannelId system;   ///< the system channel
    ledger::ChannelId channel;  ///< the app's
    std::vector<TestEpoch> system_epochs;
    std::vector<TestEpoch> app_epochs;

  private:
    struct Content {
        std::vector<Bytes> transactions;
        std::vector<Bytes> receipts;
        ledger::Header header;
    };

    ledger::Transaction call(const ledger::ChannelId& channel, std::string contract,
                             std::string function, std::uint32_t number) const;
    ledger::Header header(const ledger::ChannelId& channel, ledger::Epoch epoch,
                          ledger::Height height, std::uint64_t order_height) const;
    ledger::Handover hand_over(const TestEpoch& from, const TestEpoch& to, ledger::Height height,
                               std::uint64_t order_height) const;
    static void commit(Content& content);
    static ledger::InclusionProof prove(const Content& content, const TestEpoch& epoch,
                                        std::uint32_t index, std::vector<std::uint16_t> signers);
    void make_system_epochs();
    void make_app_epochs();
    void make_creation();
    void make_block();

    std::vector<ledger::Handover> system_handovers_;
    std::vector<ledger::Handover> app_handovers_;
    Content creation_;
    Content block_;
};

}  // namespace bsn::testing
