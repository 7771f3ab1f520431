#pragma once
// Receipt bundles: a transaction's receipt with all that proves it, down to the genesis.
// `docs/formats.md` 12.

#include "ledger/genesis.hpp"
#include "ledger/header.hpp"
#include "ledger/receipt.hpp"
#include "ledger/transaction.hpp"

#include <string>
#include <vector>

namespace bsn::ledger {

/// A header and the certificates of a quorum, one for each certification suite of its epoch.
struct CertifiedHeader {
    Bytes header;
    std::vector<Certificate> certificates;
};

/// That an epoch ended and who came next: its last header, and the record that this header names.
struct Handover {
    CertifiedHeader last;
    EpochRecord next;
};

/// A transaction and its receipt at the same index of a certified block.
struct InclusionProof {
    Bytes transaction;
    Bytes receipt;
    std::uint32_t index = 0;
    std::vector<Hash> transaction_path;
    std::vector<Hash> receipt_path;
    CertifiedHeader block;
};

struct ReceiptBundle {
    InclusionProof proof;
    /// The app's handovers from its creation to the proof's epoch, oldest first.
    std::vector<Handover> handovers;
    /// The app's creation on the system channel; none if the proof itself is of the system channel.
    std::optional<InclusionProof> creation;
    /// The system channel's handovers since the genesis, oldest first: all that the issuer knew.
    std::vector<Handover> system_handovers;

    /// The canonical JSON of `docs/formats.md` 12.
    std::string to_json() const;
    /// Accepts the canonical form only.
    static Result<ReceiptBundle> from_json(std::string_view text);
    Bytes encode() const;
    static Result<ReceiptBundle> decode(ByteView bytes);
};

}  // namespace bsn::ledger
