#include "framework/fisco/status.hpp"

#include <fmt/format.h>

#include <array>

namespace bsn::framework::fisco {
namespace {

constexpr std::array<std::string_view, 33> k_names{
    "None",
    "Unknown",
    "BadRLP",
    "InvalidFormat",
    "OutOfGasIntrinsic",
    "InvalidSignature",
    "InvalidNonce",
    "NotEnoughCash",
    "OutOfGasBase",
    "BlockGasLimitReached",
    "BadInstruction",
    "BadJumpDestination",
    "OutOfGas",
    "OutOfStack",
    "StackUnderflow",
    "NonceCheckFail",
    "BlockLimitCheckFail",
    "FilterCheckFail",
    "NoDeployPermission",
    "NoCallPermission",
    "NoTxPermission",
    "PrecompiledError",
    "RevertInstruction",
    "InvalidZeroSignatureFormat",
    "AddressAlreadyUsed",
    "PermissionDenied",
    "CallAddressError",
    "GasOverflow",
    "TxPoolIsFull",
    "TransactionRefused",
    "ContractFrozen",
    "AccountFrozen",
    "NotEnoughRemainGas",
};

constexpr std::uint32_t k_first_late = 10000;
constexpr std::array<std::string_view, 7> k_late_names{"AlreadyKnown",
                                                       "AlreadyInChain",
                                                       "InvalidChainId",
                                                       "InvalidGroupId",
                                                       "RequestNotBelongToTheGroup",
                                                       "MalformedTx",
                                                       "OverGroupMemoryLimit"};

}  // namespace

std::string_view status_name(std::uint32_t status) {
    if (status < k_names.size()) return k_names.at(status);
    if (status >= k_first_late && status - k_first_late < k_late_names.size()) {
        return k_late_names.at(status - k_first_late);
    }
    return k_names.at(static_cast<std::size_t>(TransactionStatus::unknown));
}

TransactionStatus status_of(const Error& error) {
    switch (error.code) {
        case Code::expired: return TransactionStatus::block_limit_check_fail;
        case Code::duplicate: return TransactionStatus::nonce_check_fail;
        case Code::already_exists: return TransactionStatus::already_in_chain;
        case Code::overloaded: return TransactionStatus::tx_pool_is_full;
        case Code::wrong_network: return TransactionStatus::invalid_chain_id;
        case Code::wrong_channel: return TransactionStatus::invalid_group_id;
        case Code::bad_signature:
        case Code::wrong_suite: return TransactionStatus::invalid_signature;
        case Code::unauthenticated:
        case Code::forbidden: return TransactionStatus::no_tx_permission;
        case Code::invalid_argument:
        case Code::unsupported_version:
        case Code::too_large: return TransactionStatus::malformed_tx;
        default: return TransactionStatus::transaction_refused;
    }
}

std::string_view refusal_name(TransactionStatus status) {
    switch (status) {
        case TransactionStatus::nonce_check_fail: return "TransactionNonceCheckFail";
        case TransactionStatus::block_limit_check_fail: return "BlockLimitCheckFailed";
        case TransactionStatus::already_known: return "TransactionAlreadyKown";  // spelt so
        case TransactionStatus::already_in_chain: return "TransactionAlreadyInChain";
        default: return status_name(static_cast<std::uint32_t>(status));
    }
}

rpc::Failure failure(RpcError number) {
    auto words = [number]() -> std::string_view {
        switch (number) {
            case RpcError::group_not_found: return "GroupID does not exist";
            case RpcError::block_hash_not_found: return "BlockHash does not exist";
            case RpcError::block_number_not_found: return "BlockNumber does not exist";
            case RpcError::index_out_of_range: return "TransactionIndex is out of range";
            case RpcError::no_from: return "Call needs a 'from' field";
            case RpcError::invalid_system_config: return "Invalid System Config";
            case RpcError::not_in_group:
                return "Don't send request to this node who doesn't belong to the group";
            case RpcError::over_limit: return "Over QPS limit";
            case RpcError::not_allowed: return "The SDK is not allowed to access this group";
        }
        return "";
    };
    return {static_cast<int>(number), std::string(words())};
}

rpc::Failure invalid_params(std::string_view what) {
    return {rpc::ErrorNumber::invalid_params,
            fmt::format("INVALID_PARAMS: Invalid method parameters (invalid name and/or type) "
                        "recognised: {}",
                        what)};
}

rpc::Failure internal_failure(std::string_view what) {
    return {rpc::ErrorNumber::internal, std::string(what)};
}

}  // namespace bsn::framework::fisco
