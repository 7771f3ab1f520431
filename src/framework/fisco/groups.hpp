#pragma once
// The groups behind one endpoint: its methods take the number of a group first.

#include "framework/fisco/chain_reader.hpp"

namespace bsn::framework::fisco {

/// The version of FISCO BCOS whose formats and methods these are. Clients compare it.
inline constexpr std::string_view k_version = "2.9.0";

/// What an endpoint is, whatever groups it has: clients take chain id and cryptography from here.
struct Endpoint {
    std::uint64_t chain_id = 1;
    crypto::SuiteId suite = crypto::SuiteId::secp256k1;
    std::string build;  ///< of this software, such as `bsn 0.1.0`
};

/// Any thread may call any member. A chain that was found lives as long as the groups do.
class Groups {
  public:
    virtual ~Groups() = default;

    virtual Endpoint endpoint() const = 0;
    /// The numbers of all groups, ascending.
    virtual std::vector<std::uint64_t> numbers() const = 0;
    /// The chain of a group: `not_found` if there is none, `forbidden` if not everybody may read
    /// it, `unavailable` where this node has no part in it.
    virtual Result<ChainReader*> find(std::uint64_t group) const = 0;
};

/// The one group of an app's own endpoint.
class OneGroup final : public Groups {
  public:
    /// The chain outlives this.
    OneGroup(ChainReader& chain, std::string build) : chain_(chain), build_(std::move(build)) {}

    Endpoint endpoint() const override {
        return {chain_.settings().chain_id, chain_.settings().suite, build_};
    }
    std::vector<std::uint64_t> numbers() const override { return {chain_.settings().group}; }
    Result<ChainReader*> find(std::uint64_t group) const override {
        if (group == chain_.settings().group) return &chain_;
        return Error{Code::not_found, "there is no such group here"};
    }

  private:
    ChainReader& chain_;
    const std::string build_;
};

}  // namespace bsn::framework::fisco
