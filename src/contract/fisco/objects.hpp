#pragma once
// What calls hand out: tables, entries and conditions that have an address while the transaction
// lasts.

#include "contract/fisco/condition.hpp"

#include <deque>
#include <variant>

namespace bsn::contract::fisco {

struct TableObject {
    Table table;
};
struct KvTableObject {
    Table table;
};
struct EntryObject {
    Fields fields;
};
struct EntriesObject {
    std::vector<Fields> entries;
};
struct ConditionObject {
    Condition condition;
};

using Object =
    std::variant<TableObject, KvTableObject, EntryObject, EntriesObject, ConditionObject>;

/// The objects of one transaction, at the addresses 0x10001, 0x10002 … in the order in which they
/// were handed out. They are values of their own: a change of an entry changes no table.
class Objects {
  public:
    ledger::Address add(Object object) {
        objects_.push_back(std::move(object));
        return *ledger::Address::from(
            ledger::word_of(k_first + objects_.size() - 1).view().subspan(12));
    }

    /// Null if there is none. Stays where it is.
    Object* find(const ledger::Address& address) {
        Bytes word(12);
        word.insert(word.end(), address.data(), address.data() + address.size());
        const auto number = ledger::number_of_word(*ledger::Word::from(word));
        if (!number || *number < k_first || *number - k_first >= objects_.size()) return nullptr;
        return &objects_[*number - k_first];
    }

    /// Null if there is none of the kind.
    template <typename Kind>
    Kind* find(const ledger::Address& address) {
        Object* object = find(address);
        return object == nullptr ? nullptr : std::get_if<Kind>(object);
    }

  private:
    static constexpr std::uint64_t k_first = 0x10001;

    std::deque<Object> objects_;
};

}  // namespace bsn::contract::fisco
