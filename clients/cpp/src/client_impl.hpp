#pragma once
// What stands behind the public classes.

#include "api/gateways.hpp"
#include "bsn/client.hpp"
#include "ledger/verify.hpp"

namespace bsn::client {

struct Key::Impl {
    crypto::PrivateKey key;
    ledger::ParticipantId participant;
};

struct Client::Impl {
    ledger::Genesis genesis;
    api::Gateways gateways;
    std::optional<Key> key;
};

struct App::Impl {
    Client::Impl& client;
    std::string name;
    ledger::ChannelId channel;
    std::optional<crypto::SuiteId> suite;  ///< none: any
    bool native = true;                    ///< takes transactions of our own ledger

    std::string target(std::string_view rest) const;
    api::ApiCall get(std::string_view rest) const;
    api::ApiCall post(std::string_view rest, const api::Json& body) const;
    /// The wait that a gateway is asked for: its share of the time.
    std::string wait() const;
    /// The client's key, if it can act here.
    Result<const Key::Impl*> signer() const;
};

/// Verifies a bundle and tells what it shows.
Result<Receipt> receipt_of(const ledger::ReceiptBundle& bundle, const ledger::Trust& trust);

}  // namespace bsn::client
