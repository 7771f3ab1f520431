#include "ledger/verify.hpp"

#include "ledger/epoch_history.hpp"
#include "ledger/merkle.hpp"

#include <fmt/format.h>

#include <set>

namespace bsn::ledger {

namespace {

// What the permission chain writes when an app is created; `registry` is its contract.
constexpr std::string_view k_registry = "registry";
constexpr std::string_view k_publish = "publish_app";
constexpr std::string_view k_created_topic = "app_created";

Error refuse(std::string why) { return {Code::bad_signature, std::move(why)}; }

std::string short_hex(ByteView bytes) { return to_hex(bytes.first(6)) + "…"; }

Result<Transaction> check_transaction(const Bytes& bytes, const NetworkId& network) {
    BSN_TRY(transaction, Transaction::decode(bytes));
    // A dialect's names no network of ours: its block's header does.
    if (transaction.dialect() == Dialect::native && transaction.payload().network != network) {
        return Error{Code::wrong_network,
                     fmt::format("the transaction was made for network {}, trusted is {}",
                                 short_hex(transaction.payload().network), short_hex(network))};
    }
    BSN_CHECK(transaction.verify_signature());
    return std::move(transaction);
}

Result<Header> check_header(const Bytes& bytes, const NetworkId& network,
                            const ChannelId& channel) {
    BSN_TRY(header, Header::decode(bytes));
    if (header.network != network) {
        return Error{Code::wrong_network, "the block is of another network"};
    }
    if (header.channel != channel) {
        return Error{Code::wrong_channel, "the block is of another channel than the transaction"};
    }
    return std::move(header);
}

/// Whether the header commits to this transaction and this receipt, both at the proof's index.
Status check_inclusion(const InclusionProof& proof, const Header& header) {
    struct Tree {
        std::string_view name;
        const Bytes& leaf;
        const std::vector<Hash>& path;
        const Hash& root;
    };
    for (const Tree& tree :
         {Tree{"transaction", proof.transaction, proof.transaction_path, header.transaction_root},
          Tree{"receipt", proof.receipt, proof.receipt_path, header.receipt_root}}) {
        auto root = merkle_root_from_path(header.hash_id, merkle_leaf(header.hash_id, tree.leaf),
                                          proof.index, header.transactions, tree.path);
        if (!root) return root.error().within(fmt::format("{} path", tree.name));
        if (*root != tree.root) {
            return refuse(fmt::format("the {} path does not lead to the header's root", tree.name));
        }
    }
    return {};
}

/// The first epoch of an app, as the receipt of its creation tells.
Result<EpochRecord> created_epoch(const Receipt& receipt, const ChannelId& channel) {
    for (const LogEntry& log : receipt.logs) {
        if (log.contract != k_registry || log.topics.size() < 2 ||
            !equal(log.topics[0], as_bytes(k_created_topic)) || !equal(log.topics[1], channel)) {
            continue;
        }
        BSN_TRY(record, EpochRecord::decode(log.data));
        if (record.channel != channel || record.epoch != 0) {
            return refuse("the creation's log names the first epoch of another channel");
        }
        return std::move(record);
    }
    return refuse("the creation's receipt has no log that says that the app was created");
}

std::vector<RevokedNode> system_revocations(const Trust& trust,
                                            const std::vector<Handover>& handovers) {
    std::vector<const std::vector<RevokedNode>*> lists = {&trust.system_epoch.revoked};
    for (const Handover& handover : handovers) {
        if (handover.next.epoch > trust.system_epoch.epoch) lists.push_back(&handover.next.revoked);
    }
    return union_of_revoked(lists);
}

std::string signers(const std::vector<Certificate>& certificates, const EpochRecord& epoch) {
    std::string text;
    for (const Certificate& certificate : certificates) {
        text += fmt::format("{}{} of {} peers in {}", text.empty() ? "" : "; ",
                            certificate.signatures.size(), epoch.peers.size(),
                            crypto::suite_name(certificate.suite));
        if (certificate.signatures.size() > 10) continue;
        std::string_view separator = " (";
        for (const PeerSignature& signature : certificate.signatures) {
            text += fmt::format("{}{}", separator, epoch.peers.at(signature.peer).name);
            separator = ", ";
        }
        text += ")";
    }
    return text;
}

std::string trust_class_of(const EpochRecord& epoch, OrderingType ordering) {
    const std::size_t n = epoch.peers.size();
    const std::size_t q = epoch.quorum();
    std::string text;
    if (n == 1) {
        text = "single peer, no replication";
    } else if (n <= 3) {
        text = fmt::format("crash-fault quorum {} of {}", q, n);
    } else {
        text = fmt::format("Byzantine-fault quorum {} of {}", q, n);
    }
    std::set<std::string_view> operators;
    for (const EpochPeer& peer : epoch.peers) operators.insert(peer.operator_name);
    const std::string count = operators.size() == 1 ? "one operator"
                              : operators.size() == 2
                                  ? "two operators"
                                  : fmt::format("{} operators", operators.size());
    return fmt::format("{}, {} ordering, {}", text, ordering_name(ordering), count);
}

/// Why the execution was no success; empty if it was.
std::string refusal_of(const Receipt& receipt) {
    std::string_view what;
    switch (receipt.status) {
        case ExecutionStatus::success: return "";
        case ExecutionStatus::refused: what = "the contract refused it"; break;
        case ExecutionStatus::unknown_contract: what = "the contract is unknown"; break;
        case ExecutionStatus::unknown_function: what = "the function is unknown"; break;
        case ExecutionStatus::out_of_gas: what = "it ran out of gas"; break;
    }
    std::string text = fmt::format("the transaction is on the ledger, but {}", what);
    if (!receipt.error.empty()) text += ": " + receipt.error;
    return text;
}

/// One verification. Each check returns the detail of its step, or why it does not hold.
class Verifier {
  public:
    Verifier(const ReceiptBundle& bundle, const Trust& trust)
        : bundle_(bundle),
          trust_(trust),
          system_channel_(system_channel(trust.network)),
          revoked_(system_revocations(trust, bundle.system_handovers)) {}

    Verification run() {
        result_.authentic =
            step("the transaction is well formed, made for this network, and signed by its key",
                 transaction()) &&
            step("the receipt is well formed", receipt()) &&
            step(
                "the block is of the transaction's channel, and holds transaction and receipt at "
                "the same index",
                block()) &&
            step("the system channel's epochs lead from what is trusted to the last handover",
                 system_history()) &&
            (is_system() ||
             (step("the app was created on the system channel", creation()) &&
              step("the app's epochs lead from its creation to the block", app_history()))) &&
            step("a quorum of the channel's peers certified the block", certificates()) &&
            step("the receipt says how the execution ended", outcome());
        return std::move(result_);
    }

  private:
    using Detail = Result<std::string>;

    bool step(std::string_view claim, Detail detail) {
        const bool holds = detail.ok();
        result_.steps.push_back({std::string(claim),
                                 holds ? std::move(detail).value() : detail.error().message,
                                 holds});
        return holds;
    }

    bool is_system() const { return channel_ == system_channel_; }

    Detail transaction() {
        BSN_TRY(transaction, check_transaction(bundle_.proof.transaction, trust_.network));
        result_.payload = transaction.payload();
        result_.transaction_id = transaction.id();
        BSN_TRY(channel, channel_of(transaction));
        channel_ = channel;
        result_.payload->network = trust_.network;
        result_.payload->channel = channel;
        return fmt::format("transaction {} calls {}.{}", to_hex(transaction.id()),
                           transaction.payload().contract, transaction.payload().function);
    }

    /// The channel that the transaction was made for; a dialect's: that it is on, by its block.
    Result<ChannelId> channel_of(const Transaction& transaction) const {
        if (transaction.dialect() == Dialect::native) return transaction.payload().channel;
        BSN_TRY(header, Header::decode(bundle_.proof.block.header));
        if (header.channel == system_channel_) {
            return Error{Code::wrong_channel, "the permission chain takes no dialect"};
        }
        return header.channel;
    }

    Detail receipt() {
        BSN_TRY(receipt, Receipt::decode(bundle_.proof.receipt));
        result_.receipt = std::move(receipt);
        return fmt::format("{} bytes, {} logs", bundle_.proof.receipt.size(),
                           result_.receipt->logs.size());
    }

    Detail block() {
        const InclusionProof& proof = bundle_.proof;
        BSN_TRY(header, check_header(proof.block.header, trust_.network, channel_));
        BSN_CHECK(check_inclusion(proof, header));
        result_.header = header;
        return fmt::format("index {} of {} in block {} ({}), ordering height {}, time {}",
                           proof.index, header.transactions, header.height,
                           short_hex(header.hash()), header.position.height,
                           to_iso8601(header.time));
    }

    Detail system_history() {
        BSN_TRY(history, EpochHistory::follow(trust_.system_epoch, bundle_.system_handovers,
                                              trust_.network, revoked_));
        system_ = std::move(history);
        return fmt::format("epoch {} to epoch {}, {} nodes revoked", system_->first(),
                           system_->last(), revoked_.size());
    }

    Detail creation() {
        if (!bundle_.creation) return refuse("the bundle holds no proof of the app's creation");
        const InclusionProof& proof = *bundle_.creation;
        const ChannelId& channel = channel_;
        BSN_TRY(transaction, check_transaction(proof.transaction, trust_.network));
        const Payload& call = transaction.payload();
        if (call.channel != system_channel_ || call.contract != k_registry ||
            call.function != k_publish) {
            return refuse("the creation's transaction creates no app");
        }
        if (channel_created_by(trust_.network, transaction.id()) != channel) {
            return Error{Code::wrong_channel, "the creation is that of another app"};
        }
        BSN_TRY(receipt, Receipt::decode(proof.receipt));
        BSN_TRY(header, check_header(proof.block.header, trust_.network, system_channel_));
        BSN_CHECK(check_inclusion(proof, header));
        BSN_CHECK(system_->check_certified(header, proof.block.certificates, revoked_));
        if (receipt.status != ExecutionStatus::success) return refuse("the creation failed");
        BSN_TRY(record, created_epoch(receipt, channel));
        first_epoch_ = std::move(record);
        return fmt::format("system block {}, system epoch {}, transaction {}", header.height,
                           header.epoch, short_hex(transaction.id()));
    }

    Detail app_history() {
        std::vector<const std::vector<RevokedNode>*> lists = {&revoked_, &first_epoch_.revoked};
        for (const Handover& handover : bundle_.handovers) lists.push_back(&handover.next.revoked);
        revoked_ = union_of_revoked(lists);
        BSN_TRY(history,
                EpochHistory::follow(first_epoch_, bundle_.handovers, trust_.network, revoked_));
        app_ = std::move(history);
        return fmt::format("epoch 0 to epoch {}", app_->last());
    }

    Detail certificates() {
        // What nothing was checked against must not be there.
        if (is_system() && (bundle_.creation || !bundle_.handovers.empty())) {
            return refuse("the system channel has neither a creation nor handovers of an app");
        }
        const EpochHistory& history = is_system() ? *system_ : *app_;
        const auto& certificates = bundle_.proof.block.certificates;
        BSN_TRY(epoch, history.check_certified(*result_.header, certificates, revoked_));
        result_.trust_class = trust_class_of(*epoch, trust_.ordering);
        return fmt::format("epoch {}: {}", epoch->epoch, signers(certificates, *epoch));
    }

    Detail outcome() {
        const std::string refusal = refusal_of(*result_.receipt);
        return refusal.empty() ? "success" : refusal;
    }

    const ReceiptBundle& bundle_;
    const Trust& trust_;
    const ChannelId system_channel_;
    ChannelId channel_;  ///< of the transaction
    std::vector<RevokedNode> revoked_;
    std::optional<EpochHistory> system_;
    std::optional<EpochHistory> app_;
    EpochRecord first_epoch_;
    Verification result_;
};

}  // namespace

Trust Trust::from(const Genesis& genesis) {
    return {genesis.network(), genesis.ordering, genesis.system_epoch()};
}

Result<Trust> Trust::from(const Genesis& genesis, EpochRecord checkpoint) {
    Trust trust = from(genesis);
    auto invalid = [](std::string_view why) {
        return Error{Code::invalid_argument, fmt::format("checkpoint: {}", why)};
    };
    if (checkpoint.channel != trust.system_epoch.channel) {
        return Error{Code::wrong_network,
                     "checkpoint: it is not of the system channel of the genesis file's network"};
    }
    if (checkpoint.epoch == 0 && checkpoint != trust.system_epoch) {
        return invalid("its epoch 0 differs from the genesis file's");
    }
    BSN_CHECK(EpochRecord::decode(checkpoint.encode()));  // its form, whoever made it
    trust.system_epoch = std::move(checkpoint);
    return trust;
}

bool Verification::success() const {
    return authentic && receipt && receipt->status == ExecutionStatus::success;
}

std::string Verification::failure() const {
    if (authentic) return refusal_of(*receipt);
    if (steps.empty()) return "nothing was verified";
    return fmt::format("it is not shown that {}: {}", steps.back().claim, steps.back().detail);
}

Verification verify_bundle(const ReceiptBundle& bundle, const Trust& trust) {
    return Verifier(bundle, trust).run();
}

}  // namespace bsn::ledger
