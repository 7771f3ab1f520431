#include "framework/fabric/network/orderer_memory.hpp"

#include "base/files.hpp"
#include "framework/fabric/kept_files.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::framework::fabric {
namespace fs = std::filesystem;
namespace {

/// How many orderers decide: any two such groups share one, with BFT an honest one.
std::size_t quorum_of(std::size_t orderers, bool bft) {
    const std::size_t faulty = bft ? (orderers - 1) / 3 : 0;
    return (orderers + faulty) / 2 + 1;
}

}  // namespace

bool OrdererMemory::has_joined(const std::string& channel) const {
    return is_there(folder_ / channel);
}

Status OrdererMemory::remember(const std::string& channel) const {
    if (has_joined(channel)) return {};
    BSN_CHECK(make_private_folder(folder_));
    return write_file_atomically(folder_ / channel, {});
}

Status OrdererMemory::forget(const std::string& channel) const {
    std::error_code failure;
    fs::remove(folder_ / channel, failure);
    if (!failure) return {};
    return Error{Code::io_error, fmt::format("cannot remove {}: {}", (folder_ / channel).string(),
                                             failure.message())};
}

Rejoining::Rejoining(std::size_t orderers, bool bft)
    : needed_(std::min(quorum_of(orderers, bft), orderers - 1)), bft_(bft) {}

Status Rejoining::check(const std::vector<std::uint64_t>& others) {
    constexpr const char* k_lost = "the orderer's data of this channel is gone";
    if (needed_ == 0) {
        return Error{Code::corrupted,
                     fmt::format("{}, and there is no other orderer: restore it from a backup. It "
                                 "does not begin anew, since that would be another chain",
                                 k_lost)};
    }
    if (others.size() < needed_) {
        return Error{Code::unavailable,
                     fmt::format("{}; it joins again once {} of the other orderers answer, of "
                                 "which {} do",
                                 k_lost, needed_, others.size())};
    }
    if (!last_) last_ = bft_ ? 1 : *std::max_element(others.begin(), others.end());
    const auto there = static_cast<std::size_t>(
        std::count_if(others.begin(), others.end(),
                      [this](std::uint64_t height) { return height > 0 && height >= *last_; }));
    if (there >= needed_) return {};
    return Error{Code::unavailable,
                 fmt::format("{}; it joins again once {} of the other orderers have block {}, "
                             "which {} have",
                             k_lost, needed_, std::max<std::uint64_t>(*last_, 1), there)};
}

}  // namespace bsn::framework::fabric
