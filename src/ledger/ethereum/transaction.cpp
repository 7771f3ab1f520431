#include "ledger/ethereum/transaction.hpp"

#include "ledger/rlp.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::ledger::ethereum {
namespace {

constexpr std::string_view k_name = "transaction";
constexpr std::uint64_t k_legacy_v = 27;
constexpr std::uint64_t k_chain_v = 35;

bool is_typed(const Transaction& transaction) {
    return transaction.type != TransactionType::legacy;
}

void read_fees(rlp::Reader& items, Transaction& transaction) {
    if (transaction.type == TransactionType::dynamic_fee) {
        transaction.max_priority_fee = items.word("maxPriorityFeePerGas");
        transaction.max_fee = items.word("maxFeePerGas");
    } else {
        transaction.max_fee = items.word("gasPrice");
    }
}

void read_call(rlp::Reader& items, Transaction& transaction) {
    transaction.nonce = items.number("nonce");
    read_fees(items, transaction);
    transaction.gas = items.number("gasLimit");
    transaction.to = items.optional_fixed<Address>("to");
    transaction.value = items.word("value");
    transaction.data = to_bytes(items.string("data"));
}

std::vector<AccessListEntry> read_access_list(rlp::Reader& items) {
    std::vector<AccessListEntry> entries;
    items.list("accessList", [&](rlp::Reader& list) {
        while (list.more()) {
            list.list("entry", [&](rlp::Reader& entry) {
                AccessListEntry read;
                read.address = entry.fixed<Address>("address");
                entry.list("storageKeys", [&](rlp::Reader& slots) {
                    while (slots.more()) read.slots.push_back(slots.fixed<Word>("slot"));
                });
                entries.push_back(std::move(read));
            });
        }
    });
    return entries;
}

void read_signature(rlp::Reader& items, Transaction& transaction) {
    transaction.r = items.word("r");
    transaction.s = items.word("s");
}

// EIP-155 keeps the chain's id in v, beside the parity of y.
void read_legacy_v(rlp::Reader& items, Transaction& transaction) {
    const std::uint64_t v = items.number("v");
    if (v == k_legacy_v || v == k_legacy_v + 1) {
        transaction.y_parity = v == k_legacy_v + 1;
    } else if (v >= k_chain_v && (v - k_chain_v) / 2 <= k_max_legacy_chain_id) {
        transaction.chain_id = (v - k_chain_v) / 2;
        transaction.y_parity = (v - k_chain_v) % 2 == 1;
    } else {
        items.fail(fmt::format("v: {}, but 27, 28, or 35 and more belong here (EIP-155)", v));
    }
}

std::uint64_t legacy_v(const Transaction& transaction) {
    const std::uint64_t parity = transaction.y_parity ? 1 : 0;
    if (!transaction.chain_id) return k_legacy_v + parity;
    ensure(*transaction.chain_id <= k_max_legacy_chain_id, "chain id beyond EIP-155");
    return k_chain_v + 2 * *transaction.chain_id + parity;
}

void write_call(rlp::Writer& writer, const Transaction& transaction) {
    writer.number(transaction.nonce);
    if (transaction.type == TransactionType::dynamic_fee) {
        writer.word(transaction.max_priority_fee);
    }
    writer.word(transaction.max_fee);
    writer.number(transaction.gas);
    writer.address(transaction.to);
    writer.word(transaction.value);
    writer.string(transaction.data);
}

void write_access_list(rlp::Writer& writer, const std::vector<AccessListEntry>& entries) {
    writer.list([&] {
        for (const AccessListEntry& entry : entries) {
            writer.list([&] {
                writer.string(entry.address);
                writer.list([&] {
                    for (const Word& slot : entry.slots) writer.string(slot);
                });
            });
        }
    });
}

/// Type byte and list, with signature or as it is signed.
Bytes write(const Transaction& transaction, bool with_signature) {
    rlp::Writer writer(192 + transaction.data.size());
    if (is_typed(transaction)) writer.byte(static_cast<std::uint8_t>(transaction.type));
    writer.list([&] {
        if (is_typed(transaction)) writer.number(transaction.chain_id.value_or(0));
        write_call(writer, transaction);
        if (is_typed(transaction)) write_access_list(writer, transaction.access_list);
        if (with_signature) {
            writer.number(is_typed(transaction) ? (transaction.y_parity ? 1 : 0)
                                                : legacy_v(transaction));
            writer.word(transaction.r);
            writer.word(transaction.s);
        } else if (!is_typed(transaction) && transaction.chain_id) {
            writer.number(*transaction.chain_id);
            writer.number(0);
            writer.number(0);
        }
    });
    return writer.take();
}

Result<Transaction> decode_legacy(ByteView bytes) {
    Transaction transaction;
    rlp::Reader reader(bytes);
    reader.list("legacy", [&](rlp::Reader& items) {
        read_call(items, transaction);
        read_legacy_v(items, transaction);
        read_signature(items, transaction);
    });
    BSN_CHECK(reader.finish(k_name));
    return transaction;
}

Result<Transaction> decode_typed(TransactionType type, ByteView list) {
    Transaction transaction;
    transaction.type = type;
    rlp::Reader reader(list);
    reader.list(type == TransactionType::dynamic_fee ? "dynamic fee" : "access list",
                [&](rlp::Reader& items) {
                    transaction.chain_id = items.number("chainId");
                    read_call(items, transaction);
                    transaction.access_list = read_access_list(items);
                    const std::uint64_t parity = items.number("yParity");
                    if (parity > 1) items.fail("yParity: 0 or 1 belongs here");
                    transaction.y_parity = parity == 1;
                    read_signature(items, transaction);
                });
    BSN_CHECK(reader.finish(k_name));
    return transaction;
}

}  // namespace

Result<Transaction> Transaction::decode(ByteView bytes) {
    if (bytes.empty()) return Error{Code::invalid_argument, "transaction: no bytes"};
    const std::uint8_t first = bytes.front();
    if (first >= 0xc0) return decode_legacy(bytes);
    if (first == 1 || first == 2) {
        return decode_typed(static_cast<TransactionType>(first), bytes.subspan(1));
    }
    if (first < 0x80) {  // EIP-2718
        return Error{Code::unsupported_version,
                     fmt::format("transaction type not supported: {} (0, 1 and 2 are)", first)};
    }
    return Error{Code::invalid_argument,
                 "transaction: neither an RLP list nor a typed transaction (EIP-2718)"};
}

Bytes Transaction::encode() const { return write(*this, true); }

Bytes Transaction::signing_payload() const { return write(*this, false); }

Hash Transaction::hash() const { return crypto::hash(HashId::keccak256, encode()); }

Result<PublicKey> Transaction::recover() const {
    crypto::RecoverableSignature signature;
    std::copy_n(r.data(), r.size(), signature.signature.data());
    std::copy_n(s.data(), s.size(), signature.signature.data() + r.size());
    signature.recovery_id = y_parity ? 1 : 0;
    return crypto::recover_signer(crypto::hash(HashId::keccak256, signing_payload()), signature);
}

void Transaction::sign(const crypto::PrivateKey& key) {
    const auto made =
        crypto::sign_recoverable(key, crypto::hash(HashId::keccak256, signing_payload()));
    // Bit 1 is set once in 2^127 signatures, and no format of Ethereum has room for it.
    ensure(made.recovery_id <= 1, "signature with an overflown r");
    r = *Word::from(made.signature.view().first(32));
    s = *Word::from(made.signature.view().subspan(32));
    y_parity = made.recovery_id == 1;
}

}  // namespace bsn::ledger::ethereum
