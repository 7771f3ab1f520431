#pragma once
// Blocks as a peer stores them: everything but the batches, which lie in the batch log.
// `docs/formats.md` 11.

#include "ledger/control.hpp"
#include "ledger/envelope.hpp"
#include "ledger/header.hpp"
#include "ledger/receipt.hpp"

namespace bsn::ledger {

/// Something ordered that is not in the block's trees, and why.
struct Skipped {
    static constexpr std::uint32_t k_whole_envelope = 0xFFFFFFFF;

    std::uint32_t envelope = 0;                    ///< index among the block's envelopes
    std::uint32_t transaction = k_whole_envelope;  ///< index in the batch
    Code reason = Code::invalid_argument;
    auto operator<=>(const Skipped&) const = default;
};

/// A block without its transactions' bytes.
struct Block {
    Header header;
    std::vector<ControlRecord> controls;
    std::vector<Envelope> envelopes;
    std::vector<Skipped> skipped;  ///< ascending by envelope, then transaction
    std::vector<Bytes> receipts;   ///< encoded, one for each admitted transaction

    Bytes encode() const;
    static Result<Block> decode(ByteView bytes);

    bool operator==(const Block&) const = default;
};

/// What the extensions of a block's header commit to; each by the header's hash function.
Hash hash_controls(HashId id, const std::vector<ControlRecord>& controls);
Hash hash_envelopes(HashId id, const std::vector<Envelope>& envelopes);
Hash hash_skipped(HashId id, const std::vector<Skipped>& skipped);

/// The admitted transactions of a block, in order, given its batches in order of the envelopes
/// (empty for those skipped whole, without a batch, or carried: these are read from the envelope).
/// Borrowed from the batches and the block. Size and count are checked, digests are not.
Result<std::vector<ByteView>> admitted_transactions(const Block& block,
                                                    const std::vector<Bytes>& batches);

/// Whether a block's content is what its header commits to, given its batches; without them, all
/// but the transaction root is checked.
Status check_block(const Block& block, const std::vector<Bytes>* batches);

}  // namespace bsn::ledger
