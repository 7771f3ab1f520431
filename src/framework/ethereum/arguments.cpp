#include "framework/ethereum/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace bsn::framework::ethereum {
namespace {

constexpr std::size_t k_hash_text = 66;
constexpr std::size_t k_max_access_list = 10'000;

Error refused(std::string message) { return {Code::invalid_argument, std::move(message)}; }

Word word_of_array(const rpc::Word& bytes) { return Word(bytes); }

/// A member of an object; none if it is missing or null.
const Json* member(const Json& object, const char* name) {
    auto found = object.find(name);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

/// Reads a member, if it is there, by a reader that takes the name of the Go type.
template <typename Value, typename Read>
Status read_member(const Json& object, const char* name, std::optional<Value>& into, Read read) {
    const Json* value = member(object, name);
    if (value == nullptr) return {};
    BSN_TRY(read_value, read(*value));
    into = std::move(read_value);
    return {};
}

Result<Word> big(const Json& value) {
    BSN_TRY(number, rpc::word(value, "*hexutil.Big"));
    return word_of_array(number);
}

Result<std::uint64_t> number64(const Json& value) { return rpc::quantity(value, "hexutil.Uint64"); }

Result<Bytes> bytes(const Json& value) { return rpc::data(value, "hexutil.Bytes"); }

Result<std::vector<AccessListEntry>> access_list(const Json& value) {
    if (!value.is_array() || value.size() > k_max_access_list) {
        return refused("json: cannot unmarshal " + std::string(value.type_name()) +
                       " into Go struct field TransactionArgs.accessList of type types.AccessList");
    }
    std::vector<AccessListEntry> list;
    for (const Json& one : value) {
        if (!one.is_object() || member(one, "address") == nullptr) {
            return refused("missing required field 'address' for AccessTuple");
        }
        AccessListEntry entry;
        BSN_TRY(address, address_argument(*member(one, "address")));
        entry.address = address;
        const Json* keys = member(one, "storageKeys");
        if (keys == nullptr || !keys->is_array()) {
            return refused("missing required field 'storageKeys' for AccessTuple");
        }
        for (const Json& key : *keys) {
            BSN_TRY(slot, rpc::fixed_data<Word>(key, "common.Hash"));
            entry.slots.push_back(slot);
        }
        list.push_back(std::move(entry));
    }
    return list;
}

}  // namespace

Result<Address> address_argument(const Json& value) {
    return rpc::fixed_data<Address>(value, "common.Address");
}

Result<Hash> hash_argument(const Json& value) {
    return rpc::fixed_data<Hash>(value, "common.Hash");
}

Result<BlockNumber> block_number_argument(const Json& value) {
    if (!value.is_string()) return refused("hex string without 0x prefix");
    const auto& text = value.get_ref<const std::string&>();
    if (text == "latest" || text == "pending" || text == "safe" || text == "finalized") {
        return BlockNumber{};
    }
    if (text == "earliest") return BlockNumber{0};
    BSN_TRY(number, rpc::quantity_from(text));
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return refused("block number larger than int64");
    }
    return BlockNumber{number};
}

Result<BlockChoice> block_argument(const Json& value) {
    if (value.is_object()) {
        const Json* hash = member(value, "blockHash");
        const Json* number = member(value, "blockNumber");
        if (hash != nullptr && number != nullptr) {
            return refused(
                "cannot specify both BlockHash and BlockNumber, choose one or the other");
        }
        if (hash != nullptr) {
            BSN_TRY(chosen, hash_argument(*hash));
            return BlockChoice(chosen);
        }
        if (number == nullptr) return refused("at least one of BlockNumber or BlockHash is needed");
        BSN_TRY(chosen, block_number_argument(*number));
        return BlockChoice(chosen);
    }
    if (value.is_string() && value.get_ref<const std::string&>().size() == k_hash_text) {
        BSN_TRY(chosen, hash_argument(value));
        return BlockChoice(chosen);
    }
    BSN_TRY(chosen, block_number_argument(value));
    return BlockChoice(chosen);
}

Result<Word> slot_argument(const Json& value) {
    if (!value.is_string()) return refused("unable to decode storage key: hex string invalid");
    std::string_view text = value.get_ref<const std::string&>();
    if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
    if (text.size() > 2 * Word::k_size) {
        return refused("unable to decode storage key: hex string too long, want at most 32 bytes");
    }
    std::string whole(2 * Word::k_size - text.size(), '0');
    whole += text;
    auto decoded = fixed_from_hex<Word>(whole);
    if (!decoded) return refused("unable to decode storage key: hex string invalid");
    return *decoded;
}

Result<CallArgument> call_argument(const Json& value) {
    if (!value.is_object()) {
        return refused(
            fmt::format("json: cannot unmarshal {} into Go value of type ethapi.TransactionArgs",
                        value.type_name()));
    }
    CallArgument call;
    CallMessage& message = call.message;
    std::optional<Address> from;
    std::optional<Word> value_sent;
    std::optional<std::uint64_t> gas;
    std::optional<std::uint64_t> nonce;
    std::optional<std::vector<AccessListEntry>> list;
    BSN_CHECK(read_member(value, "from", from, address_argument));
    BSN_CHECK(read_member(value, "to", message.to, address_argument));
    BSN_CHECK(read_member(value, "value", value_sent, big));
    BSN_CHECK(read_member(value, "gas", gas, number64));
    BSN_CHECK(read_member(value, "gasPrice", call.gas_price, big));
    BSN_CHECK(read_member(value, "maxFeePerGas", call.max_fee, big));
    BSN_CHECK(read_member(value, "maxPriorityFeePerGas", message.max_priority_fee, big));
    BSN_CHECK(read_member(value, "nonce", nonce, number64));
    BSN_CHECK(read_member(value, "chainId", call.chain_id, big));
    BSN_CHECK(read_member(value, "data", call.data, bytes));
    BSN_CHECK(read_member(value, "input", call.input, bytes));
    BSN_CHECK(read_member(value, "accessList", list, access_list));
    message.from = from.value_or(Address{});
    message.value = value_sent.value_or(Word{});
    message.gas = gas.value_or(0);
    message.access_list = std::move(list).value_or(std::vector<AccessListEntry>{});
    return call;
}

Result<CallMessage> message_of(CallArgument argument, std::uint64_t chain_id) {
    CallMessage& message = argument.message;
    const std::optional<Word>& tip = message.max_priority_fee;
    if (argument.data && argument.input && *argument.data != *argument.input) {
        return refused(
            "both \"data\" and \"input\" are set and not equal. Please use \"input\" to pass "
            "transaction call data");
    }
    if (argument.gas_price && (argument.max_fee || tip)) {
        return refused("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified");
    }
    if (argument.max_fee && tip && *argument.max_fee < *tip) {
        return refused(fmt::format("maxFeePerGas ({}) < maxPriorityFeePerGas ({})",
                                   rpc::decimal_text(*argument.max_fee), rpc::decimal_text(*tip)));
    }
    if (argument.chain_id && *argument.chain_id != ledger::word_of(chain_id)) {
        return refused(fmt::format("chainId does not match node's (have={}, want={})",
                                   rpc::decimal_text(*argument.chain_id), chain_id));
    }
    message.gas_price =
        argument.gas_price ? *argument.gas_price : argument.max_fee.value_or(Word{});
    std::optional<Bytes>& data = argument.input ? argument.input : argument.data;
    if (data) message.data = std::move(*data);
    return std::move(message);
}

Result<std::uint64_t> height_of(const ChainReader& reader, const BlockNumber& number) {
    std::uint64_t latest = reader.height();
    if (!number.height) return latest;
    if (*number.height > latest) return Error{Code::not_found, "header not found"};
    return *number.height;
}

Result<std::uint64_t> height_of(const ChainReader& reader, const BlockChoice& choice) {
    if (const auto* number = std::get_if<BlockNumber>(&choice)) return height_of(reader, *number);
    auto height = reader.height_of(std::get<Hash>(choice));
    if (!height && height.error().code == Code::not_found) {
        return Error{Code::not_found, "header for hash not found"};
    }
    return height;
}

rpc::Failure header_not_found() { return {rpc::ErrorNumber::server, "header not found"}; }

}  // namespace bsn::framework::ethereum
