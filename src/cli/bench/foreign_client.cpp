#include "cli/bench/foreign_client.hpp"

#include "base/program.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace {

double number_at(const Json& json, const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_number() ? found->get<double>() : 0;
}

}  // namespace

void ForeignLoadReader::take(std::string_view line) {
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object()) {
        if (error_.empty()) error_ = fmt::format("it writes no JSON: {}", line.substr(0, 200));
        return;
    }
    if (const auto latencies = json.find("latencies_us"); latencies != json.end()) {
        for (const Json& one : *latencies) {
            if (one.is_number_unsigned()) load_.latency.record(one.get<std::uint64_t>());
        }
        return;
    }
    if (const auto error = json.find("error"); error != json.end() && error->is_string()) {
        error_ = error->get<std::string>();
        return;
    }
    load_.committed = static_cast<std::uint64_t>(number_at(json, "committed"));
    load_.all = static_cast<std::uint64_t>(number_at(json, "all"));
    load_.seconds = number_at(json, "seconds");
    load_.cpu_s = number_at(json, "cpu_s");
    load_.rss_bytes = static_cast<std::uint64_t>(number_at(json, "rss_bytes"));
    if (const auto versions = json.find("versions"); versions != json.end()) {
        for (const auto& [name, version] : versions->items()) {
            if (version.is_string()) load_.versions[name] = version.get<std::string>();
        }
    }
    complete_ = load_.seconds > 0;
}

Result<ForeignLoad> ForeignLoadReader::finish(std::string_view complaints) const {
    if (!error_.empty()) return Error{Code::unavailable, "the client failed: " + error_};
    if (!complete_) {
        return Error{Code::unavailable,
                     fmt::format("the client ended without a result: {}", complaints)};
    }
    if (load_.latency.count() != load_.committed) {
        return Error{Code::unavailable,
                     fmt::format("the client tells {} latencies of {} transactions",
                                 load_.latency.count(), load_.committed)};
    }
    return load_;
}

Result<ForeignLoad> run_foreign_load(std::vector<std::string> command, const std::string& task) {
    command.push_back(task);
    ForeignLoadReader reader;
    BSN_TRY(ended, follow_program(command, [&](std::string_view line) { reader.take(line); }));
    return reader.finish(ended.complaints);
}

}  // namespace bsn::cli
