#pragma once
// JSON as the precompiled contracts of FISCO BCOS answer it: the layouts of its C++ library. Our
// own code, because answers are hashed into receipts.

#include "contract/fisco/table_store.hpp"

#include <span>

namespace bsn::contract::fisco {

/// An array of objects on one line, and a line end: `[{"a":"1"},{"a":"2"}]`.
std::string compact_json(std::span<const Fields> objects);

/// The same over many lines, three spaces a level, as CRUD's select answers.
std::string styled_json(std::span<const Fields> objects);

}  // namespace bsn::contract::fisco
