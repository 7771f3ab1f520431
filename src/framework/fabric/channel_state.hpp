#pragma once
// How a channel of Fabric is doing on a city node.

#include <cstdint>
#include <string>

namespace bsn::framework::fabric {

/// How far it is.
struct ChannelProgress {
    bool open = false;
    std::string step;       ///< that is not done yet, in words
    std::string reason;     ///< why it is not; empty if it has just begun
    bool alarming = false;  ///< it will not be done by itself, or should have been long ago
};

/// And its height, once it is open.
struct ChannelState {
    ChannelProgress progress;
    std::uint64_t height = 0;
    std::string trouble;  ///< of an open channel; empty: none
};

}  // namespace bsn::framework::fabric
