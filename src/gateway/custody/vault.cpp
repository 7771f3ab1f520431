#include "gateway/custody/vault.hpp"

#include "base/codec.hpp"
#include "gateway/custody/wrapped_keys.hpp"

#include <fmt/format.h>

namespace bsn::gateway {
namespace {

using store::Table;

constexpr std::string_view k_prefix = "key/";
constexpr std::uint8_t k_version = 1;
constexpr std::size_t k_max_name = 64;
constexpr std::size_t k_sealed_bytes = crypto::k_seal_overhead + 32;

Bytes database_key(const CustodyUser& user) {
    Writer key;
    key.raw(as_bytes(k_prefix));
    key.raw(user.channel);
    key.raw(user.owner);
    key.raw(as_bytes(user.name));
    return key.take();
}

/// What a sealed key is bound to: it opens in no other place, and for no other public key.
Bytes associated(const CustodyUser& user, const crypto::PublicKey& key, UnixMillis created) {
    Writer out;
    out.text("bsn custody user key");
    out.raw(user.channel);
    out.raw(user.owner);
    out.text(user.name);
    out.u8(static_cast<std::uint8_t>(key.suite));
    out.raw(key.bytes);
    out.u64(created);
    return out.take();
}

struct Record {
    HeldKey held;
    Bytes sealed;
};

Result<Record> decode(CustodyUser user, ByteView value) {
    Record record;
    record.held.user = std::move(user);
    Reader reader(value);
    if (reader.u8() != k_version) {
        reader.fail(Code::unsupported_version, "a user's key of a newer version");
    }
    auto suite = crypto::suite_from_number(reader.u8());
    if (!suite) reader.fail("unknown suite");
    record.held.key.suite = suite.value_or(crypto::SuiteId::secp256r1);
    record.held.key.bytes = reader.fixed<crypto::PublicKeyBytes>();
    record.held.created = reader.u64();
    record.sealed = to_bytes(reader.raw(k_sealed_bytes));
    if (Status whole = reader.finish("user's key"); !whole) {
        return Error{Code::corrupted, whole.error().message};
    }
    return record;
}

Bytes encode(const Record& record) {
    Writer out;
    out.u8(k_version);
    out.u8(static_cast<std::uint8_t>(record.held.key.suite));
    out.raw(record.held.key.bytes);
    out.u64(record.held.created);
    out.raw(record.sealed);
    return out.take();
}

Result<Record> read(const store::Database& database, const CustodyUser& user) {
    BSN_TRY(value, database.get(Table::state, database_key(user)));
    if (!value) {
        return Error{Code::not_found, fmt::format("this node keeps no key of a user '{}' of {}",
                                                  user.name, to_hex(user.owner))};
    }
    return decode(user, *value);
}

CustodyUser user_from(ByteView key) {
    Reader reader(key.subspan(k_prefix.size()));
    CustodyUser user;
    user.channel = reader.fixed<ledger::ChannelId>();
    user.owner = reader.fixed<ledger::ParticipantId>();
    user.name = to_text(reader.raw(reader.remaining()));
    return user;
}

Result<bool> holds_keys(const store::Database& database) {
    bool any = false;
    BSN_CHECK(database.scan(Table::state, as_bytes(k_prefix), {}, [&](ByteView, ByteView) {
        any = true;
        return false;
    }));
    return any;
}

}  // namespace

Result<std::unique_ptr<Vault>> Vault::open(store::Database& database, MasterKey& master) {
    BSN_TRY(wrapped, wrapped_keys(database));
    if (wrapped.empty()) {
        BSN_TRY(any, holds_keys(database));
        if (any) {
            return Error{Code::corrupted,
                         "the vault has users' keys, but not the data key that sealed them; "
                         "restore the node's folder custody/ from a backup"};
        }
        crypto::SecretKey made = crypto::SecretKey::generate();
        BSN_CHECK(put_wrapped(database, master, made, {}, 1));
        return std::unique_ptr<Vault>(new Vault(database, std::move(made), false));
    }
    BSN_TRY(opened, open_wrapped(wrapped, master));
    const bool newest = opened.from.number == wrapped.back().number;
    // The rotation has come through: who opens with the newest master key needs no older one.
    if (newest && wrapped.size() > 1) {
        BSN_CHECK(drop_wrapped_below(database, wrapped, opened.from.number));
    }
    return std::unique_ptr<Vault>(new Vault(database, std::move(opened.key), !newest));
}

Result<HeldKey> Vault::find(const CustodyUser& user) const {
    BSN_TRY(record, read(database_, user));
    return record.held;
}

Result<crypto::PrivateKey> Vault::key_of(const CustodyUser& user) const {
    BSN_TRY(record, read(database_, user));
    const HeldKey& held = record.held;
    auto key = crypto::open_private_key(data_key_, held.key.suite, record.sealed,
                                        associated(user, held.key, held.created));
    if (key && key->public_key() == held.key) return key;
    return Error{
        Code::corrupted,
        fmt::format("the key of user '{}' of {} is not what was written: it was changed, or "
                    "put in another's place; restore the node's folder custody/",
                    user.name, to_hex(user.owner))};
}

Status Vault::add(const CustodyUser& user, const crypto::PrivateKey& key, UnixMillis created) {
    if (user.name.empty() || user.name.size() > k_max_name) {
        return Error{Code::invalid_argument,
                     fmt::format("the name of a user has 1 to {} bytes", k_max_name)};
    }
    Record record{{user, key.public_key(), created},
                  crypto::seal(data_key_, key, associated(user, key.public_key(), created))};
    BSN_TRY(there, database_.get(Table::state, database_key(user)));
    if (there) {
        return Error{Code::already_exists, fmt::format("user '{}' has a key already", user.name)};
    }
    auto changes = database_.batch();
    changes->put(Table::state, database_key(user), encode(record));
    BSN_CHECK(database_.write(*changes));
    return database_.sync();
}

Status Vault::destroy(const CustodyUser& user) {
    auto changes = database_.batch();
    changes->erase(Table::state, database_key(user));
    BSN_CHECK(database_.write(*changes));
    return database_.sync();
}

Result<std::vector<HeldKey>> Vault::all() const {
    std::vector<HeldKey> keys;
    Status good;
    BSN_CHECK(
        database_.scan(Table::state, as_bytes(k_prefix), {}, [&](ByteView key, ByteView value) {
            auto record = decode(user_from(key), value);
            if (!record) {
                good = record.error();
                return false;
            }
            keys.push_back(std::move(record->held));
            return true;
        }));
    BSN_CHECK(good);
    return keys;
}

Status begin_rotation(store::Database& database, MasterKey& present, MasterKey& next) {
    BSN_TRY(wrapped, wrapped_keys(database));
    if (wrapped.empty()) return {};  // no data key yet: the next master key wraps the first one
    auto done = open_wrapped({wrapped.back()}, next);
    if (done) return {};
    if (done.error().code != Code::unauthenticated) return done.error();
    BSN_TRY(opened, open_wrapped(wrapped, present));
    return put_wrapped(database, next, opened.key, opened.from.vault, wrapped.back().number + 1);
}

}  // namespace bsn::gateway
