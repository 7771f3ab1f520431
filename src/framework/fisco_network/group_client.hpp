#pragma once
// Reads one group of a FISCO BCOS network through its nodes' JSON-RPC, and believes them nothing
// that sealers can sign: blocks, transactions and receipts are held against signed headers.

#include "framework/fisco_network/wire.hpp"
#include "framework/json_rpc_client.hpp"
#include "framework/ledger/recent_blocks.hpp"

#include <mutex>

namespace bsn::framework::fisco_network {

/// A header that enough trusted sealers signed.
struct CheckedHeader {
    SignedHeader block;
    ledger::Hash hash;
    std::size_t signers = 0;
};

/// Any thread may call any member, and waits for the network, at most for each endpoint's timeout.
class GroupClient {
  public:
    /// The caller outlives it.
    GroupClient(rpc::Caller& caller, Trust trust);

    const Trust& trust() const { return trust_; }

    /// What one of the nodes says; nobody signs it.
    Result<std::uint64_t> height();
    /// The header of a height: `not_found` if there is none yet, `bad_signature` if no node has one
    /// that enough sealers signed. Signatures of all nodes are put together. The first block has
    /// none: it is what the second names as its parent.
    Result<std::shared_ptr<const CheckedHeader>> header(std::uint64_t height);
    Result<std::uint64_t> height_of(const ledger::Hash& block);
    /// The transactions of a block, as its header commits to them.
    Result<std::vector<ledger::Hash>> transactions_of(const CheckedHeader& block);
    /// The receipts of a block with these transactions, as its header commits to them.
    Result<std::vector<ledger::fisco::Receipt>> receipts_of(
        const CheckedHeader& block, const std::vector<ledger::Hash>& transactions);
    /// `not_found` if it is in no block.
    Result<Proof> prove(const ledger::Hash& transaction);

    Result<rpc::Answer<Json>> send(ByteView transaction);
    Result<CallResult> call(const ledger::Address& from, const ledger::Address& to, ByteView data);
    Result<bool> has_code(const ledger::Address& address);

  private:
    /// The result of a method whose first argument is the group; a failure that it tells is an
    /// error: `not_found` for blocks that are not there, `unavailable` otherwise.
    Result<Json> ask(std::string_view method, Json::array_t params);
    Result<CheckedHeader> load(std::uint64_t height);
    Result<CheckedHeader> load_first();
    Result<SignedHeader> header_at(std::size_t endpoint, std::uint64_t height);
    /// Against the sealers that were trusted first, or later ones that these handed over to.
    Result<CheckedHeader> check(const SignedHeader& block);

    rpc::Caller& caller_;
    const Trust trust_;
    std::mutex mutex_;
    std::vector<Trust> lists_;  ///< guarded; never empty, by their `since`
    RecentBlocks<CheckedHeader> recent_;
};

}  // namespace bsn::framework::fisco_network
