#pragma once
// The groups of a node: its apps of the framework `fisco`.

#include "framework/fisco/groups.hpp"
#include "gateway/backend.hpp"
#include "gateway/fisco/group_traffic.hpp"

#include <chrono>
#include <map>
#include <mutex>

namespace bsn::gateway::fisco {

/// The apps of one suite, since clients take their cryptography from the endpoint, and of one chain
/// id, for the same reason: the lowest that there is. As by HTTP, only apps that everybody may read
/// are served: clients cannot sign as `Authorization` wants it. Any thread.
class AppGroups final : public framework::fisco::Groups, public GroupTraffic {
  public:
    /// The node outlives this. `build` is what clients are told of this software.
    AppGroups(Backend& node, crypto::SuiteId suite, std::string build)
        : node_(node), suite_(suite), build_(std::move(build)) {}

    framework::fisco::Endpoint endpoint() const override;
    std::vector<std::uint64_t> numbers() const override;
    Result<framework::fisco::ChainReader*> find(std::uint64_t group) const override;

    Door door(std::uint64_t group) const override;

    /// Whether the network has such an app at all.
    static bool are_there(const Backend& node, crypto::SuiteId suite);

  private:
    struct Known {
        std::uint64_t chain_id = 1;
        std::map<std::uint64_t, std::string> apps;  ///< by group
    };
    Known known() const;
    Result<framework::fisco::ChainReader*> chain_of(const std::string& app,
                                                    std::uint64_t group) const;

    Backend& node_;
    const crypto::SuiteId suite_;
    const std::string build_;
    mutable std::mutex mutex_;
    mutable std::chrono::steady_clock::time_point looked_;  ///< guarded, as is the next
    mutable std::optional<Known> known_;
};

}  // namespace bsn::gateway::fisco
