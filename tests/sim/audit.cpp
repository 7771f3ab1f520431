#include "sim/audit.hpp"

#include "base/codec.hpp"
#include "ledger/block.hpp"
#include "sim/scheduler.hpp"

#include <algorithm>
#include <set>

namespace bsn::sim {
namespace {

using ledger::Block;
using ledger::Envelope;
using ledger::EnvelopeKind;

constexpr UnixMillis k_longest_validity = 3'600'000;

/// One channel's blocks, from the first to the last.
class Auditor {
  public:
    Auditor(const peer::Replica& replica, const ledger::Genesis& genesis)
        : replica_(replica),
          system_(replica.rules().channel == ledger::system_channel(genesis.network())) {}

    Audited run() {
        const ledger::Height last = replica_.certified_height();
        for (ledger::Height height = 0; height <= last; ++height) {
            height_ = height;
            auto block = replica_.blocks().block(height);
            require(block && block->has_value(), "the block is not there");
            check(**block);
        }
        for (const auto& [core, quorum] : voided_) {
            require(promises_[core].size() >= quorum, "a batch was voided by fewer than a quorum");
        }
        return std::move(audited_);
    }

  private:
    void require(bool holds, std::string_view what) const {
        if (holds) return;
        throw Violation(fmt::format("audit of channel {:.8}, block {}: {}",
                                    to_hex(replica_.rules().channel), height_, what));
    }

    void check(const Block& block) {
        const ledger::Header& header = block.header;
        require(header.height == height_ && header.previous == previous_, "the chain is broken");
        require(height_ == 0 || header.time > audited_.time, "time stands still");
        require(height_ == 0 || header.position.height > order_height_, "the order goes back");
        previous_ = header.hash();
        audited_.time = header.time;
        order_height_ = header.position.height;
        auto epoch_before = epoch_;
        for (const ledger::ControlRecord& record : block.controls) apply(record);
        // An epoch's last block is certified by its own peers.
        if (!epoch_before) epoch_before = epoch_;
        require(epoch_before.has_value() && header.epoch == epoch_before->epoch,
                "the block is not of the present epoch");
        check_certificates(block, *epoch_before);
        auto batches = replica_.batches_of(block);
        require(batches.ok(), "its batches are not there");
        Status whole = ledger::check_block(block, &*batches);
        require(whole.ok(), whole ? "" : whole.error().message);
        note_void_votes(block, *epoch_before);
        check_envelopes(block);
        check_transactions(block, *batches);
    }

    void apply(const ledger::ControlRecord& record) {
        if (const auto* epoch = std::get_if<ledger::EpochControl>(&record)) {
            require(!epoch_ || epoch->record.epoch == epoch_->epoch + 1, "an epoch is left out");
            epoch_ = epoch->record;
        } else if (const auto* role = std::get_if<ledger::RoleControl>(&record)) {
            roles_[role->name] = role->functions;
        } else if (const auto* member = std::get_if<ledger::MemberControl>(&record)) {
            members_[member->participant] = *member;
        } else if (const auto* state = std::get_if<ledger::StateControl>(&record)) {
            suspended_ = state->state == ledger::AppState::suspended;
        }
    }

    static std::size_t quorum_of(const ledger::EpochRecord& epoch) {
        const std::size_t n = epoch.peers.size();
        return n == 3 ? 2 : n < 3 ? n : 2 * n / 3 + 1;
    }

    void check_certificates(const Block& block, const ledger::EpochRecord& epoch) const {
        auto stored = replica_.blocks().certificates(height_);
        require(stored && stored->has_value(), "it is certified without a certificate");
        const std::size_t n = epoch.peers.size();
        require((*stored)->size() == epoch.suites.size(), "a suite has no certificate");
        for (const ledger::Certificate& certificate : **stored) {
            std::set<std::uint16_t> signers;
            for (const ledger::PeerSignature& one : certificate.signatures) {
                require(one.peer < n && signers.insert(one.peer).second, "a signer counts twice");
                auto suite = std::find(epoch.suites.begin(), epoch.suites.end(), certificate.suite);
                require(suite != epoch.suites.end(), "a certificate in another suite");
                const auto& key = epoch.peers[one.peer]
                                      .keys[static_cast<std::size_t>(suite - epoch.suites.begin())];
                require(crypto::verify({certificate.suite, key}, block.header.statement(),
                                       one.signature)
                            .ok(),
                        "a signature of the certificate is wrong");
            }
            require(signers.size() >= quorum_of(epoch), "fewer than a quorum certified it");
        }
    }

    /// What was voided, and who promised what. Votes come later in the order than their target, so
    /// they are compared at the end. (A copy of what is void is void as well: the core alone
    /// counts.)
    void note_void_votes(const Block& block, const ledger::EpochRecord& epoch) {
        const auto skipped = peer::skipped_whole(block);
        for (std::uint32_t i = 0; i < block.envelopes.size(); ++i) {
            const Envelope& envelope = block.envelopes[i];
            if (auto found = skipped.find(i);
                found != skipped.end() && found->second == Code::voided) {
                voided_[envelope.core_hash(crypto::HashId::sha256)] = quorum_of(epoch);
            }
            if (envelope.kind != EnvelopeKind::void_batch) continue;
            auto vote = peer::VoidVote::decode(envelope.body);
            if (!vote || vote->stance != peer::VoidStance::promise) continue;
            promises_[vote->target.core_hash].insert(envelope.proposer);
        }
    }

    void check_envelopes(const Block& block) {
        auto skipped = peer::skipped_whole(block);
        std::map<std::uint32_t, std::uint32_t> refused;  // transactions, by envelope
        for (const ledger::Skipped& skip : block.skipped) ++refused[skip.envelope];
        for (std::uint32_t i = 0; i < block.envelopes.size(); ++i) {
            const Envelope& envelope = block.envelopes[i];
            require(envelope.channel == replica_.rules().channel, "an envelope of elsewhere");
            if (skipped.contains(i)) continue;
            require(envelope.epoch == block.header.epoch, "an envelope of another epoch ran");
            require(block.header.position.height <= envelope.valid_until_order_height,
                    "an envelope ran after its time");
            if (envelope.kind == EnvelopeKind::tick) {
                Reader reader(envelope.body);
                require(reader.u64() + 1 == height_, "a stale tick made a block");
                continue;
            }
            if (envelope.kind == EnvelopeKind::void_batch) continue;  // a vote
            require(!suspended_, "an envelope ran while the app was suspended");
            require(!executed_.contains(envelope.digest), "a batch ran twice");
            // One of which nothing was admitted may come again.
            if (refused[i] < envelope.count) executed_.insert(envelope.digest);
        }
    }

    void check_transactions(const Block& block, const std::vector<Bytes>& batches) {
        auto admitted = ledger::admitted_transactions(block, batches);
        require(admitted.ok(), "its transactions cannot be taken apart");
        std::uint32_t index = 0;
        for (ByteView bytes : *admitted) {
            auto transaction = replica_.rules().check(to_bytes(bytes));
            require(transaction.ok(), "a transaction that is none of this channel's");
            const ledger::Payload& payload = transaction->payload();
            require(transaction->verify_signature().ok(), "a signature is wrong");
            require(audited_.places
                        .emplace(transaction->id(), ledger::TransactionPlace{height_, index++})
                        .second,
                    "a transaction is there twice");
            require(nonces_.emplace(payload.creator, payload.nonce).second,
                    "a nonce is used twice");
            require(payload.valid_until >= block.header.time, "a transaction came too late");
            require(payload.valid_until <= block.header.time + k_longest_validity,
                    "a transaction is valid for too long");
            if (!system_) require(may(*transaction), "a transaction by someone who may not");
            audited_.transactions.push_back(transaction->id());
        }
    }

    bool may(const ledger::Transaction& transaction) const {
        const ledger::Payload& payload = transaction.payload();
        auto member = members_.find(payload.creator);
        if (member == members_.end() || member->second.state != ledger::MemberState::active ||
            member->second.key != transaction.signer()) {
            return false;
        }
        const std::vector<std::string> wanted{payload.contract + "." + payload.function,
                                              payload.contract + ".*", "*"};
        for (const std::string& name : member->second.roles) {
            auto role = roles_.find(name);
            if (role == roles_.end()) continue;
            for (const std::string& pattern : role->second) {
                if (std::find(wanted.begin(), wanted.end(), pattern) != wanted.end()) return true;
            }
        }
        return false;
    }

    const peer::Replica& replica_;
    const bool system_;
    Audited audited_;
    ledger::Height height_ = 0;
    ledger::Hash previous_;
    std::uint64_t order_height_ = 0;
    std::optional<ledger::EpochRecord> epoch_;
    std::map<std::string, std::vector<std::string>> roles_;
    std::map<ledger::ParticipantId, ledger::MemberControl> members_;
    bool suspended_ = false;
    std::set<ledger::Hash> executed_;
    std::map<ledger::Hash, std::size_t> voided_;  ///< the quorum of the epoch, by core hash
    std::map<ledger::Hash, std::set<ledger::NodeId>> promises_;
    std::set<std::pair<ledger::ParticipantId, ledger::Nonce>> nonces_;
};

}  // namespace

Audited audit(const peer::Replica& replica, const ledger::Genesis& genesis) {
    return Auditor(replica, genesis).run();
}

}  // namespace bsn::sim
