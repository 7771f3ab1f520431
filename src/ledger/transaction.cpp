#include "ledger/transaction.hpp"

#include "ledger/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace bsn::ledger {
namespace {

/// The contract that all transactions of EVM dialects call.
constexpr std::string_view k_evm = "evm";

constexpr std::uint8_t k_version = 1;
constexpr std::size_t k_prefix_bytes = 4;  // kind, version, dialect
constexpr std::size_t k_seal_bytes = crypto::PublicKeyBytes::k_size + Signature::k_size;

bool is_contract_letter(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_' ||
           letter == '-';
}

bool is_printable(char letter) { return letter > ' ' && letter <= '~'; }

template <typename Allowed>
Status check_name(std::string_view what, std::string_view name, Allowed allowed,
                  std::string_view letters) {
    if (name.empty() || name.size() > k_max_name_bytes) {
        return Error{Code::invalid_argument,
                     fmt::format("the {}'s name has {} bytes; 1 to {} are allowed", what,
                                 name.size(), k_max_name_bytes)};
    }
    if (!std::all_of(name.begin(), name.end(), allowed)) {
        return Error{Code::invalid_argument,
                     fmt::format("the {}'s name may hold only {}", what, letters)};
    }
    return {};
}

void write_name(Writer& writer, std::string_view name) {
    writer.u8(count_u8(name.size()));
    writer.raw(as_bytes(name));
}

std::string read_name(Reader& reader) { return to_text(reader.raw(reader.u8())); }

std::size_t encoded_size(const Payload& payload) {
    std::size_t size = 2 + NetworkId::k_size + ChannelId::k_size + 1 + ParticipantId::k_size +
                       Nonce::k_size + 8 + 1 + payload.contract.size() + 1 +
                       payload.function.size() + 2;
    for (const Bytes& argument : payload.arguments) size += 4 + argument.size();
    return size;
}

Error transaction_too_large(std::size_t size) {
    return {Code::too_large, fmt::format("transaction of {} bytes, at most {} are allowed", size,
                                         k_max_transaction_bytes)};
}

Bytes encode_transaction(ByteView payload, const crypto::PublicKeyBytes& signer,
                         const Signature& signature) {
    Writer writer(k_prefix_bytes + payload.size() + k_seal_bytes);
    writer.u8(format::k_transaction);
    writer.u8(k_version);
    writer.u16(static_cast<std::uint16_t>(Dialect::native));
    writer.raw(payload);
    writer.raw(signer);
    writer.raw(signature);
    return writer.take();
}

}  // namespace

Status check_names(std::string_view contract, std::string_view function) {
    BSN_CHECK(check_name("contract", contract, is_contract_letter, "a-z, 0-9, '_' and '-'"));
    return check_name("function", function, is_printable, "printable ASCII without spaces");
}

Status Payload::check() const {
    BSN_CHECK(check_names(contract, function));
    if (arguments.size() > k_max_arguments) {
        return Error{Code::too_large, fmt::format("{} arguments, at most {} are allowed",
                                                  arguments.size(), k_max_arguments)};
    }
    const std::size_t size = k_prefix_bytes + encoded_size(*this) + k_seal_bytes;
    if (size > k_max_transaction_bytes) return transaction_too_large(size);
    return {};
}

Bytes Payload::encode() const {
    Writer writer(encoded_size(*this));
    writer.u8(format::k_payload);
    writer.u8(k_version);
    writer.raw(network);
    writer.raw(channel);
    writer.u8(number_of(suite));
    writer.raw(creator);
    writer.raw(nonce);
    writer.u64(valid_until);
    write_name(writer, contract);
    write_name(writer, function);
    writer.u16(count_u16(arguments.size()));
    for (const Bytes& argument : arguments) writer.bytes(argument);
    return writer.take();
}

Result<Payload> Payload::decode(ByteView bytes) {
    Reader reader(bytes);
    reader.format(format::k_payload, k_version, "payload");
    Payload payload;
    payload.network = reader.fixed<NetworkId>();
    payload.channel = reader.fixed<ChannelId>();
    payload.suite = read_suite(reader);
    payload.creator = reader.fixed<ParticipantId>();
    payload.nonce = reader.fixed<Nonce>();
    payload.valid_until = reader.u64();
    payload.contract = read_name(reader);
    payload.function = read_name(reader);
    const std::size_t count = reader.count16(4);
    payload.arguments.reserve(std::min(count, k_max_arguments + 1));
    for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
        if (i == k_max_arguments) break;
        payload.arguments.push_back(to_bytes(reader.bytes()));
    }
    if (count > k_max_arguments) {
        reader.fail(Code::too_large,
                    fmt::format("{} arguments, at most {} are allowed", count, k_max_arguments));
    }
    BSN_CHECK(reader.finish("payload"));
    if (auto checked = payload.check(); !checked) return checked.error().within("payload");
    return payload;
}

namespace {

/// What a transaction's prefix says; the reader stands at the body then.
Dialect read_prefix(Reader& reader) {
    reader.format(format::k_transaction, k_version, "transaction");
    const std::uint16_t number = reader.u16();
    const auto dialect = static_cast<Dialect>(number);
    if (!reader.failed() && dialect != Dialect::native && dialect != Dialect::ethereum &&
        dialect != Dialect::fisco) {
        reader.fail(Code::unsupported_version, fmt::format("dialect {} is unknown", number));
    }
    return dialect;
}

/// What corresponds to a payload in a dialect's transaction.
Payload payload_of(const PublicKey& signer, const Nonce& nonce, bool creates) {
    Payload payload;
    payload.suite = signer.suite;
    payload.creator = participant_id_of(signer);
    payload.nonce = nonce;
    payload.valid_until = std::numeric_limits<UnixMillis>::max();
    payload.contract = k_evm;
    payload.function = creates ? "create" : "call";
    return payload;
}

/// The nonce of an account's `number`th transaction.
Nonce nonce_of(std::uint64_t number) {
    Nonce nonce;
    for (std::size_t i = 0; i < 8; ++i) {
        nonce.data()[nonce.size() - 1 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    return nonce;
}

/// The nonce of a random number of up to 32 bytes.
Nonce nonce_of(const Word& random) {
    const Hash hash = crypto::hash(HashId::sha256, random);
    Nonce nonce;
    std::copy_n(hash.data(), nonce.size(), nonce.data());
    return nonce;
}

Signature signature_of(const Word& r, const Word& s) {
    Signature signature;
    std::copy_n(r.data(), Word::k_size, signature.data());
    std::copy_n(s.data(), Word::k_size, signature.data() + Word::k_size);
    return signature;
}

}  // namespace

Result<Transaction> Transaction::decode(Bytes bytes) {
    if (bytes.size() > k_max_transaction_bytes) return transaction_too_large(bytes.size());
    Reader reader(bytes);
    const Dialect dialect = read_prefix(reader);
    if (!reader.failed() && dialect == Dialect::ethereum) return decode_ethereum(bytes);
    if (!reader.failed() && dialect == Dialect::fisco) return decode_fisco(std::move(bytes));
    return decode_native(std::move(bytes));
}

Result<Transaction> Transaction::decode_native(Bytes bytes) {
    Reader reader(bytes);
    read_prefix(reader);
    if (!reader.failed() && reader.remaining() < k_seal_bytes) {
        reader.fail(
            fmt::format("truncated: {} bytes after the prefix, signer and signature alone "
                        "take {}",
                        reader.remaining(), k_seal_bytes));
    }
    const std::size_t body = reader.failed() ? 0 : reader.remaining() - k_seal_bytes;
    const ByteView payload_bytes = reader.raw(body);
    Transaction transaction;
    transaction.signer_.bytes = reader.fixed<crypto::PublicKeyBytes>();
    transaction.signature_ = reader.fixed<Signature>();
    BSN_CHECK(reader.finish("transaction"));
    BSN_TRY(payload, Payload::decode(payload_bytes));
    transaction.signer_.suite = payload.suite;
    transaction.id_ = crypto::hash(crypto::suite_hash(payload.suite), payload_bytes);
    transaction.payload_ = std::move(payload);
    transaction.bytes_ = std::move(bytes);
    return transaction;
}

Result<Transaction> Transaction::decode_ethereum(const Bytes& bytes) {
    const ByteView body = ByteView(bytes).subspan(k_prefix_bytes);
    BSN_TRY(native, ethereum::Transaction::decode(body));
    BSN_TRY(signer, native.recover());
    return of_ethereum(body, std::move(native), signer);
}

Transaction Transaction::of_ethereum(ByteView raw, ethereum::Transaction native,
                                     const PublicKey& signer) {
    Transaction transaction;
    transaction.dialect_ = Dialect::ethereum;
    transaction.signer_ = signer;
    transaction.signature_ = signature_of(native.r, native.s);
    transaction.id_ = crypto::hash(HashId::keccak256, raw);
    transaction.payload_ = payload_of(signer, nonce_of(native.nonce), !native.to);
    transaction.native_ = std::move(native);
    transaction.bytes_ = wrap(Dialect::ethereum, raw);
    return transaction;
}

Result<Transaction> Transaction::decode_fisco(Bytes bytes) {
    const ByteView body = ByteView(bytes).subspan(k_prefix_bytes);
    BSN_TRY(native, fisco::Transaction::decode(body));
    BSN_TRY(signer, native.signer());
    Transaction transaction;
    transaction.dialect_ = Dialect::fisco;
    transaction.signer_ = signer;
    transaction.signature_ = signature_of(native.r, native.s);
    transaction.id_ = crypto::hash(crypto::suite_hash(signer.suite), body);
    transaction.payload_ = payload_of(signer, nonce_of(native.nonce), !native.to);
    transaction.native_ = std::move(native);
    transaction.bytes_ = std::move(bytes);
    return transaction;
}

Bytes Transaction::wrap(Dialect dialect, ByteView body) {
    Writer writer(k_prefix_bytes + body.size());
    writer.u8(format::k_transaction);
    writer.u8(k_version);
    writer.u16(static_cast<std::uint16_t>(dialect));
    writer.raw(body);
    return writer.take();
}

Result<TxId> Transaction::id_of(ByteView bytes) {
    Reader reader(bytes);
    const Dialect dialect = read_prefix(reader);
    if (!reader.failed() && dialect == Dialect::ethereum) {
        return crypto::hash(HashId::keccak256, bytes.subspan(k_prefix_bytes));
    }
    if (!reader.failed() && dialect == Dialect::fisco) {
        BSN_TRY(native, fisco::Transaction::decode(bytes.subspan(k_prefix_bytes)));
        return crypto::hash(crypto::suite_hash(native.suite), bytes.subspan(k_prefix_bytes));
    }
    BSN_TRY(transaction, decode(to_bytes(bytes)));
    return transaction.id();
}

Transaction Transaction::sign(Payload payload, const crypto::PrivateKey& key) {
    payload.suite = key.suite();
    if (auto checked = payload.check(); !checked) {
        throw InvariantViolation("signing a payload that nobody accepts: " +
                                 checked.error().message);
    }
    const Bytes payload_bytes = payload.encode();
    Transaction transaction;
    transaction.signer_ = key.public_key();
    transaction.signature_ = key.sign(payload_bytes);
    transaction.id_ = crypto::hash(crypto::suite_hash(payload.suite), payload_bytes);
    transaction.bytes_ =
        encode_transaction(payload_bytes, transaction.signer_.bytes, transaction.signature_);
    transaction.payload_ = std::move(payload);
    return transaction;
}

ByteView Transaction::body_of(ByteView bytes) { return bytes.subspan(k_prefix_bytes); }

ByteView Transaction::body() const { return body_of(bytes_); }

ByteView Transaction::payload_bytes() const {
    ensure(dialect_ == Dialect::native, "a dialect's transaction has no payload");
    return ByteView(bytes_).subspan(k_prefix_bytes, bytes_.size() - k_prefix_bytes - k_seal_bytes);
}

Status Transaction::verify_signature() const {
    if (dialect_ != Dialect::native) return {};  // decoding it found its signer
    return crypto::verify(signer_, payload_bytes(), signature_);
}

Bytes encode_batch(const std::vector<ByteView>& transactions) {
    ensure(!transactions.empty(), "a batch without transactions");
    std::size_t size = 6;
    for (ByteView transaction : transactions) size += 4 + transaction.size();
    Writer writer(size);
    writer.u8(format::k_batch);
    writer.u8(k_version);
    writer.u32(count_u32(transactions.size()));
    for (ByteView transaction : transactions) writer.bytes(transaction);
    return writer.take();
}

Result<std::vector<ByteView>> decode_batch(ByteView bytes) {
    Reader reader(bytes);
    reader.format(format::k_batch, k_version, "batch");
    const std::size_t count = reader.count32(4);
    if (count == 0) reader.fail("a batch holds at least one transaction");
    std::vector<ByteView> transactions;
    transactions.reserve(count);
    for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
        transactions.push_back(reader.bytes());
    }
    BSN_CHECK(reader.finish("batch"));
    return transactions;
}

}  // namespace bsn::ledger
