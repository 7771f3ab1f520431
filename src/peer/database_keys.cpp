#include "peer/database_keys.hpp"

#include "base/codec.hpp"

namespace bsn::peer {
namespace {

Bytes tagged(ByteView prefix, char tag, ByteView rest) {
    Writer writer;
    writer.raw(prefix);
    writer.u8(static_cast<std::uint8_t>(tag));
    writer.raw(rest);
    return writer.take();
}

}  // namespace

Bytes tip_key(ByteView channel_prefix) { return tagged(channel_prefix, 'i', {}); }

Bytes map_node_key(ByteView channel_prefix, ByteView path) {
    return tagged(channel_prefix, 'm', path);
}

Bytes void_mark_key(ByteView channel_prefix, const OrderedEnvelope& envelope) {
    Writer rest(8 + ledger::Hash::size());
    rest.u64(envelope.order_height);
    rest.raw(envelope.core_hash);
    return tagged(channel_prefix, 'v', rest.view());
}

Bytes void_marks_prefix(ByteView channel_prefix) { return tagged(channel_prefix, 'v', {}); }

Result<OrderedEnvelope> envelope_of_void_mark(ByteView channel_prefix, ByteView key) {
    Reader reader(key.subspan(channel_prefix.size() + 1));
    OrderedEnvelope envelope;
    envelope.order_height = reader.u64();
    envelope.core_hash = reader.fixed<ledger::Hash>();
    BSN_CHECK(reader.finish("void mark"));
    return envelope;
}

Bytes rebuilt_through_key(ByteView channel_prefix) { return tagged(channel_prefix, 'z', {}); }

Bytes rebuild_key(ByteView channel_prefix) { return tagged(channel_prefix, 'r', {}); }

}  // namespace bsn::peer
