// Receipt bundles, in JSON and in bytes, and their verification. The law: whatever is made of
// genuine bundles, only what they proved is ever proved.
#include "fuzz/laws.hpp"
#include "ledger/verify.hpp"

#include <nlohmann/json.hpp>

#include <set>
#include <tuple>

namespace bsn::fuzz {
namespace {

using ledger::Handover;
using ledger::InclusionProof;
using ledger::ReceiptBundle;

/// A transaction, its receipt, and the header that commits to both.
using Proven = std::tuple<Bytes, Bytes, Bytes>;

Proven proven_by(const InclusionProof& proof) {
    return {proof.transaction, proof.receipt, proof.block.header};
}

/// The golden bundles, and what may be trusted.
struct World {
    std::vector<ledger::Trust> trusts;
    /// The golden bundles that stand in full: those that were tampered with stand as a difference.
    /// Where they are not authentic, signatures or news are missing, which other bundles may
    /// supply; each one's transaction, receipt and header belong together all the same.
    std::vector<ReceiptBundle> bundles;
    std::set<Proven> proven;
};

const World& world() {
    static const World k_world = [] {
        World world;
        for (const char* name : {"genesis-1.json", "genesis-3.json", "genesis-4.json"}) {
            const std::string text = read_test_file(std::string("vectors/") + name);
            world.trusts.push_back(ledger::Trust::from(*ledger::Genesis::from_json(text)));
        }
        for (const auto& vector : nlohmann::json::parse(read_test_file("vectors/bundles.json"))) {
            if (!vector.contains("binary")) continue;
            auto bundle =
                ReceiptBundle::decode(*from_base64(vector.at("binary").get<std::string>()));
            if (!bundle) continue;
            world.proven.insert(proven_by(bundle->proof));
            if (bundle->creation) world.proven.insert(proven_by(*bundle->creation));
            world.bundles.push_back(std::move(*bundle));
        }
        return world;
    }();
    return k_world;
}

/// All worlds of the golden vectors have as many peers in each epoch as nodes in the genesis.
void check_proof(const InclusionProof& proof, const ledger::Trust& trust) {
    law(world().proven.contains(proven_by(proof)), "only what was proven is proved");
    law(!proof.block.certificates.empty(), "nothing is proved without a certificate");
    for (const ledger::Certificate& certificate : proof.block.certificates) {
        std::set<std::uint16_t> peers;
        for (const auto& signature : certificate.signatures) peers.insert(signature.peer);
        law(peers.size() >= trust.system_epoch.quorum(), "nothing is proved without a quorum");
    }
}

void check_verification(const ReceiptBundle& bundle) {
    for (const ledger::Trust& trust : world().trusts) {
        const ledger::Verification verification = verify_bundle(bundle, trust);
        law(!verification.steps.empty(), "a verification says what it checked");
        law(verification.success() == verification.failure().empty(), "a failure has a reason");
        law(verification.authentic || !verification.success(), "success is authentic");
        for (const auto& step : verification.steps) {
            law(step.holds || !verification.authentic, "all steps of the authentic hold");
        }
        if (!verification.authentic) continue;
        check_proof(bundle.proof, trust);
        if (bundle.creation) check_proof(*bundle.creation, trust);
    }
}

void check_bundle(ByteView bytes) {
    const auto bundle = check_format(
        bytes, [](ByteView view) { return ReceiptBundle::decode(view); },
        [](const ReceiptBundle& decoded) { return decoded.encode(); });
    if (!bundle) return;
    const auto again = ReceiptBundle::from_json(bundle->to_json());
    law(again.ok() && equal(again->encode(), bytes), "both forms say the same");
    check_verification(*bundle);
}

void check_json(std::string_view text) {
    const auto bundle = ReceiptBundle::from_json(text);
    if (!bundle) return check_refusal(bundle.error());
    law(bundle->to_json() == text, "what is accepted is canonical");
    const auto again = ReceiptBundle::decode(bundle->encode());
    law(again.ok() && again->to_json() == text, "both forms say the same");
    check_verification(*bundle);
}

// Forgery: genuine bundles, taken apart and put together again.

template <typename List>
void edit_list(List& list, const List& other, Choices& choices) {
    if (list.empty()) {
        list = other;
        return;
    }
    const auto at = [&] { return static_cast<std::ptrdiff_t>(choices.below(list.size())); };
    switch (choices.below(4)) {
        case 0: list.erase(list.begin() + at()); break;
        case 1: list.insert(list.begin() + at(), list[static_cast<std::size_t>(at())]); break;
        case 2: std::iter_swap(list.begin() + at(), list.begin() + at()); break;
        default: list = other; break;
    }
}

void edit_bytes(Bytes& bytes, const Bytes& other, Choices& choices) {
    if (bytes.empty() || choices.below(4) == 0) {
        bytes = other;
    } else {
        bytes[choices.below(bytes.size())] ^= static_cast<std::uint8_t>(1U << choices.below(8));
    }
}

void edit_certified(ledger::CertifiedHeader& block, const ledger::CertifiedHeader& other,
                    Choices& choices) {
    if (choices.below(2) == 0) return edit_bytes(block.header, other.header, choices);
    if (block.certificates.empty() || choices.below(2) == 0) {
        return edit_list(block.certificates, other.certificates, choices);
    }
    auto& signatures = block.certificates[choices.below(block.certificates.size())].signatures;
    if (signatures.empty()) return;
    ledger::PeerSignature& signature = signatures[choices.below(signatures.size())];
    switch (choices.below(3)) {
        case 0: signature.peer = static_cast<std::uint16_t>(choices.below(5)); break;
        case 1: signature.signature.data()[choices.below(64)] ^= choices.u8(); break;
        default: signatures.erase(signatures.begin()); break;
    }
}

void edit_proof(InclusionProof& proof, const InclusionProof& other, Choices& choices) {
    switch (choices.below(7)) {
        case 0: return edit_bytes(proof.transaction, other.transaction, choices);
        case 1: return edit_bytes(proof.receipt, other.receipt, choices);
        case 2: proof.index = static_cast<std::uint32_t>(choices.below(8)); return;
        case 3: return edit_list(proof.transaction_path, other.transaction_path, choices);
        case 4: return edit_list(proof.receipt_path, other.receipt_path, choices);
        case 5: proof = other; return;
        default: return edit_certified(proof.block, other.block, choices);
    }
}

void edit_handovers(std::vector<Handover>& handovers, const std::vector<Handover>& others,
                    Choices& choices) {
    if (handovers.empty() || others.empty() || choices.below(2) == 0) {
        return edit_list(handovers, others, choices);
    }
    Handover& handover = handovers[choices.below(handovers.size())];
    const Handover& other = others[choices.below(others.size())];
    switch (choices.below(3)) {
        case 0: handover.next = other.next; break;
        case 1: handover.next.from_order_height ^= choices.u8(); break;
        default: edit_certified(handover.last, other.last, choices); break;
    }
}

void check_forgery(ByteView input) {
    Choices choices(input);
    const std::vector<ReceiptBundle>& genuine = world().bundles;
    ReceiptBundle bundle = genuine[choices.below(genuine.size())];
    for (int edits = 0; edits < 8 && !choices.done(); ++edits) {
        const ReceiptBundle& other = genuine[choices.below(genuine.size())];
        switch (choices.below(6)) {
            case 0: edit_handovers(bundle.handovers, other.handovers, choices); break;
            case 1: edit_handovers(bundle.system_handovers, other.system_handovers, choices); break;
            case 2: bundle.creation = other.creation; break;
            case 3:
                if (bundle.creation && other.creation) {
                    edit_proof(*bundle.creation, *other.creation, choices);
                }
                break;
            default: edit_proof(bundle.proof, other.proof, choices); break;
        }
    }
    check_verification(bundle);
}

}  // namespace

void run(ByteView input) {
    check_bundle(input);
    check_json(as_text(input));
    check_forgery(input);
}

}  // namespace bsn::fuzz
