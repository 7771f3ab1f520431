#pragma once
// An app of the framework `fisco` as its own JSON-RPC tells of it.

#include "contract/abi/callee.hpp"
#include "framework/chain.hpp"
#include "gateway/json.hpp"

namespace bsn::gateway::published {

/// Reads through the chain's JSON-RPC. One thread.
class GroupReader {
  public:
    /// `unavailable` if the chain speaks none.
    static Result<GroupReader> of(framework::Chain& chain, std::uint64_t group);

    /// The same, with calls that this account makes: `msg.sender` to contracts. Without it nobody
    /// (the zero address) does.
    GroupReader as(const ledger::Address& caller) const;

    /// The result of a method whose first parameter is the group. `not_found` for a result of null,
    /// `contract_failed` with the words of an error.
    Result<Json> ask(std::string_view method, Json parameters = Json::array()) const;
    /// What a call returns that leaves no trace; `contract_failed` if it is refused.
    Result<Bytes> call(const ledger::Address& to, ByteView data) const;
    /// The contract of a name (of the contract name service) or address.
    Result<contract::abi::Callee> find(const std::string& contract) const;

  private:
    GroupReader(framework::ClientRpc& rpc, std::uint64_t group) : rpc_(rpc), group_(group) {}
    framework::ClientRpc& rpc_;
    std::uint64_t group_;
    ledger::Address caller_;
};

}  // namespace bsn::gateway::published
