#include "peer/outbox.hpp"

#include "base/codec.hpp"

namespace bsn::peer {
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

}  // namespace bsn::peer
