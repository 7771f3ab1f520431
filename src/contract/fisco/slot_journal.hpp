#pragma once
// Bytes in slots alone, for a runtime that undoes slots and knows nothing else.

#include "contract/fisco/journal.hpp"

namespace bsn::contract::fisco {

/// A journal whose blobs lie in slots of their own, 32 bytes in each, their length in the first:
/// the hash of the blob's slot, its last eight bytes a counter. What a shorter blob does not need
/// is set to zero.
class SlotJournal : public Journal {
  public:
    Bytes get_blob(const ledger::Address& account, const ledger::Word& slot) override;
    void put_blob(const ledger::Address& account, const ledger::Word& slot,
                  ByteView bytes) override;
};

}  // namespace bsn::contract::fisco
