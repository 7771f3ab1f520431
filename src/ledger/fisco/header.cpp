#include "ledger/fisco/header.hpp"

#include "crypto/recovery.hpp"
#include "ledger/rlp.hpp"

#include <fmt/format.h>

namespace bsn::ledger::fisco {
namespace {

constexpr std::size_t k_secp256k1_bytes = crypto::Signature::k_size + 1;
constexpr std::size_t k_sm2_bytes = crypto::Signature::k_size + crypto::PublicPoint::k_size;

Error bad_signature(std::string why) {
    return {Code::bad_signature, "signature of a FISCO block: " + std::move(why)};
}

Result<PublicKey> signer_of(const Hash& block, SuiteId suite, ByteView signature) {
    const std::size_t size = suite == SuiteId::sm2 ? k_sm2_bytes : k_secp256k1_bytes;
    if (signature.size() != size) {
        return bad_signature(fmt::format("{} bytes, {} belong there", signature.size(), size));
    }
    const auto numbers = *crypto::Signature::from(signature.first(crypto::Signature::k_size));
    if (suite != SuiteId::sm2) return crypto::recover_signer(block, {numbers, signature.back()});
    const auto point = *crypto::PublicPoint::from(signature.subspan(crypto::Signature::k_size));
    auto key = crypto::public_key_of_point(suite, point);
    if (!key) return bad_signature(key.error().message);
    BSN_CHECK(crypto::verify(*key, block, numbers));
    return key;
}

}  // namespace

Bytes Header::encode() const {
    rlp::Writer writer(576 + 66 * sealer_list.size());
    writer.list([&] {
        writer.string(parent);
        writer.string(state_root);
        writer.string(transactions_root);
        writer.string(receipts_root);
        writer.string(db_hash);
        writer.string(bloom);
        writer.number(number);
        writer.word(gas_limit);
        writer.word(gas_used);
        writer.number(timestamp);
        writer.list([&] {
            for (const Bytes& extra : extra_data) writer.string(extra);
        });
        writer.word(sealer);
        writer.list([&] {
            for (const crypto::PublicPoint& key : sealer_list) writer.string(key);
        });
    });
    return writer.take();
}

Result<Header> Header::decode(ByteView bytes) {
    Header header;
    rlp::Reader reader(bytes);
    reader.list("fields", [&](rlp::Reader& fields) {
        header.parent = fields.fixed<Hash>("parentHash");
        header.state_root = fields.fixed<Hash>("stateRoot");
        header.transactions_root = fields.fixed<Hash>("transactionsRoot");
        header.receipts_root = fields.fixed<Hash>("receiptsRoot");
        header.db_hash = fields.fixed<Hash>("dbHash");
        header.bloom = fields.fixed<Bloom>("logsBloom");
        header.number = fields.number("number");
        header.gas_limit = fields.word("gasLimit");
        header.gas_used = fields.word("gasUsed");
        header.timestamp = fields.number("timestamp");
        fields.list("extraData", [&](rlp::Reader& extra) {
            while (extra.more()) header.extra_data.push_back(to_bytes(extra.string("item")));
        });
        header.sealer = fields.word("sealer");
        fields.list("sealerList", [&](rlp::Reader& keys) {
            while (keys.more()) {
                header.sealer_list.push_back(keys.fixed<crypto::PublicPoint>("sealer"));
            }
        });
    });
    BSN_CHECK(reader.finish("FISCO header"));
    return header;
}

Hash Header::hash(HashId hash) const { return crypto::hash(hash, encode()); }

Bytes sign_block(const Hash& block, const crypto::PrivateKey& key) {
    if (key.suite() == SuiteId::sm2) {
        Bytes signature = to_bytes(key.sign(block));
        const crypto::PublicPoint point = *crypto::public_point_of(key.public_key());
        signature.insert(signature.end(), point.data(), point.data() + point.size());
        return signature;
    }
    const auto made = crypto::sign_recoverable(key, block);
    Bytes signature = to_bytes(made.signature);
    signature.push_back(made.recovery_id);
    return signature;
}

Status check_block_signature(const Header& header, SuiteId suite,
                             const SealerSignature& signature) {
    const auto index = number_of_word(signature.sealer);
    if (!index || *index >= header.sealer_list.size()) {
        return bad_signature("its sealer is not in the header's list");
    }
    const Hash block = header.hash(crypto::suite_hash(suite));
    BSN_TRY(signer, signer_of(block, suite, signature.signature));
    BSN_TRY(point, crypto::public_point_of(signer));
    if (point != header.sealer_list[*index]) {
        return bad_signature(fmt::format("it is not of sealer {}", *index));
    }
    return {};
}

}  // namespace bsn::ledger::fisco
