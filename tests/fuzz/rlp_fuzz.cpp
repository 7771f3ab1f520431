// RLP and what is written in it: transactions, receipts and headers of Ethereum and FISCO BCOS,
// nodes of Merkle Patricia tries. What clients and other chains send.
#include "fuzz/laws.hpp"
#include "ledger/ethereum/header.hpp"
#include "ledger/ethereum/ordered_trie.hpp"
#include "ledger/ethereum/receipt.hpp"
#include "ledger/ethereum/transaction.hpp"
#include "ledger/fisco/header.hpp"
#include "ledger/fisco/receipt.hpp"
#include "ledger/fisco/transaction.hpp"
#include "ledger/rlp.hpp"

namespace bsn::fuzz {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): a target's vocabulary

/// A reader goes over the items of the input, and never past its end.
void check_items(ByteView input) {
    rlp::Reader reader(input);
    rlp::Writer writer;
    while (reader.more()) {
        const ByteView item = reader.item("item");
        if (reader.failed()) break;
        rlp::Reader alone(item);
        if (item[0] < 0xc0) {
            writer.string(alone.string("string"));
        } else {
            alone.list("list", [&](rlp::Reader& items) {
                writer.list([&] {
                    while (items.more()) writer.raw(items.item("inner"));
                });
            });
        }
        if (alone.failed()) return;
    }
    if (const auto status = reader.finish("input"); !status) {
        check_refusal(status.error());
        return;
    }
    law(equal(writer.view(), input), "items are canonical");
    rlp::Reader number(input);
    const Word word = number.word("number");
    if (number.finish("number").ok()) {
        rlp::Writer again;
        again.word(word);
        law(equal(again.view(), input), "a number is canonical");
    }
}

void check_ethereum_transaction(ByteView input) {
    const auto transaction = check_format<ethereum::Transaction>(input);
    if (!transaction) return;
    law(transaction->hash() == crypto::hash(HashId::keccak256, input), "the id is of all bytes");
    const auto signer = transaction->recover();
    if (!signer) return;
    ethereum::Transaction other = *transaction;
    ++other.nonce;
    const auto of_other = other.recover();
    law(!of_other || *of_other != *signer, "a signature is for these fields and no others");
}

void check_fisco_transaction(ByteView input) {
    const auto transaction = check_format<fisco::Transaction>(input);
    if (!transaction) return;
    law(transaction->suite != SuiteId::secp256r1, "FISCO BCOS has two suites");
    const auto signer = transaction->signer();
    if (!signer) return;
    law(signer->suite == transaction->suite, "the key is of the transaction's suite");
    fisco::Transaction other = *transaction;
    ++other.block_limit;
    const auto of_other = other.signer();
    law(!of_other || *of_other != *signer, "a signature is for these fields and no others");
}

void check_blocks(ByteView input) {
    check_format<ethereum::Receipt>(input);
    check_format<ethereum::Header>(input);
    check_format<fisco::Header>(input);
    for (const auto form : {fisco::ReceiptForm::before_2_9, fisco::ReceiptForm::since_2_9}) {
        check_format(
            input, [&](ByteView bytes) { return fisco::Receipt::decode(bytes, form); },
            [](const fisco::Receipt& receipt) { return receipt.encode(); });
    }
}

/// Whatever nodes a proof holds, it is refused or proves one thing.
void check_trie(ByteView input) {
    if (const auto node = ethereum::decode_node(input); node) {
        law(equal(ethereum::encode_node(*node), input), "a node is canonical");
    }
    Choices choices(input);
    const Bytes key = to_bytes(choices.take(choices.below(34)));
    ethereum::TrieProof proof;
    while (!choices.done() && proof.size() < 40) {
        proof.push_back(to_bytes(choices.take(choices.u16() % 600)));
    }
    if (proof.empty()) return;
    const Hash root = crypto::hash(HashId::keccak256, proof.front());
    const auto value = ethereum::proved_value(root, key, proof);
    if (!value) law(value.error().code == Code::bad_signature, "a proof holds or does not");
}

/// A list of the input's choosing: each item is proved at its index, in a trie as long as the list.
void check_list(ByteView input) {
    Choices choices(input);
    std::vector<Bytes> items;
    while (!choices.done() && items.size() < 40) {
        Bytes item = to_bytes(choices.take(choices.u8() % 48));
        item.push_back(1);
        items.push_back(std::move(item));
    }
    if (items.empty()) return;
    const std::size_t index = items.back().size() % items.size();
    const Hash root = ethereum::ordered_trie_root(items);
    const auto proof = ethereum::ordered_trie_proof(items, index);
    const auto shown = ethereum::proved_item(root, index, proof);
    law(shown.ok() && *shown == items[index], "an item is proved");
}

}  // namespace

void run(ByteView input) {
    check_items(input);
    check_ethereum_transaction(input);
    check_fisco_transaction(input);
    check_blocks(input);
    check_trie(input);
    check_list(input);
}

}  // namespace bsn::fuzz
