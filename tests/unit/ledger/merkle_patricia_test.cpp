#include "ledger/merkle_patricia.hpp"

#include "support/foreign_vectors.hpp"
#include "support/nodes_in_memory.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace bsn::ledger {
namespace {

using testing::bytes_of;
using testing::Json;
using testing::NodesInMemory;
using testing::text_of;
using testing::value_of;

const Json& steps() {
    static const Json k_steps = testing::foreign_vectors("ethereum-blocks.json")["state"];
    return k_steps;
}

AccountChange change_of(const Json& vector) {
    AccountChange change;
    change.address = value_of<Address>(vector["address"]);
    change.erased = vector.contains("erased");
    change.storage_cleared = vector.contains("cleared");
    if (vector.contains("fields")) {
        const Json& fields = vector["fields"];
        change.fields =
            AccountFields{fields["nonce"].get<std::uint64_t>(), value_of<Word>(fields["balance"]),
                          value_of<Hash>(fields["code_hash"])};
    }
    for (const Json& entry : vector["storage"]) {
        change.storage.emplace_back(value_of<Word>(entry[0]), value_of<Word>(entry[1]));
    }
    return change;
}

std::vector<AccountChange> changes_of(const Json& step) {
    std::vector<AccountChange> changes;
    for (const Json& vector : step["changes"]) changes.push_back(change_of(vector));
    return changes;
}

TEST(MerklePatricia, roots_and_proofs_as_other_code_makes_them) {
    NodesInMemory nodes;
    MerklePatricia state(nodes);
    EXPECT_EQ(state.root().value(), ethereum::empty_trie_root());
    for (const Json& step : steps()) {
        ASSERT_TRUE(state.apply(changes_of(step)).ok());
        const Hash root = state.root().value();
        ASSERT_EQ(to_hex(root), text_of(step["root"]));
        for (const Json& vector : step["changes"]) {
            const AccountChange change = change_of(vector);
            std::vector<Word> slots;
            for (const auto& entry : change.storage) slots.push_back(entry.first);
            const auto proof = state.prove(change.address, slots);
            ASSERT_TRUE(proof.ok()) << proof.error().message;
            EXPECT_EQ(proof->fields.has_value(), !change.erased);
            if (change.fields) {
                EXPECT_EQ(proof->fields, change.fields);
            }
            if (!change.erased) {
                EXPECT_EQ(to_hex(proof->storage_root), text_of(vector["storage_root"]));
            }
            const Status checked = check_account_proof(root, change.address, *proof);
            EXPECT_TRUE(checked.ok()) << checked.error().message;
        }
        if (!step.contains("proof")) continue;
        ethereum::TrieProof theirs;
        for (const Json& node : step["proof"]) theirs.push_back(bytes_of(node));
        EXPECT_EQ(state.prove(value_of<Address>(step["proof_of"]), {})->proof, theirs);
    }
}

TEST(MerklePatricia, does_not_depend_on_the_way_to_a_state) {
    NodesInMemory nodes;
    MerklePatricia state(nodes);
    for (const Json& step : steps()) {
        // Each account in a block of its own, from the last to the first.
        std::vector<AccountChange> changes = changes_of(step);
        std::reverse(changes.begin(), changes.end());
        for (const AccountChange& change : changes) ASSERT_TRUE(state.apply({change}).ok());
        ASSERT_EQ(to_hex(state.root().value()), text_of(step["root"]));
    }
    // And back to nothing: no node is left, neither of accounts nor of storage.
    std::vector<AccountChange> erasures;
    for (const Json& step : steps()) {
        for (const Json& vector : step["changes"]) {
            AccountChange erasure;
            erasure.address = value_of<Address>(vector["address"]);
            erasure.erased = true;
            erasures.push_back(erasure);
        }
    }
    for (const AccountChange& erasure : erasures) ASSERT_TRUE(state.apply({erasure}).ok());
    EXPECT_EQ(state.root().value(), ethereum::empty_trie_root());
    EXPECT_TRUE(nodes.nodes().empty());
}

// Of the test network Sepolia: who had how much at its beginning, and the root in its first header.
TEST(MerklePatricia, genesis_of_sepolia) {
    const std::pair<std::string_view, std::string_view> balances[] = {
        {"a2a6d93439144ffe4d27c9e088dcd8b783946263", "d3c21bcecceda1000000"},
        {"bc11295936aa79d594139de1b2e12629414f3bdb", "d3c21bcecceda1000000"},
        {"7cf5b79bfe291a67ab02b393e456ccc4c266f753", "d3c21bcecceda1000000"},
        {"aaec86394441f915bce3e6ab399977e9906f3b69", "d3c21bcecceda1000000"},
        {"f47cae1cf79ca6758bfc787dbd21e6bdbe7112b8", "d3c21bcecceda1000000"},
        {"d7eddb78ed295b3c9629240e8924fb8d8874ddd8", "d3c21bcecceda1000000"},
        {"8b7f0977bb4f0fbe7076fa22bc24aca043583f5e", "d3c21bcecceda1000000"},
        {"e2e2659028143784d557bcec6ff3a0721048880a", "d3c21bcecceda1000000"},
        {"d9a5179f091d85051d3c982785efd1455cec8699", "d3c21bcecceda1000000"},
        {"beef32ca5b9a198d27b4e02f4c70439fe60356cf", "d3c21bcecceda1000000"},
        {"0000006916a87b82333f4245046623b23794c65c", "84595161401484a000000"},
        {"b21c33de1fab3fa15499c62b59fe0cc3250020d1", "52b7d2dcc80cd2e4000000"},
        {"10f5d45854e038071485ac9e402308cf80d2d2fe", "52b7d2dcc80cd2e4000000"},
        {"d7d76c58b3a519e9fa6cc4d22dc017259bc49f1e", "52b7d2dcc80cd2e4000000"},
        {"799d329e5f583419167cd722962485926e338f4a", "de0b6b3a7640000"},
    };
    std::vector<AccountChange> changes;
    for (const auto& [address, balance] : balances) {
        AccountChange change;
        change.address = *fixed_from_hex<Address>(address);
        change.fields = AccountFields{
            0, *fixed_from_hex<Word>(std::string(64 - balance.size(), '0') + std::string(balance)),
            crypto::hash(HashId::keccak256, ByteView{})};
        changes.push_back(change);
    }
    NodesInMemory nodes;
    MerklePatricia state(nodes);
    ASSERT_TRUE(state.apply(changes).ok());
    EXPECT_EQ(to_hex(state.root().value()),
              "5eb6e371a698b8d68f665192350ffcecbbbf322916f4b51bd79bb6887da3f494");
}

AccountChange account(std::uint8_t number, std::vector<std::pair<Word, Word>> storage = {}) {
    AccountChange change;
    change.address.data()[19] = number;
    change.fields = AccountFields{number, word_of(1000), Hash{}};
    change.storage = std::move(storage);
    return change;
}

TEST(MerklePatricia, an_account_made_anew_has_empty_storage) {
    NodesInMemory nodes;
    MerklePatricia state(nodes);
    ASSERT_TRUE(state.apply({account(1)}).ok());
    const Hash without = state.root().value();
    ASSERT_TRUE(state.apply({account(1, {{word_of(1), word_of(2)}})}).ok());
    EXPECT_NE(state.root().value(), without);
    AccountChange anew = account(1);
    anew.erased = true;
    ASSERT_TRUE(state.apply({anew}).ok());
    EXPECT_EQ(state.root().value(), without);
    AccountChange cleared = account(1, {{word_of(3), word_of(0)}});
    cleared.fields.reset();
    cleared.storage_cleared = true;
    ASSERT_TRUE(state.apply({account(1, {{word_of(1), word_of(2)}}), account(2)}).ok());
    ASSERT_TRUE(state.apply({cleared}).ok());
    EXPECT_EQ(state.prove(cleared.address, {})->storage_root, ethereum::empty_trie_root());
    EXPECT_EQ(state.prove(cleared.address, {})->fields->nonce, 1U);
}

TEST(MerklePatricia, storage_without_an_account_is_refused) {
    NodesInMemory nodes;
    MerklePatricia state(nodes);
    AccountChange change = account(1, {{word_of(1), word_of(2)}});
    change.fields.reset();
    EXPECT_EQ(state.apply({change}).error().code, Code::invalid_argument);
    change.storage.clear();
    change.storage_cleared = true;
    EXPECT_TRUE(state.apply({change}).ok());
    EXPECT_EQ(state.root().value(), ethereum::empty_trie_root());
}

TEST(MerklePatricia, a_proof_is_for_what_it_shows_alone) {
    NodesInMemory nodes;
    MerklePatricia state(nodes);
    std::vector<AccountChange> changes;
    for (std::uint8_t i = 1; i < 60; ++i) {
        changes.push_back(account(i, {{word_of(1), word_of(i)}, {word_of(2), word_of(7)}}));
    }
    ASSERT_TRUE(state.apply(changes).ok());
    const Hash root = state.root().value();
    const Address address = changes[4].address;
    const AccountProof good = state.prove(address, {word_of(1), word_of(9)}).value();
    ASSERT_TRUE(check_account_proof(root, address, good).ok());
    EXPECT_EQ(good.slots[0].value, word_of(5));
    EXPECT_EQ(good.slots[1].value, Word{});
    auto refused = [&](auto change) {
        AccountProof proof = good;
        change(proof);
        const Status status = check_account_proof(root, address, proof);
        return !status.ok() && status.error().code == Code::bad_signature;
    };
    EXPECT_TRUE(refused([](AccountProof& proof) { ++proof.fields->nonce; }));
    EXPECT_TRUE(refused([](AccountProof& proof) { proof.fields->balance = word_of(1); }));
    EXPECT_TRUE(refused([](AccountProof& proof) { proof.fields.reset(); }));
    EXPECT_TRUE(refused([](AccountProof& proof) { proof.storage_root = Hash{}; }));
    EXPECT_TRUE(refused([](AccountProof& proof) { proof.slots[0].value = word_of(6); }));
    EXPECT_TRUE(refused([](AccountProof& proof) { proof.slots[1].value = word_of(6); }));
    EXPECT_TRUE(refused([](AccountProof& proof) { proof.slots[0].slot = word_of(2); }));
    EXPECT_TRUE(refused([](AccountProof& proof) { proof.proof.pop_back(); }));
    EXPECT_TRUE(refused([](AccountProof& proof) { proof.slots[0].proof.clear(); }));
    EXPECT_FALSE(check_account_proof(root, changes[5].address, good).ok());
    EXPECT_FALSE(check_account_proof(Hash{}, address, good).ok());

    const Address absent = account(200).address;
    AccountProof absence = state.prove(absent, {word_of(1)}).value();
    EXPECT_TRUE(check_account_proof(root, absent, absence).ok());
    absence.fields = AccountFields{};
    EXPECT_FALSE(check_account_proof(root, absent, absence).ok());
    absence.fields.reset();
    absence.storage_root = good.storage_root;
    EXPECT_FALSE(check_account_proof(root, absent, absence).ok());
}

}  // namespace
}  // namespace bsn::ledger
