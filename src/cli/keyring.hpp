#pragma once
// The user's keys: `keys/NAME.pem` (private, mode 0600), `keys/NAME.pub` (suite and public key, so
// that showing a key needs no passphrase), and for a key that replaced another one
// `keys/NAME.participant`: who it belongs to, since a participant keeps the id of the first key.

#include "cli/home.hpp"
#include "crypto/private_key.hpp"
#include "ledger/types.hpp"

namespace bsn::cli {

/// Who acts: a private key, and the participant that it speaks for.
struct Identity {
    std::string name;
    crypto::PrivateKey key;
    ledger::ParticipantId participant;
};

/// What anybody may know of a key.
struct KeyInfo {
    std::string name;
    crypto::PublicKey key;
    ledger::ParticipantId participant;  ///< on the network asked for
};

/// Where passphrases come from: a file, else $BSN_PASSPHRASE, else none; where one is missing and
/// stdin is a terminal, the user is asked.
class Passphrase {
  public:
    explicit Passphrase(std::string file) : file_(std::move(file)) {}
    /// The passphrase without asking anybody; empty: none.
    Result<std::string> get() const;
    /// Reads a key file; asks for the passphrase if it lacks one and somebody is there to ask.
    Result<crypto::PrivateKey> read_key(const std::filesystem::path& file) const;

  private:
    std::string file_;
    mutable std::string asked_;  ///< what the user typed, so that it is asked for once
};

/// The keys of a home folder. A key is named, or given as a path (with a `/`, or ending in `.pem`).
class Keyring {
  public:
    Keyring(std::filesystem::path folder, Passphrase passphrase)
        : folder_(std::move(folder)), passphrase_(std::move(passphrase)) {}

    const Passphrase& passphrase() const { return passphrase_; }

    /// Names of all keys, in alphabetical order.
    Result<std::vector<std::string>> names() const;
    bool has(std::string_view name) const;

    /// Keeps a new key; `already_exists` rather than overwriting. An empty passphrase: none.
    Status add(std::string_view name, const crypto::PrivateKey& key,
               std::string_view passphrase) const;

    /// A key to act with on a network.
    Result<Identity> load(const std::string& name, const ledger::NetworkId& network) const;
    /// The public side of a key; asks for a passphrase only where `NAME.pub` is missing.
    Result<KeyInfo> info(const std::string& name,
                         const std::optional<ledger::NetworkId>& network) const;

    /// Rotation in two steps, so that a key is never lost: the next key is kept beside the current
    /// one until the network has taken it.
    /// Step 1: the next key, made now unless an earlier try left one.
    Result<crypto::PrivateKey> prepare_next(const std::string& name, crypto::SuiteId suite,
                                            std::string_view passphrase) const;
    bool has_next(const std::string& name) const;
    /// Step 2: the next key becomes the key; the former one stays as `NAME.old-N.pem`.
    Status adopt_next(const std::string& name, const ledger::NetworkId& network,
                      const ledger::ParticipantId& participant) const;

    /// Notes whose key it is on a network, where that is not whom the key itself names.
    Status note_participant(const std::string& name, const ledger::NetworkId& network,
                            const ledger::ParticipantId& participant) const;

    std::filesystem::path file_of(const std::string& name) const;

  private:
    std::filesystem::path sidecar(const std::string& name, std::string_view extension) const;
    Result<ledger::ParticipantId> participant_of(const std::string& name,
                                                 const crypto::PublicKey& key,
                                                 const ledger::NetworkId& network) const;
    Status write_public(const std::string& name, const crypto::PublicKey& key) const;

    std::filesystem::path folder_;
    Passphrase passphrase_;
};

/// Reads a file `NAME.pub`.
Result<crypto::PublicKey> read_public_key(const std::filesystem::path& file);

/// A name for a key: 1 to 64 of a-z, A-Z, 0-9, `_` and `-`, and not one of 64 hexadecimal digits.
Status check_key_name(std::string_view name);

}  // namespace bsn::cli
