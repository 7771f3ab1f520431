#include "gateway/idempotency.hpp"

#include "base/codec.hpp"
#include "crypto/hash.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::gateway {

Status check_idempotency_key(std::string_view key) {
    const bool printable =
        std::all_of(key.begin(), key.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (!key.empty() && key.size() <= k_max_idempotency_key && printable) return {};
    return Error{
        Code::invalid_argument,
        fmt::format("\"idempotency_key\" must have 1 to {} printable ASCII letters; take a "
                    "new UUID for each thing that is to happen once",
                    k_max_idempotency_key)};
}

ledger::Nonce nonce_of_key(const ledger::ChannelId& channel, const ledger::ParticipantId& member,
                           std::string_view key) {
    Writer writer(128 + key.size());
    writer.text("bsn idempotency key 1");
    writer.raw(channel);
    writer.raw(member);
    writer.text(key);
    const crypto::Hash hash = crypto::hash(crypto::HashId::sha256, writer.view());
    ledger::Nonce nonce;
    std::copy_n(hash.data(), ledger::Nonce::size(), nonce.data());
    return nonce;
}

}  // namespace bsn::gateway
