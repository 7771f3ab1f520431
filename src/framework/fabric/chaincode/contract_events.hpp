#pragma once
// Events of our contracts as Fabric has them: one chaincode event for a transaction at most.

#include "ledger/receipt.hpp"

#include <peer/chaincode_event.pb.h>

#include <optional>

namespace bsn::framework::fabric {

/// The name of the chaincode event that carries what one alone cannot.
inline constexpr std::string_view k_events_name = "bsn.events";

/// A single event without topics is the chaincode event of its name, with its data as payload. All
/// else is one chaincode event `bsn.events`, whose payload is a JSON array, an element for each
/// event in order: `{"name":TEXT,"topics":[HEX…],"data":HEX}`. None for no events.
std::optional<protos::ChaincodeEvent> chaincode_event(const std::vector<ledger::LogEntry>& events);

}  // namespace bsn::framework::fabric
