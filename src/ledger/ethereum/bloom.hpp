#pragma once
// The filters by which headers and receipts say which addresses and topics may be in their logs.

#include "ledger/ethereum/types.hpp"
#include "ledger/types.hpp"

#include <vector>

namespace bsn::ledger::ethereum {

struct BloomTag;
/// 2,048 bits, of which each address and topic sets three.
using Bloom = FixedBytes<BloomTag, 256>;

/// An event that a contract emitted.
struct Log {
    Address address;
    std::vector<Word> topics;  ///< at most four
    Bytes data;

    bool operator==(const Log&) const = default;
};

/// Adds an address or a topic. The hash is Keccak-256, and SM3 on chains of 国密 suites.
void add_to_bloom(Bloom& bloom, HashId hash, ByteView entry);
/// The filter of logs.
Bloom bloom_of(HashId hash, const std::vector<Log>& logs);
/// Adds all that another filter has: a header's filter is the sum of its receipts'.
void merge_bloom(Bloom& bloom, const Bloom& other);
/// Whether an address or a topic may be among what was added.
bool may_contain(const Bloom& bloom, HashId hash, ByteView entry);

}  // namespace bsn::ledger::ethereum
