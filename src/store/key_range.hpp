#pragma once
// The borders of the keys that share a prefix. Internal to the databases.

#include "base/bytes.hpp"

namespace bsn::store {

/// The smallest key behind all keys with this prefix; empty if there is none (0xff, 0xff ...).
inline Bytes behind_prefix(ByteView prefix) {
    Bytes next = to_bytes(prefix);
    while (!next.empty() && next.back() == 0xff) next.pop_back();
    if (!next.empty()) ++next.back();
    return next;
}

}  // namespace bsn::store
