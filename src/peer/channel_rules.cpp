#include "peer/channel_rules.hpp"

#include <fmt/format.h>

namespace bsn::peer {

Result<ledger::Transaction> ChannelRules::check(Bytes bytes) const {
    BSN_TRY(transaction, ledger::Transaction::decode(std::move(bytes)));
    const ledger::Payload& payload = transaction.payload();
    if (payload.network != network) {
        return Error{Code::wrong_network,
                     fmt::format("made for network {}, this one is {}; check which genesis you use",
                                 to_hex(payload.network), to_hex(network))};
    }
    if (payload.channel != channel) {
        return Error{Code::wrong_channel, fmt::format("made for channel {}, this one is {}",
                                                      to_hex(payload.channel), to_hex(channel))};
    }
    if (suite && payload.suite != *suite) {
        return Error{Code::wrong_suite,
                     fmt::format("signed with suite {}, this app uses {}; use a key of that suite",
                                 crypto::suite_name(payload.suite), crypto::suite_name(*suite))};
    }
    BSN_CHECK(transaction.verify_signature());
    return std::move(transaction);
}

Status check_window(const ledger::Payload& payload, UnixMillis time) {
    if (payload.valid_until < time) {
        return Error{Code::expired, fmt::format("valid until {}, it is {}; sign it anew",
                                                to_iso8601(payload.valid_until), to_iso8601(time))};
    }
    if (payload.valid_until > time + k_max_validity) {
        return Error{Code::expired,
                     fmt::format("valid until {}, at most {} minutes ahead of {} are allowed",
                                 to_iso8601(payload.valid_until), k_max_validity / 60'000,
                                 to_iso8601(time))};
    }
    return {};
}

}  // namespace bsn::peer
