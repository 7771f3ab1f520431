#include "peer/outbox.hpp"

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

void put_decision(ledger::StateOverlay& state, const ledger::ChannelId& channel,
                  std::uint64_t order_height, std::uint32_t index,
                  const ledger::ControlRecord& record) {
    Writer key;
    key.raw(channel);
    key.u64(order_height);
    key.u32(index);
    state.put(k_outbox_namespace, key.view(), encode_control(record));
}

Result<Decisions> decisions_about(const ledger::StateReader& state,
                                  const ledger::ChannelId& channel, std::uint64_t after,
                                  std::uint64_t through) {
    Writer start;
    start.raw(channel);
    start.u64(after + 1);
    Decisions decisions{{}, through};
    std::vector<std::uint64_t> heights;
    bool hands_over = false;
    Status failure;
    auto visit = [&](ByteView key, ByteView value) {
        Reader reader(key.subspan(ledger::ChannelId::size()));
        std::uint64_t height = reader.u64();
        if (height > through) return false;
        auto record = ledger::decode_control(value);
        if (!record) {
            failure = Error{Code::corrupted, "decision: " + record.error().message};
            return false;
        }
        if (std::holds_alternative<ledger::EpochControl>(*record)) {
            if (hands_over) {
                // The registry lets a channel's peers change once an ordering height.
                decisions.through = height - 1;
                return false;
            }
            hands_over = true;
        }
        heights.push_back(height);
        decisions.records.push_back(std::move(*record));
        return true;
    };
    BSN_CHECK(state.scan(k_outbox_namespace, channel, start.view(), visit));
    BSN_CHECK(failure);
    // Records of the height that has to wait were read before its change of peers was met.
    while (!heights.empty() && heights.back() > decisions.through) {
        heights.pop_back();
        decisions.records.pop_back();
    }
    return decisions;
}

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
