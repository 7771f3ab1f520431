// Headers, receipts, control records and block records.
#include "fuzz/laws.hpp"
#include "ledger/block.hpp"

namespace bsn::fuzz {
namespace {

void check_header(ByteView bytes) {
    const auto header = check_format<ledger::Header>(bytes);
    if (!header) return;
    law(header->hash() == crypto::hash(header->hash_id, bytes), "a header's hash is of its bytes");
    ledger::Header other = *header;
    ++other.height;
    law(header->statement() != other.statement(), "a statement is of one header");
}

void check_receipt(ByteView bytes) {
    const auto receipt = check_format<ledger::Receipt>(bytes);
    if (!receipt) return;
    law(receipt->error.size() <= ledger::k_max_error_bytes && is_utf8(receipt->error),
        "an error text is short and readable");
    for (const ledger::LogEntry& log : receipt->logs) {
        law(log.topics.size() <= ledger::k_max_topics, "the limit on topics holds");
    }
}

void check_control(ByteView bytes) {
    check_format(
        bytes, [](ByteView view) { return ledger::decode_control(view); },
        [](const ledger::ControlRecord& record) { return ledger::encode_control(record); });
}

void check_block(ByteView bytes) {
    const auto block = check_format<ledger::Block>(bytes);
    if (!block) return;
    const auto holds = [](const ledger::Block& value) {
        return ledger::check_block(value, nullptr).ok();
    };
    const std::vector<Bytes> none(block->envelopes.size());
    const auto admitted = ledger::admitted_transactions(*block, none);
    if (!admitted) check_refusal(admitted.error());
    if (!holds(*block)) return;
    ledger::Block other = *block;
    if (!other.receipts.empty()) {
        other.receipts.pop_back();
        law(!holds(other), "a header commits to its receipts");
        other = *block;
    }
    if (!other.envelopes.empty()) {
        other.envelopes.back().sequence ^= 1;
        law(!holds(other), "a header commits to its envelopes");
        other = *block;
    }
    other.controls.emplace_back(ledger::StateControl{});
    law(!holds(other), "a header commits to its control records");
    other = *block;
    other.skipped.push_back({static_cast<std::uint32_t>(block->envelopes.size()),
                             ledger::Skipped::k_whole_envelope, Code::expired});
    law(!holds(other), "a header commits to what was skipped");
}

/// Whatever a contract says becomes a text that a receipt may hold.
void check_readable_error(ByteView input) {
    const std::string text = ledger::readable_error(as_text(input));
    law(is_utf8(text) && text.size() <= ledger::k_max_error_bytes, "an error text is readable");
    law(ledger::readable_error(text) == text, "a readable text stays as it is");
    ledger::Receipt receipt;
    receipt.status = ledger::ExecutionStatus::refused;
    receipt.error = text;
    const auto read = ledger::Receipt::decode(receipt.encode());
    law(read.ok() && *read == receipt, "a receipt can hold it");
}

}  // namespace

void run(ByteView input) {
    check_header(input);
    check_receipt(input);
    check_control(input);
    check_block(input);
    check_readable_error(input);
}

}  // namespace bsn::fuzz
