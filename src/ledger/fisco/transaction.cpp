#include "ledger/fisco/transaction.hpp"

#include "crypto/public_point.hpp"
#include "crypto/recovery.hpp"
#include "ledger/rlp.hpp"

#include <algorithm>

namespace bsn::ledger::fisco {
namespace {

constexpr std::string_view k_name = "FISCO transaction";
constexpr std::uint8_t k_least_v = 27;

Bytes write(const Transaction& transaction, bool with_signature) {
    rlp::Writer writer(256 + transaction.data.size() + transaction.extra_data.size());
    writer.list([&] {
        writer.word(transaction.nonce);
        writer.word(transaction.gas_price);
        writer.word(transaction.gas);
        writer.number(transaction.block_limit);
        writer.address(transaction.to);
        writer.word(transaction.value);
        writer.string(transaction.data);
        writer.number(transaction.chain_id);
        writer.number(transaction.group_id);
        writer.string(transaction.extra_data);
        if (with_signature) {
            writer.string(transaction.v);
            writer.word(transaction.r);
            writer.word(transaction.s);
        }
    });
    return writer.take();
}

void read_v(rlp::Reader& items, Transaction& transaction) {
    constexpr std::size_t k_point = crypto::PublicPoint::k_size;
    transaction.v = to_bytes(items.string("v", k_point));
    if (items.failed()) return;
    const Bytes& v = transaction.v;
    if (v.size() <= 1) {
        transaction.suite = SuiteId::secp256k1;
        if (v.empty() || v[0] < k_least_v || v[0] > k_least_v + 1) {
            items.fail("v: 27 or 28 (secp256k1), or a public key of 64 bytes (SM2) belongs here");
        }
        return;
    }
    transaction.suite = SuiteId::sm2;
    if (v.size() < k_point && v[0] == 0) {
        items.fail("v: a public key (SM2) with all zeros at its front, or with none");
    }
}

crypto::Signature signature_of(const Transaction& transaction) {
    crypto::Signature signature;
    std::copy_n(transaction.r.data(), 32, signature.data());
    std::copy_n(transaction.s.data(), 32, signature.data() + 32);
    return signature;
}

Result<PublicKey> sm2_signer(const Transaction& transaction, const Hash& message) {
    crypto::PublicPoint point;
    ensure(transaction.v.size() <= point.size(), "v of a decoded transaction");
    std::copy(transaction.v.begin(), transaction.v.end(),
              point.data() + point.size() - transaction.v.size());
    auto key = crypto::public_key_of_point(SuiteId::sm2, point);
    if (!key) return Error{Code::bad_signature, key.error().message};
    BSN_CHECK(crypto::verify(*key, message, signature_of(transaction)));
    return key;
}

}  // namespace

Result<Transaction> Transaction::decode(ByteView bytes) {
    Transaction transaction;
    rlp::Reader reader(bytes);
    reader.list("fields", [&](rlp::Reader& items) {
        transaction.nonce = items.word("nonce");
        transaction.gas_price = items.word("gasPrice");
        transaction.gas = items.word("gas");
        transaction.block_limit = items.number("blockLimit");
        transaction.to = items.optional_fixed<Address>("to");
        transaction.value = items.word("value");
        transaction.data = to_bytes(items.string("data"));
        transaction.chain_id = items.number("chainId");
        transaction.group_id = items.number("groupId");
        transaction.extra_data = to_bytes(items.string("extraData"));
        read_v(items, transaction);
        transaction.r = items.word("r");
        transaction.s = items.word("s");
    });
    BSN_CHECK(reader.finish(k_name));
    return transaction;
}

Bytes Transaction::encode() const { return write(*this, true); }

Bytes Transaction::signing_payload() const { return write(*this, false); }

Hash Transaction::hash() const { return crypto::hash(crypto::suite_hash(suite), encode()); }

Result<PublicKey> Transaction::signer() const {
    const Hash digest = crypto::hash(crypto::suite_hash(suite), signing_payload());
    if (suite == SuiteId::sm2) return sm2_signer(*this, digest);
    ensure(suite == SuiteId::secp256k1 && v.size() == 1, "v of a decoded transaction");
    return crypto::recover_signer(
        digest, {signature_of(*this), static_cast<std::uint8_t>(v[0] - k_least_v)});
}

void Transaction::sign(const crypto::PrivateKey& key) {
    suite = key.suite();
    const Hash digest = crypto::hash(crypto::suite_hash(suite), signing_payload());
    crypto::Signature signature;
    if (suite == SuiteId::sm2) {
        signature = key.sign(digest);
        const auto point = crypto::public_point_of(key.public_key());
        v = to_bytes(*point);
    } else {
        const auto made = crypto::sign_recoverable(key, digest);
        // Bit 1 of the id is set once in 2^127 signatures; FISCO BCOS refuses it.
        ensure(made.recovery_id <= 1, "signature with an overflown r");
        signature = made.signature;
        v = {static_cast<std::uint8_t>(k_least_v + made.recovery_id)};
    }
    r = *Word::from(signature.view().first(32));
    s = *Word::from(signature.view().subspan(32));
}

}  // namespace bsn::ledger::fisco
