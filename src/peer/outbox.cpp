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

Result<std::vector<ledger::ControlRecord>> decisions_about(const ledger::StateReader& state,
                                                           const ledger::ChannelId& channel,
                                                           std::uint64_t after,
                                                           std::uint64_t through) {
    Writer start;
    start.raw(channel);
    start.u64(after + 1);
    std::vector<ledger::ControlRecord> records;
    Status failure;
    auto visit = [&](ByteView key, ByteView value) {
        Reader reader(key.subspan(ledger::ChannelId::size()));
        if (reader.u64() > through) return false;
        auto record = ledger::decode_control(value);
        if (!record) {
            failure = Error{Code::corrupted, "decision: " + record.error().message};
            return false;
        }
        records.push_back(std::move(*record));
        return true;
    };
    BSN_CHECK(state.scan(k_outbox_namespace, channel, start.view(), visit));
    BSN_CHECK(failure);
    return records;
}

Bytes tip_key(ByteView channel_prefix) { return tagged(channel_prefix, 'i', {}); }

Bytes map_node_key(ByteView channel_prefix, ByteView path) {
    return tagged(channel_prefix, 'm', path);
}

}  // namespace bsn::peer
