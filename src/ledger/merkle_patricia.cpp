#include "ledger/merkle_patricia.hpp"

#include "ledger/rlp.hpp"

#include <fmt/format.h>

namespace bsn::ledger {
namespace {

using ethereum::PatriciaTrie;

Hash hashed(ByteView bytes) { return crypto::hash(HashId::keccak256, bytes); }

PatriciaTrie account_trie(MerkleMapNodes& nodes) { return PatriciaTrie(nodes, {'A'}); }

PatriciaTrie storage_trie(MerkleMapNodes& nodes, const Hash& account) {
    Bytes prefix{'S'};
    prefix.insert(prefix.end(), account.view().begin(), account.view().end());
    return PatriciaTrie(nodes, std::move(prefix));
}

/// The value of an account's leaf.
struct AccountLeaf {
    AccountFields fields;
    Hash storage_root;
};

Bytes encode(const AccountLeaf& leaf) {
    rlp::Writer writer(110);
    writer.list([&] {
        writer.number(leaf.fields.nonce);
        writer.word(leaf.fields.balance);
        writer.string(leaf.storage_root);
        writer.string(leaf.fields.code_hash);
    });
    return writer.take();
}

Result<AccountLeaf> decode_account(ByteView bytes) {
    AccountLeaf leaf;
    rlp::Reader reader(bytes);
    reader.list("fields", [&](rlp::Reader& fields) {
        leaf.fields.nonce = fields.number("nonce");
        leaf.fields.balance = fields.word("balance");
        leaf.storage_root = fields.fixed<Hash>("storageRoot");
        leaf.fields.code_hash = fields.fixed<Hash>("codeHash");
    });
    if (Status status = reader.finish("account"); !status) {
        return Error{Code::corrupted, status.error().message};
    }
    return leaf;
}

Result<Word> decode_slot(const std::optional<Bytes>& bytes) {
    if (!bytes) return Word{};
    rlp::Reader reader(*bytes);
    const Word value = reader.word("value");
    if (Status status = reader.finish("slot"); !status) {
        return Error{Code::corrupted, status.error().message};
    }
    return value;
}

Result<std::optional<AccountLeaf>> find_account(MerkleMapNodes& nodes, const Hash& key) {
    BSN_TRY(bytes, account_trie(nodes).get(key));
    if (!bytes) return std::optional<AccountLeaf>{};
    BSN_TRY(leaf, decode_account(*bytes));
    return std::optional<AccountLeaf>(leaf);
}

Result<Hash> change_storage(MerkleMapNodes& nodes, const Hash& account,
                            const AccountChange& change) {
    PatriciaTrie storage = storage_trie(nodes, account);
    if (change.erased || change.storage_cleared) BSN_CHECK(storage.clear());
    std::vector<PatriciaTrie::Change> slots;
    slots.reserve(change.storage.size());
    for (const auto& [slot, value] : change.storage) {
        std::optional<Bytes> leaf;
        if (!value.is_zero()) {
            rlp::Writer writer(33);
            writer.word(value);
            leaf = writer.take();
        }
        slots.push_back({to_bytes(hashed(slot)), std::move(leaf)});
    }
    BSN_CHECK(storage.apply(slots));
    return storage.root();
}

/// The account's leaf after the change.
Result<PatriciaTrie::Change> leaf_after(MerkleMapNodes& nodes, const AccountChange& change) {
    const Hash account = hashed(change.address);
    BSN_TRY(found, find_account(nodes, account));
    std::optional<AccountLeaf> leaf = found;
    if (change.erased) leaf.reset();
    if (change.fields) {
        if (!leaf) leaf = AccountLeaf{{}, ethereum::empty_trie_root()};
        leaf->fields = *change.fields;
    }
    const bool storage_changes =
        change.storage_cleared || !change.storage.empty() || (change.erased && found);
    if (!leaf && !change.storage.empty()) {
        return Error{Code::invalid_argument,
                     fmt::format("storage of 0x{}, which is no account", to_hex(change.address))};
    }
    if (storage_changes) {
        BSN_TRY(root, change_storage(nodes, account, change));
        if (leaf) leaf->storage_root = root;
    }
    PatriciaTrie::Change made{to_bytes(account), std::nullopt};
    if (leaf) made.value = encode(*leaf);
    return made;
}

Error refuse(const Error& error, std::string_view what) {
    return Error{Code::bad_signature, error.message}.within(what);
}

}  // namespace

Status MerklePatricia::apply(const std::vector<AccountChange>& changes) {
    std::vector<PatriciaTrie::Change> leaves;
    leaves.reserve(changes.size());
    for (const AccountChange& change : changes) {
        BSN_TRY(leaf, leaf_after(nodes_, change));
        leaves.push_back(std::move(leaf));
    }
    return account_trie(nodes_).apply(leaves);
}

Result<Hash> MerklePatricia::root() const { return account_trie(nodes_).root(); }

Result<AccountProof> MerklePatricia::prove(const Address& address,
                                           const std::vector<Word>& slots) const {
    const Hash account = hashed(address);
    AccountProof proof;
    BSN_TRY(way, account_trie(nodes_).prove(account));
    proof.proof = std::move(way);
    BSN_TRY(leaf, find_account(nodes_, account));
    if (leaf) {
        proof.fields = leaf->fields;
        proof.storage_root = leaf->storage_root;
    }
    const PatriciaTrie storage = storage_trie(nodes_, account);
    for (const Word& slot : slots) {
        const Hash key = hashed(slot);
        BSN_TRY(bytes, storage.get(key));
        BSN_TRY(value, decode_slot(bytes));
        BSN_TRY(slot_way, storage.prove(key));
        proof.slots.push_back({slot, value, std::move(slot_way)});
    }
    return proof;
}

Status check_account_proof(const Hash& root, const Address& address, const AccountProof& proof) {
    const auto shown = ethereum::proved_value(root, hashed(address), proof.proof);
    if (!shown) return refuse(shown.error(), "account");
    if (shown->has_value() != proof.fields.has_value()) {
        return Error{Code::bad_signature, shown->has_value()
                                              ? "account: the proof shows one, not its absence"
                                              : "account: the proof shows that there is none"};
    }
    if (!proof.fields && proof.storage_root != ethereum::empty_trie_root()) {
        return Error{Code::bad_signature, "account: a storage root without an account"};
    }
    if (proof.fields && encode({*proof.fields, proof.storage_root}) != **shown) {
        return Error{Code::bad_signature, "account: the proof shows other fields"};
    }
    for (const AccountProof::Slot& slot : proof.slots) {
        const std::string what = fmt::format("slot 0x{}", to_hex(slot.slot));
        const auto bytes =
            ethereum::proved_value(proof.storage_root, hashed(slot.slot), slot.proof);
        if (!bytes) return refuse(bytes.error(), what);
        const auto value = decode_slot(*bytes);
        if (!value) return refuse(value.error(), what);
        if (*value != slot.value) {
            return Error{Code::bad_signature, what + ": the proof shows another value"};
        }
    }
    return {};
}

}  // namespace bsn::ledger
