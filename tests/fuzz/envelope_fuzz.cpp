// Envelopes, certificates and epoch records: what is ordered, and who vouches for it.
#include "fuzz/laws.hpp"
#include "ledger/envelope.hpp"

#include <nlohmann/json.hpp>

namespace bsn::fuzz {
namespace {

using ledger::Certificate;
using ledger::Envelope;
using ledger::EpochRecord;

/// The epoch and statement of the golden vectors, which the seeds are certified for.
struct World {
    ledger::NetworkId network;
    EpochRecord epoch;
    EpochRecord certifying;
    Bytes statement;
};

const World& world() {
    static const World k_world = [] {
        const auto envelopes = nlohmann::json::parse(read_test_file("vectors/availability.json"));
        const auto certificates =
            nlohmann::json::parse(read_test_file("vectors/certificates.json"));
        auto bytes = [](const nlohmann::json& json) { return from_hex(json.get<std::string>()); };
        return World{ledger::NetworkId::from(*bytes(envelopes.at("network"))).value(),
                     EpochRecord::decode(*bytes(envelopes.at("epoch"))).value(),
                     EpochRecord::decode(*bytes(certificates.at("epoch"))).value(),
                     *bytes(certificates.at("statement"))};
    }();
    return k_world;
}

void check_envelope(ByteView bytes) {
    const auto envelope = check_format<Envelope>(bytes);
    if (!envelope) return;
    const auto available = [](const Envelope& value) {
        return ledger::check_availability(value, world().epoch, world().network, 10).ok();
    };
    if (!available(*envelope)) return;
    Envelope other = *envelope;
    other.sequence ^= 1;
    law(!available(other), "availability is of one sequence number");
    other = *envelope;
    other.digest.data()[7] ^= 1;
    law(!available(other), "availability is of one batch");
    other = *envelope;
    other.availability.clear();
    law(!available(other), "nothing is available without signatures");
}

void check_certificate(ByteView bytes) {
    const auto certificate = check_format<Certificate>(bytes);
    if (!certificate) return;
    const EpochRecord& epoch = world().certifying;
    Bytes statement = world().statement;
    if (!ledger::check_certificate(*certificate, epoch, statement, 0)) return;
    law(certificate->signatures.size() >= epoch.quorum(), "a certificate holds a quorum");
    statement.back() ^= 1;
    law(!ledger::check_certificate(*certificate, epoch, statement, 0),
        "a certificate is of one statement");
    std::vector<ledger::RevokedNode> revoked{
        {epoch.peers.at(certificate->signatures.front().peer).node, 0}};
    law(!ledger::check_certificate(*certificate, epoch, world().statement, 0, revoked),
        "a revoked node certifies nothing");
}

void check_epoch(ByteView bytes) {
    const auto epoch = check_format<EpochRecord>(bytes);
    if (!epoch) return;
    law(!epoch->peers.empty() && epoch->peers.size() <= 1000, "the limit on peers holds");
    law(epoch->quorum() >= 1 && epoch->quorum() <= epoch->peers.size() &&
            2 * epoch->quorum() > epoch->peers.size(),
        "two quorums share a peer");
    for (std::size_t i = 0; i < epoch->peers.size(); ++i) {
        const auto index = epoch->index_of(epoch->peers[i].node);
        law(index && *index == i, "each peer is found where it stands");
        law(epoch->peers[i].keys.size() == epoch->suites.size(), "a key for each suite");
    }
}

}  // namespace

void run(ByteView input) {
    check_envelope(input);
    check_certificate(input);
    check_epoch(input);
}

}  // namespace bsn::fuzz
