#include "framework/fisco/parameters.hpp"

#include <fmt/format.h>

#include <charconv>

namespace bsn::framework::fisco {
namespace {

using rpc::Answer;
using rpc::Failure;
using rpc::Json;
using rpc::Params;

std::string_view without_prefix(std::string_view text) {
    return text.starts_with("0x") || text.starts_with("0X") ? text.substr(2) : text;
}

Answer<std::string> text_at(const Params& params, std::size_t place) {
    const Json* value = params.find(place);
    if (value == nullptr || !value->is_string()) {
        return invalid_params(fmt::format("argument {} must be a text", place + 1));
    }
    return value->get<std::string>();
}

}  // namespace

Result<std::uint64_t> number_from(std::string_view text) {
    const std::string_view digits = without_prefix(text);
    const int base = digits.size() == text.size() ? 10 : 16;
    std::uint64_t number = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
    if (error != std::errc{} || end != digits.data() + digits.size()) {
        return Error{Code::invalid_argument, "no number, decimal or hexadecimal after 0x"};
    }
    return number;
}

Result<Bytes> loose_data(std::string_view text) { return from_hex(without_prefix(text)); }

Result<Address> loose_address(std::string_view text) {
    constexpr std::size_t k_digits = 2 * Address::k_size;
    const std::string_view digits = without_prefix(text);
    if (digits.empty() || digits.size() > k_digits) {
        return Error{Code::invalid_argument, "an address has at most 40 digits"};
    }
    return fixed_from_hex<Address>(std::string(k_digits - digits.size(), '0') +
                                   std::string(digits));
}

Answer<ChainReader*> group_of(const Groups& groups, const Params& params) {
    const Json* value = params.find(0);
    if (value == nullptr || !value->is_number_integer()) {
        return invalid_params("the first argument is a group's number");
    }
    if (value->is_number_integer() && !value->is_number_unsigned()) {
        return failure(RpcError::group_not_found);
    }
    auto chain = groups.find(value->get<std::uint64_t>());
    if (chain) return *chain;
    switch (chain.error().code) {
        case Code::not_found: return failure(RpcError::group_not_found);
        case Code::unauthenticated:
        case Code::forbidden: return failure(RpcError::not_allowed);
        case Code::unavailable: return failure(RpcError::not_in_group);
        default: return internal_failure(chain.error().message);
    }
}

Answer<std::uint64_t> number_at(const Params& params, std::size_t place) {
    const Json* value = params.find(place);
    if (value != nullptr && value->is_number_unsigned()) return value->get<std::uint64_t>();
    BSN_TRY(text, text_at(params, place));
    auto number = number_from(text);
    if (!number)
        return invalid_params(fmt::format("argument {}: {}", place + 1, number.error().message));
    return *number;
}

Answer<std::uint64_t> height_at(const ChainReader& chain, const Params& params, std::size_t place) {
    BSN_TRY(height, number_at(params, place));
    if (height > chain.height()) return failure(RpcError::block_number_not_found);
    return height;
}

Answer<std::uint64_t> height_by_hash_at(const ChainReader& chain, const Params& params,
                                        std::size_t place) {
    BSN_TRY(hash, hash_at(params, place));
    auto height = chain.height_of(hash);
    if (height) return *height;
    if (height.error().code == Code::not_found) return failure(RpcError::block_hash_not_found);
    return internal_failure(height.error().message);
}

Answer<Bytes> data_at(const Params& params, std::size_t place) {
    BSN_TRY(text, text_at(params, place));
    auto bytes = loose_data(text);
    if (!bytes)
        return invalid_params(fmt::format("argument {}: {}", place + 1, bytes.error().message));
    return std::move(*bytes);
}

Answer<Hash> hash_at(const Params& params, std::size_t place) {
    BSN_TRY(bytes, data_at(params, place));
    auto hash = Hash::from(bytes);
    if (!hash) return invalid_params(fmt::format("argument {}: a hash has 64 digits", place + 1));
    return *hash;
}

Answer<Address> address_at(const Params& params, std::size_t place) {
    BSN_TRY(text, text_at(params, place));
    auto address = loose_address(text);
    if (!address)
        return invalid_params(fmt::format("argument {}: {}", place + 1, address.error().message));
    return *address;
}

Answer<bool> flag_at(const Params& params, std::size_t place, bool otherwise) {
    const Json* value = params.find(place);
    if (value == nullptr) return otherwise;
    if (!value->is_boolean()) {
        return invalid_params(fmt::format("argument {} must be true or false", place + 1));
    }
    return value->get<bool>();
}

}  // namespace bsn::framework::fisco
