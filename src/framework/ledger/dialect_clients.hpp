#pragma once
// What the clients of a channel's dialect talk to on this node.

#include "framework/chain.hpp"
#include "framework/fisco/chain_reader.hpp"
#include "framework/ledger/prover.hpp"
#include "framework/transaction_limits.hpp"
#include "ledger/transaction.hpp"
#include "ordering/node_identity.hpp"

namespace bsn::framework {

/// The RPC of a channel's dialect, with what it keeps in mind. Any thread.
class DialectClients {
  public:
    virtual ~DialectClients() = default;
    virtual ClientRpc& rpc() = 0;
    /// The channel as a group of FISCO BCOS; null for another dialect's.
    virtual fisco::ChainReader* group() { return nullptr; }
    /// The nonce of an account's next transaction; 0 where accounts do not count them.
    virtual Result<std::uint64_t> pending_nonce(const ledger::Address& account) const = 0;
    /// Several times a second: goes on with what waits.
    virtual void tick() = 0;
    /// Takes nothing more, and waits for what runs.
    virtual void close() = 0;
};

/// As `Chain::submit`, for transactions that were decoded already.
using SubmitDecoded =
    std::function<void(std::vector<ledger::Transaction>, std::uint64_t timeout, SubmitDone)>;

/// For a replica whose channel has a dialect; `chain` is its chain, `submit` goes there too and
/// gives back what the chain refuses, `own` is this city node. All outlive what is made.
std::unique_ptr<DialectClients> make_dialect_clients(peer::Replica& replica, const Prover& prover,
                                                     Chain& chain, SubmitDecoded submit,
                                                     Executor& executor, const Clock& clock,
                                                     const ordering::NodeIdentity& own,
                                                     ClientLimits limits);

}  // namespace bsn::framework
