#pragma once
// CometBFT's times. Inside the module.

#include "base/clock.hpp"

#include <google/protobuf/timestamp.pb.h>

namespace bsn::ordering {

/// To milliseconds; what is below one is cut off.
inline UnixMillis millis_of(const google::protobuf::Timestamp& time) {
    return static_cast<UnixMillis>(time.seconds()) * 1000 +
           static_cast<UnixMillis>(time.nanos()) / 1'000'000;
}

}  // namespace bsn::ordering
