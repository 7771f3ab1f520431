#include "ordering/bundle.hpp"

#include "base/codec.hpp"

#include <fmt/format.h>

namespace bsn::ordering {
namespace {

constexpr std::uint8_t k_bundle_kind = 'U';
constexpr std::uint8_t k_bundle_version = 1;

}  // namespace

Bytes encode_bundle(const std::vector<Bytes>& envelopes, std::uint64_t salt) {
    Writer writer;
    writer.u8(k_bundle_kind);
    writer.u8(k_bundle_version);
    writer.u64(salt);
    writer.u32(static_cast<std::uint32_t>(envelopes.size()));
    for (const Bytes& envelope : envelopes) writer.bytes(envelope);
    return writer.take();
}

Result<std::vector<Bytes>> decode_bundle(ByteView bytes) {
    Reader reader(bytes);
    reader.format(k_bundle_kind, k_bundle_version, "bundle of envelopes");
    reader.u64();
    const std::size_t count = reader.count32(4);
    if (count == 0 || count > k_max_bundle_envelopes) {
        reader.fail(fmt::format("{} envelopes, not 1 to {}", count, k_max_bundle_envelopes));
    }
    std::vector<Bytes> envelopes;
    for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
        envelopes.push_back(to_bytes(reader.bytes(k_max_envelope_bytes)));
    }
    BSN_CHECK(reader.finish("bundle of envelopes"));
    return envelopes;
}

}  // namespace bsn::ordering
