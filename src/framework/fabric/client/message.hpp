#pragma once
// Fabric's protobuf messages, read from bytes with an error that names what could not be read.

#include "base/bytes.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace bsn::framework::fabric {

/// The message of these bytes; `what` is named in the error (`invalid_argument`).
template <typename Message>
Result<Message> read_message(const std::string& bytes, std::string_view what) {
    Message message;
    if (message.ParseFromString(bytes)) return message;
    return Error{Code::invalid_argument, fmt::format("the {} cannot be read", what)};
}

template <typename Message>
Result<Message> read_message(ByteView bytes, std::string_view what) {
    Message message;
    if (message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return message;
    return Error{Code::invalid_argument, fmt::format("the {} cannot be read", what)};
}

/// The bytes of a message, in the wire format of protobuf.
template <typename Message>
Bytes bytes_of(const Message& message) {
    return to_bytes(message.SerializeAsString());
}

}  // namespace bsn::framework::fabric
