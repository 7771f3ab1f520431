// 0x1000, 0x1003, 0x1006: settings of the chain, its nodes, and which functions run in parallel.
#include "contract/arguments.hpp"
#include "contract/fisco/rows.hpp"

#include <algorithm>
#include <array>

namespace bsn::contract::fisco {
namespace {

using abi::Values;

struct Setting {
    std::string_view key;
    std::int64_t least;
    std::int64_t most;
};

constexpr std::int64_t k_any = std::int64_t{1} << 62;
constexpr std::array<Setting, 5> k_settings{{
    {"tx_count_limit", 1, k_any},
    {"tx_gas_limit", 100'000, k_any},
    {"rpbft_epoch_sealer_num", 1, k_any},
    {"rpbft_epoch_block_num", 2, k_any},
    {"consensus_timeout", 3, 4'294'966},
}};

bool is_valid(std::string_view key, std::string_view text) {
    std::int64_t value = 0;
    return parse_number(text, value) &&
           std::any_of(k_settings.begin(), k_settings.end(), [&](const Setting& setting) {
               return setting.key == key && value >= setting.least && value <= setting.most;
           });
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

/// From the next block on.
Result<Bytes> set_value_by_key(Environment& environment, const Values& arguments) {
    const std::string key = lower(arguments[0].text());
    if (!is_valid(key, arguments[1].text())) return number_result(config_value_invalid);
    BSN_TRY(table, environment.tables.open(k_sys_config));
    Fields row{{"value", std::string(arguments[1].text())},
               {"enable_num", std::to_string(environment.settings.height)}};
    BSN_TRY(there, select_rows(environment, *table, key, Condition{}));
    BSN_TRY(count, there.empty() ? insert_row(environment, *table, key, row)
                                 : update_rows(environment, *table, key, row, Condition{}));
    return number_result(count);
}

/// A channel's peers are chosen on the permission chain, so no transaction of the channel may.
Result<Bytes> change_node(Environment& /*environment*/, const Values& arguments) {
    const std::string_view id = arguments[0].text();
    const bool well_formed =
        id.size() == 128 && std::all_of(id.begin(), id.end(), [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        });
    return number_result(well_formed ? no_authorized : node_id_invalid);
}

/// All functions run in parallel here, and conflicts are found as they happen: nothing to note.
Result<Bytes> note_parallel(Environment& /*environment*/, const Values& /*arguments*/) {
    return number_result(0);
}

}  // namespace

const Functions& system_config_functions() {
    static const Functions functions(std::array{
        Function{"setValueByKey(string,string)", set_value_by_key, true},
    });
    return functions;
}

const Functions& consensus_functions() {
    static const Functions functions(std::array{
        Function{"addSealer(string)", change_node, true},
        Function{"addObserver(string)", change_node, true},
        Function{"remove(string)", change_node, true},
    });
    return functions;
}

const Functions& parallel_config_functions() {
    static const Functions functions(std::array{
        Function{"registerParallelFunctionInternal(address,string,uint256)", note_parallel, true},
        Function{"unregisterParallelFunctionInternal(address,string)", note_parallel, true},
    });
    return functions;
}

}  // namespace bsn::contract::fisco
