#pragma once
// Proofs of transactions on FISCO BCOS networks outside, as the commands tell of them.
// `docs/formats.md` 22.

#include "cli/output.hpp"
#include "contract/abi/abi.hpp"
#include "framework/fisco_network/proof.hpp"
#include "ledger/receipt.hpp"
#include "ledger/verify.hpp"

#include <filesystem>

namespace bsn::cli {

/// The receipt in the form that receipts of our own ledger have.
ledger::Receipt receipt_of(const framework::fisco_network::Proof& proof);

/// What was shown of a proof, up to the first that does not hold.
struct ProofJudgement {
    std::vector<ledger::VerificationStep> steps;
    bool holds = false;
};
ProofJudgement judge(const framework::fisco_network::Proof& proof,
                     const framework::fisco_network::Trust& trust);

/// What a proof says, verified or not: appended to `fields` and `json`.
void tell(const framework::fisco_network::Proof& proof, const contract::abi::Abi& abi,
          std::vector<std::pair<std::string, std::string>>& fields, Json& json);

/// The proof of a file. Errors name the file.
Result<framework::fisco_network::Proof> parse_proof(const std::filesystem::path& file,
                                                    ByteView content);
/// The sealers of a file, as `bsn fisco sealers` prints them. Errors name the file.
Result<framework::fisco_network::Trust> read_sealers(const std::filesystem::path& file);

}  // namespace bsn::cli
