#pragma once
// The precompiled contracts of FISCO BCOS 2.x, as the EVM's runtime meets them.

#include "contract/fisco/environment.hpp"

namespace bsn::contract::fisco {

/// How a call ended.
struct CallResult {
    enum class End : std::uint8_t {
        success,
        reverted,    ///< `output` is an encoded Error(string); the rest of the gas is kept
        out_of_gas,  ///< all gas is used
    };
    End end = End::success;
    Bytes output;
    std::uint64_t gas_used = 0;
};

/// The precompiled contracts in one transaction. Objects that calls hand out live as long as this
/// does; make a new one for each transaction, and for each attempt to run one. One thread.
///
/// Whatever does not succeed must be undone by the runtime, in the journal. Contracts look for code
/// at an address before they call it: for those of `has`, the runtime says that there is some.
class Precompiles {
  public:
    explicit Precompiles(const Settings& settings) : settings_(settings) {}

    /// True if a message to the address is for `call`.
    bool has(const ledger::Address& address);
    CallResult call(Journal& journal, const Call& call);

    // What the runtime asks and tells beside calls; no gas is taken.

    /// A contract was created: the signer manages it, and so do those who manage the creator.
    void created(Journal& journal, const ledger::Address& contract, const ledger::Address& creator,
                 const ledger::Address& origin);
    /// True if calls of the contract are refused.
    bool frozen(Journal& journal, const ledger::Address& contract);
    /// True if transactions of the origin may change the contract's state (`grantWrite`).
    bool may_write(Journal& journal, const ledger::Address& contract,
                   const ledger::Address& origin);
    /// True if the origin may create contracts: whoever may create tables.
    bool may_create(Journal& journal, const ledger::Address& origin);

  private:
    Settings settings_;
    Objects objects_;
};

/// A setting of the chain that is in force at the height; none if it was never set.
std::optional<std::string> system_config(Journal& journal, std::string_view key,
                                         std::uint64_t height);

}  // namespace bsn::contract::fisco
