#include "framework/fabric/chaincode/state_keys.hpp"

#include <algorithm>

namespace bsn::framework::fabric {
namespace {

/// Keys from U+0000 on are Fabric's own (composite ones).
constexpr std::string_view k_first_key = "\x01";

Error not_ours() { return {Code::corrupted, "a key in Fabric's state is not of our contracts"}; }

}  // namespace

std::string state_key(ByteView key) {
    std::string text;
    text.reserve(key.size());
    for (std::uint8_t byte : key) {
        if (byte < 0x80) {
            text.push_back(static_cast<char>(byte));
        } else {
            text.push_back(static_cast<char>(0xC0 | byte >> 6));
            text.push_back(static_cast<char>(0x80 | (byte & 0x3F)));
        }
    }
    return text;
}

Result<Bytes> contract_key(std::string_view text) {
    Bytes key;
    key.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto lead = static_cast<std::uint8_t>(text[i]);
        if (lead < 0x80) {
            key.push_back(lead);
            continue;
        }
        if ((lead != 0xC2 && lead != 0xC3) || i + 1 == text.size()) return not_ours();
        const auto trail = static_cast<std::uint8_t>(text[++i]);
        if ((trail & 0xC0) != 0x80) return not_ours();
        key.push_back(static_cast<std::uint8_t>(lead << 6 | (trail & 0x3F)));
    }
    return key;
}

StateKeyRange state_key_range(ByteView prefix, ByteView start) {
    const bool start_is_later =
        std::lexicographical_compare(prefix.begin(), prefix.end(), start.begin(), start.end());
    StateKeyRange range{state_key(start_is_later ? start : prefix), {}};
    if (range.from.empty()) range.from = k_first_key;

    // The first key after all that begin so: the last byte that can grow, grown.
    Bytes after = to_bytes(prefix);
    while (!after.empty() && after.back() == 0xFF) after.pop_back();
    if (!after.empty()) ++after.back();
    range.to = state_key(after);
    return range;
}

}  // namespace bsn::framework::fabric
