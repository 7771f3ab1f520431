#include "contract/abi/value.hpp"

#include <algorithm>

namespace bsn::contract::abi {

Value Value::of_word(const ledger::Word& word) { return of_bytes(word); }

Value Value::of_number(std::uint64_t number) { return of_word(ledger::word_of(number)); }

Value Value::of_signed(std::int64_t number) {
    Value value = of_number(static_cast<std::uint64_t>(number));
    if (number < 0) std::fill_n(value.bytes.begin(), 24, std::uint8_t{0xFF});
    return value;
}

Value Value::of_address(const ledger::Address& address) {
    Value value;
    value.bytes.resize(12);
    value.bytes.insert(value.bytes.end(), address.data(), address.data() + address.size());
    return value;
}

ledger::Word Value::word() const {
    auto word = ledger::Word::from(bytes);
    ensure(word.ok(), "the word of a value that is none");
    return *word;
}

ledger::Address Value::address() const { return *ledger::Address::from(word().view().subspan(12)); }

}  // namespace bsn::contract::abi
