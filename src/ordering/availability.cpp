#include "ordering/availability.hpp"

#include <fmt/format.h>

namespace bsn::ordering {

AvailabilityVotes::AvailabilityVotes(ledger::Envelope envelope,
                                     std::shared_ptr<const ledger::EpochRecord> epoch,
                                     const ledger::NetworkId& network)
    : envelope_(std::move(envelope)), epoch_(std::move(epoch)) {
    Bytes core = envelope_.encode_core();
    core_hash_ = crypto::hash(crypto::HashId::sha256, core);
    statement_ = ledger::encode_statement(ledger::Purpose::availability, network, envelope_.channel,
                                          envelope_.epoch, core);
}

Status AvailabilityVotes::add(const ledger::NodeId& peer,
                              const std::vector<ledger::Signature>& signatures) {
    if (has_vote_of(peer)) return {};
    // Before an envelope is ordered there is no ordering height to hold revocations against; the
    // peers that execute it check them.
    BSN_TRY(index, check_vote(*epoch_, peer, signatures, statement_, 0));
    votes_.emplace(index, signatures);
    return {};
}

bool AvailabilityVotes::has_vote_of(const ledger::NodeId& peer) const {
    std::optional<std::uint16_t> index = epoch_->index_of(peer);
    return index && votes_.contains(*index);
}

ledger::Envelope AvailabilityVotes::certified() const {
    ensure(complete(), "an envelope is certified by a quorum");
    ledger::Envelope envelope = envelope_;
    envelope.availability = certificates_of(*epoch_, votes_);
    return envelope;
}

std::vector<ledger::Certificate> certificates_of(
    const ledger::EpochRecord& epoch,
    const std::map<std::uint16_t, std::vector<ledger::Signature>>& votes) {
    std::vector<ledger::Certificate> certificates;
    for (std::size_t suite = 0; suite < epoch.suites.size(); ++suite) {
        ledger::Certificate certificate{epoch.suites[suite], {}};
        for (const auto& [peer, signatures] : votes) {
            // A quorum says it all; more would only make receipts larger.
            if (certificate.signatures.size() == epoch.quorum()) break;
            certificate.signatures.push_back({peer, signatures[suite]});
        }
        certificates.push_back(std::move(certificate));
    }
    return certificates;
}

Result<std::uint16_t> check_vote(const ledger::EpochRecord& epoch, const ledger::NodeId& peer,
                                 const std::vector<ledger::Signature>& signatures,
                                 ByteView statement, std::uint64_t order_height) {
    std::optional<std::uint16_t> index = epoch.index_of(peer);
    if (!index) {
        return Error{Code::forbidden,
                     fmt::format("node {} is no peer of epoch {}", to_hex(peer), epoch.epoch)};
    }
    if (signatures.size() != epoch.suites.size()) {
        return Error{Code::bad_signature,
                     fmt::format("{} signatures where epoch {} asks for {}", signatures.size(),
                                 epoch.epoch, epoch.suites.size())};
    }
    for (std::size_t suite = 0; suite < epoch.suites.size(); ++suite) {
        BSN_CHECK(ledger::check_peer_signature({*index, signatures[suite]}, epoch.suites[suite],
                                               epoch, statement, order_height));
    }
    return *index;
}

}  // namespace bsn::ordering
