#include "cli/output.hpp"

#include "base/bytes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::cli {
namespace {

std::string dump(const Json& value, int indent) {
    return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

/// Columns that a UTF-8 text takes; every character counts as one.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(std::string_view text, std::size_t width) {
    std::string out(text);
    std::size_t taken = width_of(text);
    if (taken < width) out.append(width - taken, ' ');
    return out;
}

template <typename Keep>
std::string replace_controls(std::string_view text, Keep keep) {
    std::string out(text);
    const bool foreign = !is_utf8(text);
    for (char& c : out) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 || byte == 0x7F) && !keep(c)) c = ' ';
        if (foreign && byte > 0x7F) c = '?';
    }
    return out;
}

}  // namespace

std::string one_line(std::string_view text) {
    return replace_controls(text, [](char) { return false; });
}

std::string printable(std::string_view text) {
    return replace_controls(text, [](char c) { return c == '\n' || c == '\t'; });
}

void Output::text(std::string_view line) {
    if (is_chatty()) out_ << printable(line) << std::endl;  // who follows a pipe wants it now
}

void Output::value(std::string_view line) {
    if (!json_) out_ << printable(line) << std::endl;
}

void Output::fields(const std::vector<std::pair<std::string, std::string>>& fields) {
    if (json_) return;
    std::size_t width = 0;
    for (const auto& [name, value] : fields) width = std::max(width, width_of(name));
    for (const auto& [name, value] : fields) {
        out_ << padded(name, width) << "  " << one_line(value) << '\n';
    }
}

void Output::table(const std::vector<std::string>& heading,
                   const std::vector<std::vector<std::string>>& rows) {
    if (json_) return;
    std::vector<std::size_t> widths;
    widths.reserve(heading.size());
    for (const std::string& cell : heading) widths.push_back(width_of(cell));
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
            widths[i] = std::max(widths[i], width_of(row[i]));
        }
    }
    auto print = [&](const std::vector<std::string>& row) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            bool last = i + 1 == row.size();
            line += last ? one_line(row[i]) : padded(one_line(row[i]), widths[i] + 2);
        }
        out_ << line << '\n';
    };
    print(heading);
    for (const auto& row : rows) print(row);
}

void Output::json(const Json& value) {
    if (json_) out_ << dump(value, 2) << '\n';
}

void Output::json_line(const Json& value) {
    if (json_) out_ << dump(value, -1) << std::endl;
}

void Output::error(const Error& error) {
    if (json_) {
        Json object{{"error", {{"code", code_name(error.code)}, {"message", error.message}}}};
        err_ << dump(object, -1) << '\n';
    } else {
        err_ << "bsn: " << one_line(error.message) << '\n';
    }
    err_.flush();
}

}  // namespace bsn::cli
