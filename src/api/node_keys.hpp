#pragma once
// Whose signature an answer may bear: the keys of the network's city nodes.

#include "api/answer_signature.hpp"
#include "api/wire_text.hpp"
#include "ledger/genesis.hpp"

#include <map>

namespace bsn::api {

/// The keys of city nodes, as far as the genesis vouches for them: those that it names, and those
/// with a certificate of its authority. One thread.
class NodeKeys {
  public:
    explicit NodeKeys(const ledger::Genesis& genesis);

    /// A node's secp256r1 key; null if it is not known.
    const crypto::PublicKey* find(const ledger::NodeId& node) const;
    /// Takes up what a node answers to `GET /v1/nodes`: nodes that the genesis vouches for, and
    /// which of all are revoked.
    void learn(const Json& nodes);

  private:
    std::string authority_;
    std::map<ledger::NodeId, crypto::PublicKey> keys_;
};

}  // namespace bsn::api
