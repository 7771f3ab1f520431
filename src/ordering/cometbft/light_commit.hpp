#pragma once
// Blocks of CometBFT 0.38, believed because more than two thirds of the validators signed them, and
// not because of who brought them (its specification: spec/core/data_structures.md). No I/O.

#include "ordering/order_rules.hpp"

#include <string>
#include <vector>

namespace bsn::ordering {

/// A block, and the signatures of those who agreed on it.
struct SignedBlock {
    Bytes header;  ///< protobuf `tendermint.types.Header`
    Bytes commit;  ///< protobuf `tendermint.types.Commit`
    std::vector<Bytes> transactions;
};

// Of a signed block; CometBFT's blocks are smaller (`block.max_bytes` of its genesis).
inline constexpr std::size_t k_max_header_bytes = 4U << 10;
inline constexpr std::size_t k_max_commit_bytes = 2U << 20;
inline constexpr std::size_t k_max_transactions_bytes = 4U << 20;
inline constexpr std::size_t k_max_transactions = 65'536;

/// What a block says, once it is verified.
struct AgreedBlock {
    std::uint64_t height = 0;
    UnixMillis time = 0;
    ledger::Hash app_hash;         ///< after the height before
    ledger::Hash next_validators;  ///< hash of the set that agrees on the next height
    std::vector<Bytes> transactions;
};

/// Those who agree on a height, in CometBFT's order: by power, and by address among equals.
class ValidatorSet {
  public:
    /// Of distinct keys of 32 bytes; not empty, and each of a power above 0.
    static Result<ValidatorSet> of(std::vector<Validator> validators);

    struct Member {
        Bytes address;  ///< 20 bytes
        Validator validator;
    };
    const std::vector<Member>& members() const { return members_; }
    std::uint64_t total_power() const { return total_power_; }
    /// The Merkle root that stands in headers.
    const ledger::Hash& hash() const { return hash_; }

  private:
    std::vector<Member> members_;
    std::uint64_t total_power_ = 0;
    ledger::Hash hash_;
};

/// The name by which CometBFT knows a network.
std::string chain_id_of(const ledger::NetworkId& network);

/// The hash of a header (protobuf `tendermint.types.Header`), which identifies its block.
/// `invalid_argument` if it is malformed.
Result<ledger::Hash> header_hash(ByteView header);

/// Verifies that a block is the one of its chain and height, and that more than two thirds of the
/// power of `validators` signed it. `too_large` beyond the limits above, `invalid_argument` for
/// what is malformed or of another chain or height, `bad_signature` for what was not agreed.
Result<AgreedBlock> verify_block(SignedBlock block, const std::string& chain_id,
                                 std::uint64_t height, const ValidatorSet& validators);

}  // namespace bsn::ordering
