#pragma once
// Deposits of evidence on a channel of Fabric through a node's gateway, by a key of this machine:
// for a load (`bench/path_load.hpp`).

#include "cli/bench/submitter.hpp"
#include "cli/fabric/creator.hpp"

namespace bsn::cli {

/// Deposits contents with metadata of so many bytes. What it submits are contents' hashes (32
/// bytes each): one is a transaction of `evidence.deposit`, several are one transaction of
/// `evidence.depositBatch`. For each it makes a proposal, has it endorsed (one request), checks
/// that what comes back is its own call, signs that, and submits it (another request).
///
/// `unavailable` if it cannot connect.
Result<std::unique_ptr<Submitter>> fabric_depositor(boost::asio::io_context& io,
                                                    const net::Endpoint& node, const AppRef& app,
                                                    std::shared_ptr<const Creator> creator,
                                                    std::size_t metadata_bytes);

}  // namespace bsn::cli
