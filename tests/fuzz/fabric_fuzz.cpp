// What peers, orderers and clients of Fabric send; proofs of what is on its channels, and the
// organisations that a verifier trusts.
#include "framework/fabric/client/channel_config.hpp"
#include "framework/fabric/client/checked_block.hpp"
#include "framework/fabric/client/message.hpp"
#include "framework/fabric/client/proof.hpp"
#include "framework/fabric/client/proposal_builder.hpp"
#include "framework/fabric/client/simulation.hpp"
#include "fuzz/laws.hpp"
#include "registry/fabric_channel.hpp"

namespace bsn::fuzz {
namespace {

using namespace framework::fabric;

constexpr auto k_hash = crypto::HashId::sha256;

const std::string& organisations() {
    static const std::string text =
        read_test_file("fuzz/corpus/fabric/organisations").substr(1);  // behind the kind of seed
    return text;
}

void check_trust(const ChannelTrust& trust) {
    const std::string json = trust.to_json();
    auto again = ChannelTrust::from_json(json);
    if (!again) return;  // a channel may have what nobody could verify with: it is refused there
    law(again->to_json() == json, "trust is read as written");
}

void read_whole_block(ByteView bytes) {
    auto block = read_message<common::Block>(bytes, "block");
    if (!block) return;
    (void)last_config_of(*block);
    const bool configures = is_config_block(*block);
    if (configures) {
        (void)update_trust(as_bytes(organisations()), bytes);
        if (auto config = read_channel_config(*block)) {
            check_trust(config->trust);
            (void)OrdererCheck(config->trust)
                .check(block->header(), block->metadata().metadata_size() > 0
                                            ? block->metadata().metadata(0)
                                            : std::string());
        } else {
            check_refusal(config.error());
        }
    }
    // What is changed is mostly the data: its hash is made to fit, so that reading goes on.
    const crypto::Hash hash = data_hash(block->data(), k_hash);
    block->mutable_header()->set_data_hash(to_text(hash.view()));
    auto checked = read_block(std::move(*block), k_hash);
    if (!checked) return check_refusal(checked.error());
    law(checked->codes.size() == checked->transactions.size(), "each transaction has its code");
    const framework::BlockView view = block_view(*checked);
    law(view.transaction_ids.size() <= checked->transactions.size(), "no transaction is invented");
    for (std::size_t i = 0; i < checked->transactions.size(); ++i) {
        const framework::TransactionView one = transaction_view(*checked, i);
        law(one.success == one.error.empty(), "what has no effect says why");
    }
    std::uint32_t last = 0;
    for (const framework::Event& event : events_of(*checked)) {
        law(event.index >= last && event.index < checked->transactions.size(),
            "events are in the order of their transactions");
        last = event.index;
    }
}

void read_one_envelope(ByteView bytes) {
    auto envelope = read_message<common::Envelope>(bytes, "envelope");
    if (!envelope) return;
    auto view = read_envelope(*envelope);
    if (!view) return check_refusal(view.error());
    (void)check_creator(*envelope, *view, k_hash);
    for (const protos::Endorsement& one : view->endorsements) {
        (void)check_endorsement(view->response_payload, one);
    }
    protos::ProposalResponse answer;
    answer.set_payload(view->response_payload);
    (void)has_effects(answer);
    (void)framework::fabric::transaction_view(*view);
}

void read_proof(ByteView bytes) {
    if (auto proof = Proof::decode(bytes)) {
        law(equal(proof->encode(), bytes), "what is accepted encodes to the same bytes");
    } else {
        check_refusal(proof.error());
    }
    auto verified = verify_proof(bytes, as_bytes(organisations()));
    if (!verified) return check_refusal(verified.error());
    law(verified->transaction.success && !verified->transaction.id.empty(),
        "what holds shows a transaction");
}

void read_trust(ByteView bytes) {
    if (auto trust = ChannelTrust::from_json(as_text(bytes))) {
        const std::string json = trust->to_json();
        auto again = ChannelTrust::from_json(json);
        law(again && again->to_json() == json, "trust is read as written");
        law(!trust->endorsement.enough({}), "nobody's word is enough");
    } else {
        check_refusal(trust.error());
    }
}

void read_announcement(ByteView bytes) {
    auto organisation = registry::fabric_organisation_from(std::string(as_text(bytes)));
    if (!organisation) return check_refusal(organisation.error());
    auto again = registry::decode_fabric_organisation(registry::encode(*organisation));
    law(again && *again == *organisation, "an announcement is read as written");
}

}  // namespace

void run(ByteView input) {
    if (input.empty()) return;
    const ByteView rest = input.subspan(1);
    switch (input.front()) {
        case 'b': return read_whole_block(rest);
        case 'e': return read_one_envelope(rest);
        case 'p': return read_proof(rest);
        case 't': return read_trust(rest);
        case 'o': return read_announcement(rest);
        case 's':
            if (auto proposal = read_message<protos::SignedProposal>(rest, "proposal")) {
                (void)read_proposal(*proposal, k_hash);
            }
            return;
        default: return;
    }
}

}  // namespace bsn::fuzz
