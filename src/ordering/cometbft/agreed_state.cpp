#include "ordering/cometbft/agreed_state.hpp"

#include "base/codec.hpp"

#include <algorithm>

namespace bsn::ordering {
namespace {

constexpr std::uint8_t k_state_kind = 'A';
constexpr std::uint8_t k_state_version = 1;
constexpr std::size_t k_key_bytes = 32;

}  // namespace

Bytes AgreedState::encode() const {
    Writer writer;
    writer.u8(k_state_kind);
    writer.u8(k_state_version);
    writer.raw(app_hash);
    writer.raw(system_head);
    writer.u16(static_cast<std::uint16_t>(validators.size()));
    for (const Validator& validator : validators) {
        writer.raw(validator.key);
        writer.u64(validator.power);
    }
    return writer.take();
}

Result<AgreedState> AgreedState::decode(ByteView bytes) {
    Reader reader(bytes);
    AgreedState state;
    reader.format(k_state_kind, k_state_version, "agreed state");
    state.app_hash = reader.fixed<ledger::Hash>();
    state.system_head = reader.fixed<ledger::Hash>();
    const std::size_t count = reader.count16(k_key_bytes + 8);
    for (std::size_t i = 0; i < count; ++i) {
        Bytes key = to_bytes(reader.raw(k_key_bytes));
        state.validators.push_back({std::move(key), reader.u64()});
    }
    BSN_CHECK(reader.finish("agreed state"));
    return state;
}

AgreedState AgreedState::after(const OrderedHeight& ordered, const ledger::Hash& new_head,
                               std::vector<Validator> new_validators) const {
    AgreedState next{app_hash, new_head, std::move(new_validators)};
    if (ordered.envelopes.empty() && new_head == system_head) return next;
    OrderedHeight bare = ordered;
    bare.engine_state.clear();
    next.app_hash = crypto::hash(crypto::HashId::sha256, {app_hash, bare.encode(), new_head});
    return next;
}

std::vector<Validator> changed_validators(const std::vector<Validator>& before,
                                          const std::vector<Validator>& now) {
    std::vector<Validator> changed;
    std::set_difference(now.begin(), now.end(), before.begin(), before.end(),
                        std::back_inserter(changed));
    for (const Validator& old : before) {
        const bool stays = std::any_of(now.begin(), now.end(),
                                       [&](const Validator& one) { return one.key == old.key; });
        if (!stays) changed.push_back({old.key, 0});
    }
    return changed;
}

}  // namespace bsn::ordering
