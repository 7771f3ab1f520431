#pragma once
// Which rows a selection takes.

#include "contract/fisco/table_store.hpp"

#include <cstdint>

namespace bsn::contract::fisco {

/// Conditions on fields, all of which must hold; FISCO BCOS's rules, oddities included:
/// - a later condition on a field replaces the same side of an earlier one; `GT` and `LT` of the
///   same value are `NE`, `GE` and `LE` of the same value are `EQ`
/// - `EQ` and `NE` compare texts, the others numbers of 64 bits, an empty text being 0; what is no
///   such number does not match
/// - a row without the field does not match; fields that begin or end with `_` are passed over
class Condition {
  public:
    void equal(const std::string& field, const std::string& value);
    void not_equal(const std::string& field, const std::string& value);
    void greater(const std::string& field, const std::string& value, bool or_equal);
    void less(const std::string& field, const std::string& value, bool or_equal);
    /// At most `count` rows from the `offset`-th on.
    void limit(std::uint64_t offset, std::uint64_t count);

    bool matches(const Fields& fields) const;
    /// The rows that match, within the limit, in their order.
    std::vector<Row> select(std::vector<Row> rows) const;

  private:
    struct Bound {
        bool inclusive = false;
        std::optional<std::string> value;
    };
    struct Range {
        Bound low;
        Bound high;
    };

    static bool within(const Range& range, const std::string& value);

    std::map<std::string, Range> ranges_;
    std::uint64_t offset_ = 0;
    std::optional<std::uint64_t> count_;
};

}  // namespace bsn::contract::fisco
