#pragma once
// Times in Fabric's headers.

#include "base/clock.hpp"
#include "base/result.hpp"

#include <google/protobuf/timestamp.pb.h>

namespace bsn::framework::fabric {

inline void set_timestamp(google::protobuf::Timestamp& timestamp, UnixMillis time) {
    timestamp.set_seconds(static_cast<std::int64_t>(time / 1000));
    timestamp.set_nanos(static_cast<std::int32_t>(time % 1000) * 1'000'000);
}

/// `invalid_argument` if it is not between 1970 and the end of the year 9999.
inline Result<UnixMillis> millis_of(const google::protobuf::Timestamp& timestamp) {
    constexpr std::int64_t k_last_second = 253'402'300'799;
    const bool in_range = timestamp.seconds() >= 0 && timestamp.seconds() <= k_last_second &&
                          timestamp.nanos() >= 0 && timestamp.nanos() < 1'000'000'000;
    if (!in_range) return Error{Code::invalid_argument, "a time is not between 1970 and 9999"};
    return static_cast<UnixMillis>(timestamp.seconds()) * 1000 +
           static_cast<UnixMillis>(timestamp.nanos()) / 1'000'000;
}

}  // namespace bsn::framework::fabric
