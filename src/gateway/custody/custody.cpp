#include "gateway/custody/custody.hpp"

#include "base/codec.hpp"
#include "base/log.hpp"
#include "ledger/certificate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>

namespace bsn::gateway {
namespace {

/// Characters, not bytes; of a text that is no UTF-8, whatever does not go on a character.
std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

}  // namespace

/// Signs for a user, and notes each signature. It works while custody lives.
class Custody::UserSigner final : public framework::Signer {
  public:
    UserSigner(const Custody& custody, CustodyUser user, CustodyUse use, KeyInUse key)
        : custody_(custody), user_(std::move(user)), use_(std::move(use)), key_(std::move(key)) {}

    const crypto::PublicKey& public_key() const override { return key_->public_key(); }
    Bytes participant() const override {
        return to_bytes(ledger::participant_id_of(public_key()).view());
    }
    crypto::Signature sign(ByteView message) const override {
        const crypto::HashId hash = crypto::suite_hash(public_key().suite);
        // First the record: without it no signature, but zeros, which verify nowhere.
        Status noted =
            custody_.note(AuditAction::signed_with, user_, use_, crypto::hash(hash, message));
        if (!noted) {
            log_error("custody", "no audit record, so no signature: {}", noted.error().message);
            return {};
        }
        custody_.signatures_.add(1);
        return key_->sign(message);
    }

  private:
    const Custody& custody_;
    const CustodyUser user_;
    const CustodyUse use_;
    const KeyInUse key_;
};

std::size_t Custody::UserHash::operator()(const CustodyUser& user) const {
    return FixedBytesHash()(user.channel) ^ (FixedBytesHash()(user.owner) << 1U) ^
           (std::hash<std::string>()(user.name) << 2U);
}

Result<std::unique_ptr<Custody>> Custody::open(const CustodyStores& stores, MasterKey& master,
                                               const Clock& clock, MetricsRegistry& metrics) {
    BSN_TRY(vault, Vault::open(stores.database, master));
    BSN_TRY(audit, AuditLog::open(stores.audit, stores.database));
    return std::unique_ptr<Custody>(
        new Custody(std::move(vault), std::move(audit), clock, metrics));
}

Custody::Custody(std::unique_ptr<Vault> vault, std::unique_ptr<AuditLog> audit, const Clock& clock,
                 MetricsRegistry& metrics)
    : clock_(clock),
      signatures_(metrics.counter("bsn_custody_signatures_total",
                                  "Signatures made with users' keys in custody")),
      vault_(std::move(vault)),
      audit_(std::move(audit)),
      syncer_(std::make_unique<store::ThreadSyncer>([this] { return audit_->sync(); })) {}

Custody::~Custody() { syncer_.reset(); }

Result<crypto::PublicKey> Custody::find(const CustodyUser& user) const {
    BSN_TRY(held, vault_->find(user));
    return held.key;
}

Result<crypto::PublicKey> Custody::find_or_create(const CustodyUser& user, crypto::SuiteId suite) {
    std::lock_guard lock(changes_);
    auto held = vault_->find(user);
    if (held && held->key.suite == suite) return held->key;
    if (held) {
        return Error{Code::wrong_suite,
                     fmt::format("user '{}' has a key of the suite {}, not {}", user.name,
                                 crypto::suite_name(held->key.suite), crypto::suite_name(suite))};
    }
    if (held.error().code != Code::not_found) return held.error();
    const crypto::PrivateKey key = crypto::PrivateKey::generate(suite);
    BSN_CHECK(vault_->add(user, key, clock_.now()));
    BSN_CHECK(note_durably(AuditAction::created, user, {"user key", to_hex(user.owner)}));
    return key.public_key();
}

Result<Custody::KeyInUse> Custody::opened(const CustodyUser& user) {
    {
        std::lock_guard lock(caching_);
        if (KeyInUse* found = cache_.find(user)) return *found;
    }
    // Not while the key is destroyed, or it would be in the cache for ever.
    std::lock_guard lock(changes_);
    BSN_TRY(key, vault_->key_of(user));
    auto shared = std::make_shared<const crypto::PrivateKey>(std::move(key));
    std::lock_guard caching(caching_);
    if (KeyInUse* found = cache_.find(user)) return *found;
    cache_.put(user, shared);
    return KeyInUse(std::move(shared));
}

Result<std::unique_ptr<framework::Signer>> Custody::signer(const CustodyUser& user,
                                                           const CustodyUse& use) {
    BSN_TRY(key, opened(user));
    return std::unique_ptr<framework::Signer>(std::make_unique<UserSigner>(*this, user, use, key));
}

void Custody::when_recorded(std::function<void(Status)> done) { syncer_->request(std::move(done)); }

Status Custody::note(AuditAction action, const CustodyUser& user, const CustodyUse& use,
                     const crypto::Hash& digest) const {
    AuditRecord record;
    record.time = clock_.now();
    record.action = action;
    record.user = user;
    record.use = use;
    record.digest = digest;
    return audit_->add(std::move(record));
}

Status Custody::note_durably(AuditAction action, const CustodyUser& user, const CustodyUse& use) {
    BSN_CHECK(note(action, user, use));
    std::promise<Status> synced;
    auto waited = synced.get_future();
    when_recorded([&](Status status) { synced.set_value(std::move(status)); });
    return waited.get();
}

Status Custody::destroy(const CustodyUser& user, const CustodyUse& use) {
    std::lock_guard lock(changes_);
    auto held = vault_->find(user);
    if (!held) return held.error().code == Code::not_found ? Status() : held.error();
    BSN_CHECK(note_durably(AuditAction::destroyed, user, use));
    BSN_CHECK(vault_->destroy(user));
    std::lock_guard caching(caching_);
    cache_.erase(user);
    return {};
}

Result<ExportChallenge> Custody::ask_export(const CustodyUser& user,
                                            const std::string& requested_by) {
    BSN_CHECK(vault_->find(user));
    BSN_TRY(challenge, challenges_.begin(user, clock_.now()));
    BSN_CHECK(note_durably(AuditAction::export_asked, user, {"export", requested_by}));
    return challenge;
}

Result<std::string> Custody::export_key(const CustodyUser& user, const ledger::Nonce& challenge,
                                        std::string_view passphrase,
                                        const std::string& requested_by,
                                        const std::function<Status()>& signed_well) {
    if (characters(passphrase) < k_least_passphrase) {
        return Error{Code::invalid_argument,
                     fmt::format("the passphrase has fewer than {} characters; choose a longer one",
                                 k_least_passphrase)};
    }
    Status confirmed = challenges_.take(user, challenge, clock_.now());
    if (confirmed) confirmed = signed_well();
    if (!confirmed) {
        BSN_CHECK(note_durably(AuditAction::export_refused, user,
                               {confirmed.error().message, requested_by}));
        return confirmed.error();
    }
    BSN_TRY(key, vault_->key_of(user));
    BSN_CHECK(note_durably(AuditAction::exported, user, {"export", requested_by}));
    return key.to_pem(passphrase);
}

Bytes export_statement(const ledger::NetworkId& network, const CustodyUser& user,
                       const ledger::Nonce& challenge) {
    Writer body;
    body.raw(user.owner);
    body.text(user.name);
    body.raw(challenge);
    return ledger::encode_statement(ledger::Purpose::export_key, network, user.channel, 0,
                                    body.view());
}

}  // namespace bsn::gateway
