#include "peer/channel_copy.hpp"

#include "base/codec.hpp"
#include "ledger/epoch_history.hpp"
#include "peer/database_keys.hpp"
#include "peer/rebuild.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>

namespace bsn::peer {
namespace {

using store::Table;

constexpr std::size_t k_record_head_bytes = 5;
constexpr std::size_t k_least_entry_bytes = 8;

Error refuse(std::string why) { return {Code::bad_signature, "copy refused: " + std::move(why)}; }

const ledger::EpochControl* next_epoch_of(const ledger::Block& block) {
    const ledger::EpochControl* next = nullptr;
    for (const ledger::ControlRecord& record : block.controls) {
        if (const auto* control = std::get_if<ledger::EpochControl>(&record)) next = control;
    }
    return next;
}

/// Makes durable all that was written before.
Status sync(store::Syncer& syncer) {
    std::promise<Status> done;
    syncer.request([&](Status durable) { done.set_value(std::move(durable)); });
    return done.get_future().get();
}

}  // namespace

Bytes encode_copy_record(CopyRecord kind, ByteView content) {
    Writer writer(k_record_head_bytes + content.size());
    writer.u8(static_cast<std::uint8_t>(kind));
    writer.bytes(content);
    return writer.take();
}

Bytes encode_copied_block(const ledger::Block& block,
                          const std::vector<ledger::Certificate>& certificates) {
    Writer writer;
    writer.bytes(block.encode());
    writer.u8(static_cast<std::uint8_t>(certificates.size()));
    for (const ledger::Certificate& one : certificates) writer.bytes(one.encode());
    return writer.take();
}

CopyTaker::CopyTaker(CopyTarget target)
    : target_(std::move(target)),
      blocks_(target_.database, target_.prefix),
      batches_(target_.rules, blocks_, target_.database, target_.batch_log, target_.syncer) {}

Status CopyTaker::begin() {
    at_ = {};
    height_ = 0;
    last_ = 0;
    BSN_CHECK(mark_for_rebuild(target_.database, target_.prefix));
    return erase_channel(target_.database, blocks_, target_.prefix);
}

Status CopyTaker::take(ByteView piece) {
    at_.waiting.insert(at_.waiting.end(), piece.begin(), piece.end());
    std::size_t used = 0;
    while (at_.waiting.size() - used >= k_record_head_bytes) {
        Reader head(ByteView(at_.waiting).subspan(used));
        const auto kind = static_cast<CopyRecord>(head.u8());
        const std::size_t length = head.u32();
        if (length > k_max_copy_record_bytes) {
            return refuse(fmt::format("a record of {} bytes, at most {} allowed", length,
                                      k_max_copy_record_bytes));
        }
        if (head.remaining() < length) break;
        BSN_CHECK(take_record(kind, head.raw(length)));
        used += k_record_head_bytes + length;
    }
    at_.waiting.erase(at_.waiting.begin(), at_.waiting.begin() + static_cast<std::ptrdiff_t>(used));
    return {};
}

Status CopyTaker::take_record(CopyRecord kind, ByteView content) {
    if (at_.ended) return refuse("it goes on behind its end");
    if (at_.begun == (kind == CopyRecord::begin))
        return refuse("it does not begin where it begins");
    if (at_.block && kind != CopyRecord::batch) return refuse("a block lacks batches");
    switch (kind) {
        case CopyRecord::begin: return take_begin(content);
        case CopyRecord::block: return take_block(content);
        case CopyRecord::batch: return take_batch(content);
        case CopyRecord::entries: return take_entries(content);
        case CopyRecord::end:
            at_.ended = true;
            return content.empty() ? Status() : refuse("its end has content");
    }
    return refuse(fmt::format("a record of the unknown kind {}", static_cast<unsigned>(kind)));
}

Status CopyTaker::take_begin(ByteView content) {
    Reader reader(content);
    last_ = reader.u64();
    BSN_CHECK(reader.finish("begin of a copy"));
    at_.begun = true;
    return {};
}

Status CopyTaker::take_block(ByteView content) {
    if (at_.any_entry) return refuse("a block behind the state");
    Reader reader(content);
    const ByteView encoded = reader.bytes();
    std::vector<ledger::Certificate> certificates;
    const std::size_t count = reader.u8();
    for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
        BSN_TRY(certificate, ledger::Certificate::decode(reader.bytes()));
        certificates.push_back(std::move(certificate));
    }
    BSN_CHECK(reader.finish("block of a copy"));
    BSN_TRY(block, ledger::Block::decode(encoded));
    BSN_CHECK(check_header(block));
    BSN_CHECK(check_controls(block));
    BSN_CHECK(check_certified(block, certificates));
    auto changes = target_.database.batch();
    blocks_.put_certificates(*changes, block.header.height, certificates);
    BSN_CHECK(target_.database.write(*changes));
    at_.skipped = skipped_whole(block);
    at_.batches.assign(block.envelopes.size(), {});
    at_.block = std::move(block);
    at_.next_batch = next_with_batch(0);
    return at_.next_batch < at_.batches.size() ? Status() : end_block();
}

Status CopyTaker::check_header(const ledger::Block& block) const {
    const ledger::Header& header = block.header;
    const Delivery& first = target_.first;
    if (header.network != target_.rules.network || header.channel != target_.rules.channel ||
        header.hash_id != target_.rules.hash) {
        return refuse("a block of another channel");
    }
    if (header.state_type != ledger::StateCommitmentType::multiset_hash) {
        return refuse("a channel whose state commitment cannot be copied");
    }
    if (!at_.any_block) {
        if (header.height == 0 && header.epoch == 0 && header.position.height == first.height &&
            header.position.orderer == first.orderer && header.time == first.time) {
            return {};
        }
        return refuse("its first block is not that of the channel's creation");
    }
    if (header.height == at_.tip.height + 1 && header.previous == at_.tip.hash && at_.epoch &&
        header.epoch == at_.epoch->epoch && header.position.height > at_.tip.order_height &&
        header.time > at_.tip.time && header.height <= last_) {
        return {};
    }
    return refuse(fmt::format("block {} does not follow block {}", header.height, at_.tip.height));
}

Status CopyTaker::check_controls(const ledger::Block& block) {
    if (!at_.any_block) {
        if (block.controls != target_.first.controls) {
            return refuse("its first block is not that of the channel's creation");
        }
        at_.tip.controls_through = target_.first.controls_through;
        return {};
    }
    const std::uint64_t after = at_.tip.controls_through;
    BSN_TRY(decisions, target_.decisions(after, block.header.position.height));
    at_.tip.controls_through = std::max(after, decisions.through);
    if (decisions.records == block.controls) return {};
    return refuse(fmt::format("block {} does not begin with what the permission chain decided",
                              block.header.height));
}

Status CopyTaker::check_certified(const ledger::Block& block,
                                  const std::vector<ledger::Certificate>& certificates) {
    const ledger::Header& header = block.header;
    const ledger::EpochControl* next = next_epoch_of(block);
    const auto named = header.find_extension(ledger::extension::k_next_epoch);
    if (!at_.any_block) {
        if (next == nullptr || named) return refuse("its first block names no peers");
        at_.epoch = std::make_shared<const ledger::EpochRecord>(next->record);
    } else if (named.has_value() != (next != nullptr) ||
               (next != nullptr && *named != next->record.hash())) {
        return refuse(
            fmt::format("block {} hands over to others than were decided", header.height));
    }
    const auto signers = signers_of(block.controls, at_.epoch);
    if (auto good = ledger::check_certificates(header, certificates, *signers, signers->revoked);
        !good) {
        return good.error().within(fmt::format("copy refused: block {}", header.height));
    }
    // The header does not cover these signatures, and this node will show them to others.
    const auto skipped = skipped_whole(block);
    for (std::uint32_t i = 0; i < block.envelopes.size(); ++i) {
        if (skipped.contains(i)) continue;
        auto available = ledger::check_availability(block.envelopes[i], *signers, header.network,
                                                    header.position.height);
        if (!available) {
            return available.error().within(
                fmt::format("copy refused: envelope {} of block {}", i, header.height));
        }
    }
    if (at_.any_block && next != nullptr) {
        at_.epoch = std::make_shared<const ledger::EpochRecord>(next->record);
    }
    return {};
}

std::size_t CopyTaker::next_with_batch(std::size_t from) const {
    while (from < at_.block->envelopes.size() &&
           (at_.block->envelopes[from].kind != ledger::EnvelopeKind::batch ||
            at_.skipped.contains(static_cast<std::uint32_t>(from)))) {
        ++from;
    }
    return from;
}

Status CopyTaker::take_batch(ByteView content) {
    if (!at_.block) return refuse("a batch without a block");
    at_.batches[at_.next_batch] = to_bytes(content);
    at_.next_batch = next_with_batch(at_.next_batch + 1);
    return at_.next_batch < at_.batches.size() ? Status() : end_block();
}

Status CopyTaker::end_block() {
    if (auto good = ledger::check_block(*at_.block, &at_.batches); !good) {
        return good.error().within(fmt::format("copy refused: block {}", at_.block->header.height));
    }
    BSN_CHECK(write_block());
    const ledger::Header& header = at_.block->header;
    at_.tip.height = header.height;
    at_.tip.hash = header.hash();
    at_.tip.time = header.time;
    at_.tip.order_height = header.position.height;
    at_.tip.transactions += header.transactions;
    at_.state = header.state;
    height_ = header.height;
    at_.any_block = true;
    at_.block.reset();
    return {};
}

Status CopyTaker::write_block() {
    for (std::size_t i = 0; i < at_.batches.size(); ++i) {
        if (at_.batches[i].empty()) continue;
        BSN_CHECK(batches_.keep(at_.block->envelopes[i].digest, at_.batches[i]));
    }
    BSN_TRY(transactions, ledger::admitted_transactions(*at_.block, at_.batches));
    std::vector<ledger::Transaction> decoded;
    std::vector<Admitted> admitted;
    decoded.reserve(transactions.size());
    admitted.reserve(transactions.size());
    for (ByteView bytes : transactions) {
        BSN_TRY(transaction, ledger::Transaction::decode(to_bytes(bytes)));
        const ledger::Payload& payload = transaction.payload();
        admitted.push_back({transaction.id(), payload.creator, payload.nonce});
        decoded.push_back(std::move(transaction));
    }
    BSN_TRY(dialect, dialect_block_of(decoded));
    auto changes = target_.database.batch();
    BSN_CHECK(put_block_records(*changes, blocks_, *at_.block, at_.block->header.hash(), admitted,
                                dialect));
    for (const auto& [index, reason] : at_.skipped) {
        if (reason != Code::voided) continue;
        put_void_mark(*changes, target_.prefix,
                      {at_.block->header.position.height,
                       at_.block->envelopes[index].core_hash(crypto::HashId::sha256)},
                      VoidMark::is_void);
    }
    return target_.database.write(*changes);
}

Result<std::optional<ledger::DialectBlock>> CopyTaker::dialect_block_of(
    const std::vector<ledger::Transaction>& transactions) const {
    std::optional<ledger::DialectBlock> none;
    if (!target_.rules.dialect) return none;
    const ledger::Header& header = at_.block->header;
    ledger::DialectBlock parent;
    if (header.height > 0) {
        BSN_TRY(before, dialect_block(blocks_, header.height - 1));
        parent = std::move(before);
    }
    std::vector<const ledger::Transaction*> pointers;
    std::vector<ledger::Receipt> receipts;
    for (std::size_t i = 0; i < transactions.size(); ++i) {
        BSN_TRY(receipt, ledger::Receipt::decode(at_.block->receipts[i]));
        receipts.push_back(std::move(receipt));
        pointers.push_back(&transactions[i]);
    }
    auto made = ledger::make_dialect_block(*target_.rules.dialect, header, parent, pointers,
                                           receipts, *at_.epoch);
    if (header.find_extension(ledger::extension::k_dialect) != made.hash) {
        return refuse(fmt::format("the dialect's header of block {} is another", header.height));
    }
    return std::optional(std::move(made));
}

Status CopyTaker::take_entries(ByteView content) {
    if (!at_.any_block || at_.tip.height != last_) return refuse("the state before the last block");
    Reader reader(content);
    const std::size_t count = reader.count32(k_least_entry_bytes);
    auto changes = target_.database.batch();
    for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
        const ByteView key = reader.bytes();
        const ByteView value = reader.bytes();
        if (reader.failed()) break;
        if (key.empty() || key.size() <= key[0]) return refuse("an entry without a key");
        if (at_.any_entry && !std::lexicographical_compare(at_.last_key.begin(), at_.last_key.end(),
                                                           key.begin(), key.end())) {
            return refuse("entries of the state are not ascending");
        }
        at_.any_entry = true;
        at_.last_key = to_bytes(key);
        const std::size_t name = key[0];
        at_.tip.state.add(key.subspan(1, name), key.subspan(1 + name), value);
        Writer full(target_.prefix.size() + key.size());
        full.raw(target_.prefix);
        full.raw(key);
        changes->put(Table::state, full.view(), value);
    }
    BSN_CHECK(reader.finish("entries of a copy"));
    return target_.database.write(*changes);
}

Result<Tip> CopyTaker::finish() {
    if (!at_.ended || !at_.waiting.empty() || at_.tip.height != last_) {
        return Error{Code::unavailable, "the copy ended early"};
    }
    if (at_.tip.state.digest(target_.rules.hash) != at_.state) {
        return refuse("its state is not what the last block's peers certified");
    }
    BSN_CHECK(sync(target_.syncer));
    auto changes = target_.database.batch();
    changes->put(Table::meta, tip_key(target_.prefix), at_.tip.encode());
    BSN_CHECK(target_.database.write(*changes));
    BSN_CHECK(sync(target_.syncer));
    return at_.tip;
}

}  // namespace bsn::peer
