#include "contract/kv_pair.hpp"

#include "contract/contract.hpp"
#include "contract/json.hpp"

#include <fmt/format.h>

#include <optional>

namespace bsn::contract {
namespace {

/// The name in lower case; also of the two letters beyond ASCII that Go takes for s and k.
std::string folded(std::string_view name) {
    std::string out;
    for (std::size_t at = 0; at < name.size(); ++at) {
        char c = name[at];
        if (name.substr(at, 2) == "\u017F") {
            c = 's';
            at += 1;
        } else if (name.substr(at, 3) == "\u212A") {
            c = 'k';
            at += 2;
        } else if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c | 0x20);
        }
        out += c;
    }
    return out;
}

class PairDecoder {
  public:
    explicit PairDecoder(const GoPair& shape) : shape_(shape) {}

    Result<KvPair> decode(std::string_view text) {
        BSN_CHECK(json::scan(text, [this](const json::Event& event) { take(event); }));
        if (!mistake_.empty()) return refuse(mistake_);
        return std::move(values_);
    }

  private:
    void take(const json::Event& event) {
        bool ends = event.kind == json::Kind::end_object || event.kind == json::Kind::end_array;
        if (event.depth > 1 || ends) return;
        if (event.depth == 0) {
            take_whole(event.kind);
        } else if (event.kind == json::Kind::key) {
            member_ = member_of(json::decode_string(event.text));
        } else if (member_) {
            take_member(*member_, event);
        }
    }

    void take_whole(json::Kind kind) {
        if (kind == json::Kind::begin_object || kind == json::Kind::null) return;
        note(fmt::format("json: cannot unmarshal {} into Go value of type models.{}",
                         json::go_name(kind), shape_.type));
    }

    void take_member(std::size_t member, const json::Event& event) {
        if (event.kind == json::Kind::string) {
            values_[member] = json::decode_string(event.text);
        } else if (event.kind != json::Kind::null) {
            note(fmt::format("json: cannot unmarshal {} into Go struct field {}.{} of type string",
                             json::go_name(event.kind), shape_.type, shape_.members[member]));
        }
    }

    std::optional<std::size_t> member_of(std::string_view name) const {
        for (std::size_t i = 0; i < shape_.members.size(); ++i) {
            if (folded(name) == folded(shape_.members[i])) return i;
        }
        return std::nullopt;
    }

    void note(std::string mistake) {
        if (mistake_.empty()) mistake_ = std::move(mistake);
    }

    const GoPair& shape_;
    KvPair values_;
    std::optional<std::size_t> member_;  ///< which of ours the value to come belongs to
    std::string mistake_;
};

}  // namespace

Result<KvPair> decode_pair(const GoPair& shape, std::string_view text) {
    return PairDecoder(shape).decode(text);
}

std::string encode_pair(const GoPair& shape, const KvPair& pair) {
    std::string out;
    for (std::size_t i = 0; i < pair.size(); ++i) {
        out += i == 0 ? '{' : ',';
        json::append_string(out, shape.members[i]);
        out += ':';
        json::append_string(out, pair[i]);
    }
    return out + "}";
}

}  // namespace bsn::contract
