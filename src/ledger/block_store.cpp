#include "ledger/block_store.hpp"

#include "base/codec.hpp"

#include <fmt/format.h>

#include <set>

namespace bsn::ledger {
namespace {

using store::Table;

constexpr char k_block = 'b';
constexpr char k_certificates = 'c';
constexpr char k_header_hash = 'h';
constexpr char k_transaction = 't';
constexpr char k_nonce = 'n';
constexpr char k_batch = 'd';
constexpr char k_executed = 'x';
constexpr char k_handover = 'e';
constexpr char k_dialect_block = 'f';
constexpr char k_dialect_hash = 'g';

Bytes encode_height(Height height) {
    Writer writer(8);
    writer.u64(height);
    return writer.take();
}

Height read_height(Reader& reader) { return reader.u64(); }

ExecutedBatch read_executed(Reader& reader) {
    ExecutedBatch executed;
    executed.height = reader.u64();
    executed.admitted = reader.u8() == 1;
    return executed;
}

Bytes encode_place(const TransactionPlace& place) {
    Writer writer(12);
    writer.u64(place.height);
    writer.u32(place.index);
    return writer.take();
}

TransactionPlace read_place(Reader& reader) {
    TransactionPlace place;
    place.height = reader.u64();
    place.index = reader.u32();
    return place;
}

store::LogPosition read_position(Reader& reader) {
    store::LogPosition position;
    position.segment = reader.u32();
    position.offset = reader.u64();
    position.length = reader.u32();
    return position;
}

/// The nonce first: most begin with the time at which they were made, so that new keys lie
/// together, behind the old ones.
Bytes nonce_key(const ParticipantId& creator, const Nonce& nonce) {
    Writer writer(ParticipantId::size() + Nonce::size());
    writer.raw(nonce);
    writer.raw(creator);
    return writer.take();
}

}  // namespace

BlockStore::BlockStore(const store::Database& database, Bytes channel_prefix)
    : database_(database), prefix_(std::move(channel_prefix)) {}

Bytes BlockStore::key(char kind, ByteView rest) const {
    Writer writer(prefix_.size() + 1 + rest.size());
    writer.raw(prefix_);
    writer.u8(static_cast<std::uint8_t>(kind));
    writer.raw(rest);
    return writer.take();
}

void BlockStore::put_block(store::WriteBatch& batch, const Block& block,
                           const Hash& header_hash) const {
    Bytes height = encode_height(block.header.height);
    batch.put(Table::blocks, key(k_block, height), block.encode());
    batch.put(Table::index, key(k_header_hash, header_hash), height);
}

void BlockStore::put_transaction(store::WriteBatch& batch, const TxId& id,
                                 const TransactionPlace& place) const {
    batch.put(Table::index, key(k_transaction, id), encode_place(place));
}

void BlockStore::put_nonce(store::WriteBatch& batch, const ParticipantId& creator,
                           const Nonce& nonce, const TransactionPlace& place) const {
    batch.put(Table::nonces, key(k_nonce, nonce_key(creator, nonce)), encode_place(place));
}

void BlockStore::put_certificates(store::WriteBatch& batch, Height height,
                                  const std::vector<Certificate>& certificates) const {
    Writer writer;
    writer.u8(static_cast<std::uint8_t>(certificates.size()));
    for (const Certificate& certificate : certificates) writer.bytes(certificate.encode());
    batch.put(Table::blocks, key(k_certificates, encode_height(height)), writer.view());
}

void BlockStore::put_batch(store::WriteBatch& batch, const Hash& digest,
                           const store::LogPosition& position) const {
    Writer value(16);
    value.u32(position.segment);
    value.u64(position.offset);
    value.u32(position.length);
    batch.put(Table::index, key(k_batch, digest), value.view());
}

Bytes BlockStore::batches_prefix() const { return key(k_batch, {}); }

void BlockStore::put_executed(store::WriteBatch& batch, const Hash& digest,
                              const ExecutedBatch& executed) const {
    Writer value(9);
    value.u64(executed.height);
    value.u8(executed.admitted ? 1 : 0);
    batch.put(Table::index, key(k_executed, digest), value.view());
}

void BlockStore::put_handover(store::WriteBatch& batch, Epoch epoch, Height last) const {
    batch.put(Table::index, key(k_handover, encode_height(epoch)), encode_height(last));
}

void BlockStore::put_dialect_block(store::WriteBatch& batch, Height height,
                                   const DialectBlock& block) const {
    Writer value(Hash::k_size + 16 + block.header.size());
    value.raw(block.hash);
    value.u64(block.transactions);
    value.u64(block.failed);
    value.raw(block.header);
    batch.put(Table::blocks, key(k_dialect_block, encode_height(height)), value.view());
    batch.put(Table::index, key(k_dialect_hash, block.hash), encode_height(height));
}

Result<std::optional<DialectBlock>> BlockStore::dialect_block(Height height) const {
    BSN_TRY(value, database_.get(Table::blocks, key(k_dialect_block, encode_height(height))));
    if (!value) return std::optional<DialectBlock>{};
    Reader reader(*value);
    DialectBlock block;
    block.hash = reader.fixed<Hash>();
    block.transactions = reader.u64();
    block.failed = reader.u64();
    block.header = to_bytes(reader.raw(reader.remaining()));
    if (Status whole = reader.finish("block header of a dialect"); !whole) {
        return Error{Code::corrupted, fmt::format("block {}: {}", height, whole.error().message)};
    }
    return std::optional(std::move(block));
}

Result<std::optional<Height>> BlockStore::height_of_dialect_block(const Hash& hash) const {
    return index_entry(k_dialect_hash, hash, "height of a dialect's block", read_height);
}

Result<std::optional<Block>> BlockStore::block(Height height) const {
    BSN_TRY(value, database_.get(Table::blocks, key(k_block, encode_height(height))));
    if (!value) return std::optional<Block>{};
    auto block = Block::decode(*value);
    if (!block) {
        return Error{Code::corrupted,
                     fmt::format("stored block {}: {}", height, block.error().message)};
    }
    return std::optional(std::move(*block));
}

Result<std::uint64_t> BlockStore::bytes_of(Height height) const {
    BSN_TRY(record, database_.get(Table::blocks, key(k_block, encode_height(height))));
    if (!record) return std::uint64_t{0};
    BSN_TRY(block, Block::decode(*record));
    std::set<std::uint32_t> skipped;  // whole: peers need not have these
    for (const Skipped& one : block.skipped) {
        if (one.transaction == Skipped::k_whole_envelope) skipped.insert(one.envelope);
    }
    std::uint64_t bytes = record->size();
    for (std::uint32_t i = 0; i < block.envelopes.size(); ++i) {
        const Envelope& envelope = block.envelopes[i];
        // A batch that its envelope carries is part of the record.
        if (envelope.kind != EnvelopeKind::batch || skipped.contains(i)) continue;
        BSN_TRY(position, batch(envelope.digest));
        if (position) bytes += position->length;
    }
    return bytes;
}

Result<std::optional<std::vector<Certificate>>> BlockStore::certificates(Height height) const {
    using Answer = std::optional<std::vector<Certificate>>;
    BSN_TRY(value, database_.get(Table::blocks, key(k_certificates, encode_height(height))));
    if (!value) return Answer{};
    Reader reader(*value);
    std::size_t count = reader.u8();
    std::vector<Certificate> certificates;
    for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
        auto certificate = Certificate::decode(reader.bytes());
        if (!certificate) {
            reader.fail(certificate.error().message);
            break;
        }
        certificates.push_back(std::move(*certificate));
    }
    if (Status status = reader.finish("stored certificates"); !status) {
        return Error{Code::corrupted, fmt::format("block {}: {}", height, status.error().message)};
    }
    return Answer(std::move(certificates));
}

template <class Entry>
Result<std::optional<Entry>> BlockStore::index_entry(char kind, ByteView rest,
                                                     std::string_view what,
                                                     Entry (*read)(Reader&)) const {
    BSN_TRY(value, database_.get(Table::index, key(kind, rest)));
    if (!value) return std::optional<Entry>{};
    Reader reader(*value);
    Entry entry = read(reader);
    if (Status whole = reader.finish(what); !whole) {
        return Error{Code::corrupted, fmt::format("stored index: {}", whole.error().message)};
    }
    return std::optional(entry);
}

Result<std::optional<Height>> BlockStore::handover(Epoch epoch) const {
    return index_entry(k_handover, encode_height(epoch), "last block of an epoch", read_height);
}

Result<std::optional<Height>> BlockStore::height_of(const Hash& header_hash) const {
    return index_entry(k_header_hash, header_hash, "height of a header", read_height);
}

Result<std::optional<ExecutedBatch>> BlockStore::executed(const Hash& digest) const {
    return index_entry(k_executed, digest, "executed batch", read_executed);
}

Result<std::optional<TransactionPlace>> BlockStore::find(const TxId& id) const {
    return index_entry(k_transaction, id, "place of a transaction", read_place);
}

Result<std::optional<store::LogPosition>> BlockStore::batch(const Hash& digest) const {
    return index_entry(k_batch, digest, "position of a batch", read_position);
}

Result<bool> BlockStore::nonce_used(const ParticipantId& creator, const Nonce& nonce) const {
    BSN_TRY(value, database_.get(Table::nonces, key(k_nonce, nonce_key(creator, nonce))));
    return value.has_value();
}

Result<std::optional<TransactionPlace>> BlockStore::place_of_nonce(const ParticipantId& creator,
                                                                   const Nonce& nonce) const {
    BSN_TRY(value, database_.get(Table::nonces, key(k_nonce, nonce_key(creator, nonce))));
    if (!value || value->empty()) return std::optional<TransactionPlace>{};
    Reader reader(*value);
    TransactionPlace place = read_place(reader);
    BSN_CHECK(reader.finish("place of a nonce"));
    return std::optional<TransactionPlace>{place};
}

}  // namespace bsn::ledger
