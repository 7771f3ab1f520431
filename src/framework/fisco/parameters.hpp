#pragma once
// The arguments of FISCO's methods: a group's number first, then what each client writes in its own
// way.

#include "framework/fisco/groups.hpp"
#include "framework/fisco/status.hpp"

namespace bsn::framework::fisco {

/// The number of a text: decimal, or hexadecimal after `0x`; `invalid_argument` otherwise.
Result<std::uint64_t> number_from(std::string_view text);

/// The chain of the group that a call names first.
rpc::Answer<ChainReader*> group_of(const Groups& groups, const rpc::Params& params);
/// A number, as text or as a JSON integer.
rpc::Answer<std::uint64_t> number_at(const rpc::Params& params, std::size_t place);
/// A number of a block that there is.
rpc::Answer<std::uint64_t> height_at(const ChainReader& chain, const rpc::Params& params,
                                     std::size_t place);
/// The height of the block whose hash is given.
rpc::Answer<std::uint64_t> height_by_hash_at(const ChainReader& chain, const rpc::Params& params,
                                             std::size_t place);
rpc::Answer<Hash> hash_at(const rpc::Params& params, std::size_t place);
rpc::Answer<Address> address_at(const rpc::Params& params, std::size_t place);
rpc::Answer<bool> flag_at(const rpc::Params& params, std::size_t place, bool otherwise);
rpc::Answer<Bytes> data_at(const rpc::Params& params, std::size_t place);

/// Bytes of hexadecimal digits, with or without `0x`.
Result<Bytes> loose_data(std::string_view text);
/// An address of 40 digits, with or without `0x`; fewer are filled up with zeros on the left, as
/// clients write the precompiled ones.
Result<Address> loose_address(std::string_view text);

}  // namespace bsn::framework::fisco
