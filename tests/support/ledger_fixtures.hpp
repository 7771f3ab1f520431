#pragma once
// Makers of keys, epochs, transactions and blocks for tests. All but the signatures, which hold
// random numbers, is the same in each run.

#include "crypto/private_key.hpp"
#include "ledger/block.hpp"
#include "ledger/transaction.hpp"

#include <array>
#include <string>
#include <vector>

namespace bsn::testing {

inline constexpr std::array k_all_suites{crypto::SuiteId::secp256r1, crypto::SuiteId::secp256k1,
                                         crypto::SuiteId::sm2};

/// A value whose bytes are all the same: `filled<ledger::ChannelId>(7)`.
template <typename Value>
Value filled(std::uint8_t byte) {
    Value value;
    std::fill_n(value.data(), Value::k_size, byte);
    return value;
}

/// The network and the app channel that the samples below are made for.
ledger::NetworkId sample_network();
ledger::ChannelId sample_channel();

/// The key of a number: the same number yields the same key.
crypto::PrivateKey make_key(crypto::SuiteId suite, std::uint32_t number = 0);

/// An epoch, and the private keys of its peers.
struct TestEpoch {
    ledger::EpochRecord record;
    /// By peer index (the record's order, ascending by node id), then by suite of the record.
    std::vector<std::vector<crypto::PrivateKey>> keys;

    /// One peer's signature.
    ledger::PeerSignature sign(std::uint16_t peer, crypto::SuiteId suite, ByteView statement) const;
    /// A certificate of these peers, in this order; of the first quorum if none are named.
    ledger::Certificate certify(crypto::SuiteId suite, ByteView statement,
                                std::vector<std::uint16_t> peers = {}) const;
    /// Certificates of the first quorum, one for each suite of the record.
    std::vector<ledger::Certificate> certify_all(ByteView statement) const;
};

/// An epoch of n peers named `node-0` … `node-(n-1)`; their keys have numbers from `first_key` on.
TestEpoch make_epoch(const ledger::ChannelId& channel, std::size_t peers,
                     std::vector<crypto::SuiteId> suites = {crypto::SuiteId::secp256r1},
                     ledger::Epoch epoch = 0, std::uint32_t first_key = 100);

/// A call of `evidence.deposit` with one argument by the key's owner; `number` makes the nonce.
ledger::Payload sample_payload(const crypto::PrivateKey& key, std::uint32_t number = 0);
ledger::Transaction sample_transaction(const crypto::PrivateKey& key, std::uint32_t number = 0);
/// The encoded batch of transactions.
Bytes sample_batch(const std::vector<ledger::Transaction>& transactions);

/// An envelope that names the batch, certified by the epoch's first quorum in all its suites.
ledger::Envelope sample_envelope(const TestEpoch& epoch, ByteView batch,
                                 std::uint64_t sequence = 0);
/// A tick of the epoch's first peer, with that peer's signature.
ledger::Envelope sample_tick(const TestEpoch& epoch, ledger::Height last);
/// What the availability signatures of an envelope of the sample network cover.
Bytes availability_statement(const ledger::Envelope& envelope);

ledger::Receipt sample_receipt();
ledger::Header sample_header();

/// A block and its batches: three envelopes of 3, 2 and 2 transactions, of which one transaction of
/// the first and the whole last envelope are skipped. Its header commits to all of it.
struct TestBlock {
    ledger::Block block;
    std::vector<Bytes> batches;
};
TestBlock sample_block(const TestEpoch& epoch);
/// Makes the header's counts, roots and extensions anew from the block's content.
void commit_to_content(TestBlock& block);

}  // namespace bsn::testing
