#pragma once
// The data key of a vault, as the database has it: wrapped by the master key; while that is being
// changed, by both.

#include "gateway/custody/master_key.hpp"
#include "store/database.hpp"

#include <vector>

namespace bsn::gateway {

/// The data key, wrapped once.
struct WrappedKey {
    std::uint32_t number = 0;  ///< grows with each master key
    Bytes vault;               ///< 16 random bytes that name the vault
    Bytes wrapped;

    static Result<WrappedKey> decode(ByteView key, ByteView value);
    Bytes encode() const;
    /// What wrapping is bound to.
    Bytes associated() const;
};

/// A data key, and which of the wrapped ones it was.
struct OpenedKey {
    crypto::SecretKey key;
    WrappedKey from;
};

/// All wrapped keys, by number.
Result<std::vector<WrappedKey>> wrapped_keys(const store::Database& database);
/// The last one that this master key opens; `unauthenticated` if it opens none.
Result<OpenedKey> open_wrapped(const std::vector<WrappedKey>& keys, MasterKey& master);
/// Wraps a data key; durable once this has returned.
Status put_wrapped(store::Database& database, MasterKey& master, const crypto::SecretKey& key,
                   ByteView vault, std::uint32_t number);
/// Forgets all wrapped keys below a number, durably.
Status drop_wrapped_below(store::Database& database, const std::vector<WrappedKey>& keys,
                          std::uint32_t number);

}  // namespace bsn::gateway
