#include "contract/evidence_batch.hpp"

#include "base/bytes.hpp"
#include "contract/contract.hpp"
#include "contract/json.hpp"

#include <fmt/format.h>

#include <optional>

namespace bsn::contract {
namespace {

/// Reads `[{"hash":TEXT,"metadata":TEXT},…]` and nothing else. The first mistake is kept.
class BatchDecoder {
  public:
    Result<std::vector<EvidenceEntry>> decode(std::string_view text) {
        if (!is_utf8(text)) return refuse("the batch is not UTF-8 text");
        auto scanned = json::scan(text, [this](const json::Event& event) { take(event); });
        if (!scanned) return refuse("the batch is not JSON: " + scanned.error().message);
        if (mistake_) return refuse(*mistake_);
        if (entries_.empty()) return refuse("the batch is empty");
        return std::move(entries_);
    }

  private:
    void take(const json::Event& event) {
        using json::Kind;
        if (mistake_ || event.depth > 2 || event.kind == Kind::end_array) return;
        if (event.kind == Kind::end_object) {
            if (event.depth == 1 && !has_hash_) fail("\"hash\" is missing");
        } else if (event.depth == 0) {
            if (event.kind != Kind::begin_array) {
                mistake_ = R"(the batch must be a JSON array of {"hash","metadata"})";
            }
        } else if (event.depth == 1) {
            begin_entry(event.kind);
        } else if (event.kind == Kind::key) {
            begin_member(json::decode_string(event.text));
        } else if (event.kind != Kind::string) {
            fail(fmt::format("\"{}\" must be a text, and is {}", member_name_,
                             json::go_name(event.kind)));
        } else {
            *member_ = json::decode_string(event.text);
        }
    }

    void begin_entry(json::Kind kind) {
        if (entries_.size() == k_max_evidence_batch) {
            mistake_ =
                fmt::format("the batch has more than {} entries: divide it", k_max_evidence_batch);
            return;
        }
        entries_.emplace_back();
        has_hash_ = has_metadata_ = false;
        if (kind != json::Kind::begin_object) {
            fail(fmt::format("must be an object, and is {}", json::go_name(kind)));
        }
    }

    void begin_member(std::string name) {
        member_name_ = std::move(name);
        bool is_hash = member_name_ == "hash";
        if (!is_hash && member_name_ != "metadata") {
            fail(fmt::format("\"{}\" is unknown; there are \"hash\" and \"metadata\"",
                             member_name_));
            return;
        }
        bool& has = is_hash ? has_hash_ : has_metadata_;
        if (has) fail(fmt::format("\"{}\" is given twice", member_name_));
        has = true;
        member_ = is_hash ? &entries_.back().hash : &entries_.back().metadata;
    }

    void fail(std::string_view what) {
        mistake_ = fmt::format("entry {}: {}", entries_.size() - 1, what);
    }

    std::vector<EvidenceEntry> entries_;
    bool has_hash_ = false;  ///< these two: of the last entry
    bool has_metadata_ = false;
    std::string member_name_;
    std::string* member_ = nullptr;  ///< where the text to come belongs
    std::optional<std::string> mistake_;
};

}  // namespace

Result<std::vector<EvidenceEntry>> decode_evidence_batch(std::string_view text) {
    return BatchDecoder().decode(text);
}

}  // namespace bsn::contract
