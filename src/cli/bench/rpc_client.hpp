#pragma once
// Ethereum's JSON-RPC as a benchmark calls it: over HTTP, at one path.

#include "cli/output.hpp"
#include "framework/json_rpc_client.hpp"
#include "ledger/ethereum/types.hpp"
#include "ledger/types.hpp"

#include <string>

namespace bsn::cli {

/// One thread.
class RpcClient {
  public:
    /// `http://HOST:PORT/PATH`.
    static Result<RpcClient> open(const std::string& url);

    /// The result of a call; an error of the node is `contract_failed`, with its sentence.
    Result<Json> call(std::string_view method, Json params);
    /// A result that is a number.
    Result<std::uint64_t> number(std::string_view method, Json params);
    /// Sends a signed transaction; its hash.
    Result<ledger::Hash> send(ByteView transaction);
    /// Waits until the transaction is in a block; `contract_failed` if it failed there.
    Result<Json> receipt(const ledger::Hash& transaction, std::uint64_t timeout_ms);

  private:
    explicit RpcClient(framework::rpc::Url url);

    std::unique_ptr<framework::rpc::HttpCaller> caller_;
};

std::string hex0x(ByteView bytes);

}  // namespace bsn::cli
