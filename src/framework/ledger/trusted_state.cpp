#include "framework/ledger/trusted_state.hpp"

#include "base/codec.hpp"

namespace bsn::framework {

Bytes TrustedState::encode() const {
    Writer writer;
    writer.bytes(as_bytes(genesis.to_json()));
    writer.bytes(checkpoint ? checkpoint->encode() : Bytes{});
    return writer.take();
}

Result<TrustedState> TrustedState::decode(ByteView bytes) {
    TrustedState state;
    if (!bytes.empty() && bytes.front() == '{') {
        BSN_TRY(genesis, ledger::Genesis::from_json(as_text(bytes)));
        state.genesis = std::move(genesis);
        return state;
    }
    Reader reader(bytes);
    ByteView genesis_json = reader.bytes();
    ByteView record = reader.bytes();
    BSN_CHECK(reader.finish("trusted state"));
    BSN_TRY(genesis, ledger::Genesis::from_json(as_text(genesis_json)));
    state.genesis = std::move(genesis);
    if (!record.empty()) {
        BSN_TRY(checkpoint, ledger::EpochRecord::decode(record));
        state.checkpoint = std::move(checkpoint);
    }
    return state;
}

Result<ledger::Trust> TrustedState::trust() const {
    if (checkpoint) return ledger::Trust::from(genesis, *checkpoint);
    return ledger::Trust::from(genesis);
}

}  // namespace bsn::framework
