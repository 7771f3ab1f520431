#include "gateway/metering/usage.hpp"

#include "base/codec.hpp"

namespace bsn::gateway {
namespace {

constexpr std::uint8_t k_usage_kind = 'A';
constexpr std::uint8_t k_counted_kind = 'J';
constexpr std::uint8_t k_version = 1;

}  // namespace

std::string day_name(Day day) { return to_iso8601(day * k_day_ms).substr(0, 10); }

Bytes Usage::encode() const {
    Writer writer;
    writer.u8(k_usage_kind);
    writer.u8(k_version);
    for (std::uint64_t figure : {transactions, refused, traffic_in, traffic_out, storage}) {
        writer.u64(figure);
    }
    writer.u8(recorded ? 1 : 0);
    return writer.take();
}

Result<Usage> Usage::decode(ByteView bytes) {
    Reader reader(bytes);
    Usage usage;
    reader.format(k_usage_kind, k_version, "usage of an app");
    for (std::uint64_t* figure : {&usage.transactions, &usage.refused, &usage.traffic_in,
                                  &usage.traffic_out, &usage.storage}) {
        *figure = reader.u64();
    }
    usage.recorded = reader.u8() != 0;
    BSN_CHECK(reader.finish("usage of an app"));
    return usage;
}

Bytes CountedBlocks::encode() const {
    Writer writer;
    writer.u8(k_counted_kind);
    writer.u8(k_version);
    writer.u64(next);
    writer.u64(bytes);
    return writer.take();
}

Result<CountedBlocks> CountedBlocks::decode(ByteView encoded) {
    Reader reader(encoded);
    CountedBlocks counted;
    reader.format(k_counted_kind, k_version, "count of an app's blocks");
    counted.next = reader.u64();
    counted.bytes = reader.u64();
    BSN_CHECK(reader.finish("count of an app's blocks"));
    return counted;
}

}  // namespace bsn::gateway
