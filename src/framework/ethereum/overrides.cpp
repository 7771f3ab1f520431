#include "framework/ethereum/overrides.hpp"

#include <fmt/format.h>

namespace bsn::framework::ethereum {
namespace {

constexpr std::size_t k_max_accounts = 1000;
constexpr std::size_t k_max_slots = 10'000;  // of one account

Error refused(std::string message) { return {Code::invalid_argument, std::move(message)}; }

Error no_object(const Json& value, std::string_view type) {
    return refused(
        fmt::format("json: cannot unmarshal {} into Go value of type {}", value.type_name(), type));
}

Result<std::vector<std::pair<Word, Word>>> slots_of(const Json& value) {
    if (!value.is_object()) return no_object(value, "map[common.Hash]common.Hash");
    if (value.size() > k_max_slots) {
        return refused(fmt::format("at most {} slots of an account may be named", k_max_slots));
    }
    std::vector<std::pair<Word, Word>> slots;
    for (const auto& [name, content] : value.items()) {
        BSN_TRY(slot, rpc::fixed_data<Word>(Json(name), "common.Hash"));
        BSN_TRY(word, rpc::fixed_data<Word>(content, "common.Hash"));
        slots.emplace_back(slot, word);
    }
    return slots;
}

Status read(const std::string& name, const Json& value, AccountOverride& account) {
    if (name == "nonce") {
        BSN_TRY(nonce, rpc::quantity(value, "hexutil.Uint64"));
        account.nonce = nonce;
    } else if (name == "balance") {
        BSN_TRY(balance, rpc::word(value, "*hexutil.Big"));
        account.balance = Word(balance);
    } else if (name == "code") {
        BSN_TRY(code, rpc::data(value, "hexutil.Bytes"));
        account.code = std::move(code);
    } else if (name == "state" || name == "stateDiff") {
        BSN_TRY(slots, slots_of(value));
        account.storage_replaced = name == "state";
        account.slots = std::move(slots);
    } else if (name == "movePrecompileToAddress") {
        return refused("moving a precompiled contract is not supported; leave \"" + name +
                       "\" out");
    }
    return {};
}

bool has(const Json& value, const char* name) {
    auto found = value.find(name);
    return found != value.end() && !found->is_null();
}

}  // namespace

Result<std::vector<AccountOverride>> overrides_argument(const Json& value) {
    if (!value.is_object()) return no_object(value, "override.StateOverride");
    if (value.size() > k_max_accounts) {
        return refused(fmt::format("at most {} accounts may be put over", k_max_accounts));
    }
    std::vector<AccountOverride> accounts;
    for (const auto& [address, members] : value.items()) {
        AccountOverride account;
        BSN_TRY(parsed, address_argument(Json(address)));
        account.address = parsed;
        if (!members.is_object()) return no_object(members, "override.OverrideAccount");
        if (has(members, "state") && has(members, "stateDiff")) {
            return refused(fmt::format("account {} has both 'state' and 'stateDiff'", address));
        }
        for (const auto& [name, content] : members.items()) {
            if (!content.is_null()) BSN_CHECK(read(name, content, account));
        }
        accounts.push_back(std::move(account));
    }
    return accounts;
}

}  // namespace bsn::framework::ethereum
