#pragma once
// An app of framework ethereum or fisco as the commands use it: its contracts by name, and
// transactions that are made and signed here, in the dialect's own form.

#include "cli/receipts.hpp"
#include "contract/abi/callee.hpp"

namespace bsn::cli {

/// What came of a transaction. The receipt is verified.
struct Executed {
    SubmitAnswer answer;
    ledger::Receipt receipt;
    Bytes evidence;  ///< of it, as a receipt file holds it
};

/// One thread. The context outlives it.
class AppSession {
  public:
    /// `invalid_argument` for an app of our own ledger. To send, the identity's key must be of the
    /// app's suite.
    static Result<AppSession> open(Context& context, const std::string& app,
                                   Context::Signing signing);

    const AppRef& app() const { return app_; }
    /// Of selectors and first topics.
    crypto::HashId hash() const { return crypto::suite_hash(*app_.suite); }
    /// `ethereum` or `fisco`.
    std::string_view framework() const { return ledger::framework_name(app_.evm->dialect); }

    /// All versions of a name in the contract name service, in the order of registration.
    Result<std::vector<contract::abi::NamedContract>> versions(const std::string& name);
    /// The contract that a text means: a name, NAME@VERSION, or an address.
    Result<contract::abi::Callee> find(const std::string& text);
    /// Registers a version of a name; what the name service refuses is `contract_failed`.
    Status register_name(const contract::abi::NamedContract& contract);

    /// Signs and submits; waits for the certified block and verifies the receipt. A revert is
    /// `contract_failed` with the reason as `abi` has it. No `to`: creates a contract.
    Result<Executed> send(const std::optional<ledger::Address>& to, Bytes data,
                          const contract::abi::Abi& abi);

  private:
    Result<Executed> send_outside(const std::optional<ledger::Address>& to, Bytes data,
                                  const contract::abi::Abi& abi);
    AppSession(Context& context, NodeClient& api, AppRef app, const Identity* identity)
        : context_(context), api_(api), app_(std::move(app)), identity_(identity) {}

    /// What the name service answers of a name: JSON.
    Result<std::string> names_text(const std::string& name);
    Result<ledger::fisco::Transaction> sign_fisco(const std::optional<ledger::Address>& to,
                                                  Bytes data);
    Result<Bytes> sign_ethereum(const std::optional<ledger::Address>& to, Bytes data,
                                const contract::abi::Abi& abi);
    /// A number that the app's JSON-RPC answers.
    Result<std::uint64_t> rpc_number(const char* method, Json params,
                                     const contract::abi::Abi& abi);

    Context& context_;
    NodeClient& api_;
    AppRef app_;
    const Identity* identity_;                 ///< null: reads only
    std::optional<std::uint64_t> next_nonce_;  ///< Ethereum: behind our own last one
};

/// The events of a receipt, decoded where they are of the contract at the address and in its ABI.
Json events_json(const ledger::Receipt& receipt, const contract::abi::Abi& abi,
                 crypto::HashId hash);
/// Why a contract reverted, in one sentence.
std::string revert_text(const contract::abi::Abi& abi, ByteView data, crypto::HashId hash);

/// What a receipt of a dialect's transaction says in the words of its ecosystem, decoded by the
/// ABI (which may be empty); null for a transaction of our own ledger.
Json dialect_json(const ledger::Transaction& transaction, const ledger::Receipt& receipt,
                  const contract::abi::Abi& abi);
Json dialect_json(const ledger::ReceiptBundle& bundle, const contract::abi::Abi& abi);

}  // namespace bsn::cli
