#include "ledger/block.hpp"

#include "ledger/fields.hpp"
#include "ledger/merkle.hpp"
#include "ledger/transaction.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::ledger {
namespace {

constexpr std::uint8_t k_version = 1;
constexpr std::size_t k_skipped_bytes = 4 + 4 + 2;

struct SkipCode {
    Code reason;
    std::uint16_t number;
};

// Written into blocks for ever: numbers are never reused, whatever becomes of `Code`.
constexpr std::array<SkipCode, 14> k_skip_codes{{
    {Code::invalid_argument, 1},
    {Code::too_large, 2},
    {Code::bad_signature, 3},
    {Code::wrong_network, 4},
    {Code::wrong_channel, 5},
    {Code::wrong_suite, 6},
    {Code::expired, 7},
    {Code::duplicate, 8},
    {Code::forbidden, 9},
    {Code::suspended, 10},
    {Code::unavailable, 11},  // the envelope names an epoch that has ended
    {Code::unsupported_version, 12},
    {Code::unauthenticated, 13},
    {Code::voided, 14},
}};

std::uint16_t number_of_reason(Code reason) {
    for (const SkipCode& code : k_skip_codes) {
        if (code.reason == reason) return code.number;
    }
    throw InvariantViolation("no reason to skip: " + std::string(code_name(reason)));
}

Code read_reason(Reader& reader) {
    const std::uint16_t number = reader.u16();
    for (const SkipCode& code : k_skip_codes) {
        if (code.number == number) return code.reason;
    }
    reader.fail(fmt::format("skip code {} is unknown", number));
    return Code::invalid_argument;
}

void write_skipped(Writer& writer, const Skipped& skipped) {
    writer.u32(skipped.envelope);
    writer.u32(skipped.transaction);
    writer.u16(number_of_reason(skipped.reason));
}

template <typename Element>
Result<std::vector<Element>> read_list(Reader& reader, Result<Element> (*decode)(ByteView)) {
    const std::size_t count = reader.count32(4);
    std::vector<Element> list;
    for (std::size_t i = 0; i < count; ++i) {
        const ByteView encoded = reader.bytes();
        if (reader.failed()) break;
        BSN_TRY(element, decode(encoded));
        list.push_back(std::move(element));
    }
    return list;
}

Error malformed(std::string message) {
    return {Code::invalid_argument, "block: " + std::move(message)};
}

/// How many transactions an envelope brings: those of its batch, if its kind has one.
std::uint32_t transactions_in(const Envelope& envelope) {
    const bool has_batch =
        envelope.kind == EnvelopeKind::batch || envelope.kind == EnvelopeKind::carried;
    return has_batch ? envelope.count : 0;
}

/// Every skip names something that is there, once; a whole envelope excludes its transactions.
Status check_skipped(const Block& block) {
    for (std::size_t i = 0; i < block.skipped.size(); ++i) {
        const Skipped& skip = block.skipped[i];
        if (skip.envelope >= block.envelopes.size()) {
            return malformed(
                fmt::format("skips envelope {} of {}", skip.envelope, block.envelopes.size()));
        }
        const bool whole = skip.transaction == Skipped::k_whole_envelope;
        const std::uint32_t count = transactions_in(block.envelopes[skip.envelope]);
        if (!whole && skip.transaction >= count) {
            return malformed(fmt::format("skips transaction {} of {} in envelope {}",
                                         skip.transaction, count, skip.envelope));
        }
        if (i == 0) continue;
        const Skipped& before = block.skipped[i - 1];
        const bool same = before.envelope == skip.envelope;
        if (before.envelope > skip.envelope || (same && before.transaction >= skip.transaction)) {
            return malformed("skipped transactions are not ascending");
        }
        if (same && whole) {
            return malformed(
                fmt::format("skips envelope {} and transactions of it", skip.envelope));
        }
    }
    return {};
}

Status expect_hash(std::string_view what, const std::optional<Hash>& committed,
                   const std::optional<Hash>& found) {
    if (committed == found) return {};
    return Error{Code::bad_signature,
                 fmt::format("the block's {} are not what its header commits to", what)};
}

/// The hash of a list, none if it is empty.
template <typename List>
std::optional<Hash> hash_if_any(HashId id, const List& list, Hash (*hash)(HashId, const List&)) {
    if (list.empty()) return std::nullopt;
    return hash(id, list);
}

/// How many transactions the envelopes announce and the block does not skip.
std::uint64_t count_admitted(const Block& block) {
    std::uint64_t count = 0;
    for (const Envelope& envelope : block.envelopes) count += transactions_in(envelope);
    for (const Skipped& skip : block.skipped) {
        count -= skip.transaction == Skipped::k_whole_envelope
                     ? transactions_in(block.envelopes[skip.envelope])
                     : 1;
    }
    return count;
}

/// Whether each batch, also where some of its transactions are skipped, is the one that was
/// ordered.
Status check_digests(const Block& block, const std::vector<Bytes>& batches) {
    for (std::size_t i = 0; i < batches.size(); ++i) {
        const Envelope& envelope = block.envelopes[i];
        if (envelope.kind != EnvelopeKind::batch || batches[i].empty()) continue;
        if (crypto::hash(envelope.digest_hash, batches[i]) != envelope.digest) {
            return Error{Code::bad_signature,
                         fmt::format("the batch of envelope {} has another digest", i)};
        }
    }
    return {};
}

template <typename List>
Hash root_of(HashId id, const List& contents) {
    std::vector<Hash> leaves;
    leaves.reserve(contents.size());
    for (const auto& content : contents) leaves.push_back(merkle_leaf(id, content));
    return merkle_root(id, leaves);
}

/// The transactions of one envelope, as many as it announces.
Result<std::vector<ByteView>> transactions_of(const Envelope& envelope, ByteView batch) {
    if (batch.size() != envelope.bytes) {
        return malformed(
            fmt::format("a batch of {} bytes, its envelope says {}", batch.size(), envelope.bytes));
    }
    BSN_TRY(transactions, decode_batch(batch));
    if (transactions.size() != envelope.count) {
        return malformed(fmt::format("a batch of {} transactions, its envelope says {}",
                                     transactions.size(), envelope.count));
    }
    return std::move(transactions);
}

ByteView batch_of(const Envelope& envelope, const Bytes& batch) {
    return envelope.kind == EnvelopeKind::carried ? envelope.body : batch;
}

}  // namespace

Bytes Block::encode() const {
    Writer writer;
    writer.u8(format::k_block);
    writer.u8(k_version);
    writer.bytes(header.encode());
    writer.u32(count_u32(controls.size()));
    for (const ControlRecord& control : controls) writer.bytes(encode_control(control));
    writer.u32(count_u32(envelopes.size()));
    for (const Envelope& envelope : envelopes) writer.bytes(envelope.encode());
    writer.u32(count_u32(skipped.size()));
    for (const Skipped& skip : skipped) write_skipped(writer, skip);
    writer.u32(count_u32(receipts.size()));
    for (const Bytes& receipt : receipts) writer.bytes(receipt);
    return writer.take();
}

Result<Block> Block::decode(ByteView bytes) {
    Reader reader(bytes);
    reader.format(format::k_block, k_version, "block");
    const ByteView encoded_header = reader.bytes();
    if (reader.failed()) return reader.finish("block").error();
    BSN_TRY(header, Header::decode(encoded_header));
    BSN_TRY(controls, read_list(reader, &decode_control));
    BSN_TRY(envelopes, read_list(reader, &Envelope::decode));
    Block block{std::move(header), std::move(controls), std::move(envelopes), {}, {}};
    const std::size_t skipped = reader.count32(k_skipped_bytes);
    block.skipped.reserve(skipped);
    for (std::size_t i = 0; i < skipped; ++i) {
        Skipped& skip = block.skipped.emplace_back();
        skip.envelope = reader.u32();
        skip.transaction = reader.u32();
        skip.reason = read_reason(reader);
    }
    const std::size_t receipts = reader.count32(4);
    block.receipts.reserve(receipts);
    for (std::size_t i = 0; i < receipts && !reader.failed(); ++i) {
        block.receipts.push_back(to_bytes(reader.bytes()));
    }
    BSN_CHECK(reader.finish("block"));
    BSN_CHECK(check_skipped(block));
    return block;
}

Hash hash_controls(HashId id, const std::vector<ControlRecord>& controls) {
    Writer writer;
    for (const ControlRecord& control : controls) writer.bytes(encode_control(control));
    return crypto::hash(id, writer.view());
}

Hash hash_envelopes(HashId id, const std::vector<Envelope>& envelopes) {
    Writer writer;
    for (const Envelope& envelope : envelopes) writer.bytes(envelope.encode_core());
    return crypto::hash(id, writer.view());
}

Hash hash_skipped(HashId id, const std::vector<Skipped>& skipped) {
    Writer writer(skipped.size() * k_skipped_bytes);
    for (const Skipped& skip : skipped) write_skipped(writer, skip);
    return crypto::hash(id, writer.view());
}

Result<std::vector<ByteView>> admitted_transactions(const Block& block,
                                                    const std::vector<Bytes>& batches) {
    BSN_CHECK(check_skipped(block));
    if (batches.size() != block.envelopes.size()) {
        return malformed(
            fmt::format("{} batches for {} envelopes", batches.size(), block.envelopes.size()));
    }
    std::vector<ByteView> admitted;
    auto skip = block.skipped.begin();
    for (std::size_t i = 0; i < batches.size(); ++i) {
        const Envelope& envelope = block.envelopes[i];
        auto is_skipped = [&](std::uint32_t transaction) {
            return skip != block.skipped.end() && skip->envelope == i &&
                   skip->transaction == transaction;
        };
        if (is_skipped(Skipped::k_whole_envelope)) {
            ++skip;
            continue;
        }
        if (transactions_in(envelope) == 0) continue;
        BSN_TRY(transactions, transactions_of(envelope, batch_of(envelope, batches[i])));
        for (std::uint32_t k = 0; k < transactions.size(); ++k) {
            if (is_skipped(k)) {
                ++skip;
            } else {
                admitted.push_back(transactions[k]);
            }
        }
    }
    return admitted;
}

Status check_block(const Block& block, const std::vector<Bytes>* batches) {
    const Header& header = block.header;
    const HashId id = header.hash_id;
    BSN_CHECK(check_skipped(block));
    BSN_CHECK(expect_hash("control records", header.find_extension(extension::k_controls),
                          hash_if_any(id, block.controls, &hash_controls)));
    BSN_CHECK(expect_hash("envelopes", header.find_extension(extension::k_envelopes),
                          hash_if_any(id, block.envelopes, &hash_envelopes)));
    BSN_CHECK(expect_hash("skipped transactions", header.find_extension(extension::k_skipped),
                          hash_if_any(id, block.skipped, &hash_skipped)));
    for (const Envelope& envelope : block.envelopes) {
        if (envelope.channel != header.channel) {
            return Error{Code::wrong_channel, "the block holds an envelope of another channel"};
        }
    }
    if (header.transactions != block.receipts.size() ||
        header.transactions != count_admitted(block)) {
        return Error{
            Code::bad_signature,
            fmt::format("the header counts {} transactions; the block has {} and {} "
                        "receipts",
                        header.transactions, count_admitted(block), block.receipts.size())};
    }
    BSN_CHECK(expect_hash("receipts", header.receipt_root, root_of(id, block.receipts)));
    if (batches == nullptr) return {};
    BSN_TRY(admitted, admitted_transactions(block, *batches));
    BSN_CHECK(check_digests(block, *batches));
    return expect_hash("transactions", header.transaction_root, root_of(id, admitted));
}

}  // namespace bsn::ledger
