#include "gateway/authentication.hpp"

#include "api/request_signature.hpp"
#include "base/log.hpp"

#include <fmt/format.h>

namespace bsn::gateway {
namespace {

Error refused(std::string why) { return {Code::unauthenticated, std::move(why)}; }

}  // namespace

Status NonceMemory::keep_in(const std::filesystem::path& folder, const MachineStart& machine,
                            UnixMillis now) {
    std::lock_guard lock(mutex_);
    auto opened = NonceJournal::open(folder, machine, now, [this](const UsedNonce& used) {
        remember({used.participant, used.nonce}, used.expires);
    });
    if (!opened) return opened.error().within("nonces of requests");
    journal_ = std::move(*opened);
    return {};
}

void NonceMemory::remember(const Entry& entry, UnixMillis expires) {
    seen_.insert(entry);
    by_expiry_.emplace(expires, entry);
}

/// A full disk must not keep those out who only read: it is told, and they are let in.
void NonceMemory::note(const Entry& entry, UnixMillis expires, UnixMillis now) {
    if (!journal_) return;
    const Status noted = journal_->note({entry.first, entry.second, expires}, now);
    if (!noted && !journal_fails_) {
        log_error("gateway",
                  "{}; requests answered now could be repeated if this node is started "
                  "again within their life",
                  noted.error().message);
    }
    journal_fails_ = !noted;
}

Status NonceMemory::use(const ledger::ParticipantId& participant, const ledger::Nonce& nonce,
                        UnixMillis expires, UnixMillis now) {
    std::lock_guard lock(mutex_);
    while (!by_expiry_.empty() && by_expiry_.begin()->first < now) {
        seen_.erase(by_expiry_.begin()->second);
        by_expiry_.erase(by_expiry_.begin());
    }
    Entry entry{participant, nonce};
    if (seen_.contains(entry)) {
        return refused("this nonce was used before; sign the request again with a new one");
    }
    if (journal_ && expires <= journal_->unknown_until()) {
        return refused(fmt::format(
            "this city node's machine was started anew, and whether this request was answered "
            "before is not known; sign it again so that it expires after {}",
            to_iso8601(journal_->unknown_until())));
    }
    if (seen_.size() >= capacity_) {
        return Error{Code::overloaded,
                     "too many signed requests at once; try again in a few seconds"};
    }
    remember(entry, expires);
    note(entry, expires, now);
    return {};
}

std::size_t NonceMemory::size() const {
    std::lock_guard lock(mutex_);
    return seen_.size();
}

Result<std::optional<registry::Caller>> Authenticator::caller_of(const Request& request,
                                                                 const ledger::ChannelId& channel) {
    if (!request.authorization) return std::optional<registry::Caller>{};
    BSN_TRY(header, api::parse_authorization(*request.authorization));

    UnixMillis now = backend_.now();
    if (header.expires < now) {
        return refused(
            fmt::format("this signed request expired at {}, and here it is {}; sign it "
                        "again, or set the clock that is wrong, yours or the node's",
                        to_iso8601(header.expires), to_iso8601(now)));
    }
    if (header.expires > now + api::k_max_request_life) {
        return refused(fmt::format(
            "this signed request expires at {}, and here it is {}: at most {} s ahead "
            "are allowed; set the clock that is wrong, yours or the node's",
            to_iso8601(header.expires), to_iso8601(now), api::k_max_request_life / 1000));
    }
    registry::Caller caller{header.participant, header.key};
    BSN_CHECK(still_known(caller));

    api::RequestToSign signed_request{backend_.network(), channel, request.method, request.target,
                                      request.body};
    Bytes statement = api::request_statement(signed_request, header.expires, header.nonce);
    if (auto status = crypto::verify(header.key, statement, header.signature); !status) {
        return refused(
            "the signature does not match this request (network, app, method, target, "
            "body, expiry, nonce): " +
            status.error().message);
    }
    // Last, so that nobody without the key can use up nonces or fill the memory.
    BSN_CHECK(nonces_.use(header.participant, header.nonce, header.expires, now));
    return std::optional<registry::Caller>{caller};
}

Status Authenticator::still_known(const registry::Caller& caller) const {
    auto record = backend_.participant(caller.participant);
    if (!record) {
        return refused(fmt::format("no participant {} on this network; register it first",
                                   to_hex(caller.participant)));
    }
    if (record->revoked) return refused("this participant is revoked");
    bool current = record->key.suite == caller.key.suite &&
                   equal_constant_time(record->key.bytes, caller.key.bytes);
    if (!current) {
        return refused(
            "the key is not this participant's current one; sign with the key that "
            "the permission chain names");
    }
    return {};
}

}  // namespace bsn::gateway
