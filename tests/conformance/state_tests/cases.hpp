#pragma once
// The execution-layer state tests as files: a world, a transaction, and what comes of it by fork.

#include "contract/evm/block.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace bsn::state_tests {

namespace evm = contract::evm;

/// One transaction on one fork.
struct Case {
    std::string name;  ///< file, fork, and number among the fork's
    evm::Fork fork;
    const nlohmann::json* test = nullptr;
    const nlohmann::json* expected = nullptr;  ///< an entry of "post"
};

/// A file's tests. Owns what cases point at.
class File {
  public:
    File(const std::filesystem::path& root, const std::filesystem::path& path);
    /// The cases of forks that we offer; `others` counts the rest.
    std::vector<Case> cases(std::size_t& others) const;

  private:
    std::string name_;
    nlohmann::json tests_;
};

/// Hexadecimal digits with `0x`, also an odd number of them.
Bytes bytes_of(const nlohmann::json& text);
ledger::Word word_of(const nlohmann::json& text);
std::uint64_t number_of(const nlohmann::json& text);
evm::Address address_of(const nlohmann::json& text);

evm::BlockEnvironment block_of(const Case& test);
/// Puts the test's world; accounts that are empty do not exist for us (EIP-161).
void put_world(const Case& test, ledger::StateOverlay& state);
/// The message of the signed transaction, as a node decodes it. A blob transaction, which our
/// dialect refuses, is read from the test's fields. An error: the bytes are not a transaction of
/// chain 1.
Result<evm::Message> message_of(const Case& test);

/// The state root by the ledger's Merkle Patricia tries.
Result<ledger::Hash> root_of(const ledger::StateReader& state);
/// Keccak-256 of the RLP of the logs.
ledger::Hash hash_of_logs(const std::vector<ledger::LogEntry>& logs);

}  // namespace bsn::state_tests
