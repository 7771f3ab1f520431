// Transactions, payloads and batches: what clients and other nodes send.
#include "fuzz/laws.hpp"
#include "ledger/transaction.hpp"

namespace bsn::fuzz {
namespace {

using ledger::Payload;
using ledger::Transaction;

/// A changed bit is another transaction: its id and, where it can still be read, its bytes.
void check_dialect(const Transaction& transaction) {
    const auto id = Transaction::id_of(transaction.bytes());
    law(id.ok() && *id == transaction.id(), "the id is found without finding the signer");
    law(transaction.verify_signature().ok(), "decoding found the signer");
    for (const std::size_t byte : {std::size_t{5}, transaction.bytes().size() - 1}) {
        Bytes changed = transaction.bytes();
        changed[byte] ^= 1;
        const auto other = Transaction::decode(changed);
        law(!other || other->id() != transaction.id(), "an id is of these bytes and no others");
    }
}

void check_signature(const Transaction& transaction) {
    if (!transaction.verify_signature()) return;
    const ByteView signed_bytes = transaction.payload_bytes();
    const std::size_t at =
        static_cast<std::size_t>(signed_bytes.data() - transaction.bytes().data());
    const std::size_t length = transaction.bytes().size();
    // One changed bit in each region: payload, signer, signature.
    for (const std::size_t byte : {at + signed_bytes.size() / 2, length - 80, length - 1}) {
        Bytes changed = transaction.bytes();
        changed[byte] ^= 1;
        const auto other = Transaction::decode(changed);
        law(!other || !other->verify_signature(), "a signature is for these bytes and no others");
    }
}

void check_transaction(ByteView bytes) {
    const auto transaction = check_format(
        bytes, [](ByteView view) { return Transaction::decode(to_bytes(view)); },
        [](const Transaction& decoded) { return decoded.bytes(); });
    if (!transaction) return;
    law(bytes.size() <= ledger::k_max_transaction_bytes, "the limit on transactions holds");
    const Payload& payload = transaction->payload();
    if (transaction->dialect() != ledger::Dialect::native) return check_dialect(*transaction);
    law(equal(payload.encode(), transaction->payload_bytes()), "a payload is canonical");
    law(payload.check().ok(), "what is accepted could have been made");
    law(transaction->id() ==
            crypto::hash(crypto::suite_hash(payload.suite), transaction->payload_bytes()),
        "the id is the payload's hash");
    check_signature(*transaction);
}

void check_payload(ByteView bytes) {
    const auto payload = check_format<Payload>(bytes);
    if (!payload) return;
    law(payload->check().ok(), "what is accepted could have been made");
    law(payload->arguments.size() <= ledger::k_max_arguments, "the limit on arguments holds");
}

void check_batch(ByteView bytes) {
    const auto batch = check_format(
        bytes, [](ByteView view) { return ledger::decode_batch(view); },
        [](const std::vector<ByteView>& transactions) {
            return ledger::encode_batch(transactions);
        });
    if (!batch) return;
    for (const ByteView transaction : *batch) check_transaction(transaction);
}

/// A payload of any content: its check says whether it can be sent.
void check_made_payload(ByteView input) {
    Choices choices(input);
    Payload payload;
    payload.suite = static_cast<crypto::SuiteId>(1 + choices.below(3));
    payload.contract = choices.line();
    payload.function = choices.line();
    payload.valid_until = choices.u16();
    while (!choices.done() && payload.arguments.size() < 300) {
        payload.arguments.push_back(to_bytes(choices.take(choices.u8())));
    }
    if (!payload.check()) return;
    const auto read = Payload::decode(payload.encode());
    law(read.ok() && *read == payload, "what passes the check can be sent and read");
}

}  // namespace

void run(ByteView input) {
    check_transaction(input);
    check_payload(input);
    check_batch(input);
    check_made_payload(input);
}

}  // namespace bsn::fuzz
