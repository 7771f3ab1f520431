#include "gateway/callbacks/registration_store.hpp"

#include "base/codec.hpp"

#include <fmt/format.h>

namespace bsn::gateway {
namespace {

using published::EventRegistration;
using store::Table;

/// Keys of table `meta` that belong to no channel; channel prefixes begin with a zero byte.
constexpr std::string_view k_registration = "callback/registration/";
constexpr std::string_view k_place = "callback/place/";
constexpr std::uint8_t k_version = 1;

Bytes key_of(std::string_view prefix, std::string_view id) {
    Bytes key = to_bytes(prefix);
    key.insert(key.end(), id.begin(), id.end());
    return key;
}

Bytes encode(const EventRegistration& one) {
    Writer out;
    out.u8(k_version);
    out.raw(one.channel);
    out.raw(one.user);
    out.u8(one.blocks ? 1 : 0);
    for (const std::string* text :
         {&one.contract, &one.address, &one.event_key, &one.notify_url, &one.attach_args}) {
        out.text(*text);
    }
    out.u64(one.created);
    return out.take();
}

Result<EventRegistration> decode_registration(std::string id, ByteView bytes) {
    Reader in(bytes);
    EventRegistration one;
    one.id = std::move(id);
    if (in.u8() != k_version)
        in.fail(Code::unsupported_version, "a registration of a newer version");
    one.channel = in.fixed<ledger::ChannelId>();
    one.user = in.fixed<ledger::ParticipantId>();
    one.blocks = in.u8() != 0;
    for (std::string* text :
         {&one.contract, &one.address, &one.event_key, &one.notify_url, &one.attach_args}) {
        *text = in.text();
    }
    one.created = in.u64();
    BSN_CHECK(in.finish("a registration for callbacks"));
    return one;
}

Bytes encode(const EventPlace& place) {
    Writer out;
    out.u64(place.height);
    out.u32(place.index);
    out.u32(place.log);
    return out.take();
}

Result<EventPlace> decode_place(ByteView bytes) {
    Reader in(bytes);
    EventPlace place;
    place.height = in.u64();
    place.index = in.u32();
    place.log = in.u32();
    BSN_CHECK(in.finish("how far callbacks came"));
    return place;
}

Error damaged(std::string_view id, const Error& why) {
    return {why.code == Code::unsupported_version ? why.code : Code::corrupted,
            fmt::format("the registration {} for callbacks: {}", id, why.message)};
}

}  // namespace

Result<std::vector<KeptRegistration>> RegistrationStore::load() const {
    std::vector<KeptRegistration> all;
    Status failure;
    BSN_CHECK(database_.scan(Table::meta, as_bytes(k_registration), {},
                             [&](ByteView key, ByteView value) {
                                 std::string id(as_text(key.subspan(k_registration.size())));
                                 auto registration = decode_registration(id, value);
                                 if (registration) {
                                     all.push_back({std::move(*registration), {}});
                                 } else {
                                     failure = damaged(id, registration.error());
                                 }
                                 return failure.ok();
                             }));
    BSN_CHECK(failure);
    for (KeptRegistration& one : all) {
        BSN_TRY(stored, database_.get(Table::meta, key_of(k_place, one.registration.id)));
        auto place =
            stored ? decode_place(*stored) : Error{Code::corrupted, "how far it came is missing"};
        if (!place) return damaged(one.registration.id, place.error());
        one.next = *place;
    }
    return all;
}

Status RegistrationStore::add(const KeptRegistration& kept) {
    auto changes = database_.batch();
    const std::string& id = kept.registration.id;
    changes->put(Table::meta, key_of(k_registration, id), encode(kept.registration));
    changes->put(Table::meta, key_of(k_place, id), encode(kept.next));
    BSN_CHECK(database_.write(*changes));
    return database_.sync();
}

Status RegistrationStore::remove(std::string_view id) {
    auto changes = database_.batch();
    changes->erase(Table::meta, key_of(k_registration, id));
    changes->erase(Table::meta, key_of(k_place, id));
    BSN_CHECK(database_.write(*changes));
    return database_.sync();
}

Status RegistrationStore::advance(std::string_view id, const EventPlace& next) {
    auto changes = database_.batch();
    changes->put(Table::meta, key_of(k_place, id), encode(next));
    return database_.write(*changes);
}

}  // namespace bsn::gateway
