#include "framework/fisco_network/proof.hpp"

#include "base/codec.hpp"
#include "contract/abi/answers.hpp"
#include "contract/abi/callee.hpp"
#include "framework/fisco/status.hpp"

#include <fmt/format.h>

namespace bsn::framework::fisco_network {
namespace {

using ledger::fisco::MerkleStep;
using ledger::fisco::ReceiptForm;

constexpr std::uint8_t k_version = 1;
constexpr std::size_t k_max_node = 64;  ///< a leaf is its index and a hash
constexpr std::size_t k_selector = 4;

void write_side(Writer& writer, const std::vector<Bytes>& nodes) {
    writer.u16(static_cast<std::uint16_t>(nodes.size()));
    for (const Bytes& node : nodes) writer.bytes(node);
}

void write_way(Writer& writer, const MerkleWay& way) {
    writer.u16(static_cast<std::uint16_t>(way.size()));
    for (const MerkleStep& step : way) {
        write_side(writer, step.left);
        write_side(writer, step.right);
    }
}

std::vector<Bytes> read_side(Reader& reader) {
    std::vector<Bytes> nodes;
    const std::size_t count = reader.count16(4);
    for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
        nodes.push_back(to_bytes(reader.bytes(k_max_node)));
    }
    return nodes;
}

MerkleWay read_way(Reader& reader) {
    MerkleWay way;
    const std::size_t count = reader.count16(4);
    for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
        auto left = read_side(reader);
        auto right = read_side(reader);
        way.push_back({std::move(left), std::move(right)});
    }
    return way;
}

ReceiptForm form_of(Reader& reader) {
    const std::uint8_t form = reader.u8();
    if (!reader.failed() && form > 1) reader.fail("unknown form of receipt");
    return form == 1 ? ReceiptForm::since_2_9 : ReceiptForm::before_2_9;
}

}  // namespace

Bytes Proof::encode() const {
    Writer writer;
    writer.u8(k_version);
    writer.bytes(block.encode());
    writer.u32(index);
    writer.bytes(transaction.encode());
    write_way(writer, transaction_way);
    writer.u8(receipt.form == ReceiptForm::since_2_9 ? 1 : 0);
    writer.bytes(receipt.encode());
    write_way(writer, receipt_way);
    return writer.take();
}

Result<Proof> Proof::decode(ByteView bytes) {
    Reader reader(bytes);
    if (reader.u8() != k_version) reader.fail(Code::unsupported_version, "unknown version");
    Proof proof;
    ByteView block = reader.bytes();
    proof.index = reader.u32();
    ByteView transaction = reader.bytes();
    proof.transaction_way = read_way(reader);
    const ReceiptForm form = form_of(reader);
    ByteView receipt = reader.bytes();
    proof.receipt_way = read_way(reader);
    BSN_CHECK(reader.finish("proof of a FISCO BCOS transaction"));
    BSN_TRY(read_block, SignedHeader::decode(block));
    proof.block = std::move(read_block);
    BSN_TRY(read_transaction, ledger::fisco::Transaction::decode(transaction));
    proof.transaction = std::move(read_transaction);
    BSN_TRY(read_receipt, ledger::fisco::Receipt::decode(receipt, form));
    proof.receipt = std::move(read_receipt);
    return proof;
}

Status Proof::check_ways(const Trust& trust) const {
    if (transaction.suite != trust.suite) {
        return Error{Code::wrong_suite, "the transaction is signed in another suite"};
    }
    if (transaction.chain_id != trust.chain_id) {
        return Error{Code::wrong_network, fmt::format("the transaction is for chain {}, not {}",
                                                      transaction.chain_id, trust.chain_id)};
    }
    if (transaction.group_id != trust.group) {
        return Error{Code::wrong_channel, fmt::format("the transaction is for group {}, not {}",
                                                      transaction.group_id, trust.group)};
    }
    const crypto::HashId hash = crypto::suite_hash(trust.suite);
    BSN_CHECK(transaction.signer());
    auto check = [&](const ledger::Hash& root, const ledger::Hash& item, const MerkleWay& way,
                     std::string_view what) -> Status {
        auto found = ledger::fisco::check_merkle_proof(hash, root, index, item, way);
        return found ? Status() : Status(found.error().within(what));
    };
    BSN_CHECK(check(block.header.transactions_root, transaction.hash(), transaction_way,
                    "the transaction"));
    return check(block.header.receipts_root, receipt.hash(hash), receipt_way, "the receipt");
}

Result<std::size_t> Proof::check(const Trust& trust) const {
    BSN_CHECK(check_ways(trust));
    return trust.check(block);
}

std::string refusal_of(const ledger::fisco::Receipt& receipt, crypto::HashId hash) {
    if (receipt.status == 0) return {};
    if (receipt.status == static_cast<std::uint32_t>(fisco::TransactionStatus::reverted)) {
        const auto revert = contract::abi::read_revert({}, receipt.output, hash);
        return (revert.name.empty() ? "" : "reverted: ") + revert.message;
    }
    return fmt::format("{} (status {:#x})", fisco::status_name(receipt.status), receipt.status);
}

TransactionView view_of(const Proof& proof) {
    const ledger::fisco::Transaction& transaction = proof.transaction;
    TransactionView view;
    view.id = to_bytes(transaction.hash().view());
    view.height = proof.block.header.number;
    view.index = proof.index;
    view.time = proof.block.header.timestamp;
    view.success = proof.receipt.status == 0;
    view.result = proof.receipt.output;
    view.error = refusal_of(proof.receipt, crypto::suite_hash(transaction.suite));
    if (auto signer = transaction.signer()) {
        view.creator = to_bytes(ledger::participant_id_of(*signer).view());
    }
    view.raw = transaction.encode();
    if (!transaction.to) {
        view.function = "create";
        return view;
    }
    view.contract = contract::abi::address_text(*transaction.to);
    const ByteView data = transaction.data;
    const std::size_t selector = std::min(k_selector, data.size());
    view.function = "0x" + to_hex(data.first(selector));
    view.arguments.push_back(to_bytes(data.subspan(selector)));
    return view;
}

}  // namespace bsn::framework::fisco_network
