// The contract `evidence`. Two entries per deposit:
//
//     e HASH OWNER                     version, transaction id, height, index, time, metadata
//     o OWNER u64 height u32 index u16 item    HASH
//
// HASH and OWNER are 32 bytes each; `item` counts the deposits of one transaction. The first
// answers `get` and `find`, the second lists what an owner deposited, in that order. `deposit` is
// the hottest path of the network: it reads one key, puts these two, and meets no JSON.

#include "base/codec.hpp"
#include "contract/arguments.hpp"
#include "contract/builtin.hpp"
#include "contract/evidence_batch.hpp"
#include "contract/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace bsn::contract {
namespace {

constexpr std::size_t k_max_metadata = 4096;
constexpr std::uint8_t k_record_version = 1;

struct ContentHashTag;
/// SHA-256 of what was deposited.
using ContentHash = FixedBytes<ContentHashTag, 32>;
using ledger::ParticipantId;

/// Where a deposit stands among all deposits of its app.
struct Position {
    ledger::Height height = 0;
    std::uint32_t index = 0;  ///< of the transaction in its block
    std::uint16_t item = 0;   ///< of the deposit in its transaction

    auto operator<=>(const Position&) const = default;
    std::string text() const { return fmt::format("{}.{}.{}", height, index, item); }
};

struct Record {
    ledger::TxId transaction;
    ledger::Height height = 0;
    std::uint32_t index = 0;
    UnixMillis time = 0;
    std::string_view metadata;
};

// --- entries

using RecordKey = std::array<std::uint8_t, 1 + 32 + 32>;
using OwnerKey = std::array<std::uint8_t, 1 + 32 + 8 + 4 + 2>;

RecordKey record_key(const ContentHash& hash, const ParticipantId& owner) {
    RecordKey key{'e'};
    std::copy_n(hash.data(), 32, key.begin() + 1);
    std::copy_n(owner.data(), 32, key.begin() + 33);
    return key;
}

template <typename Int>
std::uint8_t* put_big_endian(std::uint8_t* out, Int value) {
    for (std::size_t i = sizeof(Int); i-- > 0;) *out++ = static_cast<std::uint8_t>(value >> 8 * i);
    return out;
}

OwnerKey owner_key(const ParticipantId& owner, const Position& position) {
    OwnerKey key{'o'};
    std::copy_n(owner.data(), 32, key.begin() + 1);
    std::uint8_t* out = put_big_endian(key.data() + 33, position.height);
    out = put_big_endian(out, position.index);
    put_big_endian(out, position.item);
    return key;
}

Error corrupted(const Error& error) { return {Code::corrupted, error.message}; }

/// The record, borrowing from its bytes.
Result<Record> decode_record(ByteView bytes) {
    Reader reader(bytes);
    if (reader.u8() != k_record_version) reader.fail("unknown version");
    Record record;
    record.transaction = reader.fixed<ledger::TxId>();
    record.height = reader.u64();
    record.index = reader.u32();
    record.time = reader.u64();
    record.metadata = as_text(reader.bytes());
    if (auto status = reader.finish("evidence record"); !status) return corrupted(status.error());
    return record;
}

Result<Position> decode_position(ByteView key) {
    Reader reader(key);
    reader.raw(1 + 32);
    Position position{reader.u64(), reader.u32(), reader.u16()};
    if (auto status = reader.finish("key of evidence"); !status) return corrupted(status.error());
    return position;
}

// --- arguments

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

/// 32 bytes of 64 lower-case hexadecimal digits. One spelling only, so that whoever compares texts
/// compares contents.
template <typename Value>
Result<Value> parse_hex32(std::string_view name, std::string_view text) {
    if (text.size() != 64) {
        return refuse(fmt::format("{} must be 64 hexadecimal digits (0-9, a-f), these are {} bytes",
                                  name, text.size()));
    }
    Value value;
    for (std::size_t i = 0; i < 32; ++i) {
        int high = hex_digit(text[2 * i]);
        int low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            std::size_t at = 2 * i + (high < 0 ? 0 : 1);
            bool upper = text[at] >= 'A' && text[at] <= 'F';
            return refuse(fmt::format("{} must be 64 hexadecimal digits (0-9, a-f), position {} {}",
                                      name, at + 1,
                                      upper ? "is in upper case" : "is something else"));
        }
        value.data()[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return value;
}

Result<ContentHash> parse_hash(std::string_view text) {
    return parse_hex32<ContentHash>("HASH (SHA-256 of the content)", text);
}

Result<ParticipantId> parse_owner(std::string_view text) {
    return parse_hex32<ParticipantId>("OWNER (participant id)", text);
}

/// `HEIGHT`, `HEIGHT.INDEX` or `HEIGHT.INDEX.ITEM`; empty is the beginning.
Result<Position> parse_start(std::string_view text) {
    Position position;
    if (text.empty()) return position;
    auto next_part = [&text] {
        std::string_view part = text.substr(0, text.find('.'));
        text.remove_prefix(std::min(text.size(), part.size() + 1));
        return part;
    };
    bool dangling = text.back() == '.';
    bool good = !dangling && parse_number(next_part(), position.height);
    if (good && !text.empty()) good = parse_number(next_part(), position.index);
    if (good && !text.empty()) good = parse_number(next_part(), position.item);
    if (!good || !text.empty()) {
        return refuse("START must be \"next\" of the page before, or a block height");
    }
    return position;
}

// --- deposits

Status deposit_one(Context& context, std::string_view hash_text, std::string_view metadata,
                   std::uint16_t item) {
    BSN_TRY(hash, parse_hash(hash_text));
    if (metadata.size() > k_max_metadata) {
        return refuse(
            fmt::format("METADATA has {} bytes, at most {} are allowed: deposit the hash "
                        "of a longer text",
                        metadata.size(), k_max_metadata));
    }
    if (!is_utf8(metadata)) return refuse("METADATA is not UTF-8 text");

    const Call& call = context.call();
    RecordKey key = record_key(hash, call.caller);
    BSN_TRY(stored, context.get(key));
    if (stored) {
        BSN_TRY(earlier, decode_record(*stored));
        if (earlier.transaction == call.transaction) {
            return refuse("this hash is in the batch already");
        }
        return refuse(fmt::format("already deposited by you at height {}, transaction {}",
                                  earlier.height, to_hex(earlier.transaction)));
    }

    Writer record(1 + 32 + 8 + 4 + 8 + 4 + metadata.size());
    record.u8(k_record_version);
    record.raw(call.transaction);
    record.u64(call.height);
    record.u32(call.index);
    record.u64(call.time);
    record.bytes(as_bytes(metadata));
    context.put(key, record.take());
    context.put(owner_key(call.caller, {call.height, call.index, item}), to_bytes(hash.view()));

    std::vector<Bytes> topics;
    topics.reserve(3);  // the event's name comes before them
    topics.push_back(to_bytes(hash.view()));
    topics.push_back(to_bytes(call.caller.view()));
    context.emit("deposited", std::move(topics), {});
    return {};
}

Result<Bytes> deposit(Context& context) {
    const Call& call = context.call();
    BSN_CHECK(check_count(call, 1, 2, "HASH and, if you like, METADATA"));
    BSN_CHECK(deposit_one(context, argument(call, 0), argument(call, 1), 0));
    return Bytes{};
}

Result<Bytes> deposit_batch(Context& context) {
    const Call& call = context.call();
    BSN_CHECK(check_count(call, 1, 1, R"(one JSON array of {"hash","metadata"})"));
    BSN_TRY(entries, decode_evidence_batch(argument(call, 0)));
    for (std::size_t i = 0; i < entries.size(); ++i) {
        auto done = deposit_one(context, entries[i].hash, entries[i].metadata,
                                static_cast<std::uint16_t>(i));
        if (!done) return done.error().within(fmt::format("entry {}", i));
    }
    return Bytes{};
}

// --- answers

std::string to_json(const ContentHash& hash, const ParticipantId& owner, const Record& record) {
    std::string out =
        fmt::format(R"({{"hash":"{}","owner":"{}","transaction":"{}","height":{},"index":{},)"
                    R"("time":"{}","timeMillis":{},"metadata":)",
                    to_hex(hash), to_hex(owner), to_hex(record.transaction), record.height,
                    record.index, to_iso8601(record.time), record.time);
    json::append_string(out, record.metadata);
    return out + "}";
}

Result<Bytes> get(Context& context) {
    const Call& call = context.call();
    BSN_CHECK(check_count(call, 2, 2, "HASH OWNER"));
    BSN_TRY(hash, parse_hash(argument(call, 0)));
    BSN_TRY(owner, parse_owner(argument(call, 1)));
    BSN_TRY(stored, context.get(record_key(hash, owner)));
    if (!stored) return refuse("no evidence of this hash by this owner");
    BSN_TRY(record, decode_record(*stored));
    return to_bytes(to_json(hash, owner, record));
}

/// Reads all deposits of the hash: at most one per participant of the app.
Result<Bytes> find(Context& context) {
    const Call& call = context.call();
    BSN_CHECK(check_count(call, 1, 1, "HASH"));
    BSN_TRY(hash, parse_hash(argument(call, 0)));

    std::vector<std::pair<Position, std::string>> found;
    Status decoded;
    RecordKey key = record_key(hash, {});
    ByteView prefix = ByteView(key).first(1 + 32);
    BSN_CHECK(context.scan(prefix, {}, [&](ByteView at, ByteView value) {
        auto owner = ParticipantId::from(at.subspan(prefix.size()));
        auto record = decode_record(value);
        if (!owner || !record) {
            decoded = owner ? record.error() : corrupted(owner.error());
            return false;
        }
        found.emplace_back(Position{record->height, record->index, 0},
                           to_json(hash, *owner, *record));
        return true;
    }));
    BSN_CHECK(decoded);

    std::sort(found.begin(), found.end());
    std::string out = "[";
    for (const auto& [position, entry] : found) {
        if (out.size() > 1) out += ',';
        out += entry;
    }
    return to_bytes(out + "]");
}

struct Page {
    std::vector<ContentHash> hashes;
    std::optional<Position> next;
};

Result<Page> page_of(Context& context, const ParticipantId& owner, const Position& start,
                     std::size_t limit) {
    Page page;
    Status decoded;
    OwnerKey from = owner_key(owner, start);
    ByteView prefix = ByteView(from).first(1 + 32);
    BSN_CHECK(context.scan(prefix, from, [&](ByteView key, ByteView value) {
        auto position = decode_position(key);
        auto hash = ContentHash::from(value);
        if (!position || !hash) {
            decoded = position ? corrupted(hash.error()) : position.error();
            return false;
        }
        if (page.hashes.size() == limit) {
            page.next = *position;
            return false;
        }
        page.hashes.push_back(*hash);
        return true;
    }));
    BSN_CHECK(decoded);
    return page;
}

Result<Bytes> history(Context& context) {
    const Call& call = context.call();
    BSN_CHECK(check_count(call, 1, 3, "OWNER and, if you like, START and LIMIT"));
    BSN_TRY(owner, parse_owner(argument(call, 0)));
    BSN_TRY(start, parse_start(argument(call, 1)));
    BSN_TRY(limit, parse_limit(argument(call, 2)));
    BSN_TRY(page, page_of(context, owner, start, limit));

    std::string out = R"({"entries":[)";
    for (std::size_t i = 0; i < page.hashes.size(); ++i) {
        BSN_TRY(stored, context.get(record_key(page.hashes[i], owner)));
        if (!stored) return Error{Code::corrupted, "evidence record is missing"};
        BSN_TRY(record, decode_record(*stored));
        if (i > 0) out += ',';
        out += to_json(page.hashes[i], owner, record);
    }
    out += R"(],"next":)";
    out += page.next ? fmt::format(R"("{}")", page.next->text()) : "null";
    return to_bytes(out + "}");
}

constexpr std::array k_functions{
    Function{"deposit", FunctionKind::write, deposit,
             "Deposits a content's SHA-256 under your name: HASH [METADATA]."},
    Function{"depositBatch", FunctionKind::write, deposit_batch,
             R"(Deposits up to 1000, all or none: a JSON array of {"hash","metadata"}.)"},
    Function{"get", FunctionKind::read, get, "One deposit, as JSON: HASH OWNER."},
    Function{"find", FunctionKind::read, find,
             "All deposits of a hash, oldest first, as a JSON array: HASH."},
    Function{"history", FunctionKind::read, history,
             "What an owner deposited, oldest first, by pages: OWNER [START [LIMIT]]."},
};

class Evidence final : public Contract {
  public:
    std::string_view type() const override { return "evidence"; }
    std::uint32_t version() const override { return 1; }
    std::span<const Function> functions() const override { return k_functions; }
};

}  // namespace

std::unique_ptr<Contract> make_evidence_contract() { return std::make_unique<Evidence>(); }

}  // namespace bsn::contract
