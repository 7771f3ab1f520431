#pragma once
// FISCO BCOS's precompiled contracts as the EVM of a channel has them.

#include "contract/evm/world.hpp"
#include "contract/fisco/precompiles.hpp"

namespace bsn::contract::fisco {

/// Which of them a channel has.
enum class Offer : std::uint8_t {
    all,         ///< on channels that speak FISCO BCOS's dialect
    names_only,  ///< the contract name service at 0x1004: on others, which have no such thing
};

/// Makes them for the messages of a block.
evm::MakePrecompiles evm_precompiles(const Settings& settings, Offer offer);

/// A setting of the chain (0x1000) that is in force at a height; none if it was never set.
Result<std::optional<std::string>> system_config_in(const ledger::StateReader& state,
                                                    std::string_view key, std::uint64_t height);

/// Where the contract name service lies.
ledger::Address name_service_address();

}  // namespace bsn::contract::fisco
