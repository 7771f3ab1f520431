#include "gateway/custody/wrapped_keys.hpp"

#include "base/codec.hpp"
#include "crypto/random.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::gateway {
namespace {

using store::Table;

constexpr std::string_view k_prefix = "master/";
constexpr std::uint8_t k_version = 1;
constexpr std::size_t k_vault_bytes = 16;
constexpr std::size_t k_max_wrapped = 4096;  ///< what a token makes of 32 bytes

Bytes database_key(std::uint32_t number) {
    Writer key;
    key.raw(as_bytes(k_prefix));
    key.u32(number);
    return key.take();
}

}  // namespace

Result<WrappedKey> WrappedKey::decode(ByteView key, ByteView value) {
    WrappedKey one;
    Reader number(key.subspan(std::min(key.size(), k_prefix.size())));
    one.number = number.u32();
    BSN_CHECK(number.finish("number of a master key"));
    Reader reader(value);
    if (reader.u8() != k_version) {
        reader.fail(Code::unsupported_version, "a wrapped data key of a newer version");
    }
    one.vault = to_bytes(reader.raw(k_vault_bytes));
    one.wrapped = to_bytes(reader.bytes(k_max_wrapped));
    BSN_CHECK(reader.finish("wrapped data key"));
    return one;
}

Bytes WrappedKey::encode() const {
    Writer out;
    out.u8(k_version);
    out.raw(vault);
    out.bytes(wrapped);
    return out.take();
}

Bytes WrappedKey::associated() const {
    Writer out;
    out.text("bsn custody data key");
    out.raw(vault);
    out.u32(number);
    return out.take();
}

Result<std::vector<WrappedKey>> wrapped_keys(const store::Database& database) {
    std::vector<WrappedKey> keys;
    Status good;
    BSN_CHECK(database.scan(Table::meta, as_bytes(k_prefix), {}, [&](ByteView key, ByteView value) {
        auto one = WrappedKey::decode(key, value);
        if (!one) {
            good = one.error().within("the vault's data key");
            return false;
        }
        keys.push_back(std::move(*one));
        return true;
    }));
    BSN_CHECK(good);
    return keys;
}

Result<OpenedKey> open_wrapped(const std::vector<WrappedKey>& keys, MasterKey& master) {
    for (auto one = keys.rbegin(); one != keys.rend(); ++one) {
        auto opened = master.unwrap(one->wrapped, one->associated());
        if (opened) return OpenedKey{std::move(*opened), *one};
        if (opened.error().code != Code::unauthenticated) return opened.error();
    }
    return Error{Code::unauthenticated,
                 fmt::format("{} does not open the vault of users' keys: it is another master key, "
                             "or the vault was changed; restore the master key that belongs to it",
                             master.place())};
}

Status put_wrapped(store::Database& database, MasterKey& master, const crypto::SecretKey& key,
                   ByteView vault, std::uint32_t number) {
    WrappedKey one{number, to_bytes(vault), {}};
    if (vault.empty()) {
        one.vault.resize(k_vault_bytes);
        crypto::fill_random(one.vault);
    }
    BSN_TRY(wrapped, master.wrap(key, one.associated()));
    one.wrapped = std::move(wrapped);
    auto changes = database.batch();
    changes->put(Table::meta, database_key(number), one.encode());
    BSN_CHECK(database.write(*changes));
    return database.sync();
}

Status drop_wrapped_below(store::Database& database, const std::vector<WrappedKey>& keys,
                          std::uint32_t number) {
    auto changes = database.batch();
    for (const WrappedKey& one : keys) {
        if (one.number < number) changes->erase(Table::meta, database_key(one.number));
    }
    BSN_CHECK(database.write(*changes));
    return database.sync();
}

}  // namespace bsn::gateway
