#pragma once
// Arguments of Ethereum's methods: addresses, hashes, blocks by tag, number or hash, and the object
// that describes a call. Refusals are geth's sentences.

#include "framework/ethereum/chain_reader.hpp"
#include "framework/json_rpc.hpp"

#include <variant>

namespace bsn::framework::ethereum {

using rpc::Answer;
using rpc::Json;
using rpc::Params;

/// A block by its height; none: the latest one, which all tags but `earliest` mean, since every
/// block that is told of is final.
struct BlockNumber {
    std::optional<std::uint64_t> height;
};
/// A block by number, tag or hash.
using BlockChoice = std::variant<BlockNumber, Hash>;

Result<Address> address_argument(const Json& value);
Result<Hash> hash_argument(const Json& value);
Result<BlockNumber> block_number_argument(const Json& value);
Result<BlockChoice> block_argument(const Json& value);
/// The number of a slot: a quantity or data, of at most 32 bytes.
Result<Word> slot_argument(const Json& value);
/// The object that describes a call, as it was sent.
struct CallArgument {
    CallMessage message;
    std::optional<Word> gas_price;
    std::optional<Word> max_fee;
    std::optional<Word> chain_id;
    std::optional<Bytes> data;
    std::optional<Bytes> input;
};
Result<CallArgument> call_argument(const Json& value);
/// The message that it describes; refused if parts of it contradict each other, or if it is for
/// another chain than this.
Result<CallMessage> message_of(CallArgument argument, std::uint64_t chain_id);

/// Where such a block stands; `not_found` if it is not there.
Result<std::uint64_t> height_of(const ChainReader& reader, const BlockNumber& number);
Result<std::uint64_t> height_of(const ChainReader& reader, const BlockChoice& choice);

/// The failure of methods that read a block which is not there.
rpc::Failure header_not_found();

}  // namespace bsn::framework::ethereum
