// How readers of old blocks get batches that this node's disk has lost.

#include "peer/replica.hpp"

#include <fmt/format.h>

namespace bsn::peer {

Result<std::vector<Bytes>> Replica::batches_or_repair(const ledger::Block& block) const {
    auto batches = batches_of(block);
    if (batches) return batches;
    Error answer = batches.error();
    std::map<std::uint32_t, Code> skipped = skipped_whole(block);
    for (std::uint32_t i = 0; i < block.envelopes.size(); ++i) {
        const ledger::Envelope& envelope = block.envelopes[i];
        if (skipped.contains(i) || envelope.kind != ledger::EnvelopeKind::batch) continue;
        auto bytes = batches_.bytes(envelope.digest);
        if (bytes && *bytes) continue;
        Error why = bytes ? Error{Code::corrupted,
                                  fmt::format("batch {} of block {} is missing",
                                              to_hex(envelope.digest), block.header.height)}
                          : bytes.error();
        answer = repair_.request(envelope.digest, *access_.epoch(), why);
    }
    return answer;
}

}  // namespace bsn::peer
