#include "gateway/event_place.hpp"

#include "gateway/service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace bsn::gateway {

Result<EventPlace> EventPlace::parse(std::string_view text) {
    std::array<std::uint64_t, 3> numbers{};
    std::string_view rest = text;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        std::size_t end = i + 1 < numbers.size() ? rest.find('-') : rest.size();
        auto number =
            end == std::string_view::npos ? std::nullopt : parse_number(rest.substr(0, end));
        if (!number || (i > 0 && *number > std::numeric_limits<std::uint32_t>::max())) {
            return Error{Code::invalid_argument, "the id of an event is HEIGHT-INDEX-LOG"};
        }
        numbers.at(i) = *number;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return EventPlace{numbers[0], static_cast<std::uint32_t>(numbers[1]),
                      static_cast<std::uint32_t>(numbers[2])};
}

std::string EventPlace::text() const { return fmt::format("{}-{}-{}", height, index, log); }

}  // namespace bsn::gateway
