// How a replica gives a copy of its channel to another peer (`channel_copy.hpp`).

#include "base/codec.hpp"
#include "peer/channel_copy.hpp"
#include "peer/replica.hpp"

namespace bsn::peer {
namespace {

/// Of entries in one record, beyond which the next one begins.
constexpr std::size_t k_entries_bytes = 256U << 10;

Status write_record(const CopySink& sink, CopyRecord kind, ByteView content) {
    return sink(encode_copy_record(kind, content));
}

/// Gathers entries into records.
class EntryWriter {
  public:
    explicit EntryWriter(const CopySink& sink) : sink_(sink) {}

    Status add(ByteView key, ByteView value) {
        entries_.bytes(key);
        entries_.bytes(value);
        ++count_;
        return entries_.size() < k_entries_bytes ? Status() : flush();
    }
    Status flush() {
        if (count_ == 0) return {};
        Writer content(4 + entries_.size());
        content.u32(count_);
        content.raw(entries_.view());
        count_ = 0;
        entries_ = Writer();
        return write_record(sink_, CopyRecord::entries, content.view());
    }

  private:
    const CopySink& sink_;
    Writer entries_;
    std::uint32_t count_ = 0;
};

}  // namespace

Status Replica::write_copy(const CopySink& sink) const {
    const CertifiedView at = view();
    if (!at.readable || stopped_) {
        return Error{Code::unavailable, "this node has no certified state to copy now"};
    }
    Writer begin(8);
    begin.u64(at.height);
    BSN_CHECK(write_record(sink, CopyRecord::begin, begin.view()));
    for (ledger::Height height = 0; height <= at.height; ++height) {
        BSN_TRY(block, blocks_.block(height));
        BSN_TRY(certificates, blocks_.certificates(height));
        if (!block || !certificates) {
            return Error{Code::corrupted, "a block of the channel is missing here"};
        }
        BSN_TRY(batches, batches_or_repair(*block));
        BSN_CHECK(
            write_record(sink, CopyRecord::block, encode_copied_block(*block, *certificates)));
        for (std::size_t i = 0; i < batches.size(); ++i) {
            const bool by_digest = block->envelopes[i].kind == ledger::EnvelopeKind::batch;
            if (!by_digest || batches[i].empty()) continue;
            BSN_CHECK(write_record(sink, CopyRecord::batch, batches[i]));
        }
    }
    EntryWriter entries(sink);
    Status written;
    auto visit = [&](ByteView key, ByteView value) {
        written = entries.add(key.subspan(setup_.prefix.size()), value);
        return written.ok();
    };
    BSN_CHECK(
        services_.database.scan(store::Table::state, setup_.prefix, {}, visit, at.snapshot.get()));
    BSN_CHECK(written);
    BSN_CHECK(entries.flush());
    return write_record(sink, CopyRecord::end, {});
}

}  // namespace bsn::peer
