#pragma once
// Inside of the module: multiples of a P-256 public key, computed once, with which a signature is
// verified in a third of the time.

#include "crypto/openssl.hpp"
#include "crypto/shared_tables.hpp"

namespace bsn::crypto {

/// A public key as the generator of a group of its own, for which OpenSSL keeps a table of
/// multiples: 150 KiB, 17 ms to compute. Any thread may verify.
class P256Table {
  public:
    /// Whether OpenSSL's arithmetic on this machine makes use of such tables.
    static bool is_of_use();
    /// `key` is a point of the curve other than infinity.
    explicit P256Table(const EC_POINT* key);
    ~P256Table();
    P256Table(const P256Table&) = delete;
    P256Table& operator=(const P256Table&) = delete;

    /// ECDSA (SEC 1, 4.1.4). r and s are in 1 … order - 1.
    bool verify(const Hash& digest, const Signature& signature) const;
    /// Whether it verified anything since this was asked last, or since it was made.
    bool used_since_asked() const { return used_.take(); }

  private:
    EC_GROUP* group_;
    UseMark used_;
};

using P256Tables = SharedTables<P256Table>;

/// Those of this process: 64, idle after a minute.
P256Tables& shared_p256_tables();

}  // namespace bsn::crypto
