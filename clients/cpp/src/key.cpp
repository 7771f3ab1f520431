#include "client_impl.hpp"

namespace bsn::client {
namespace {

crypto::SuiteId suite_id(Suite suite) {
    switch (suite) {
        case Suite::secp256k1: return crypto::SuiteId::secp256k1;
        case Suite::sm2: return crypto::SuiteId::sm2;
        case Suite::secp256r1: break;
    }
    return crypto::SuiteId::secp256r1;
}

Suite suite_of(crypto::SuiteId suite) {
    switch (suite) {
        case crypto::SuiteId::secp256k1: return Suite::secp256k1;
        case crypto::SuiteId::sm2: return Suite::sm2;
        case crypto::SuiteId::secp256r1: break;
    }
    return Suite::secp256r1;
}

}  // namespace

Key::Key(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Key::~Key() = default;
Key::Key(Key&&) noexcept = default;
Key& Key::operator=(Key&&) noexcept = default;

Key Key::generate(Suite suite) {
    crypto::PrivateKey key = crypto::PrivateKey::generate(suite_id(suite));
    const ledger::ParticipantId participant = ledger::participant_id_of(key.public_key());
    return Key(std::make_unique<Impl>(Impl{std::move(key), participant}));
}

Result<Key> Key::from_pem(std::string_view pem, std::string_view passphrase) {
    BSN_TRY(key, crypto::PrivateKey::from_pem(pem, passphrase));
    const ledger::ParticipantId participant = ledger::participant_id_of(key.public_key());
    return Key(std::make_unique<Impl>(Impl{std::move(key), participant}));
}

Suite Key::suite() const { return suite_of(impl_->key.suite()); }
std::string Key::public_key() const { return to_hex(impl_->key.public_key().bytes); }
std::string Key::participant() const { return to_hex(impl_->participant); }

Status Key::act_for(std::string_view participant) {
    auto id = fixed_from_hex<ledger::ParticipantId>(participant);
    if (!id) return Error{Code::invalid_argument, "a participant id has 64 hexadecimal digits"};
    impl_->participant = *id;
    return {};
}

std::string Key::to_pem(std::string_view passphrase) const { return impl_->key.to_pem(passphrase); }

}  // namespace bsn::client
