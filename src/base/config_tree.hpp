#pragma once
// The values of a YAML file with the lines they stand in: what config.hpp reads from, and whoever
// reads files of others, in which there may be keys that nobody asks for.

#include "base/result.hpp"

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bsn {

/// A value of a YAML file, and which of its keys were asked for.
struct YamlTree {
    enum class Kind { scalar, list, mapping };
    struct Entry;

    Kind kind = Kind::scalar;
    std::size_t line = 1;
    std::string text;             ///< of a scalar
    bool quoted = false;          ///< a scalar in quotation marks, or a block
    std::vector<YamlTree> items;  ///< of a list
    std::vector<Entry> entries;   ///< of a mapping, in the order of the file

    /// The keys that the program knows. Reading notes them, hence mutable.
    mutable std::set<std::string, std::less<>> asked;

    /// The entry of a key, or null.
    const Entry* find(std::string_view key) const;
    /// True for `~`, `null`, and a key with nothing behind it.
    bool is_nothing() const;
};

/// A key of a mapping with its value.
struct YamlTree::Entry {
    std::string key;
    std::size_t line = 1;
    YamlTree value;
};

/// The tree of a YAML text; refuses what config.hpp says it does not take.
Result<YamlTree> parse_yaml_tree(std::string_view text, std::string_view name);

}  // namespace bsn
