// Genesis files, and what a verifier trusts because of them.
#include "framework/ledger/trusted_state.hpp"
#include "fuzz/laws.hpp"

namespace bsn::fuzz {
namespace {

void check_genesis(std::string_view text) {
    const auto genesis = ledger::Genesis::from_json(text);
    if (!genesis) return check_refusal(genesis.error());
    law(genesis->to_json() == text, "what is accepted is canonical");
    law(ledger::NetworkId::from(crypto::hash(crypto::HashId::sha256, as_bytes(text))).value() ==
            genesis->network(),
        "the network is the hash of its file");
    const ledger::EpochRecord epoch = genesis->system_epoch();
    const auto read = ledger::EpochRecord::decode(epoch.encode());
    law(read.ok() && *read == epoch, "the first epoch can be written and read");
    law(epoch.peers.size() == genesis->nodes.size(), "all nodes are peers of the first epoch");
    law(genesis->approvals >= 1 && genesis->approvals <= genesis->operators.size(),
        "operators can reach an agreement");
}

void check_trusted_state(ByteView bytes) {
    const auto state = framework::TrustedState::decode(bytes);
    if (!state) return check_refusal(state.error());
    const auto again = framework::TrustedState::decode(state->encode());
    law(again.ok() && equal(again->encode(), state->encode()), "an encoding reads the same");
    const auto trust = state->trust();
    if (!trust) return check_refusal(trust.error());
    law(trust->network == state->genesis.network(), "trust is in the genesis' network");
}

}  // namespace

void run(ByteView input) {
    check_genesis(as_text(input));
    check_trusted_state(input);
}

}  // namespace bsn::fuzz
