#pragma once
// Users' private keys at rest: each sealed by the data key, for its own place only; the data key
// wrapped by the master key. So another master key wraps one key anew, and touches no record.

#include "gateway/custody/master_key.hpp"
#include "gateway/custody/user_keys.hpp"
#include "store/database.hpp"

namespace bsn::gateway {

/// What is known of a key without opening it.
struct HeldKey {
    CustodyUser user;
    crypto::PublicKey key;
    UnixMillis created = 0;
};

/// The keys in a database of their own. Any thread may call any member; whoever adds and removes
/// keys of one user does so one after the other.
class Vault {
  public:
    /// Opens the data key, or makes one where there is none yet. `unauthenticated` if the master
    /// key is another one, `corrupted` if the data key is gone.
    static Result<std::unique_ptr<Vault>> open(store::Database& database, MasterKey& master);

    /// `not_found` if there is none.
    Result<HeldKey> find(const CustodyUser& user) const;
    /// The private key; `corrupted` if the record was changed, or is another user's.
    Result<crypto::PrivateKey> key_of(const CustodyUser& user) const;
    /// Keeps a key in place of none; durable once this has returned.
    Status add(const CustodyUser& user, const crypto::PrivateKey& key, UnixMillis created);
    /// Forgets a key; durable once this has returned.
    Status destroy(const CustodyUser& user);
    /// All keys, in the order of channel, owner and name.
    Result<std::vector<HeldKey>> all() const;

    /// Whether another master key wraps the data key, too: a rotation that has not ended.
    bool rotating() const { return rotating_; }

  private:
    Vault(store::Database& database, crypto::SecretKey data_key, bool rotating)
        : database_(database), data_key_(std::move(data_key)), rotating_(rotating) {}

    store::Database& database_;
    const crypto::SecretKey data_key_;
    const bool rotating_;
};

/// Has `next` wrap the data key, too: from here on either master key opens the vault, until it is
/// opened with `next`. Then `present` opens it no more. Once more: changes nothing.
Status begin_rotation(store::Database& database, MasterKey& present, MasterKey& next);

}  // namespace bsn::gateway
