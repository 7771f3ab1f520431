#include "ledger/header.hpp"

#include "ledger/fields.hpp"

namespace bsn::ledger {
namespace {

constexpr std::uint8_t k_version = 1;
constexpr std::size_t k_fixed_bytes = 258;
constexpr std::size_t k_extension_bytes = 2 + Hash::k_size;

}  // namespace

std::optional<Hash> Header::find_extension(std::uint16_t tag) const {
    for (const Extension& extension : extensions) {
        if (extension.tag == tag) return extension.hash;
    }
    return std::nullopt;
}

Bytes Header::encode() const {
    Writer writer(k_fixed_bytes + extensions.size() * k_extension_bytes);
    writer.u8(format::k_header);
    writer.u8(k_version);
    writer.u8(number_of(hash_id));
    writer.raw(network);
    writer.raw(channel);
    writer.u64(height);
    writer.raw(previous);
    write_position(writer, position);
    writer.u64(time);
    writer.u64(epoch);
    writer.u32(transactions);
    writer.raw(transaction_root);
    writer.raw(receipt_root);
    writer.u8(number_of(state_type));
    writer.raw(state);
    writer.u16(count_u16(extensions.size()));
    for (const Extension& extension : extensions) {
        writer.u16(extension.tag);
        writer.raw(extension.hash);
    }
    return writer.take();
}

Result<Header> Header::decode(ByteView bytes) {
    Reader reader(bytes);
    reader.format(format::k_header, k_version, "header");
    Header header;
    header.hash_id = read_hash_id(reader);
    header.network = reader.fixed<NetworkId>();
    header.channel = reader.fixed<ChannelId>();
    header.height = reader.u64();
    header.previous = reader.fixed<Hash>();
    header.position = read_position(reader);
    header.time = reader.u64();
    header.epoch = reader.u64();
    header.transactions = reader.u32();
    header.transaction_root = reader.fixed<Hash>();
    header.receipt_root = reader.fixed<Hash>();
    header.state_type = read_state_type(reader);
    header.state = reader.fixed<Hash>();
    const std::size_t count = reader.count16(k_extension_bytes);
    header.extensions.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        Extension& extension = header.extensions.emplace_back();
        extension.tag = reader.u16();
        extension.hash = reader.fixed<Hash>();
        if (i > 0 && header.extensions[i - 1].tag >= extension.tag) {
            reader.fail("extensions are not strictly ascending by tag");
        }
    }
    if (header.height == 0 && !header.previous.is_zero()) {
        reader.fail("the first header has no header before it");
    }
    BSN_CHECK(reader.finish("header"));
    return header;
}

Hash Header::hash() const { return crypto::hash(hash_id, encode()); }

Bytes Header::statement() const {
    return encode_statement(Purpose::header, network, channel, epoch, hash());
}

}  // namespace bsn::ledger
