#pragma once
// Calls of Solidity contracts by names and texts, wherever the contracts are: on a channel of ours,
// or on a network outside. `docs/http-api.md`.

#include "contract/abi/callee.hpp"
#include "framework/chain.hpp"
#include "ledger/fisco/transaction.hpp"

namespace bsn::framework {

/// How many blocks a transaction of FISCO BCOS may wait: its clients' own measure.
inline constexpr std::uint64_t k_fisco_block_limit = 500;

/// How a call of a contract ended.
struct ContractAnswer {
    enum class End : std::uint8_t { success, reverted, failed };
    End end = End::success;
    Bytes output;
    std::string reason;  ///< of what failed, for people
};

/// One caller's view of a chain's state.
class ContractCaller {
  public:
    virtual ~ContractCaller() = default;

    /// The hash function of selectors.
    virtual crypto::HashId hash() const = 0;
    virtual Result<ContractAnswer> call(const ledger::Address& to, Bytes data) const = 0;
    virtual Result<bool> is_contract(const ledger::Address& address) const = 0;
};

/// An invocation, found and encoded.
struct EncodedCall {
    contract::abi::Callee callee;
    contract::abi::Entry function;
    Bytes data;
};

/// `contract` is a name of the contract name service, NAME@VERSION or an address; `function` a name
/// or a signature; the arguments are texts as `contract::abi::value_from_text` takes them.
Result<EncodedCall> encode_invocation(const ContractCaller& caller, const Invocation& invocation);

/// What a call as above returned, as JSON. A revert is `contract_failed` with its reason. A
/// function that writes by the contract's ABI is `invalid_argument`; where no ABI is known, what it
/// would return is told, and nothing is written.
Result<Bytes> query_contract(const ContractCaller& caller, const Invocation& invocation);

/// `unauthenticated` or `invalid_argument` for an invocation that no transaction can be made for.
Status check_signable(const Invocation& invocation);

/// What a transaction of FISCO BCOS is made of beside the call.
struct FiscoTerms {
    std::uint64_t chain_id = 1;
    std::uint64_t group = 1;
    std::uint64_t height = 0;  ///< of the chain now
    std::uint64_t gas = 0;
};

/// The signed transaction of a call, with a nonce of its own.
Result<ledger::fisco::Transaction> make_fisco_transaction(const EncodedCall& call,
                                                          const FiscoTerms& terms,
                                                          const Signer& signer);

}  // namespace bsn::framework
