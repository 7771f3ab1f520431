#include "ordering/cometbft/rpc_block.hpp"

#include <fmt/format.h>
#include <tendermint/types/types.pb.h>

#include <charconv>
#include <chrono>
#include <limits>
#include <optional>

namespace bsn::ordering {
namespace {

namespace types = tendermint::types;
using Json = nlohmann::json;

/// A JSON object, read field by field. The first failure stays; after it all fields are empty.
class Fields {
  public:
    Fields(const Json& json, std::string& failure) : json_(json), failure_(failure) {}

    Fields object(const char* name) const { return {field(name, Json::value_t::object), failure_}; }
    const Json& list(const char* name) const { return field(name, Json::value_t::array); }

    std::string text(const char* name) const {
        const Json& value = field(name, Json::value_t::string);
        return value.is_string() ? value.get<std::string>() : std::string();
    }
    std::string hex(const char* name) const {
        auto bytes = from_hex(text(name));
        if (!bytes) fail(name, bytes.error().message);
        return bytes ? to_text(*bytes) : std::string();
    }
    std::string base64(const char* name) const {
        auto bytes = from_base64(text(name));
        if (!bytes) fail(name, bytes.error().message);
        return bytes ? to_text(*bytes) : std::string();
    }
    /// 64-bit numbers are texts.
    std::int64_t number_in_text(const char* name) const {
        const std::string digits = text(name);
        std::int64_t value = 0;
        const char* end = digits.data() + digits.size();
        const auto [stop, error] = std::from_chars(digits.data(), end, value);
        if (error != std::errc() || stop != end) fail(name, "no whole number");
        return value;
    }
    std::int32_t number(const char* name) const {
        const Json& value = field(name, Json::value_t::number_unsigned);
        const std::uint64_t number = value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
        if (number <= std::numeric_limits<std::int32_t>::max()) {
            return static_cast<std::int32_t>(number);
        }
        fail(name, "above 2^31");
        return 0;
    }
    void time(const char* name, google::protobuf::Timestamp& time) const;

    void fail(const char* name, std::string_view why) const {
        if (failure_.empty()) failure_ = fmt::format("\"{}\": {}", name, why);
    }

  private:
    const Json& field(const char* name, Json::value_t type) const {
        static const Json k_nothing;
        auto found = json_.is_object() ? json_.find(name) : json_.end();
        if (json_.is_object() && found != json_.end() && found->type() == type) return *found;
        fail(name, "missing, or of another type");
        return k_nothing;
    }

    const Json& json_;
    std::string& failure_;
};

/// Digits at a place of a text, as a number; none if there are others.
std::optional<unsigned> digits_at(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return std::nullopt;
    unsigned value = 0;
    for (const char digit : text.substr(at, count)) {
        if (digit < '0' || digit > '9') return std::nullopt;
        value = value * 10 + static_cast<unsigned>(digit - '0');
    }
    return value;
}

/// `2026-11-28T08:20:37.501234567Z`, with as many digits of the second as needed, or none.
bool parse_time(std::string_view text, google::protobuf::Timestamp& time) {
    constexpr std::string_view k_form = "0000-00-00T00:00:00";
    if (text.size() <= k_form.size() || text.back() != 'Z') return false;
    for (std::size_t i = 0; i < k_form.size(); ++i) {
        if (k_form[i] != '0' && text[i] != k_form[i]) return false;
    }
    const auto year = digits_at(text, 0, 4);
    const auto month = digits_at(text, 5, 2);
    const auto day = digits_at(text, 8, 2);
    const auto hour = digits_at(text, 11, 2);
    const auto minute = digits_at(text, 14, 2);
    const auto second = digits_at(text, 17, 2);
    if (!year || !month || !day || !hour || !minute || !second) return false;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                           std::chrono::month(*month), std::chrono::day(*day)};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return false;
    unsigned nanos = 0;
    if (text.size() > k_form.size() + 1) {
        const std::size_t count = text.size() - k_form.size() - 2;
        const auto fraction = digits_at(text, k_form.size() + 1, count);
        if (text[k_form.size()] != '.' || count == 0 || count > 9 || !fraction) return false;
        nanos = *fraction;
        for (std::size_t i = count; i < 9; ++i) nanos *= 10;
    }
    const auto days = std::chrono::sys_days(date).time_since_epoch().count();
    time.set_seconds(static_cast<std::int64_t>(days) * 86'400 + *hour * 3600 + *minute * 60 +
                     *second);
    time.set_nanos(static_cast<std::int32_t>(nanos));
    return true;
}

void Fields::time(const char* name, google::protobuf::Timestamp& time) const {
    if (!parse_time(text(name), time)) fail(name, "no time in UTC");
}

void read_block_id(const Fields& json, types::BlockID& id) {
    id.set_hash(json.hex("hash"));
    const Fields parts = json.object("parts");
    id.mutable_part_set_header()->set_total(static_cast<std::uint32_t>(parts.number("total")));
    id.mutable_part_set_header()->set_hash(parts.hex("hash"));
}

types::Header read_header(const Fields& json) {
    types::Header header;
    const Fields version = json.object("version");
    header.mutable_version()->set_block(
        static_cast<std::uint64_t>(version.number_in_text("block")));
    header.mutable_version()->set_app(static_cast<std::uint64_t>(version.number_in_text("app")));
    header.set_chain_id(json.text("chain_id"));
    header.set_height(json.number_in_text("height"));
    json.time("time", *header.mutable_time());
    read_block_id(json.object("last_block_id"), *header.mutable_last_block_id());
    header.set_last_commit_hash(json.hex("last_commit_hash"));
    header.set_data_hash(json.hex("data_hash"));
    header.set_validators_hash(json.hex("validators_hash"));
    header.set_next_validators_hash(json.hex("next_validators_hash"));
    header.set_consensus_hash(json.hex("consensus_hash"));
    header.set_app_hash(json.hex("app_hash"));
    header.set_last_results_hash(json.hex("last_results_hash"));
    header.set_evidence_hash(json.hex("evidence_hash"));
    header.set_proposer_address(json.hex("proposer_address"));
    return header;
}

types::Commit read_commit(const Fields& json, std::string& failure) {
    types::Commit commit;
    commit.set_height(json.number_in_text("height"));
    commit.set_round(json.number("round"));
    read_block_id(json.object("block_id"), *commit.mutable_block_id());
    for (const Json& one : json.list("signatures")) {
        const Fields fields(one, failure);
        types::CommitSig& signature = *commit.add_signatures();
        const std::int32_t flag = fields.number("block_id_flag");
        if (!types::BlockIDFlag_IsValid(flag)) fields.fail("block_id_flag", "unknown");
        signature.set_block_id_flag(static_cast<types::BlockIDFlag>(flag));
        if (flag == types::BLOCK_ID_FLAG_ABSENT) continue;  // all else is empty
        signature.set_validator_address(fields.hex("validator_address"));
        fields.time("timestamp", *signature.mutable_timestamp());
        signature.set_signature(fields.base64("signature"));
    }
    return commit;
}

std::vector<Bytes> read_transactions(const Fields& data) {
    std::vector<Bytes> transactions;
    for (const Json& one : data.list("txs")) {
        auto bytes = from_base64(one.is_string() ? one.get<std::string>() : "?");
        if (!bytes) {
            data.fail("txs", bytes.error().message);
            break;
        }
        transactions.push_back(std::move(*bytes));
    }
    return transactions;
}

}  // namespace

Result<SignedBlock> signed_block_of(const Json& block, const Json& commit) {
    std::string failure;
    SignedBlock read;
    read.transactions = read_transactions(Fields(block, failure).object("block").object("data"));
    const Fields signed_header = Fields(commit, failure).object("signed_header");
    read.header = to_bytes(read_header(signed_header.object("header")).SerializeAsString());
    read.commit =
        to_bytes(read_commit(signed_header.object("commit"), failure).SerializeAsString());
    if (failure.empty()) return read;
    return Error{Code::invalid_argument, "a block of CometBFT's RPC: " + failure};
}

}  // namespace bsn::ordering
