#pragma once
// A JSON text as a tree that keeps how numbers are spelled: a library would round large ones.

#include "contract/json.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bsn::contract::abi {

struct JsonTree {
    json::Kind kind = json::Kind::null;
    /// Of a string what it stands for, else the spelling.
    std::string text;
    /// The name in the object that it is a member of.
    std::string name;
    /// The elements of an array, the members of an object.
    std::vector<JsonTree> items;

    /// Refuses malformed texts, those that nest deeper than types can, and names that come twice.
    static Result<JsonTree> parse(std::string_view text);

    /// The member of an object; null if there is none.
    const JsonTree* member(std::string_view wanted) const;
};

}  // namespace bsn::contract::abi
