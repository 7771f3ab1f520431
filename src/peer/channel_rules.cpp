#include "peer/channel_rules.hpp"

#include <fmt/format.h>

namespace bsn::peer {
namespace {

using ledger::Dialect;

/// Whether a dialect's transaction was made for this chain.
Status check_chain(const ledger::Transaction& transaction,
                   const ledger::DialectSettings& settings) {
    if (const auto* ethereum = transaction.ethereum()) {
        if (ethereum->chain_id == settings.chain_id) return {};
        if (!ethereum->chain_id) {
            return Error{Code::wrong_channel,
                         "only replay-protected (EIP-155) transactions allowed over RPC"};
        }
        return Error{Code::wrong_channel,
                     fmt::format("invalid chain id for signer: have {} want {}",
                                 *ethereum->chain_id, settings.chain_id)};
    }
    const ledger::fisco::Transaction& fisco = *transaction.fisco();
    if (fisco.chain_id != settings.chain_id) {
        return Error{Code::wrong_network, fmt::format("made for chain {}, this one is {}",
                                                      fisco.chain_id, settings.chain_id)};
    }
    if (fisco.group_id != settings.group) {
        return Error{Code::wrong_channel, fmt::format("made for group {}, this one is {}",
                                                      fisco.group_id, settings.group)};
    }
    return {};
}

Status check_block_limit(std::uint64_t limit, ledger::Height height) {
    if (limit < height) {
        return Error{Code::expired, fmt::format("block limit {} has passed, the next block is {}; "
                                                "sign it anew",
                                                limit, height)};
    }
    if (limit > height + k_max_block_limit) {
        return Error{Code::expired, fmt::format("block limit {}, at most {} blocks ahead of {} are "
                                                "allowed",
                                                limit, k_max_block_limit, height)};
    }
    return {};
}

}  // namespace

Result<ledger::Transaction> ChannelRules::check(Bytes bytes) const {
    BSN_TRY(transaction, ledger::Transaction::decode(std::move(bytes)));
    BSN_CHECK(check(transaction));
    return std::move(transaction);
}

Status ChannelRules::check(const ledger::Transaction& transaction) const {
    const ledger::Payload& payload = transaction.payload();
    const Dialect wanted = dialect ? dialect->dialect : Dialect::native;
    if (transaction.dialect() != wanted) {
        return Error{Code::invalid_argument,
                     fmt::format("a transaction of framework {}, this app is of {}",
                                 ledger::framework_name(transaction.dialect()),
                                 ledger::framework_name(wanted))};
    }
    if (dialect) {
        BSN_CHECK(check_chain(transaction, *dialect));
    } else {
        BSN_CHECK(check_channel(payload));
    }
    if (suite && payload.suite != *suite) {
        return Error{Code::wrong_suite,
                     fmt::format("signed with suite {}, this app uses {}; use a key of that suite",
                                 crypto::suite_name(payload.suite), crypto::suite_name(*suite))};
    }
    return transaction.verify_signature();
}

Status ChannelRules::check_channel(const ledger::Payload& payload) const {
    if (payload.network != network) {
        return Error{Code::wrong_network,
                     fmt::format("made for network {}, this one is {}; check which genesis you use",
                                 to_hex(payload.network), to_hex(network))};
    }
    if (payload.channel != channel) {
        return Error{Code::wrong_channel, fmt::format("made for channel {}, this one is {}",
                                                      to_hex(payload.channel), to_hex(channel))};
    }
    return {};
}

Status check_window(const ledger::Transaction& transaction, UnixMillis time,
                    ledger::Height height) {
    if (transaction.ethereum() != nullptr) return {};
    if (const auto* fisco = transaction.fisco()) {
        return check_block_limit(fisco->block_limit, height);
    }
    const ledger::Payload& payload = transaction.payload();
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
