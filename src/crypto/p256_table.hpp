#pragma once
// Inside of the module: multiples of a P-256 public key, computed once, with which a signature is
// verified in a third of the time.

#include "crypto/openssl.hpp"
#include "crypto/suite.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <unordered_map>

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
    bool used_since_asked() const { return used_.exchange(false, std::memory_order_relaxed); }

  private:
    EC_GROUP* group_;
    mutable std::atomic<bool> used_ = true;  ///< a new one has just been earned
};

/// The tables of keys that verify often, at most so many, shared by all threads; nobody else owns
/// one for longer than a verification, so the bound holds. A table keeps its place while it is
/// used: with more busy keys than places the first ones have theirs and the others go without,
/// since to compute tables in turns costs more than they save. Any thread.
class P256Tables {
  public:
    /// A table that was not used for `idle` makes room for another.
    P256Tables(std::size_t most, std::chrono::nanoseconds idle);

    /// The table of a key, computed if need be. Nothing if all places are taken, or while another
    /// thread computes one.
    std::weak_ptr<const P256Table> table_of(const PublicKeyBytes& key, const EC_POINT* point);

  private:
    struct KeyHash {
        std::size_t operator()(const PublicKeyBytes& key) const;
    };
    void drop_idle();

    const std::size_t most_;
    const std::chrono::nanoseconds idle_;
    std::mutex mutex_;  ///< of the members below
    std::unordered_map<PublicKeyBytes, std::shared_ptr<const P256Table>, KeyHash> tables_;
    std::chrono::steady_clock::time_point last_look_;  ///< for idle ones
};

/// Those of this process: 64, idle after a minute.
P256Tables& shared_p256_tables();

}  // namespace bsn::crypto
