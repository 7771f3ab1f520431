#include "ledger/fields.hpp"

#include <fmt/format.h>

namespace bsn::ledger {

SuiteId read_suite(Reader& reader) {
    const std::uint8_t number = reader.u8();
    if (auto suite = crypto::suite_from_number(number)) return *suite;
    reader.fail(Code::wrong_suite, fmt::format("suite number {} is unknown", number));
    return {};
}

HashId read_hash_id(Reader& reader) {
    const std::uint8_t number = reader.u8();
    switch (static_cast<HashId>(number)) {
        case HashId::sha256:
        case HashId::keccak256:
        case HashId::sm3: return static_cast<HashId>(number);
    }
    reader.fail(Code::unsupported_version, fmt::format("hash function {} is unknown", number));
    return HashId::sha256;
}

StateCommitmentType read_state_type(Reader& reader) {
    const std::uint8_t number = reader.u8();
    switch (static_cast<StateCommitmentType>(number)) {
        case StateCommitmentType::multiset_hash:
        case StateCommitmentType::merkle_map:
        case StateCommitmentType::merkle_patricia: return static_cast<StateCommitmentType>(number);
    }
    reader.fail(Code::unsupported_version, fmt::format("state commitment {} is unknown", number));
    return {};
}

bool read_flag(Reader& reader) {
    const std::uint8_t flag = reader.u8();
    if (flag > 1) reader.fail(fmt::format("{} is neither false (0) nor true (1)", flag));
    return flag == 1;
}

PublicKey read_public_key(Reader& reader) {
    PublicKey key;
    key.suite = read_suite(reader);
    key.bytes = reader.fixed<crypto::PublicKeyBytes>();
    return key;
}

Position read_position(Reader& reader) {
    Position position;
    position.orderer = reader.fixed<OrdererId>();
    position.era = reader.u32();
    position.height = reader.u64();
    position.index = reader.u32();
    return position;
}

void write_public_key(Writer& writer, const PublicKey& key) {
    writer.u8(number_of(key.suite));
    writer.raw(key.bytes);
}

void write_position(Writer& writer, const Position& position) {
    writer.raw(position.orderer);
    writer.u32(position.era);
    writer.u64(position.height);
    writer.u32(position.index);
}

std::uint8_t count_u8(std::size_t count) {
    ensure(count <= 0xFF, "more elements than a u8 counts");
    return static_cast<std::uint8_t>(count);
}

std::uint16_t count_u16(std::size_t count) {
    ensure(count <= 0xFFFF, "more elements than a u16 counts");
    return static_cast<std::uint16_t>(count);
}

std::uint32_t count_u32(std::size_t count) {
    ensure(count <= 0xFFFFFFFF, "more elements than a u32 counts");
    return static_cast<std::uint32_t>(count);
}

}  // namespace bsn::ledger
