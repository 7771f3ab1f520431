#pragma once
// Messages between peers in the form in which they travel (`proto/peer.proto`). Inside the module.

#include "ordering/messages.hpp"

#include <peer.pb.h>

namespace bsn::node {

::bsn::peer::v1::Parcel to_parcel(const ledger::ChannelId& channel,
                                  const ordering::Message& message);

struct ReceivedMessage {
    ledger::ChannelId channel;
    ordering::Message message;
};
/// `invalid_argument` names what is wrong.
Result<ReceivedMessage> from_parcel(::bsn::peer::v1::Parcel& parcel);

}  // namespace bsn::node
