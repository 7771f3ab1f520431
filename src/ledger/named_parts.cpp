#include "ledger/named_parts.hpp"

#include "base/codec.hpp"
#include "ledger/dialect.hpp"
#include "ledger/transaction.hpp"

namespace bsn::ledger {

std::optional<NamedParts> named_parts(ByteView transaction) {
    constexpr std::uint8_t k_version = 1;
    Reader reader(transaction);
    reader.format(format::k_transaction, k_version, "transaction");
    if (reader.u16() != static_cast<std::uint16_t>(Dialect::native)) return std::nullopt;
    reader.format(format::k_payload, k_version, "payload");
    NamedParts parts;
    parts.network = reader.raw(NetworkId::k_size);
    parts.channel = reader.raw(ChannelId::k_size);
    reader.u8();  // the suite
    parts.creator = reader.raw(ParticipantId::k_size);
    reader.raw(Nonce::k_size);
    reader.u64();  // until when it is valid
    parts.contract = as_text(reader.raw(reader.u8()));
    parts.function = as_text(reader.raw(reader.u8()));
    if (reader.failed() || !check_names(parts.contract, parts.function)) return std::nullopt;
    return parts;
}

}  // namespace bsn::ledger
