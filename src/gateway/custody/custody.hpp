#pragma once
// A node's custody of users' transaction keys: vault, cache and audit log under one roof.

#include "base/metrics.hpp"
#include "crypto/lru_cache.hpp"
#include "gateway/custody/audit_log.hpp"
#include "gateway/custody/challenges.hpp"
#include "gateway/custody/vault.hpp"
#include "store/syncer.hpp"

#include <filesystem>
#include <mutex>

namespace bsn::gateway {

/// What custody stands on; lives longer.
struct CustodyStores {
    store::Database& database;
    store::AppendLog& audit;
};

/// Keys never leave but by `export_key`. Any thread may call any member.
class Custody final : public UserKeys {
  public:
    /// How many opened keys stay in memory.
    static constexpr std::size_t k_cached_keys = 4096;

    static Result<std::unique_ptr<Custody>> open(const CustodyStores& stores, MasterKey& master,
                                                 const Clock& clock, MetricsRegistry& metrics);
    ~Custody() override;

    Status available() const override { return {}; }
    Result<crypto::PublicKey> find(const CustodyUser& user) const override;
    Result<crypto::PublicKey> find_or_create(const CustodyUser& user,
                                             crypto::SuiteId suite) override;
    Result<std::unique_ptr<framework::Signer>> signer(const CustodyUser& user,
                                                      const CustodyUse& use) override;
    void when_recorded(std::function<void(Status)> done) override;

    /// Forgets a user's key, in memory and on disk, and says so in the audit log. Without a key:
    /// nothing to do. May wait for the disk.
    Status destroy(const CustodyUser& user, const CustodyUse& use);

    /// A challenge that the owner has to sign (`export_statement`) within `k_challenge_life`.
    Result<ExportChallenge> ask_export(const CustodyUser& user, const std::string& requested_by);
    /// The key as PKCS#8 PEM under a passphrase of at least `k_least_passphrase` characters, to an
    /// owner who signed the challenge; `signed_well` checks the statement. The challenge is used
    /// up, whatever comes. The record is on disk before the key is told.
    Result<std::string> export_key(const CustodyUser& user, const ledger::Nonce& challenge,
                                   std::string_view passphrase, const std::string& requested_by,
                                   const std::function<Status()>& signed_well);

    Result<std::vector<HeldKey>> all() const { return vault_->all(); }
    bool rotating() const { return vault_->rotating(); }
    AuditHead audit_head() const { return audit_->head(); }

  private:
    class UserSigner;
    using KeyInUse = std::shared_ptr<const crypto::PrivateKey>;  ///< by the cache and by signers
    struct UserHash {
        std::size_t operator()(const CustodyUser& user) const;
    };

    Custody(std::unique_ptr<Vault> vault, std::unique_ptr<AuditLog> audit, const Clock& clock,
            MetricsRegistry& metrics);
    Result<KeyInUse> opened(const CustodyUser& user);
    Status note(AuditAction action, const CustodyUser& user, const CustodyUse& use,
                const crypto::Hash& digest = {}) const;
    /// The same, and waits until it is on disk.
    Status note_durably(AuditAction action, const CustodyUser& user, const CustodyUse& use);

    const Clock& clock_;
    Counter& signatures_;
    std::unique_ptr<Vault> vault_;
    std::unique_ptr<AuditLog> audit_;
    std::unique_ptr<store::ThreadSyncer> syncer_;
    Challenges challenges_;
    std::mutex changes_;          ///< held while keys come, go, or are opened
    mutable std::mutex caching_;  ///< guards the next; taken after `changes_`
    crypto::LruCache<CustodyUser, KeyInUse, UserHash> cache_{k_cached_keys};
};

/// The least length of a passphrase of an exported key, in characters.
inline constexpr std::size_t k_least_passphrase = 12;

/// What an owner signs to get a key out.
Bytes export_statement(const ledger::NetworkId& network, const CustodyUser& user,
                       const ledger::Nonce& challenge);

}  // namespace bsn::gateway
