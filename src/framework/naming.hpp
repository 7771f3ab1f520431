#pragma once
// A part of the framework port that only some chains have: who a transaction says it is of.

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <optional>
#include <string_view>

namespace bsn::framework {

/// What a transaction says of itself, before anybody has looked at its signature. Borrowed.
struct NamedCall {
    ByteView participant;  ///< id of who is said to have signed it, 32 bytes
    std::string_view contract;
    std::string_view function;
};

/// A chain whose transactions name their creators. Any thread may call any member.
class Naming {
  public:
    virtual ~Naming() = default;
    /// Who a transaction says has signed it, and what it calls, at the cost of a glance; none: that
    /// is known only once its signature is looked at. The error with which `Chain::submit` would
    /// refuse it where it is no transaction of this chain.
    virtual Result<std::optional<NamedCall>> named_call(ByteView transaction) const = 0;
};

}  // namespace bsn::framework
