#pragma once
// Asking for blocks: the signed message that a stream of blocks begins with.

#include "framework/fabric/client/identity.hpp"

#include <common/common.pb.h>
#include <orderer/ab.pb.h>

#include <optional>

namespace bsn::framework::fabric {

/// From a height on, for ever.
orderer::SeekInfo seek_from(std::uint64_t height);
/// One block that is there: of a height, or the newest.
orderer::SeekInfo seek_one(std::optional<std::uint64_t> height);

/// The envelope that asks for it. `tls_certificate_hash`: of the client's certificate of TLS, or
/// empty.
common::Envelope seek_envelope(const std::string& channel, const orderer::SeekInfo& seek,
                               const Identity& identity, const std::string& tls_certificate_hash);

/// What a source's answer means that holds no block.
Error error_of(common::Status status, const std::string& channel);

}  // namespace bsn::framework::fabric
