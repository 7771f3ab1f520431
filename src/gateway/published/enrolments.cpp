#include "gateway/published/enrolments.hpp"

#include "base/codec.hpp"
#include "crypto/hash.hpp"
#include "crypto/random.hpp"

#include <fmt/format.h>

namespace bsn::gateway::published {
namespace {

using store::Table;

constexpr std::string_view k_prefix = "enrolment/";
constexpr std::uint8_t k_version = 1;

struct SaltTag;
using Salt = FixedBytes<SaltTag, 16>;

Bytes key_of(const ledger::ChannelId& channel, const ledger::ParticipantId& sponsor,
             std::string_view name) {
    Writer key;
    key.raw(as_bytes(k_prefix));
    key.raw(channel);
    key.raw(sponsor);
    key.raw(as_bytes(name));
    return key.take();
}

crypto::Hash hash_of(const Salt& salt, std::string_view secret) {
    return crypto::hash(crypto::HashId::sha256, {salt.view(), as_bytes(secret)});
}

}  // namespace

Status Enrolments::put(const EnrolledUser& user, std::string_view secret,
                       const std::string& attributes) {
    const auto salt = crypto::random_value<Salt>();
    Writer value;
    value.u8(k_version);
    value.raw(salt);
    value.raw(hash_of(salt, secret));
    value.text(attributes);
    const Bytes key = key_of(user.channel, user.sponsor, user.name);
    const std::lock_guard lock(adding_);
    BSN_TRY(before, database_.get(Table::meta, key));
    std::size_t count = 0;
    if (!before) {
        BSN_CHECK(database_.scan(Table::meta, key_of(user.channel, user.sponsor, ""), {},
                                 [&](ByteView, ByteView) { return ++count < k_max_enrolments; }));
    }
    if (count >= k_max_enrolments) {
        return Error{Code::overloaded,
                     fmt::format("a member registers at most {} users in an app at a city node",
                                 k_max_enrolments)};
    }
    auto changes = database_.batch();
    changes->put(Table::meta, key, value.view());
    BSN_CHECK(database_.write(*changes));
    return database_.sync();
}

Result<std::string> Enrolments::attributes(const EnrolledUser& user,
                                           std::string_view secret) const {
    BSN_TRY(stored, database_.get(Table::meta, key_of(user.channel, user.sponsor, user.name)));
    if (!stored) {
        return Error{Code::not_found,
                     fmt::format("nobody registered the user '{}' here; register them first, at "
                                 "this city node",
                                 user.name)};
    }
    Reader reader(*stored);
    if (reader.u8() != k_version) {
        reader.fail(Code::unsupported_version, "a user's registration of a newer version");
    }
    const auto salt = reader.fixed<Salt>();
    const auto hash = reader.fixed<crypto::Hash>();
    std::string attributes = reader.text();
    BSN_CHECK(reader.finish("a user's registration"));
    if (!equal_constant_time(hash, hash_of(salt, secret))) {
        return Error{Code::unauthenticated,
                     "the secret is not the one that the user was registered with"};
    }
    return attributes;
}

}  // namespace bsn::gateway::published
