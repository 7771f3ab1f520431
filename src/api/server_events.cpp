#include "api/server_events.hpp"

#include <algorithm>
#include <utility>

namespace bsn::api {
namespace {

constexpr std::size_t k_max_line_bytes = 16U << 20;

}  // namespace

bool ServerEventReader::feed(std::string_view piece) {
    pending_ += piece;
    std::size_t begin = 0;
    for (;;) {
        std::size_t end = pending_.find('\n', begin);
        if (end == std::string::npos) break;
        std::string_view text(pending_.data() + begin, end - begin);
        if (text.ends_with('\r')) text.remove_suffix(1);
        if (!line(text)) return false;
        begin = end + 1;
    }
    pending_.erase(0, begin);
    return pending_.size() <= k_max_line_bytes;
}

bool ServerEventReader::line(std::string_view text) {
    if (text.empty()) {
        ServerEvent complete = std::exchange(event_, {});
        return complete.data.empty() || take_(complete);
    }
    std::size_t colon = text.find(':');
    std::string_view field = text.substr(0, colon);
    std::string_view value = colon == std::string_view::npos ? "" : text.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "id") event_.id = value;
    if (field == "event") event_.name = value;
    if (field == "data") {
        if (!event_.data.empty()) event_.data += '\n';
        event_.data += value;
    }
    return true;  // comments (no field name) and unknown fields say nothing
}

}  // namespace bsn::api
