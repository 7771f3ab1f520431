// The preset contract `kv`. What it answers, message by message, is that of the chaincode which the
// original network offers to every app (`bsnBaseCC` on Fabric 1.4, and `bsnBaseChaincode`, whose
// capitalised function names and events it has too), so that existing clients need no change.
//
//     base_key_KEY                          {"BaseKey":"KEY","BaseInfo":"VALUE"}
//     history/ u32 length, KEY, u64, u32    version, deleted, transaction id, time, stored JSON
//
// The second is one record per change, at the height and index of its transaction.

#include "base/codec.hpp"
#include "contract/builtin.hpp"
#include "contract/json.hpp"

#include <fmt/format.h>

#include <array>

namespace bsn::contract {
namespace {

constexpr std::string_view k_state_prefix = "base_key_";
constexpr std::string_view k_history_prefix = "history/";
constexpr std::uint8_t k_record_version = 1;
constexpr std::string_view k_success = "SUCCESS";
/// The protocol has no pages, so a key that changed too often has no history to show at some point.
constexpr std::size_t k_max_history_bytes = 32U << 20;

// --- Go's struct { BaseKey, Base… string } in JSON

/// A Go struct with two members, both texts, as its decoder sees it.
struct GoPair {
    std::string_view type;
    std::array<std::string_view, 2> members;
};
constexpr GoPair k_request{"DTOBaseModel", {"baseKey", "baseValue"}};
constexpr GoPair k_stored{"DBBaseModel", {"BaseKey", "BaseInfo"}};

/// The name in lower case; also of the two letters beyond ASCII that Go takes for s and k.
std::string folded(std::string_view name) {
    std::string out;
    for (std::size_t at = 0; at < name.size(); ++at) {
        char c = name[at];
        if (name.substr(at, 2) == "\u017F") {
            c = 's';
            at += 1;
        } else if (name.substr(at, 3) == "\u212A") {
            c = 'k';
            at += 2;
        } else if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c | 0x20);
        }
        out += c;
    }
    return out;
}

/// Reads a struct as Go does: member names in any case, other members skipped, null changes
/// nothing, the last of several wins, and the first member of a wrong type is the error.
class PairDecoder {
  public:
    explicit PairDecoder(const GoPair& shape) : shape_(shape) {}

    Result<std::array<std::string, 2>> decode(std::string_view text) {
        BSN_CHECK(json::scan(text, [this](const json::Event& event) { take(event); }));
        if (!mistake_.empty()) return refuse(mistake_);
        return std::move(values_);
    }

  private:
    void take(const json::Event& event) {
        bool ends = event.kind == json::Kind::end_object || event.kind == json::Kind::end_array;
        if (event.depth > 1 || ends) return;
        if (event.depth == 0) {
            take_whole(event.kind);
        } else if (event.kind == json::Kind::key) {
            member_ = member_of(json::decode_string(event.text));
        } else if (member_) {
            take_member(*member_, event);
        }
    }

    void take_whole(json::Kind kind) {
        if (kind == json::Kind::begin_object || kind == json::Kind::null) return;
        note(fmt::format("json: cannot unmarshal {} into Go value of type models.{}",
                         json::go_name(kind), shape_.type));
    }

    void take_member(std::size_t member, const json::Event& event) {
        if (event.kind == json::Kind::string) {
            values_[member] = json::decode_string(event.text);
        } else if (event.kind != json::Kind::null) {
            note(fmt::format("json: cannot unmarshal {} into Go struct field {}.{} of type string",
                             json::go_name(event.kind), shape_.type, shape_.members[member]));
        }
    }

    std::optional<std::size_t> member_of(std::string_view name) const {
        for (std::size_t i = 0; i < shape_.members.size(); ++i) {
            if (folded(name) == folded(shape_.members[i])) return i;
        }
        return std::nullopt;
    }

    void note(std::string mistake) {
        if (mistake_.empty()) mistake_ = std::move(mistake);
    }

    const GoPair& shape_;
    std::array<std::string, 2> values_;
    std::optional<std::size_t> member_;  ///< which of ours the value to come belongs to
    std::string mistake_;
};

std::string stored_json(const std::array<std::string, 2>& pair) {
    std::string out = R"({"BaseKey":)";
    json::append_string(out, pair[0]);
    out += R"(,"BaseInfo":)";
    json::append_string(out, pair[1]);
    return out + "}";
}

// --- keys

/// Whether Go's strings.TrimSpace leaves nothing: only Unicode's white space.
bool is_blank(std::string_view text) {
    static constexpr std::array<std::string_view, 25> k_spaces{
        "\t",     "\n",     "\v",     "\f",     "\r",     " ",      "\u0085", "\u00A0", "\u1680",
        "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
        "\u2009", "\u200A", "\u2028", "\u2029", "\u202F", "\u205F", "\u3000"};
    while (!text.empty()) {
        std::size_t size = 0;
        for (std::string_view space : k_spaces) {
            if (text.starts_with(space)) size = space.size();
        }
        if (size == 0) return false;
        text.remove_prefix(size);
    }
    return true;
}

Status check_key(std::string_view key) {
    if (is_blank(key)) return refuse("data formatting error:baseKey field cannot be empty");
    return {};
}

Bytes state_key(std::string_view key) {
    Writer out(k_state_prefix.size() + key.size());
    out.raw(as_bytes(k_state_prefix));
    out.raw(as_bytes(key));
    return out.take();
}

/// The length keeps the histories of `a` and `ab` apart.
Writer history_prefix(std::string_view key) {
    Writer out(k_history_prefix.size() + 4 + key.size() + 8 + 4);
    out.raw(as_bytes(k_history_prefix));
    out.bytes(as_bytes(key));
    return out;
}

Result<std::string_view> only_argument(const Context& context) {
    if (context.call().arguments.size() != 1) return refuse("parameters error");
    return as_text(context.call().arguments[0]);
}

Result<std::string_view> key_argument(const Context& context) {
    BSN_TRY(key, only_argument(context));
    BSN_CHECK(check_key(key));
    return key;
}

Result<std::array<std::string, 2>> pair_argument(const Context& context) {
    BSN_TRY(text, only_argument(context));
    auto pair = PairDecoder(k_request).decode(text);
    if (!pair) return refuse("failed to convert data:" + pair.error().message);
    BSN_CHECK(check_key((*pair)[0]));
    return pair;
}

// --- history

struct Version {
    ledger::TxId transaction;
    UnixMillis time = 0;
    bool deleted = false;
    std::string_view data;
};

void remember(Context& context, std::string_view key, bool deleted, ByteView data) {
    const Call& call = context.call();
    Writer at = history_prefix(key);
    at.u64(call.height);
    at.u32(call.index);
    Writer record(1 + 1 + 32 + 8 + 4 + data.size());
    record.u8(k_record_version);
    record.u8(deleted ? 1 : 0);
    record.raw(call.transaction);
    record.u64(call.time);
    record.bytes(data);
    context.put(at.view(), record.take());
}

/// The version, borrowing from the record.
Result<Version> decode_version(ByteView record) {
    Reader reader(record);
    if (reader.u8() != k_record_version) reader.fail("unknown version");
    Version version;
    version.deleted = reader.u8() != 0;
    version.transaction = reader.fixed<ledger::TxId>();
    version.time = reader.u64();
    version.data = as_text(reader.bytes());
    if (auto status = reader.finish("history record of kv"); !status) {
        return Error{Code::corrupted, status.error().message};
    }
    return version;
}

/// Date and time of day in China Standard Time, where the original's peers run. Fixed, since
/// execution must not depend on the time zone of a node.
std::string china_time(UnixMillis time) {
    constexpr UnixMillis k_offset = 8ULL * 60 * 60 * 1000;
    std::string text = to_iso8601(std::min(time, ~UnixMillis{0} - k_offset) + k_offset);
    text[text.find('T')] = ' ';
    return text.substr(0, text.find('.'));
}

std::string to_json(const Version& version) {
    std::string out = fmt::format(R"({{"txId":"{}","dataInfo":)", to_hex(version.transaction));
    json::append_string(out, version.data);
    out +=
        fmt::format(R"(,"txTime":"{}","isDelete":{}}})", china_time(version.time), version.deleted);
    return out;
}

// --- functions

Result<Bytes> write(Context& context, bool may_exist, std::string_view event,
                    std::string_view refusal) {
    BSN_TRY(pair, pair_argument(context));
    Bytes at = state_key(pair[0]);
    BSN_TRY(stored, context.get(at));
    if (stored.has_value() != may_exist) return refuse(std::string(refusal));

    Bytes value = to_bytes(stored_json(pair));
    remember(context, pair[0], false, value);
    context.put(at, std::move(value));
    context.emit(event, {}, context.call().arguments[0]);
    return to_bytes(k_success);
}

Result<Bytes> set(Context& context) {
    return write(context, false, "event_set", "key value already exists");
}

Result<Bytes> update(Context& context) {
    return write(context, true, "event_update", "the key value not exists");
}

Result<Bytes> erase(Context& context) {
    BSN_TRY(key, key_argument(context));
    Bytes at = state_key(key);
    BSN_TRY(stored, context.get(at));
    if (!stored) return refuse("key value not exist");

    remember(context, key, true, {});
    context.erase(at);
    context.emit("event_delete", {}, to_bytes(key));
    return to_bytes(k_success);
}

Result<Bytes> get(Context& context) {
    BSN_TRY(key, key_argument(context));
    BSN_TRY(stored, context.get(state_key(key)));
    if (!stored) return refuse("data not found");
    auto pair = PairDecoder(k_stored).decode(as_text(*stored));
    if (!pair) return Error{Code::corrupted, "entry of kv: " + pair.error().message};
    return to_bytes((*pair)[1]);
}

/// Oldest first, as Fabric 1.4 lists it (Fabric 2 turned that round).
Result<Bytes> get_history(Context& context) {
    BSN_TRY(key, key_argument(context));
    std::string out = "[";
    Status listed;
    Writer prefix = history_prefix(key);
    BSN_CHECK(context.scan(prefix.view(), {}, [&](ByteView, ByteView record) {
        auto version = decode_version(record);
        if (!version) {
            listed = version.error();
            return false;
        }
        if (out.size() > k_max_history_bytes) {
            listed = refuse("failed to get history info:it has more than 32 MiB");
            return false;
        }
        if (out.size() > 1) out += ',';
        out += to_json(*version);
        return true;
    }));
    BSN_CHECK(listed);
    return to_bytes(out + "]");
}

constexpr std::string_view k_set_summary =
    R"(Adds a key that is not there: {"baseKey":KEY,"baseValue":TEXT}.)";
constexpr std::string_view k_update_summary =
    R"(Changes a key that is there: {"baseKey":KEY,"baseValue":TEXT}.)";
constexpr std::string_view k_delete_summary = "Removes a key that is there: KEY.";
constexpr std::string_view k_get_summary = "The text of a key: KEY.";
constexpr std::string_view k_history_summary =
    "All that a key ever was, oldest first, as JSON: KEY. Times are China Standard Time (UTC+8).";

constexpr std::array k_functions{
    Function{"set", FunctionKind::write, set, k_set_summary},
    Function{"update", FunctionKind::write, update, k_update_summary},
    Function{"delete", FunctionKind::write, erase, k_delete_summary},
    Function{"get", FunctionKind::read, get, k_get_summary},
    Function{"getHistory", FunctionKind::read, get_history, k_history_summary},
    Function{"Set", FunctionKind::write, set, k_set_summary},
    Function{"Update", FunctionKind::write, update, k_update_summary},
    Function{"Delete", FunctionKind::write, erase, k_delete_summary},
    Function{"Get", FunctionKind::read, get, k_get_summary},
    Function{"GetHistory", FunctionKind::read, get_history, k_history_summary},
};

class Kv final : public Contract {
  public:
    std::string_view type() const override { return "kv"; }
    std::uint32_t version() const override { return 1; }
    std::span<const Function> functions() const override { return k_functions; }
    std::string unknown_function(std::string_view) const override { return "Invalid Request"; }
};

}  // namespace

std::unique_ptr<Contract> make_kv_contract() { return std::make_unique<Kv>(); }

}  // namespace bsn::contract
