#pragma once
// Blocks of Fabric: what their hashes are of, and what they say of their transactions.

#include "crypto/hash.hpp"

#include <common/common.pb.h>
#include <peer/transaction.pb.h>

#include <string>
#include <vector>

namespace bsn::framework::fabric {

/// What orderers sign and the next block refers to: the DER of SEQUENCE { INTEGER number, OCTET
/// STRING previous hash, OCTET STRING data hash }.
std::string header_bytes(const common::BlockHeader& header);
/// The hash of `header_bytes`.
crypto::Hash header_hash(const common::BlockHeader& header, crypto::HashId hash);
/// The hash of all envelopes, one after another.
crypto::Hash data_hash(const common::BlockData& data, crypto::HashId hash);

/// Whether the data is what the header commits to; `corrupted` otherwise.
Status check_data(const common::Block& block, crypto::HashId hash);

/// What the peer that gave this block found of each transaction: nobody signs it.
/// `invalid_argument` if the block does not say it for each.
Result<std::vector<protos::TxValidationCode>> validation_codes(const common::Block& block);

/// The height of the configuration that was valid for this block, as its orderer says; the block's
/// own for the first one. `invalid_argument` if it does not say it.
Result<std::uint64_t> last_config_of(const common::Block& block);

/// Whether this block is a channel's configuration.
bool is_config_block(const common::Block& block);

}  // namespace bsn::framework::fabric
