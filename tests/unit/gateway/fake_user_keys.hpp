#pragma once
// A city node's keys, and users' keys in its custody, in memory.

#include "gateway/custody/user_keys.hpp"
#include "ordering/node_identity.hpp"

#include <map>
#include <mutex>

namespace bsn::testing {

inline ordering::NodeIdentity make_identity() {
    std::vector<crypto::PrivateKey> keys;
    for (auto suite :
         {crypto::SuiteId::secp256r1, crypto::SuiteId::secp256k1, crypto::SuiteId::sm2}) {
        keys.push_back(crypto::PrivateKey::generate(suite));
    }
    return ordering::NodeIdentity(std::move(keys));
}

/// Custody in memory, which notes what it was used for.
class FakeUserKeys final : public gateway::UserKeys {
  public:
    using User = gateway::CustodyUser;
    Status available() const override { return {}; }
    Result<crypto::PublicKey> find(const User& user) const override {
        std::lock_guard lock(mutex_);
        auto found = keys_.find(user);
        if (found == keys_.end()) return Error{Code::not_found, "no key of " + user.name};
        return found->second.public_key();
    }
    Result<crypto::PublicKey> find_or_create(const User& user, crypto::SuiteId suite) override {
        std::lock_guard lock(mutex_);
        return keys_.try_emplace(user, crypto::PrivateKey::generate(suite))
            .first->second.public_key();
    }
    Result<std::unique_ptr<framework::Signer>> signer(const User& user,
                                                      const gateway::CustodyUse& use) override {
        std::lock_guard lock(mutex_);
        auto found = keys_.find(user);
        if (found == keys_.end()) return Error{Code::not_found, "no key of " + user.name};
        uses.push_back(use.purpose);
        return std::unique_ptr<framework::Signer>(std::make_unique<UserSigner>(found->second));
    }
    void when_recorded(std::function<void(Status)> done) override { done(recorded); }

    Status recorded;
    std::vector<std::string> uses;

  private:
    class UserSigner final : public framework::Signer {
      public:
        explicit UserSigner(const crypto::PrivateKey& key) : key_(key) {}
        const crypto::PublicKey& public_key() const override { return key_.public_key(); }
        Bytes participant() const override {
            return to_bytes(ledger::participant_id_of(key_.public_key()).view());
        }
        crypto::Signature sign(ByteView message) const override { return key_.sign(message); }

      private:
        const crypto::PrivateKey& key_;
    };
    mutable std::mutex mutex_;
    std::map<User, crypto::PrivateKey> keys_;
};

}  // namespace bsn::testing
