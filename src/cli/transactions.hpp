#pragma once
// Transactions made on this machine, and how many travel in one request (`docs/http-api.md`,
// "Submitting").

#include "api/gateways.hpp"
#include "cli/keyring.hpp"
#include "ledger/transaction.hpp"

#include <optional>
#include <span>

namespace bsn::cli {

/// How long a transaction may wait to be executed.
inline constexpr UnixMillis k_transaction_life = 10ULL * 60 * 1000;
/// The most that one submission may hold.
inline constexpr std::size_t k_max_submission_count = 4'000;
inline constexpr std::size_t k_max_submission_bytes = 16U << 20;

/// The chain that a transaction is made for.
struct ChainRef {
    ledger::NetworkId network;
    ledger::ChannelId channel;
};

/// A call of a contract's function.
struct Invocation {
    std::string contract;
    std::string function;
    std::vector<Bytes> arguments;
};

/// What became of a submitted transaction.
struct SubmitAnswer {
    ledger::TxId id;
    ledger::Height height = 0;
    std::uint32_t index = 0;
    UnixMillis time = 0;  ///< of its block; 0 if the answer did not say (batches)
    Bytes result;         ///< what the contract answered; not in batches
    /// Why it is no success. `contract_failed`: it is on the ledger, and the contract refused.
    std::optional<Error> error;
};

using api::new_nonce;

/// The payload of an invocation by an identity, valid from now for `k_transaction_life`.
ledger::Payload make_payload(const ChainRef& chain, const Identity& identity,
                             Invocation invocation);
/// A signed transaction; refused if a name or the size is beyond the limits.
Result<ledger::Transaction> make_transaction(const ChainRef& chain, const Identity& identity,
                                             Invocation invocation);

/// The body of `application/x-bsn-transactions`.
Bytes encode_submission(std::span<const ByteView> transactions);
/// The body of `application/x-bsn-results`.
Result<std::vector<SubmitAnswer>> decode_results(ByteView body);

/// How many transactions, of those given, go into the next submission: at least one.
std::size_t next_submission_size(std::span<const ByteView> transactions, std::size_t most);

}  // namespace bsn::cli
