#include "gateway/custody/audit_log.hpp"

#include "base/codec.hpp"

#include <fmt/format.h>

namespace bsn::gateway {
namespace {

constexpr std::uint8_t k_version = 1;
constexpr std::size_t k_max_text = 256;
constexpr std::string_view k_noted_key = "audit";
/// So many records are read again at a start, at most about.
constexpr std::uint64_t k_note_every = 4096;

crypto::Hash hash_of(ByteView record) { return crypto::hash(crypto::HashId::sha256, record); }

/// At most so many bytes, and no character cut in two.
std::string_view shortened(std::string_view text) {
    if (text.size() <= k_max_text) return text;
    std::size_t end = k_max_text;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return text.substr(0, end);
}

Status follow(const AuditRecord& record, AuditHead& head, ByteView bytes,
              const std::string& place) {
    if (record.number != head.number + 1 || record.previous != head.hash) {
        return Error{Code::corrupted,
                     fmt::format("{}: the audit record does not follow on number {}: records were "
                                 "changed, or are missing",
                                 place, head.number)};
    }
    head = {record.number, hash_of(bytes)};
    return {};
}

/// Reads on from a head, whose record is at `from` unless there is none.
Status read_on(const store::AppendLog& log, const store::LogPosition& from, AuditHead& head,
               const std::function<void(const AuditRecord&, const store::LogPosition&)>& visit) {
    Status good;
    bool first = head.number != 0;
    BSN_CHECK(log.scan_from(from, [&](const store::LogPosition& at, ByteView bytes) {
        if (std::exchange(first, false)) {  // the head itself
            if (hash_of(bytes) == head.hash) return true;
            good = Error{Code::corrupted, log.place(at) +
                                              ": this is not the audit record that was "
                                              "noted"};
            return false;
        }
        auto record = AuditRecord::decode(bytes);
        good = record ? follow(*record, head, bytes, log.place(at))
                      : Status(record.error().within(log.place(at)));
        if (good) visit(*record, at);
        return good.ok();
    }));
    return good;
}

struct Note {
    AuditHead head;
    store::LogPosition position;
};

Bytes encode(const Note& note) {
    Writer out;
    out.u64(note.head.number);
    out.raw(note.head.hash);
    out.u32(note.position.segment);
    out.u64(note.position.offset);
    out.u32(note.position.length);
    return out.take();
}

Result<Note> decode_note(ByteView bytes) {
    Reader reader(bytes);
    Note note;
    note.head.number = reader.u64();
    note.head.hash = reader.fixed<crypto::Hash>();
    note.position.segment = reader.u32();
    note.position.offset = reader.u64();
    note.position.length = reader.u32();
    BSN_CHECK(reader.finish("note of the audit log"));
    return note;
}

}  // namespace

std::string_view audit_action_name(AuditAction action) {
    switch (action) {
        case AuditAction::created: return "created";
        case AuditAction::signed_with: return "signed";
        case AuditAction::export_asked: return "export asked";
        case AuditAction::export_refused: return "export refused";
        case AuditAction::exported: return "exported";
        case AuditAction::destroyed: return "destroyed";
        case AuditAction::master_key_rotated: return "master key rotated";
    }
    return "unknown";
}

Bytes AuditRecord::encode() const {
    Writer out(256);
    out.u8(k_version);
    out.u64(number);
    out.u64(time);
    out.u8(static_cast<std::uint8_t>(action));
    out.raw(user.channel);
    out.raw(user.owner);
    out.text(user.name);
    out.text(use.purpose);
    out.text(use.requested_by);
    out.raw(digest);
    out.raw(previous);
    return out.take();
}

Result<AuditRecord> AuditRecord::decode(ByteView bytes) {
    Reader reader(bytes);
    AuditRecord record;
    if (reader.u8() != k_version) {
        reader.fail(Code::unsupported_version, "an audit record of a newer version");
    }
    record.number = reader.u64();
    record.time = reader.u64();
    const std::uint8_t action = reader.u8();
    record.action = static_cast<AuditAction>(action);
    if (audit_action_name(record.action) == "unknown") reader.fail("unknown action");
    record.user.channel = reader.fixed<ledger::ChannelId>();
    record.user.owner = reader.fixed<ledger::ParticipantId>();
    record.user.name = reader.text(k_max_text);
    record.use.purpose = reader.text(k_max_text);
    record.use.requested_by = reader.text(k_max_text);
    record.digest = reader.fixed<crypto::Hash>();
    record.previous = reader.fixed<crypto::Hash>();
    BSN_CHECK(reader.finish("audit record"));
    return record;
}

Result<AuditHead> verify_audit(const store::AppendLog& log,
                               const std::function<void(const AuditRecord&)>& visit) {
    AuditHead head;
    BSN_CHECK(read_on(log, {}, head, [&](const AuditRecord& record, const auto&) {
        if (visit) visit(record);
    }));
    return head;
}

Result<std::unique_ptr<AuditLog>> AuditLog::open(store::AppendLog& log, store::Database& database) {
    std::unique_ptr<AuditLog> audit(new AuditLog(log, database));
    BSN_TRY(noted, database.get(store::Table::meta, as_bytes(k_noted_key)));
    Note note;
    if (noted) {
        BSN_TRY(decoded, decode_note(*noted));
        note = decoded;
    }
    audit->head_ = note.head;
    audit->last_ = note.position;
    audit->noted_ = note.head.number;
    BSN_CHECK(
        read_on(log, note.position, audit->head_,
                [&](const AuditRecord&, const store::LogPosition& at) { audit->last_ = at; }));
    return audit;
}

Status AuditLog::add(AuditRecord record) {
    record.use.purpose = shortened(record.use.purpose);
    record.use.requested_by = shortened(record.use.requested_by);
    record.user.name = shortened(record.user.name);
    std::lock_guard lock(mutex_);
    record.number = head_.number + 1;
    record.previous = head_.hash;
    const Bytes bytes = record.encode();
    auto position = log_.append(bytes);
    if (!position) {
        failure_ = position.error();
        return *failure_;
    }
    failure_.reset();
    head_ = {record.number, hash_of(bytes)};
    last_ = *position;
    return {};
}

Status AuditLog::sync() {
    Note note;
    {
        std::lock_guard lock(mutex_);
        // Somebody has a signature of which there is no record.
        if (failure_) return *failure_;
        note = {head_, last_};
    }
    BSN_CHECK(log_.sync());
    if (note.head.number < noted_ + k_note_every) return {};
    // Only what is on disk is noted; the note itself may be lost.
    auto changes = database_.batch();
    changes->put(store::Table::meta, as_bytes(k_noted_key), encode(note));
    BSN_CHECK(database_.write(*changes));
    noted_ = note.head.number;
    return {};
}

AuditHead AuditLog::head() const {
    std::lock_guard lock(mutex_);
    return head_;
}

}  // namespace bsn::gateway
