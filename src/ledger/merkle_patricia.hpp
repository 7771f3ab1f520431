#pragma once
// The commitment to world state that Ethereum's clients know: accounts in a Merkle Patricia trie,
// the storage of each in one of its own. `docs/formats.md` 9 and 18.

#include "ledger/ethereum/patricia_trie.hpp"
#include "ledger/ethereum/types.hpp"

namespace bsn::ledger {

/// What an account is, apart from its storage.
struct AccountFields {
    std::uint64_t nonce = 0;
    Word balance;
    Hash code_hash;  ///< Keccak-256 of the code

    bool operator==(const AccountFields&) const = default;
};

/// What a block did to an account.
struct AccountChange {
    Address address;
    /// The account and its storage are gone (before the other changes, if there are any).
    bool erased = false;
    /// Its storage is emptied before the slots below are set.
    bool storage_cleared = false;
    /// None: as before.
    std::optional<AccountFields> fields;
    std::vector<std::pair<Word, Word>> storage;  ///< slot and value; zero erases
};

/// A proof as `eth_getProof` gives it.
struct AccountProof {
    struct Slot {
        Word slot;
        Word value;  ///< zero: there is no such slot
        ethereum::TrieProof proof;
    };
    ethereum::TrieProof proof;  ///< of the account, or of its absence
    std::optional<AccountFields> fields;
    Hash storage_root = ethereum::empty_trie_root();
    std::vector<Slot> slots;
};

/// The trie over Keccak-256 of addresses, and those over Keccak-256 of slots. Its nodes are kept by
/// their place, as the Merkle map's are.
class MerklePatricia {
  public:
    explicit MerklePatricia(MerkleMapNodes& nodes) : nodes_(nodes) {}

    /// Makes all changes of a block; each address may be there once. Storage without an account is
    /// refused with `invalid_argument`.
    Status apply(const std::vector<AccountChange>& changes);
    /// The root; that of an empty trie when there are no accounts.
    Result<Hash> root() const;
    Result<AccountProof> prove(const Address& address, const std::vector<Word>& slots) const;

  private:
    MerkleMapNodes& nodes_;
};

/// Whether a proof shows this account (or that there is none), and these values of its slots;
/// `bad_signature` says which part does not hold.
Status check_account_proof(const Hash& root, const Address& address, const AccountProof& proof);

}  // namespace bsn::ledger
