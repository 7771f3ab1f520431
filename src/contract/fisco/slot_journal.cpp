#include "contract/fisco/slot_journal.hpp"

#include "crypto/hash.hpp"

#include <algorithm>

namespace bsn::contract::fisco {
namespace {

constexpr std::size_t k_word = ledger::Word::k_size;

/// The slots of one blob.
class BlobSlots {
  public:
    explicit BlobSlots(const ledger::Word& slot)
        : base_(*ledger::Word::from(
              crypto::hash(crypto::HashId::keccak256, {as_bytes("blob"), slot.view()}))) {}

    ledger::Word at(std::uint64_t number) const {
        ledger::Word slot = base_;
        const ledger::Word counter = ledger::word_of(number);
        std::copy(counter.data() + 24, counter.data() + k_word, slot.data() + 24);
        return slot;
    }

  private:
    ledger::Word base_;
};

std::uint64_t words_of(std::uint64_t bytes) {
    return bytes / k_word + (bytes % k_word != 0 ? 1 : 0);
}

}  // namespace

Bytes SlotJournal::get_blob(const ledger::Address& account, const ledger::Word& slot) {
    const BlobSlots slots(slot);
    const auto size = ledger::number_of_word(load(account, slots.at(0))).value_or(0);
    Bytes bytes;
    for (std::uint64_t i = 1; i <= words_of(size); ++i) {
        const ledger::Word word = load(account, slots.at(i));
        bytes.insert(bytes.end(), word.data(), word.data() + word.size());
    }
    bytes.resize(size);
    return bytes;
}

void SlotJournal::put_blob(const ledger::Address& account, const ledger::Word& slot,
                           ByteView bytes) {
    const BlobSlots slots(slot);
    const auto before = ledger::number_of_word(load(account, slots.at(0))).value_or(0);
    store(account, slots.at(0), ledger::word_of(bytes.size()));
    const std::uint64_t count = words_of(bytes.size());
    for (std::uint64_t i = 1; i <= std::max(count, words_of(before)); ++i) {
        ledger::Word word;
        if (i <= count) {
            const ByteView part = bytes.subspan((i - 1) * k_word);
            std::copy_n(part.begin(), std::min(k_word, part.size()), word.data());
        }
        store(account, slots.at(i), word);
    }
}

}  // namespace bsn::contract::fisco
