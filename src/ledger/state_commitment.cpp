#include "ledger/state_commitment.hpp"

#include "base/codec.hpp"

#include <bit>
#include <limits>

namespace bsn::ledger {

namespace {

using Lanes = std::array<std::uint16_t, MultisetHash::k_lanes>;

/// Lanes are little-endian in all formats; on other machines this swaps them (its own inverse).
void to_little_endian([[maybe_unused]] Lanes& lanes) {
    if constexpr (std::endian::native == std::endian::big) {
        for (std::uint16_t& lane : lanes) {
            lane = static_cast<std::uint16_t>(lane << 8 | lane >> 8);
        }
    }
}

/// The lanes of one entry. Each part stands behind its length, so that no two entries agree.
Lanes expand(ByteView contract, ByteView key, ByteView value) {
    ensure(contract.size() <= std::numeric_limits<std::uint16_t>::max(), "contract name too long");
    Writer element(10 + contract.size() + key.size() + value.size());
    element.u16(static_cast<std::uint16_t>(contract.size()));
    element.raw(contract);
    element.bytes(key);
    element.bytes(value);
    Lanes lanes;
    crypto::shake128(element.view(), reinterpret_cast<std::uint8_t*>(lanes.data()),
                     MultisetHash::k_bytes);
    to_little_endian(lanes);
    return lanes;
}

}  // namespace

void MultisetHash::add(ByteView contract, ByteView key, ByteView value) {
    const Lanes element = expand(contract, key, value);
    for (std::size_t i = 0; i < k_lanes; ++i) {
        lanes_[i] = static_cast<std::uint16_t>(lanes_[i] + element[i]);
    }
}

void MultisetHash::remove(ByteView contract, ByteView key, ByteView value) {
    const Lanes element = expand(contract, key, value);
    for (std::size_t i = 0; i < k_lanes; ++i) {
        lanes_[i] = static_cast<std::uint16_t>(lanes_[i] - element[i]);
    }
}

Hash MultisetHash::digest(HashId id) const { return crypto::hash(id, encode()); }

Bytes MultisetHash::encode() const {
    Lanes lanes = lanes_;
    to_little_endian(lanes);
    Bytes bytes(k_bytes);
    std::memcpy(bytes.data(), lanes.data(), k_bytes);
    return bytes;
}

Result<MultisetHash> MultisetHash::decode(ByteView bytes) {
    if (bytes.size() != k_bytes) {
        return Error{Code::invalid_argument, "multiset hash: " + std::to_string(bytes.size()) +
                                                 " bytes, expected " + std::to_string(k_bytes)};
    }
    MultisetHash decoded;
    std::memcpy(decoded.lanes_.data(), bytes.data(), k_bytes);
    to_little_endian(decoded.lanes_);
    return decoded;
}

}  // namespace bsn::ledger
