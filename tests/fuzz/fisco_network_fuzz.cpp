// What nodes of a FISCO BCOS network outside answer, and proofs of what is on it.
#include "framework/fisco_network/network_framework.hpp"
#include "fuzz/laws.hpp"

namespace bsn::fuzz {
namespace {

using namespace framework::fisco_network;

void read_wire(std::string_view text) {
    auto answer = framework::rpc::read_answer(text, 1);
    if (!answer || !*answer) return;
    const Json& json = **answer;
    (void)number_from_json(json);
    (void)hashes_from_json(json);
    (void)receipt_from_json(json);
    (void)place_from_json(json);
    (void)call_result_from_json(json);
    (void)way_from_json(json);
    if (auto block = header_from_json(json)) {
        law(*Header::decode(block->header.encode()) == block->header,
            "a header is read as written");
    }
    for (const auto suite : {crypto::SuiteId::secp256k1, crypto::SuiteId::sm2}) {
        auto transaction = transaction_from_json(json, suite);
        if (!transaction) continue;
        auto again = ledger::fisco::Transaction::decode(transaction->encode());
        law(again && *again == *transaction, "a transaction with its hash has its encoding");
    }
}

void read_trust(std::string_view text) {
    auto trust = Trust::from_json(text);
    if (!trust) return;
    law(trust->required() >= 1 && trust->required() <= trust->sealers.size(), "a quorum of them");
    law(*Trust::from_json(std::string_view(trust->to_json())) == *trust,
        "trust is read as written");
}

}  // namespace

void run(ByteView input) {
    if (input.empty()) return;
    const ByteView rest = input.subspan(1);
    switch (input.front()) {
        case 'p':
            if (auto proof = Proof::decode(rest)) {
                law(*Proof::decode(proof->encode()) == *proof, "a proof is read as written");
            }
            break;
        case 'h':
            if (auto block = SignedHeader::decode(rest)) {
                law(*SignedHeader::decode(block->encode()) == *block, "so is a signed header");
            }
            break;
        case 't': read_trust(as_text(rest)); break;
        default: read_wire(as_text(rest));
    }
}

}  // namespace bsn::fuzz
