#include "contract/fisco/slot_journal.hpp"

#include "contract/fisco/table_store.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace bsn::contract::fisco {
namespace {

/// Slots and nothing else.
class Slots : public SlotJournal {
  public:
    ledger::Word load(const ledger::Address& account, const ledger::Word& slot) override {
        const auto found = words.find({account, slot});
        return found == words.end() ? ledger::Word{} : found->second;
    }
    void store(const ledger::Address& account, const ledger::Word& slot,
               const ledger::Word& word) override {
        words[{account, slot}] = word;
        if (word.is_zero()) words.erase({account, slot});
    }
    bool has_code(const ledger::Address& /*account*/) override { return false; }
    bool exists(const ledger::Address& /*account*/) override { return false; }

    std::map<std::pair<ledger::Address, ledger::Word>, ledger::Word> words;
};

TEST(FiscoSlotJournal, KeepsBlobsOfAnySizeAndForgetsThemWhole) {
    Slots slots;
    const ledger::Word slot = ledger::word_of(1);
    for (const std::size_t size : {0, 1, 31, 32, 33, 64, 1000, 5, 0}) {
        Bytes bytes(size, 0xAB);
        slots.put_blob({}, slot, bytes);
        EXPECT_EQ(slots.get_blob({}, slot), bytes) << size;
        EXPECT_EQ(slots.words.size(), size == 0 ? 0 : 1 + (size + 31) / 32) << size;
    }
    slots.put_blob({}, ledger::word_of(2), Bytes{1});
    EXPECT_TRUE(slots.get_blob({}, slot).empty());
}

TEST(FiscoSlotJournal, TablesAreUndoneWithTheirSlots) {
    Slots slots;
    GasMeter gas(~std::uint64_t{0});
    TableStore tables(slots, gas);
    auto rows = [&] { return tables.rows("t", "k").value(); };
    std::mt19937 random(3);  // NOLINT: the same choices in every run
    std::vector<std::string> expected;
    for (int i = 0; i < 200; ++i) {
        const auto before = slots.words;
        const std::string value(random() % 100, static_cast<char>('a' + random() % 26));
        ASSERT_TRUE(tables.append("t", "k", {{"v", value}}));
        Row last = rows().back();
        if (random() % 3 == 0) {
            last.fields["v"] += value + "!";
            ASSERT_TRUE(tables.replace("t", "k", last));
        }
        if (random() % 2 == 0) {
            slots.words = before;
        } else {
            expected.push_back(last.fields["v"]);
        }
        std::vector<std::string> values;
        std::vector<Row> here = rows();
        for (Row& row : here) values.push_back(row.fields["v"]);
        ASSERT_EQ(values, expected);
    }
    const std::vector<Row> left = rows();
    for (const Row& row : left) ASSERT_TRUE(tables.erase("t", "k", row.index));
    EXPECT_TRUE(slots.words.empty());
}

}  // namespace
}  // namespace bsn::contract::fisco
