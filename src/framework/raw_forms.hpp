#pragma once
// A part of the port that a chain may have: blocks and transactions as the framework's own clients
// read them. Those who hold a `Chain` ask by `dynamic_cast`.

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace bsn::framework {

/// Any thread may call any member. `not_found` as of `Chain`.
class RawForms {
  public:
    virtual ~RawForms() = default;

    /// A final block, whole, in the framework's own form.
    virtual Result<Bytes> raw_block(std::uint64_t height) const = 0;
    /// A transaction, together with what the network found of it.
    virtual Result<Bytes> raw_transaction(ByteView id) const = 0;
};

}  // namespace bsn::framework
