#pragma once
// How a channel of Fabric is doing on a city node.

#include "ledger/control.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace bsn::framework::fabric {

/// How the process of a contract that is a package fares.
struct ContractState {
    std::string contract;  ///< its name in the app
    std::string language;
    std::string trouble;  ///< how it ended last, while it waits to run again; empty: it runs
    std::size_t restarts = 0;
};

/// How far it is.
struct ChannelProgress {
    bool open = false;      ///< it stays so while it takes up other contracts
    std::string step;       ///< that is not done yet, in words
    std::string reason;     ///< why it is not; empty if it has just begun
    bool alarming = false;  ///< it will not be done by itself, or should have been long ago
    /// What ails the peer or orderer of ours that it is on; empty if they run, or are not needed.
    std::string program_trouble = {};
    std::vector<ledger::ContractControl> contracts = {};  ///< that are on it as the app wants them
};

/// And its height, once it is open.
struct ChannelState {
    ChannelProgress progress;
    std::uint64_t height = 0;
    std::string trouble;                        ///< of an open channel; empty: none
    std::vector<ContractState> contracts = {};  ///< that are packages
};

}  // namespace bsn::framework::fabric
