#pragma once
// Why a channel does not take somebody's identity. Peers only say "access denied".

#include "framework/fabric/client/channel_trust.hpp"
#include "framework/fabric/client/identity.hpp"

namespace bsn::framework::fabric {

/// The certificate (of secp256r1) of a member organisation of the channel; its time is not looked
/// at. `forbidden`, naming the cause: the organisation is none of the channel's, none of its
/// authorities issued the certificate, it was revoked.
Result<crypto::CheckedCertificate> member_certificate(const ChannelTrust& trust,
                                                      const Certified& identity);

/// Whether it is one, and valid at this time (`expired` otherwise).
Status check_identity(const ChannelTrust& trust, const Certified& identity, UnixMillis now);

/// The error of a call that peers refused to this identity, with the cause if that can be told.
Error with_cause(Error error, const ChannelTrust& trust, const Certified& identity, UnixMillis now);

}  // namespace bsn::framework::fabric
