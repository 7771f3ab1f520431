#include "framework/ethereum/log_search.hpp"

#include "framework/ethereum/json_forms.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::framework::ethereum {
namespace {

constexpr std::size_t k_max_topics = 4;
constexpr std::size_t k_max_choices = 1000;  // of addresses, and of topics at one place

Error refused(std::string message) { return {Code::invalid_argument, std::move(message)}; }

template <typename Value>
bool any_of(const std::vector<Value>& wanted, const Value& value) {
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

template <typename Value>
bool may_have_any(const std::vector<Value>& wanted, const Bloom& bloom, ledger::HashId hash) {
    return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const Value& value) {
               return ledger::ethereum::may_contain(bloom, hash, value);
           });
}

/// One value, or a list of them.
template <typename Value, typename Read>
Result<std::vector<Value>> choices(const Json& value, const char* what, Read read) {
    std::vector<Value> all;
    if (value.is_null()) return all;
    if (!value.is_array()) {
        BSN_TRY(one, read(value));
        all.push_back(one);
        return all;
    }
    if (value.size() > k_max_choices) {
        return refused(fmt::format("at most {} {} may be named", k_max_choices, what));
    }
    for (const Json& element : value) {
        // Among topics null stands for any: then the others do not matter.
        if (element.is_null()) return std::vector<Value>{};
        BSN_TRY(one, read(element));
        all.push_back(one);
    }
    return all;
}

Result<Word> topic(const Json& value) { return rpc::fixed_data<Word>(value, "common.Hash"); }

Result<LogCriteria> criteria_of(const Json& value) {
    LogCriteria criteria;
    if (auto member = value.find("address"); member != value.end()) {
        BSN_TRY(addresses, choices<Address>(*member, "addresses", address_argument));
        criteria.addresses = std::move(addresses);
    }
    auto topics = value.find("topics");
    if (topics == value.end() || topics->is_null()) return criteria;
    if (!topics->is_array()) return refused("invalid topics");
    if (topics->size() > k_max_topics) return refused("exceed max topics");
    for (const Json& one : *topics) {
        BSN_TRY(wanted, choices<Word>(one, "topics", topic));
        criteria.topics.push_back(std::move(wanted));
    }
    return criteria;
}

}  // namespace

bool LogCriteria::matches(const Log& log) const {
    if (!any_of(addresses, log.address) || topics.size() > log.topics.size()) return false;
    for (std::size_t i = 0; i < topics.size(); ++i) {
        if (!any_of(topics[i], log.topics[i])) return false;
    }
    return true;
}

bool LogCriteria::may_match(const Bloom& bloom, ledger::HashId hash) const {
    if (bloom.is_zero() || !may_have_any(addresses, bloom, hash)) return false;
    return std::all_of(topics.begin(), topics.end(), [&](const std::vector<Word>& wanted) {
        return may_have_any(wanted, bloom, hash);
    });
}

Result<LogQuery> log_query_argument(const Json& value) {
    if (!value.is_object()) {
        return refused("json: cannot unmarshal " + std::string(value.type_name()) +
                       " into Go value of type filters.input");
    }
    LogQuery query;
    BSN_TRY(criteria, criteria_of(value));
    query.criteria = std::move(criteria);
    auto read_number = [&](const char* name, BlockNumber& into) -> Status {
        auto member = value.find(name);
        if (member == value.end() || member->is_null()) return {};
        BSN_TRY(number, block_number_argument(*member));
        into = number;
        return {};
    };
    BSN_CHECK(read_number("fromBlock", query.from));
    BSN_CHECK(read_number("toBlock", query.to));
    auto block = value.find("blockHash");
    if (block == value.end() || block->is_null()) return query;
    if (value.contains("fromBlock") || value.contains("toBlock")) {
        return refused(
            "cannot specify both BlockHash and FromBlock/ToBlock, choose one or the "
            "other");
    }
    BSN_TRY(hash, hash_argument(*block));
    query.block = hash;
    return query;
}

Result<std::vector<Json>> logs_of_block(const ChainReader& reader, const LogCriteria& criteria,
                                        std::uint64_t height) {
    std::vector<Json> found;
    BSN_TRY(header, reader.header(height));
    if (!criteria.may_match(header.header.bloom, reader.settings().hash)) return found;
    BSN_TRY(block, reader.block(height));
    std::size_t log_index = 0;
    for (std::size_t i = 0; i < block->transactions.size(); ++i) {
        for (const Log& log : block->transactions[i].logs) {
            if (criteria.matches(log)) found.push_back(log_json(*block, i, log_index, log));
            ++log_index;
        }
    }
    return found;
}

Answer<Json> find_logs(const ChainReader& reader, const LogCriteria& criteria, std::uint64_t from,
                       std::uint64_t to, const LogLimits& limits) {
    if (to >= from && to - from >= limits.most_blocks) {
        return rpc::Failure(
            rpc::ErrorNumber::limit_exceeded,
            fmt::format("query spans {} blocks, more than {}; ask for fewer at once", to - from + 1,
                        limits.most_blocks));
    }
    Json all = Json::array();
    for (std::uint64_t height = from; height <= to; ++height) {
        BSN_TRY(found, logs_of_block(reader, criteria, height));
        if (all.size() + found.size() > limits.most_logs) {
            return rpc::Failure(
                rpc::ErrorNumber::limit_exceeded,
                fmt::format("query returned more than {} results; ask for blocks {:#x} to {:#x}",
                            limits.most_logs, from, height > from ? height - 1 : from));
        }
        for (Json& log : found) all.push_back(std::move(log));
    }
    return all;
}

Answer<Json> find_logs(const ChainReader& reader, const LogQuery& query, const LogLimits& limits) {
    if (query.block) {
        auto height = reader.height_of(*query.block);
        if (!height && height.error().code == Code::not_found) {
            return rpc::Failure(rpc::ErrorNumber::server, "unknown block");
        }
        if (!height) return height.error();
        return find_logs(reader, query.criteria, *height, *height, limits);
    }
    const std::uint64_t latest = reader.height();
    const std::uint64_t from = query.from.height.value_or(latest);
    const std::uint64_t to = query.to.height.value_or(latest);
    if (query.to.height && from > to) {
        return rpc::Failure(rpc::ErrorNumber::invalid_params, "invalid block range params");
    }
    // Rather than logs that are not there yet: who asks by several nodes would miss them.
    if (to > latest) {
        return rpc::Failure(rpc::ErrorNumber::invalid_params,
                            "block range extends beyond current head block");
    }
    if (from > latest) return Json(Json::array());
    return find_logs(reader, query.criteria, from, to, limits);
}

}  // namespace bsn::framework::ethereum
