// The preset contract `kv`. What it answers, message by message, is that of the chaincode which the
// original network offers to every app (`bsnBaseCC` on Fabric 1.4, and `bsnBaseChaincode`, whose
// capitalised function names and events it has too), so that existing clients need no change.
// Version 2 adds `list` and `setMany`, which the original lacks, on the same state.
//
//     base_key_KEY                          {"BaseKey":"KEY","BaseInfo":"VALUE"}
//     history/ u32 length, KEY, u64, u32    version, deleted, transaction id, time, stored JSON
//
// The second is one record per change, at the height and index of its transaction; so a transaction
// changes a key at most once.

#include "base/codec.hpp"
#include "contract/arguments.hpp"
#include "contract/builtin.hpp"
#include "contract/json.hpp"
#include "contract/kv_pair.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace bsn::contract {
namespace {

constexpr std::string_view k_state_prefix = "base_key_";
constexpr std::string_view k_history_prefix = "history/";
constexpr std::uint8_t k_record_version = 1;
constexpr std::string_view k_success = "SUCCESS";
constexpr std::string_view k_set_event = "event_set";
constexpr std::string_view k_update_event = "event_update";
/// The protocol has no pages, so a key that changed too often has no history to show at some point.
constexpr std::size_t k_max_history_bytes = 32U << 20;
/// A page of `list` ends early, with a `next`, when it has become this long.
constexpr std::size_t k_max_page_bytes = 1U << 20;
constexpr std::size_t k_max_batch = 1000;

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

Error not_converted(const Error& error) {
    return refuse("failed to convert data:" + error.message);
}

Result<KvPair> parse_request(std::string_view text) {
    auto pair = decode_pair(k_kv_request, text);
    if (!pair) return not_converted(pair.error());
    BSN_CHECK(check_key((*pair)[0]));
    return pair;
}

/// The entries of a batch, each as it is spelled.
Result<std::vector<std::string_view>> batch_argument(const Context& context) {
    BSN_TRY(text, only_argument(context));
    auto entries = json::elements(text);
    if (!entries) return not_converted(entries.error());
    if (!*entries) return refuse(R"(the batch must be a JSON array of {"baseKey","baseValue"})");
    if ((*entries)->empty()) return refuse("the batch is empty");
    if ((*entries)->size() > k_max_batch) {
        return refuse(fmt::format("the batch has {} entries, at most {} are allowed: divide it",
                                  (*entries)->size(), k_max_batch));
    }
    return std::move(**entries);
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

/// Puts the text and its place in the history; the event carries the request as it was made.
void store(Context& context, const KvPair& pair, std::string_view event, std::string_view request) {
    Bytes value = to_bytes(encode_pair(k_kv_stored, pair));
    remember(context, pair[0], false, value);
    context.put(state_key(pair[0]), std::move(value));
    context.emit(event, {}, to_bytes(request));
}

Result<Bytes> write(Context& context, bool may_exist, std::string_view event,
                    std::string_view refusal) {
    BSN_TRY(request, only_argument(context));
    BSN_TRY(pair, parse_request(request));
    BSN_TRY(stored, context.get(state_key(pair[0])));
    if (stored.has_value() != may_exist) return refuse(std::string(refusal));

    store(context, pair, event, request);
    return to_bytes(k_success);
}

Result<Bytes> set(Context& context) {
    return write(context, false, k_set_event, "key value already exists");
}

Result<Bytes> update(Context& context) {
    return write(context, true, k_update_event, "the key value not exists");
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

Result<KvPair> decode_stored(ByteView stored) {
    auto pair = decode_pair(k_kv_stored, as_text(stored));
    if (!pair) return Error{Code::corrupted, "entry of kv: " + pair.error().message};
    return pair;
}

Result<Bytes> get(Context& context) {
    BSN_TRY(key, key_argument(context));
    BSN_TRY(stored, context.get(state_key(key)));
    if (!stored) return refuse("data not found");
    BSN_TRY(pair, decode_stored(*stored));
    return to_bytes(pair[1]);
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

// --- functions of version 2

/// In the order of the keys' bytes.
Result<Bytes> list(Context& context) {
    const Call& call = context.call();
    BSN_CHECK(check_count(call, 1, 3, "PREFIX and, if you like, START and LIMIT"));
    std::string_view prefix = argument(call, 0);
    std::string_view start = argument(call, 1);
    if (!start.empty() && !start.starts_with(prefix)) {
        return refuse(
            "START must be \"next\" of the page before, or a key that begins with PREFIX");
    }
    BSN_TRY(limit, parse_limit(argument(call, 2)));

    std::string out = R"({"entries":[)";
    std::string next = "null";
    std::size_t count = 0;
    Status listed;
    Bytes from = start.empty() ? Bytes{} : state_key(start);
    BSN_CHECK(context.scan(state_key(prefix), from, [&](ByteView at, ByteView stored) {
        if (count == limit || out.size() > k_max_page_bytes) {
            next.clear();
            json::append_string(next, as_text(at.subspan(k_state_prefix.size())));
            return false;
        }
        auto pair = decode_stored(stored);
        if (!pair) {
            listed = pair.error();
            return false;
        }
        if (count++ > 0) out += ',';
        out += encode_pair(k_kv_request, *pair);
        return true;
    }));
    BSN_CHECK(listed);
    return to_bytes(out + R"(],"next":)" + next + "}");
}

/// Changes the keys one by one; a refusal undoes those before.
Result<Bytes> set_many(Context& context) {
    BSN_TRY(entries, batch_argument(context));
    std::map<std::string, std::size_t> keys;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const std::string name = fmt::format("entry {}", i);
        auto pair = parse_request(entries[i]);
        if (!pair) return pair.error().within(name);
        auto [earlier, is_first] = keys.emplace((*pair)[0], i);
        if (!is_first) {
            return refuse(fmt::format("{}: its key is that of entry {}", name, earlier->second));
        }
        auto stored = context.get(state_key((*pair)[0]));
        if (!stored) return stored.error().within(name);
        store(context, *pair, stored->has_value() ? k_update_event : k_set_event, entries[i]);
    }
    return to_bytes(k_success);
}

// --- tables

constexpr std::string_view k_set_summary =
    R"(Adds a key that is not there: {"baseKey":KEY,"baseValue":TEXT}.)";
constexpr std::string_view k_update_summary =
    R"(Changes a key that is there: {"baseKey":KEY,"baseValue":TEXT}.)";
constexpr std::string_view k_delete_summary = "Removes a key that is there: KEY.";
constexpr std::string_view k_get_summary = "The text of a key: KEY.";
constexpr std::string_view k_history_summary =
    "All that a key ever was, oldest first, as JSON: KEY. Times are China Standard Time (UTC+8).";

constexpr std::array k_functions_1{
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

constexpr std::array k_added_in_2{
    Function{"list", FunctionKind::read, list,
             "Keys that begin so, with their texts, in order, by pages: PREFIX [START [LIMIT]]."},
    Function{
        "setMany", FunctionKind::write, set_many,
        R"(Adds or changes up to 1000, all or none: a JSON array of {"baseKey","baseValue"}.)"},
};

constexpr auto k_functions_2 = [] {
    std::array<Function, k_functions_1.size() + k_added_in_2.size()> all;
    auto added = std::copy(k_functions_1.begin(), k_functions_1.end(), all.begin());
    std::copy(k_added_in_2.begin(), k_added_in_2.end(), added);
    return all;
}();

class Kv final : public Contract {
  public:
    Kv(std::uint32_t version, std::span<const Function> functions)
        : version_(version), functions_(functions) {}

    std::string_view type() const override { return "kv"; }
    std::uint32_t version() const override { return version_; }
    std::span<const Function> functions() const override { return functions_; }
    std::string unknown_function(std::string_view) const override { return "Invalid Request"; }

  private:
    std::uint32_t version_;
    std::span<const Function> functions_;
};

}  // namespace

std::unique_ptr<Contract> make_kv_contract() { return std::make_unique<Kv>(1, k_functions_1); }

std::unique_ptr<Contract> make_kv_contract_2() { return std::make_unique<Kv>(2, k_functions_2); }

}  // namespace bsn::contract
