#include "ledger/ethereum/bloom.hpp"

namespace bsn::ledger::ethereum {

void add_to_bloom(Bloom& bloom, HashId hash, ByteView entry) {
    const Hash digest = crypto::hash(hash, entry);
    // Each of the first three pairs of bytes names one of 2,048 bits, counted from the end.
    for (std::size_t pair = 0; pair < 6; pair += 2) {
        const unsigned bit = (digest.data()[pair] << 8U | digest.data()[pair + 1]) & 2047U;
        std::uint8_t& byte = bloom.data()[Bloom::k_size - 1 - bit / 8];
        byte = static_cast<std::uint8_t>(byte | 1U << bit % 8);
    }
}

Bloom bloom_of(HashId hash, const std::vector<Log>& logs) {
    Bloom bloom;
    for (const Log& log : logs) {
        add_to_bloom(bloom, hash, log.address);
        for (const Word& topic : log.topics) add_to_bloom(bloom, hash, topic);
    }
    return bloom;
}

void merge_bloom(Bloom& bloom, const Bloom& other) {
    for (std::size_t i = 0; i < Bloom::k_size; ++i) {
        bloom.data()[i] = static_cast<std::uint8_t>(bloom.data()[i] | other.data()[i]);
    }
}

bool may_contain(const Bloom& bloom, HashId hash, ByteView entry) {
    Bloom needed;
    add_to_bloom(needed, hash, entry);
    for (std::size_t i = 0; i < Bloom::k_size; ++i) {
        if ((needed.data()[i] & ~bloom.data()[i]) != 0) return false;
    }
    return true;
}

}  // namespace bsn::ledger::ethereum
