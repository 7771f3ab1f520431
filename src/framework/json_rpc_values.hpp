#pragma once
// Values inside JSON-RPC as Ethereum's clients write them: quantities ("0x1f", no leading zeros)
// and data ("0x001f", two digits a byte). Their refusals are geth's sentences, which clients look
// for.

#include "base/bytes.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <string_view>

namespace bsn::framework::rpc {

/// Keeps the order in which keys were put in: answers look as geth's do.
using Json = nlohmann::ordered_json;

/// A number below 2^256, big-endian.
using Word = std::array<std::uint8_t, 32>;

/// The digits of a quantity without prefix: at least one, none of them a leading zero.
Result<std::string_view> quantity_digits(std::string_view text);
/// The number of a quantity's text; `invalid_argument` beyond 64 or 256 bits.
Result<std::uint64_t> quantity_from(std::string_view text);
Result<Word> word_from(std::string_view text);
/// The bytes of data's text.
Result<Bytes> data_from(std::string_view text);

/// What an argument must be. `type` is what geth's refusals call it, such as `hexutil.Uint64`.
Result<std::uint64_t> quantity(const Json& value, std::string_view type = "hexutil.Uint64");
Result<Word> word(const Json& value, std::string_view type = "*hexutil.Big");
Result<Bytes> data(const Json& value, std::string_view type = "hexutil.Bytes");
/// Data of exactly so many bytes.
Result<Bytes> data_of_size(const Json& value, std::size_t size, std::string_view type);
Result<std::string> text(const Json& value);
Result<bool> boolean(const Json& value);

/// A fixed-size value, such as an address.
template <typename Value>
Result<Value> fixed_data(const Json& value, std::string_view type) {
    BSN_TRY(bytes, data_of_size(value, Value::k_size, type));
    return Value::from(bytes);
}

/// The forms that answers have.
std::string quantity_text(std::uint64_t number);
std::string quantity_text(ByteView big_endian);
/// In decimal digits, as geth's sentences tell amounts.
std::string decimal_text(ByteView big_endian);
std::string data_text(ByteView bytes);

}  // namespace bsn::framework::rpc
