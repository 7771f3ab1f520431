#pragma once
// The log of the process: one line per event, on stderr or in a file, as text or as JSON.
//
// Write what happened in words and the details as key=value: `log_info("peer", "caught up
// channel={} height={}", id, height)`. Byte strings cannot be logged as they are, so that no key
// gets here by accident: what is public says so with to_hex(). Text from outside goes through
// `in_quotes()`; control characters are escaped in any case, so that it cannot forge a line.

#include "base/bytes.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace bsn {

enum class LogLevel : std::uint8_t { debug, info, warn, error };

/// The level of a name as in configuration files, such as `info`.
Result<LogLevel> log_level_from_name(std::string_view name);

/// Says where the log goes. Until this is called it goes to stderr, from `info` on. Call it before
/// other threads log; a file is rotated, so that it and its predecessors stay below 512 MB.
Status init_logging(LogLevel level, const std::optional<std::filesystem::path>& file = std::nullopt,
                    bool json = false);

/// True if a line of this level would be written; spares making costly arguments.
bool log_enabled(LogLevel level);

/// Writes a line. Any thread may call it; it never fails.
void log_line(LogLevel level, std::string_view component, std::string_view message);

/// A value in quotation marks, with what needs it escaped.
std::string in_quotes(std::string_view text);

/// Secrets are byte strings in some wrapping; neither can be an argument of a log line.
template <typename T>
concept Loggable = !std::is_convertible_v<const T&, ByteView>;

template <Loggable... Args>
void log_at(LogLevel level, std::string_view component, fmt::format_string<Args...> format,
            Args&&... args) {
    if (!log_enabled(level)) return;
    log_line(level, component, fmt::format(format, std::forward<Args>(args)...));
}

template <Loggable... Args>
void log_debug(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
    log_at(LogLevel::debug, component, format, std::forward<Args>(args)...);
}
template <Loggable... Args>
void log_info(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
    log_at(LogLevel::info, component, format, std::forward<Args>(args)...);
}
template <Loggable... Args>
void log_warn(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
    log_at(LogLevel::warn, component, format, std::forward<Args>(args)...);
}
template <Loggable... Args>
void log_error(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
    log_at(LogLevel::error, component, format, std::forward<Args>(args)...);
}

}  // namespace bsn
