#pragma once
// What one holds of a FISCO BCOS network outside to judge its blocks: the keys of its sealers.
// `docs/formats.md` 22.

#include "ledger/fisco/header.hpp"
#include "registry/outside_network.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace bsn::framework::fisco_network {

using ledger::fisco::Header;
using ledger::fisco::SealerSignature;

/// The gas that transactions to a network outside ask for: what FISCO BCOS allows by default.
inline constexpr std::uint64_t k_transaction_gas = 300'000'000;

/// A header with signatures of its hash, in the order of the sealers, at most one of each.
struct SignedHeader {
    Header header;
    std::vector<SealerSignature> signatures;

    Bytes encode() const;
    static Result<SignedHeader> decode(ByteView bytes);

    bool operator==(const SignedHeader&) const = default;
};

/// The sealers of a group as of some height.
struct Trust {
    static constexpr std::size_t k_max_sealers = 1'000;

    crypto::SuiteId suite = crypto::SuiteId::secp256k1;  ///< or sm2
    std::uint64_t chain_id = 1;
    std::uint64_t group = 1;
    std::uint64_t since = 0;  ///< the height from which on these are the sealers
    std::vector<crypto::PublicPoint> sealers;
    std::size_t quorum = 0;  ///< how many must have signed a block; 0: FISCO BCOS's own quorum

    /// `n - (n - 1) / 3` of n sealers: 2f + 1 of 3f + 1.
    std::size_t own_quorum() const { return sealers.size() - (sealers.size() - 1) / 3; }
    std::size_t required() const { return quorum == 0 ? own_quorum() : quorum; }

    /// As an app's description names them.
    static Trust of(const registry::OutsideNetwork& network, crypto::SuiteId suite);
    /// Reads `{"suite", "chain_id", "group", "since", "sealers": [128 digits, …], "quorum"}`; what
    /// may be left out: `since`, `quorum`. Errors are `invalid_argument` and name the member.
    static Result<Trust> from_json(std::string_view text);
    static Result<Trust> from_json(const nlohmann::json& json);
    std::string to_json() const;

    /// How many of these sealers signed a header; `bad_signature` if they are fewer than required,
    /// or if a signature is wrong or of somebody else.
    Result<std::size_t> check(const SignedHeader& block) const;
    /// The sealers as a header of a later height has them, if enough of these signed it.
    Result<Trust> follow(const SignedHeader& block) const;
    /// Whose word a block rests on that so many signed, in one line.
    std::string describe(std::size_t signers) const;

    bool operator==(const Trust&) const = default;
};

}  // namespace bsn::framework::fisco_network
