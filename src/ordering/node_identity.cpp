#include "ordering/node_identity.hpp"

namespace bsn::ordering {

NodeIdentity::NodeIdentity(std::vector<crypto::PrivateKey> keys) : keys_(std::move(keys)) {
    ensure(keys_.size() == 3, "a node has one key for each of the three suites");
    id_ = ledger::node_id_of(public_key(crypto::SuiteId::secp256r1).bytes);
}

const crypto::PrivateKey& NodeIdentity::key(crypto::SuiteId suite) const {
    const crypto::PrivateKey& key = keys_.at(static_cast<std::size_t>(suite) - 1);
    ensure(key.suite() == suite, "node keys are in the order of the suites");
    return key;
}

const crypto::PublicKey& NodeIdentity::public_key(crypto::SuiteId suite) const {
    return key(suite).public_key();
}

crypto::Signature NodeIdentity::sign(crypto::SuiteId suite, ByteView statement) const {
    return key(suite).sign(statement);
}

std::vector<crypto::Signature> NodeIdentity::sign_all(const ledger::EpochRecord& epoch,
                                                      ByteView statement) const {
    std::vector<crypto::Signature> signatures;
    signatures.reserve(epoch.suites.size());
    for (crypto::SuiteId suite : epoch.suites) signatures.push_back(sign(suite, statement));
    return signatures;
}

}  // namespace bsn::ordering
