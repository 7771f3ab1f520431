// What contracts read of their arguments: Go's JSON, batches of deposits, pairs of `kv`.
#include "contract/evidence_batch.hpp"
#include "contract/json.hpp"
#include "contract/kv_pair.hpp"
#include "fuzz/laws.hpp"

#include <nlohmann/json.hpp>

namespace bsn::fuzz {
namespace {

namespace json = contract::json;
using json::Kind;

/// Scans, and checks that what is visited is a tree.
bool scan(std::string_view text) {
    std::size_t open = 0;
    const auto scanned = json::scan(text, [&](const json::Event& event) {
        if (event.kind == Kind::end_object || event.kind == Kind::end_array) --open;
        law(event.depth == open, "an event lies as deep as what is open");
        if (event.kind == Kind::begin_object || event.kind == Kind::begin_array) ++open;
        law(open <= json::k_max_depth, "the limit on depth holds");
        if (event.kind == Kind::key || event.kind == Kind::string) {
            law(is_utf8(json::decode_string(event.text)), "a text is UTF-8");
        }
    });
    if (!scanned) {
        check_refusal(scanned.error());
        return false;
    }
    law(open == 0, "what was opened is closed");
    return true;
}

/// Another parser's opinion, where its rules are the same as Go's.
void check_against_library(std::string_view text, bool scanned) {
    const bool comparable = is_utf8(text) && text.find('\0') == std::string_view::npos &&
                            !text.starts_with("\xEF\xBB\xBF");
    if (!comparable || text.size() > json::k_max_depth) return;
    const bool accepted = nlohmann::json::accept(text);
    law(!accepted || scanned, "what a JSON library accepts is accepted");
    // Lone surrogates, and numbers beyond a double, are the library's to refuse.
    const bool simple =
        text.find("\\u") == std::string_view::npos && text.find_first_of("eE") == text.npos;
    const bool short_numbers = text.size() < 300;
    law(!scanned || accepted || !simple || !short_numbers, "what is accepted is JSON");
}

void check_elements(std::string_view text, bool scanned) {
    const auto elements = json::elements(text);
    law(elements.ok() == scanned, "elements are of a text that scans");
    if (!elements || !*elements) return;
    std::string again = "[";
    for (const std::string_view element : **elements) {
        law(scan(element), "an element is a JSON text");
        if (again.size() > 1) again += ',';
        again += element;
    }
    const auto same = json::elements(again + "]");
    law(same.ok() && *same && (*same)->size() == (*elements)->size(), "elements make the array");
}

void check_string(std::string_view text) {
    std::string quoted;
    json::append_string(quoted, text);
    law(scan(quoted), "a text in quotes is JSON");
    const std::string read =
        json::decode_string(std::string_view(quoted).substr(1, quoted.size() - 2));
    law(is_utf8(read), "a text is UTF-8");
    law(!is_utf8(text) || read == text, "a text reads as it was written");
}

void check_pair(const contract::GoPair& shape, std::string_view text, bool scanned) {
    const auto pair = contract::decode_pair(shape, text);
    if (!pair) return check_refusal(pair.error());
    law(scanned, "a pair is JSON");
    const auto again = contract::decode_pair(shape, contract::encode_pair(shape, *pair));
    law(again.ok() && *again == *pair, "a pair reads as it was written");
}

void check_evidence_batch(std::string_view text, bool scanned) {
    const auto batch = contract::decode_evidence_batch(text);
    if (!batch) return check_refusal(batch.error());
    law(scanned && is_utf8(text), "a batch is JSON");
    law(!batch->empty() && batch->size() <= contract::k_max_evidence_batch,
        "the limit on deposits holds");
    std::string again = "[";
    for (const contract::EvidenceEntry& entry : *batch) {
        again += again.size() > 1 ? ",{\"hash\":" : "{\"hash\":";
        json::append_string(again, entry.hash);
        again += ",\"metadata\":";
        json::append_string(again, entry.metadata);
        again += '}';
    }
    const auto same = contract::decode_evidence_batch(again + "]");
    law(same.ok() && std::equal(same->begin(), same->end(), batch->begin(), batch->end(),
                                [](const auto& a, const auto& b) {
                                    return a.hash == b.hash && a.metadata == b.metadata;
                                }),
        "a batch reads as it was written");
}

}  // namespace

void run(ByteView input) {
    const std::string_view text = as_text(input);
    const bool scanned = scan(text);
    check_against_library(text, scanned);
    check_elements(text, scanned);
    check_string(text);
    check_pair(contract::k_kv_request, text, scanned);
    check_pair(contract::k_kv_stored, text, scanned);
    check_evidence_batch(text, scanned);
}

}  // namespace bsn::fuzz
