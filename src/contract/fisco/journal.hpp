#pragma once
// The state under the precompiled contracts of FISCO BCOS, as the EVM's runtime gives it to them.

#include "ledger/ethereum/types.hpp"

namespace bsn::contract::fisco {

/// One transaction's view of the world. Everything stored can be undone, by storing slots back:
/// that is the runtime's business. A call on one thread; nothing is kept between calls.
///
/// If the state cannot be read, an implementation notes so, answers as if there were nothing, and
/// fails the transaction after the call.
class Journal {
  public:
    virtual ~Journal() = default;

    /// The word in a slot; zero if nothing was stored.
    virtual ledger::Word load(const ledger::Address& account, const ledger::Word& slot) = 0;
    virtual void store(const ledger::Address& account, const ledger::Word& slot,
                       const ledger::Word& word) = 0;

    /// The bytes whose Keccak-256 the slot holds. Only asked for slots that hold one.
    virtual Bytes get_blob(const ledger::Address& account, const ledger::Word& slot) = 0;
    /// Keeps bytes for a slot; their hash is stored in it by the caller, with `store`, right after.
    /// No bytes: forget them, the slot becomes zero. To be kept by hash, or undone as slots are
    /// (`SlotJournal`): `get_blob` yields what the slot's hash is of.
    virtual void put_blob(const ledger::Address& account, const ledger::Word& slot,
                          ByteView bytes) = 0;

    /// True if a contract lies at the address.
    virtual bool has_code(const ledger::Address& account) = 0;
    /// True if the address was ever used: it has code, a balance or a nonce.
    virtual bool exists(const ledger::Address& account) = 0;
};

}  // namespace bsn::contract::fisco
