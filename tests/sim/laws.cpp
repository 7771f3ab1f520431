#include "sim/laws.hpp"

#include "ledger/verify.hpp"
#include "sim/audit.hpp"

#include <algorithm>
#include <set>

namespace bsn::sim {
namespace {

/// Receipts that are checked on each node.
constexpr std::size_t k_receipts = 8;

template <typename... Args>
[[noreturn]] void broken(fmt::format_string<Args...> format, Args&&... args) {
    throw Violation(fmt::format(format, std::forward<Args>(args)...));
}

std::string short_hex(ByteView bytes) { return to_hex(bytes).substr(0, 8); }

}  // namespace

Laws::Laws(Scheduler& scheduler, std::vector<std::unique_ptr<SimNode>>& nodes, SimOrderer& orderer,
           const ledger::Genesis& genesis, Clients& clients)
    : scheduler_(scheduler),
      nodes_(nodes),
      orderer_(orderer),
      genesis_(genesis),
      clients_(clients) {}

// --- promises

void Laws::on_send(const Sent& sent) {
    const SimNode& node = *nodes_[sent.from];
    if (const auto* offer = std::get_if<ordering::BatchOffer>(&sent.message)) {
        Bytes core = offer->core;
        core.push_back(0);  // no certificates
        if (auto envelope = ledger::Envelope::decode(core)) {
            offered_[crypto::hash(crypto::HashId::sha256, offer->core)] = {sent.channel,
                                                                           envelope->digest};
        }
    }
    if (node.byzantine) return;
    if (std::holds_alternative<ordering::AvailabilityVote>(sent.message)) {
        check_availability_vote(node, sent);
    } else if (std::holds_alternative<ordering::HeaderVote>(sent.message)) {
        check_header_vote(node, sent);
    }
}

void Laws::check_availability_vote(const SimNode& node, const Sent& sent) {
    const auto& vote = std::get<ordering::AvailabilityVote>(sent.message);
    auto offered = offered_.find(vote.core_hash);
    if (vote.signatures.empty() || offered == offered_.end()) return;
    const ledger::Hash& digest = offered->second.second;
    if (node.holds_batch_durably(sent.channel, digest)) return;
    broken("node {} signed that it holds batch {}, and a crash could lose it", node.number(),
           short_hex(digest));
}

void Laws::check_header_vote(const SimNode& node, const Sent& sent) {
    const auto& vote = std::get<ordering::HeaderVote>(sent.message);
    if (!node.holds_durably(sent.channel, vote.header)) {
        broken("node {} signed header {} of height {}, and a crash could lose its block",
               node.number(), short_hex(vote.header), vote.height);
    }
    if (voids_) return;
    auto& votes = votes_[{sent.channel, vote.height}];
    votes[node.number()] = vote.header;
    for (const auto& [other, header] : votes) {
        if (header == vote.header) continue;
        broken("nodes {} and {} signed headers {} and {} of height {}", node.number(), other,
               short_hex(vote.header), short_hex(header), vote.height);
    }
}

void Laws::on_submit(std::size_t number, const Bytes& bytes) {
    const SimNode& node = *nodes_[number];
    auto envelope = ledger::Envelope::decode(bytes);
    if (node.byzantine || !envelope) return;
    if (envelope->kind == ledger::EnvelopeKind::void_batch) check_void_vote(node, *envelope);
    if (envelope->kind != ledger::EnvelopeKind::batch) return;
    const peer::Replica* replica = node.replica(envelope->channel);
    if (replica == nullptr) return;
    auto epoch = replica->access().epoch();
    auto index = epoch->index_of(node.id());
    if (!index || epoch->epoch != envelope->epoch) return;
    for (const ledger::Certificate& certificate : envelope->availability) {
        for (const ledger::PeerSignature& one : certificate.signatures) {
            if (one.peer != *index) continue;
            if (node.holds_batch_durably(envelope->channel, envelope->digest)) continue;
            broken("node {} signed that it holds batch {} of its own, and a crash could lose it",
                   number, short_hex(envelope->digest));
        }
    }
}

void Laws::check_void_vote(const SimNode& node, const ledger::Envelope& envelope) const {
    auto vote = peer::VoidVote::decode(envelope.body);
    if (!vote || vote->stance != peer::VoidStance::promise) return;
    if (node.holds_promise_durably(envelope.channel, vote->target)) return;
    broken("node {} promised to void a batch, and a crash could make it forget that",
           node.number());
}

// --- answers

void Laws::on_answer(SimNode& node, Errand& errand,
                     const Result<framework::TransactionView>& answer) {
    if (node.byzantine) return;
    note_certified(node);
    if (!answer) {
        // Said of the ledger itself, not of what this node may take now.
        errand.never =
            errand.never || answer.error().message.find(peer::k_never) != std::string::npos;
        return;
    }
    if (errand.kind == Errand::Kind::forged) {
        broken("node {} answered a forged transaction with success", node.number());
    }
    if (errand.kind == Errand::Kind::stranger) {
        broken("node {} took a transaction of a stranger", node.number());
    }
    const peer::Replica* replica = node.replica(errand.channel);
    if (replica == nullptr || replica->certified_height() < answer->height) {
        broken("node {} answered {} as certified before block {} was", node.number(), errand.what,
               answer->height);
    }
    if (errand.certified &&
        (errand.certified->height != answer->height || errand.certified->index != answer->index ||
         errand.certified->success != answer->success ||
         errand.certified->result != answer->result)) {
        broken("{} has two answers", errand.what);
    }
    check_holders(node, errand.channel, answer->height);
}

void Laws::check_holders(const SimNode& node, const ledger::ChannelId& channel,
                         std::uint64_t height) const {
    const peer::Replica& replica = *node.replica(channel);
    auto block = replica.blocks().block(height);
    if (!block || !*block) return;  // damage
    auto epoch = replica.epoch_record((*block)->header.epoch);
    if (!epoch) return;
    const ledger::Hash header = (*block)->header.hash();
    std::size_t holders = 0;
    for (const auto& other : nodes_) {
        if (!(*epoch)->index_of(other->id())) continue;
        // Liars may say that they hold it; who lost a disk, or parts of what is on it, did hold it.
        if (other->byzantine || other->wipes > 0 || other->damaged ||
            other->holds_durably(channel, header)) {
            ++holders;
        }
    }
    if (holders < (*epoch)->quorum()) {
        broken("block {} was answered as certified, and only {} nodes hold it durably", height,
               holders);
    }
}

void Laws::check_order() const {
    for (const auto& node : nodes_) {
        if (!node->runs()) continue;
        const std::uint64_t executed = node->framework().executed_order_height();
        if (executed <= orderer_.height()) continue;
        broken("node {} has executed ordering height {}, and the order has lost it", node->number(),
               executed);
    }
}

void Laws::note_certified(SimNode& node) {
    if (node.byzantine || !node.runs()) return;
    for (const auto& [channel, replica] : node.framework().replicas()) {
        const ledger::Height certified = replica->certified_height();
        for (ledger::Height height = certified;; --height) {
            auto block = replica->blocks().block(height);
            if (!block || !*block) break;  // damage; audited where it matters
            const ledger::Hash hash = (*block)->header.hash();
            auto [at, fresh] = certified_.try_emplace({channel, height}, hash);
            if (at->second != hash) {
                broken("two headers of height {} are certified: {} and {}", height,
                       short_hex(at->second), short_hex(hash));
            }
            if (!fresh || height == 0) break;
        }
    }
}

void Laws::check_answers() const {
    for (const Submission& submission : clients_.submissions()) {
        if (submission.answered || !submission.life->alive) continue;
        if (scheduler_.now() < submission.due) continue;
        broken("{} at node {} was not answered", submission.errands.front()->what, submission.node);
    }
}

std::set<std::pair<ledger::ChannelId, ledger::Hash>> Laws::open_batches() const {
    std::set<std::pair<ledger::ChannelId, ledger::Hash>> open;
    std::set<ledger::ChannelId> channels;
    for (const auto& [core, batch] : offered_) {
        open.insert(batch);
        channels.insert(batch.first);
    }
    for (const auto& node : nodes_) {
        for (const ledger::ChannelId& channel : channels) {
            std::optional<Bytes> prefix = node->prefix(channel);
            if (!prefix) continue;
            const ledger::BlockStore blocks(node->disk.database, *prefix);
            for (ledger::Height height = 0;; ++height) {
                auto block = blocks.block(height);
                if (!block || !*block) break;
                for (const ledger::Envelope& envelope : (*block)->envelopes) {
                    open.erase({channel, envelope.digest});
                }
            }
        }
    }
    return open;
}

// --- at rest

std::vector<ledger::ChannelId> Laws::channels() const {
    std::set<ledger::ChannelId> channels;
    for (const auto& node : nodes_) {
        if (node->byzantine || !node->runs()) continue;
        for (const auto& [channel, replica] : node->framework().replicas()) {
            channels.insert(channel);
        }
    }
    return {channels.begin(), channels.end()};
}

std::vector<SimNode*> Laws::nodes_of(const ledger::ChannelId& channel) const {
    std::vector<SimNode*> found;
    for (const auto& node : nodes_) {
        if (node->byzantine || !node->runs()) continue;
        const peer::Replica* replica = node->replica(channel);
        if (replica == nullptr || replica->status().left) continue;
        // What a node knows of itself may be old: all are asked whether it was revoked.
        bool revoked = std::any_of(nodes_.begin(), nodes_.end(), [&](const auto& other) {
            if (other->byzantine || !other->runs()) return false;
            auto record = other->view().node(node->id());
            return record && record->revoked_from != 0;
        });
        if (!revoked) found.push_back(node.get());
    }
    return found;
}

bool Laws::agree(std::string* why) const {
    auto no = [&](std::string reason) {
        if (why != nullptr) *why = std::move(reason);
        return false;
    };
    for (const ledger::ChannelId& channel : channels()) {
        std::optional<ledger::Hash> head;
        for (SimNode* node : nodes_of(channel)) {
            peer::ReplicaStatus status = node->replica(channel)->status();
            if (!status.alarm.empty()) {
                return no(fmt::format("node {} has stopped channel {}: {}", node->number(),
                                      short_hex(channel), status.alarm));
            }
            if (status.height != status.certified) {
                return no(fmt::format("node {} channel {}: executed {}, certified {}",
                                      node->number(), short_hex(channel), status.height,
                                      status.certified));
            }
            if (!status.settled) {
                return no(fmt::format("node {} channel {}: decisions wait", node->number(),
                                      short_hex(channel)));
            }
            if (head && *head != status.certified_hash) {
                return no(fmt::format("node {} channel {}: another head at height {}",
                                      node->number(), short_hex(channel), status.height));
            }
            head = status.certified_hash;
        }
    }
    return true;
}

void Laws::describe() const {
    for (const auto& node : nodes_) {
        if (!node->runs()) {
            scheduler_.trace("node {} is down", node->number());
            continue;
        }
        for (const auto& [channel, replica] : node->framework().replicas()) {
            peer::ReplicaStatus status = replica->status();
            scheduler_.trace(
                "node {}{} channel {}: executed {}, certified {} {}, order height {}, "
                "epoch {}, {} waiting{} {}",
                node->number(), node->byzantine ? " (lies)" : "", short_hex(channel), status.height,
                status.certified, short_hex(status.certified_hash), replica->tip().order_height,
                replica->access().epoch()->epoch, status.pending,
                status.settled ? "" : ", not settled", status.alarm);
        }
    }
}

void Laws::check_ledgers() {
    for (const ledger::ChannelId& channel : channels()) {
        std::vector<SimNode*> nodes = nodes_of(channel);
        if (nodes.empty()) continue;
        for (SimNode* node : nodes) note_certified(*node);
        SimNode& first = *scheduler_.random().one_of(nodes);
        Audited audited = audit(*first.replica(channel), genesis_);
        for (SimNode* node : nodes) {
            check_errands(channel, *node);
            check_receipts(channel, *node, audited.transactions);
        }
    }
}

void Laws::check_errands(const ledger::ChannelId& channel, SimNode& node) const {
    auto chain = node.framework().open_chain(channel);
    if (!chain) broken("node {} has lost a channel: {}", node.number(), chain.error().message);
    for (const ErrandPtr& errand : clients_.errands()) {
        if (errand->channel != channel) continue;
        auto found = (*chain)->transaction(errand->id);
        const bool there = found && found->raw == errand->bytes;
        if (errand->certified) {
            if (!there || found->height != errand->certified->height ||
                found->index != errand->certified->index ||
                found->success != errand->certified->success) {
                broken("{} {} was answered as certified in block {}, and node {} says: {}",
                       errand->what, short_hex(errand->id), errand->certified->height,
                       node.number(), found ? "something else" : found.error().message);
            }
        } else if (there && errand->kind != Errand::Kind::good) {
            broken("{} is on the ledger", errand->what);
        } else if (there && errand->never) {
            broken("{} is on the ledger, and its client was told that it never will be",
                   errand->what);
        } else if (!found && found.error().code == Code::not_found && (*chain)->prove(errand->id)) {
            broken("{} is not on the ledger, and has a receipt", errand->what);
        }
    }
}

void Laws::check_receipts(const ledger::ChannelId& channel, SimNode& node,
                          const std::vector<ledger::TxId>& transactions) {
    if (transactions.empty()) return;
    auto chain = node.framework().open_chain(channel);
    const ledger::Trust trust = ledger::Trust::from(genesis_);
    Random& random = scheduler_.random();
    for (std::size_t i = 0; i < std::min(k_receipts, transactions.size()); ++i) {
        const ledger::TxId& id = transactions[random.below(transactions.size())];
        auto proof = (*chain)->prove(id);
        if (!proof) {
            broken("node {} has no receipt of {}: {}", node.number(), short_hex(id),
                   proof.error().message);
        }
        auto bundle = ledger::ReceiptBundle::from_json(as_text(*proof));
        if (!bundle) broken("a receipt cannot be read: {}", bundle.error().message);
        ledger::Verification verification = ledger::verify_bundle(*bundle, trust);
        if (!verification.authentic) {
            broken("node {}: the receipt of {} does not verify: {}", node.number(), short_hex(id),
                   verification.failure());
        }
        if (i == 0) check_forgeries(node, *proof);
    }
}

void Laws::check_forgeries(SimNode& node, const Bytes& proof) {
    const ledger::Trust trust = ledger::Trust::from(genesis_);
    Random& random = scheduler_.random();
    auto flip = [&](Bytes& bytes) { bytes[random.below(bytes.size())] ^= 1U << random.below(8); };
    using Change = std::function<void(ledger::ReceiptBundle&)>;
    const std::vector<std::pair<std::string, Change>> changes{
        {"transaction", [&](auto& bundle) { flip(bundle.proof.transaction); }},
        {"receipt", [&](auto& bundle) { flip(bundle.proof.receipt); }},
        {"header", [&](auto& bundle) { flip(bundle.proof.block.header); }},
        {"index", [&](auto& bundle) { bundle.proof.index += 1; }},
        {"signature",
         [&](auto& bundle) {
             auto& signatures = bundle.proof.block.certificates.front().signatures;
             random.one_of(signatures).signature.data()[random.below(64)] ^= 1U;
         }},
        {"too few signatures",
         [&](auto& bundle) { bundle.proof.block.certificates.front().signatures.pop_back(); }},
        {"a signer twice",
         [&](auto& bundle) {
             auto& signatures = bundle.proof.block.certificates.front().signatures;
             signatures.back() = signatures.front();
             if (signatures.size() == 1) signatures.clear();
         }},
    };
    const auto& [name, change] = changes[random.below(changes.size())];
    auto bundle = ledger::ReceiptBundle::from_json(as_text(proof));
    change(*bundle);
    if (ledger::verify_bundle(*bundle, trust).authentic) {
        broken("node {}: a receipt verifies with another {}", node.number(), name);
    }
}

}  // namespace bsn::sim
