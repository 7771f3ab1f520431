#pragma once
// A block whose signatures and data were checked, and what the framework port tells of it.

#include "framework/chain.hpp"
#include "framework/fabric/client/block.hpp"
#include "framework/fabric/client/transaction.hpp"

namespace bsn::framework::fabric {

struct CheckedBlock {
    common::Block block;
    crypto::Hash hash;
    std::size_t signers = 0;  ///< orderers; none for the first block
    /// As the peer says that gave it.
    std::vector<protos::TxValidationCode> codes;
    /// In the order of the block; what cannot be read has no id, and is never valid.
    std::vector<EnvelopeView> transactions;
    /// Fabric's blocks have no time: the latest that their clients wrote into its transactions.
    UnixMillis time = 0;

    std::uint64_t height() const { return block.header().number(); }
};

/// Reads what is in a block whose signatures were checked. `corrupted` if its data is not what the
/// header says, `invalid_argument` if it does not say which transactions are valid.
Result<CheckedBlock> read_block(common::Block block, crypto::HashId hash);

TransactionView transaction_view(const CheckedBlock& block, std::size_t index);
/// Its `details` list what is no transaction of a client, and what repeats the id of an earlier
/// one.
BlockView block_view(const CheckedBlock& block);
/// The events of its valid transactions; what our contracts emit together is told apart again.
std::vector<Event> events_of(const CheckedBlock& block);
/// A transaction's own, as `Chain` gives it: of the envelope, without a place on the chain.
TransactionView transaction_view(const EnvelopeView& envelope);

}  // namespace bsn::framework::fabric
