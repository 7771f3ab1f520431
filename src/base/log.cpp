#include "base/log.hpp"

#include "base/clock.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>

namespace bsn {
namespace {

constexpr std::size_t k_file_bytes = 64U << 20;
constexpr std::size_t k_former_files = 7;
constexpr std::array<std::string_view, 4> k_level_names{"debug", "info", "warn", "error"};

/// What a line is written with. Replaced only by init_logging, before other threads log.
struct Log {
    std::shared_ptr<spdlog::logger> logger;
    std::atomic<LogLevel> level{LogLevel::info};
    std::atomic<bool> json{false};
};

std::shared_ptr<spdlog::logger> logger_to(spdlog::sink_ptr sink) {
    auto logger = std::make_shared<spdlog::logger>("bsn", std::move(sink));
    logger->set_pattern("%v");
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::info);
    return logger;
}

/// Never destroyed: threads may log while the process ends.
Log& process_log() {
    static Log* log = [] {
        auto* made = new Log;
        made->logger = logger_to(std::make_shared<spdlog::sinks::stderr_sink_mt>());
        return made;
    }();
    return *log;
}

std::string_view level_name(LogLevel level) {
    return k_level_names.at(static_cast<std::size_t>(level));
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
    switch (level) {
        case LogLevel::debug: return spdlog::level::debug;
        case LogLevel::info: return spdlog::level::info;
        case LogLevel::warn: return spdlog::level::warn;
        case LogLevel::error: break;
    }
    return spdlog::level::err;
}

std::string time_now() {
    auto now = std::chrono::system_clock::now().time_since_epoch();
    auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    return to_iso8601(static_cast<UnixMillis>(millis));
}

bool is_control(char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f; }

/// The text with control characters as \n, \t or \x1b.
std::string without_controls(std::string_view text) {
    std::string safe;
    safe.reserve(text.size());
    for (char letter : text) {
        if (!is_control(letter)) {
            safe += letter;
        } else if (letter == '\n') {
            safe += "\\n";
        } else if (letter == '\t') {
            safe += "\\t";
        } else {
            safe += fmt::format("\\x{:02x}", static_cast<unsigned char>(letter));
        }
    }
    return safe;
}

std::string json_line(LogLevel level, std::string_view component, std::string_view message) {
    nlohmann::ordered_json line{{"time", time_now()},
                                {"level", level_name(level)},
                                {"component", component},
                                {"message", message}};
    return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Result<LogLevel> log_level_from_name(std::string_view name) {
    for (std::size_t i = 0; i < k_level_names.size(); ++i) {
        if (k_level_names[i] == name) return static_cast<LogLevel>(i);
    }
    return Error{Code::invalid_argument,
                 fmt::format("log level {} is unknown; choose one of {}", in_quotes(name),
                             fmt::join(k_level_names, ", "))};
}

Status init_logging(LogLevel level, const std::optional<std::filesystem::path>& file, bool json) {
    Log& log = process_log();
    try {
        if (file) {
            log.logger = logger_to(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
                file->string(), k_file_bytes, k_former_files));
        } else {
            log.logger = logger_to(std::make_shared<spdlog::sinks::stderr_sink_mt>());
        }
    } catch (const spdlog::spdlog_ex& failure) {
        return Error{Code::io_error,
                     fmt::format("cannot write the log file: {}; check that its folder exists and "
                                 "can be written",
                                 failure.what())};
    }
    log.level = level;
    log.json = json;
    return {};
}

bool log_enabled(LogLevel level) {
    return level >= process_log().level.load(std::memory_order_relaxed);
}

void log_line(LogLevel level, std::string_view component, std::string_view message) {
    if (!log_enabled(level)) return;
    Log& log = process_log();
    if (log.json) {
        log.logger->log(spdlog_level(level), "{}", json_line(level, component, message));
    } else {
        log.logger->log(spdlog_level(level), "{} {:<5} {}: {}", time_now(), level_name(level),
                        component, without_controls(message));
    }
}

std::string in_quotes(std::string_view text) {
    std::string escaped = "\"";
    for (char letter : without_controls(text)) {
        if (letter == '"') escaped += '\\';
        escaped += letter;
    }
    return escaped += '"';
}

}  // namespace bsn
