#include "node/signed_blocks.hpp"

#include "node/cometbft_rpc.hpp"
#include "ordering/cometbft/rpc_block.hpp"

#include <fmt/format.h>

namespace bsn::node {
namespace {

using ordering::SignedBlock;

constexpr std::size_t k_most_kept = 128;
constexpr std::size_t k_most_kept_bytes = 16U << 20;

std::size_t size_of(const SignedBlock& block) {
    std::size_t size = block.header.size() + block.commit.size();
    for (const Bytes& transaction : block.transactions) size += transaction.size();
    return size;
}

}  // namespace

Result<std::shared_ptr<const SignedBlock>> SignedBlocks::at(std::uint64_t height) {
    std::lock_guard lock(mutex_);
    if (auto found = kept_.find(height); found != kept_.end()) return found->second;
    const nlohmann::json which{{"height", std::to_string(height)}};
    const nlohmann::json block = call_cometbft(rpc_, "block", which);
    const nlohmann::json commit = call_cometbft(rpc_, "commit", which);
    if (!block.is_object() || !commit.is_object()) {
        return Error{Code::unavailable,
                     fmt::format("CometBFT does not give the block of height {}", height)};
    }
    BSN_TRY(read, ordering::signed_block_of(block, commit));
    auto made = std::make_shared<const SignedBlock>(std::move(read));
    kept_bytes_ += size_of(*made);
    kept_.emplace(height, made);
    while (kept_.size() > k_most_kept || kept_bytes_ > k_most_kept_bytes) {
        kept_bytes_ -= size_of(*kept_.begin()->second);
        kept_.erase(kept_.begin());
    }
    return made;
}

}  // namespace bsn::node
