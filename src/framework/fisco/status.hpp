#pragma once
// The numbers by which FISCO BCOS 2.x tells what went wrong: of receipts, and of JSON-RPC errors.

#include "framework/json_rpc.hpp"

namespace bsn::framework::fisco {

/// What a receipt says of its transaction. Beyond 0xffff: it never came into a block.
enum class TransactionStatus : std::uint32_t {
    none = 0,
    unknown = 1,
    bad_rlp = 2,
    invalid_format = 3,
    invalid_signature = 5,
    nonce_check_fail = 15,
    block_limit_check_fail = 16,
    no_tx_permission = 20,
    reverted = 22,
    tx_pool_is_full = 28,
    transaction_refused = 29,
    already_known = 10000,
    already_in_chain = 10001,
    invalid_chain_id = 10002,
    invalid_group_id = 10003,
    request_not_belong_to_the_group = 10004,
    malformed_tx = 10005,
    over_group_memory_limit = 10006,
};

/// The name of a receipt's status, such as `OutOfGas`; `Unknown` for a number that has none.
std::string_view status_name(std::uint32_t status);
/// What clients are told of a transaction that was not taken.
TransactionStatus status_of(const Error& error);
/// The same as the text that clients without a channel look for, such as `BlockLimitCheckFailed`.
std::string_view refusal_name(TransactionStatus status);

/// Numbers of JSON-RPC errors beside JSON-RPC's own.
enum class RpcError : int {
    group_not_found = -40001,
    block_hash_not_found = -40003,
    block_number_not_found = -40004,
    index_out_of_range = -40005,
    no_from = -40006,
    invalid_system_config = -40008,
    not_in_group = -40009,
    over_limit = -40011,
    not_allowed = -40012,
};

/// An error with the words of FISCO BCOS.
rpc::Failure failure(RpcError number);
/// An argument that cannot be read; `what` says which and why.
rpc::Failure invalid_params(std::string_view what);
/// Whatever else went wrong in a method.
rpc::Failure internal_failure(std::string_view what);

}  // namespace bsn::framework::fisco
