// Prices of gas. Where gas is free they are 0, and clients that ask offer 0.
#include "framework/ethereum/methods.hpp"
#include "framework/ethereum/transaction_checks.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::framework::ethereum {
namespace {

using rpc::quantity_text;

constexpr std::uint64_t k_max_history = 1024;  // as geth
constexpr std::size_t k_max_percentiles = 100;

/// A whole number in either form: geth takes both here.
Result<std::uint64_t> count_argument(const Json& value) {
    if (value.is_number_unsigned()) return value.get<std::uint64_t>();
    return rpc::quantity(value, "math.HexOrDecimal64");
}

Result<std::vector<double>> percentiles_argument(const Json& value) {
    if (!value.is_array()) {
        return Error{Code::invalid_argument, "json: cannot unmarshal " +
                                                 std::string(value.type_name()) +
                                                 " into Go value of type []float64"};
    }
    std::vector<double> percentiles;
    for (const Json& one : value) {
        // The parser keeps fractions as they were written.
        auto number =
            one.is_binary() ? Json::parse(as_text(one.get_binary()), nullptr, false) : one;
        if (!number.is_number()) {
            return Error{Code::invalid_argument, "json: cannot unmarshal " +
                                                     std::string(one.type_name()) +
                                                     " into Go value of type float64"};
        }
        percentiles.push_back(number.get<double>());
    }
    return percentiles;
}

/// geth judges them inside of the method: what it says is no "invalid argument".
Status check_percentiles(const std::vector<double>& percentiles) {
    constexpr std::string_view k_invalid = "invalid reward percentile";
    if (percentiles.size() > k_max_percentiles) {
        return Error{Code::invalid_argument,
                     fmt::format("{}: over the query limit {}", k_invalid, k_max_percentiles)};
    }
    for (std::size_t i = 0; i < percentiles.size(); ++i) {
        const double percentile = percentiles[i];
        if (!(percentile >= 0 && percentile <= 100)) {
            return Error{Code::invalid_argument, fmt::format("{}: {:f}", k_invalid, percentile)};
        }
        if (i > 0 && percentile <= percentiles[i - 1]) {
            return Error{Code::invalid_argument,
                         fmt::format("{}: #{}:{:f} >= #{}:{:f}", k_invalid, i - 1,
                                     percentiles[i - 1], i, percentile)};
        }
    }
    return {};
}

Word base_fee_of(const Header& header) { return header.base_fee.value_or(Word{}); }

/// What a transaction paid beyond the base fee, for a unit of gas.
Word tip_of(const Word& price, const Word& base_fee) {
    return price <= base_fee ? Word{} : difference(price, base_fee);
}

/// For each percentile of the block's gas the tip that was paid there.
Json rewards(const Block& block, const std::vector<double>& percentiles) {
    std::vector<std::pair<Word, std::uint64_t>> tips;
    for (const ExecutedTransaction& executed : block.transactions) {
        tips.emplace_back(tip_of(executed.effective_gas_price, base_fee_of(block.header)),
                          executed.gas_used);
    }
    std::sort(tips.begin(), tips.end());
    Json all = Json::array();
    std::size_t at = 0;
    std::uint64_t sum = tips.empty() ? 0 : tips.front().second;
    for (double percentile : percentiles) {
        auto threshold = static_cast<std::uint64_t>(static_cast<double>(block.header.gas_used) *
                                                    percentile / 100);
        while (at + 1 < tips.size() && sum < threshold) sum += tips[++at].second;
        all.push_back(tips.empty() ? "0x0" : quantity_text(tips[at].first));
    }
    return all;
}

Answer<Json> fee_history(const ChainReader& reader, const Params& params) {
    BSN_TRY(wanted, params.required(0, count_argument));
    BSN_TRY(newest, params.required(1, block_number_argument));
    BSN_TRY(percentiles, params.optional(2, percentiles_argument));
    if (percentiles) BSN_CHECK(check_percentiles(*percentiles));
    if (newest.height && *newest.height > reader.height()) {
        return rpc::Failure(rpc::ErrorNumber::server,
                            fmt::format("request beyond head block: requested {}, head {}",
                                        *newest.height, reader.height()));
    }
    const std::uint64_t last = newest.height.value_or(reader.height());
    const std::uint64_t count = std::min({wanted, k_max_history, last + 1});
    if (count == 0) return Json{{"oldestBlock", "0x0"}, {"gasUsedRatio", nullptr}};
    Json json{{"oldestBlock", quantity_text(last + 1 - count)}};
    Json reward = Json::array();
    Json base_fees = Json::array();
    Json ratios = Json::array();
    Word next_fee;
    for (std::uint64_t height = last + 1 - count; height <= last; ++height) {
        BSN_TRY(one, reader.header(height));
        base_fees.push_back(quantity_text(base_fee_of(one.header)));
        next_fee = base_fee_of(one.header);
        ratios.push_back(one.header.gas_limit == 0 ? 0.0
                                                   : static_cast<double>(one.header.gas_used) /
                                                         static_cast<double>(one.header.gas_limit));
        if (percentiles && !percentiles->empty()) {
            BSN_TRY(block, reader.block(height));
            reward.push_back(rewards(*block, *percentiles));
        }
    }
    base_fees.push_back(quantity_text(next_fee));  // of the next block: it does not move here
    if (!reward.empty()) json["reward"] = std::move(reward);
    json["baseFeePerGas"] = std::move(base_fees);
    json["gasUsedRatio"] = std::move(ratios);
    return json;
}

}  // namespace

void add_fee_methods(rpc::Methods& methods, const ChainReader& reader) {
    methods.add("eth_gasPrice", 0, [&reader](const Params&) -> Answer<Json> {
        return Json(quantity_text(reader.settings().gas_price));
    });
    methods.add("eth_maxPriorityFeePerGas", 0, [&reader](const Params&) -> Answer<Json> {
        return Json(quantity_text(reader.settings().priority_fee));
    });
    methods.add("eth_blobBaseFee", 0, [](const Params&) -> Answer<Json> { return Json("0x1"); });
    methods.add("eth_feeHistory", 3,
                [&reader](const Params& params) { return fee_history(reader, params); });
}

}  // namespace bsn::framework::ethereum
