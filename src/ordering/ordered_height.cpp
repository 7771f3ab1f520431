#include "base/codec.hpp"
#include "ordering/orderer.hpp"

namespace bsn::ordering {
namespace {

constexpr std::uint8_t k_ordered_kind = 'G';
constexpr std::uint8_t k_ordered_version = 1;
constexpr std::uint8_t k_ordered_version_with_state = 2;

}  // namespace

// An ordered height is of version 1 without engine state, of version 2 with it.
Bytes OrderedHeight::encode() const {
    Writer writer;
    writer.u8(k_ordered_kind);
    writer.u8(engine_state.empty() ? k_ordered_version : k_ordered_version_with_state);
    writer.raw(orderer);
    writer.u32(era);
    writer.u64(height);
    writer.u64(time);
    writer.u32(static_cast<std::uint32_t>(envelopes.size()));
    for (const Bytes& envelope : envelopes) writer.bytes(envelope);
    if (!engine_state.empty()) writer.bytes(engine_state);
    return writer.take();
}

Result<OrderedHeight> OrderedHeight::decode(ByteView bytes) {
    Reader reader(bytes);
    OrderedHeight ordered;
    const bool with_state = bytes.size() > 1 && bytes[1] == k_ordered_version_with_state;
    reader.format(k_ordered_kind, with_state ? k_ordered_version_with_state : k_ordered_version,
                  "ordered height");
    ordered.orderer = reader.fixed<ledger::OrdererId>();
    ordered.era = reader.u32();
    ordered.height = reader.u64();
    ordered.time = reader.u64();
    std::size_t count = reader.count32(4);
    ordered.envelopes.reserve(count);
    for (std::size_t i = 0; i < count; ++i) ordered.envelopes.push_back(to_bytes(reader.bytes()));
    if (with_state) ordered.engine_state = to_bytes(reader.bytes());
    if (with_state && ordered.engine_state.empty()) reader.fail("no engine state");
    BSN_CHECK(reader.finish("ordered height"));
    return ordered;
}

}  // namespace bsn::ordering
