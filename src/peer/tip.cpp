#include "peer/tip.hpp"

#include "base/codec.hpp"

namespace bsn::peer {
namespace {

constexpr std::uint8_t k_tip_kind = 'I';
constexpr std::uint8_t k_tip_version = 1;

}  // namespace

Bytes Tip::encode() const {
    Writer writer;
    writer.u8(k_tip_kind);
    writer.u8(k_tip_version);
    writer.u64(height);
    writer.raw(hash);
    writer.u64(time);
    writer.u64(order_height);
    writer.u64(controls_through);
    writer.u64(transactions);
    writer.bytes(state.encode());
    return writer.take();
}

Result<Tip> Tip::decode(ByteView bytes) {
    Reader reader(bytes);
    Tip tip;
    reader.format(k_tip_kind, k_tip_version, "channel tip");
    tip.height = reader.u64();
    tip.hash = reader.fixed<ledger::Hash>();
    tip.time = reader.u64();
    tip.order_height = reader.u64();
    tip.controls_through = reader.u64();
    tip.transactions = reader.u64();
    ByteView state = reader.bytes();
    BSN_CHECK(reader.finish("channel tip"));
    BSN_TRY(decoded, ledger::MultisetHash::decode(state));
    tip.state = decoded;
    return tip;
}

}  // namespace bsn::peer
