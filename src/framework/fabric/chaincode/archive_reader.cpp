#include "framework/fabric/chaincode/archive_reader.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace bsn::framework::fabric {
namespace {

constexpr std::size_t k_block = 512;
constexpr int k_gzip = 15 + 16;
constexpr std::size_t k_piece = 256U << 10;
constexpr std::size_t k_max_name = 1'024;
constexpr std::size_t k_max_part = 255;
constexpr std::size_t k_max_depth = 64;
/// Headers and padding of a file, and of a long name before it.
constexpr std::size_t k_overhead = 6 * k_block;

Error invalid(std::string message) { return {Code::invalid_argument, std::move(message)}; }

/// Names of others, cut and without what could confuse a terminal.
std::string shown(std::string_view name) {
    constexpr std::size_t k_most = 120;
    std::string text(name.substr(0, k_most));
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
    }
    return is_utf8(text) ? text : "(no UTF-8)";
}

Error too_large(const ArchiveLimits& limits) {
    return {Code::too_large,
            fmt::format("the archive unpacks to more than {} MiB", limits.unpacked_bytes >> 20)};
}

class Inflater {
  public:
    Inflater() { ready_ = inflateInit2(&stream_, k_gzip) == Z_OK; }
    ~Inflater() { inflateEnd(&stream_); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    Result<Bytes> run(ByteView packed, std::size_t most, const ArchiveLimits& limits) {
        ensure(ready_, "zlib cannot begin");
        stream_.next_in = const_cast<Bytef*>(packed.data());
        stream_.avail_in = static_cast<uInt>(packed.size());
        Bytes plain;
        for (;;) {
            const std::size_t have = plain.size();
            plain.resize(have + k_piece);
            stream_.next_out = plain.data() + have;
            stream_.avail_out = static_cast<uInt>(k_piece);
            const int end = inflate(&stream_, Z_NO_FLUSH);
            plain.resize(plain.size() - stream_.avail_out);
            if (plain.size() > most) return too_large(limits);
            if (end == Z_STREAM_END) break;
            if (end != Z_OK) {
                return invalid("the archive is broken: it is no whole gzip file");
            }
        }
        if (stream_.avail_in != 0) return invalid("the archive is broken: something follows it");
        return plain;
    }

  private:
    z_stream stream_{};
    bool ready_ = false;
};

/// A field of a header up to its first zero byte.
std::string_view text_at(ByteView header, std::size_t at, std::size_t size) {
    const std::string_view field = as_text(header.subspan(at, size));
    return field.substr(0, std::min(field.find('\0'), field.size()));
}

std::optional<std::uint64_t> octal_at(ByteView header, std::size_t at, std::size_t size) {
    std::string_view text = text_at(header, at, size);
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    std::uint64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number, 8);
    if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

bool sum_is_right(ByteView header) {
    constexpr std::size_t k_at = 148;
    constexpr std::size_t k_size = 8;
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < k_block; ++i) {
        sum += i >= k_at && i < k_at + k_size ? ' ' : header[i];
    }
    return octal_at(header, k_at, k_size) == sum;
}

/// The value of `path` in a PAX header: records of "LENGTH KEY=VALUE\n"; none: it has none. What a
/// file is called and how long it is must stand where we read it, so `size` is refused.
Result<std::optional<std::string>> pax_path(std::string_view records) {
    std::optional<std::string> path;
    const Error broken = invalid("the archive is broken: a PAX header cannot be read");
    while (!records.empty()) {
        std::size_t length = 0;
        const auto [end, failure] =
            std::from_chars(records.data(), records.data() + records.size(), length);
        const auto digits = static_cast<std::size_t>(end - records.data());
        if (failure != std::errc{} || length > records.size() || length < digits + 3 ||
            records[digits] != ' ' || records[length - 1] != '\n') {
            return broken;
        }
        const std::string_view record = records.substr(digits + 1, length - digits - 2);
        const std::size_t equals = record.find('=');
        if (equals == std::string_view::npos) return broken;
        if (record.substr(0, equals) == "path") path = record.substr(equals + 1);
        if (record.substr(0, equals) == "size") {
            return invalid("the archive holds a file whose size stands in a PAX header");
        }
        records.remove_prefix(length);
    }
    return path;
}

/// One pass over the blocks of a tar.
class TarReader {
  public:
    TarReader(ByteView tar, const ArchiveLimits& limits) : rest_(tar), limits_(limits) {}

    Result<std::vector<ArchiveFile>> run() {
        for (;;) {
            if (rest_.size() < k_block) return invalid("the archive is broken: it has no end");
            const ByteView header = rest_.first(k_block);
            rest_ = rest_.subspan(k_block);
            if (std::all_of(header.begin(), header.end(), [](auto byte) { return byte == 0; })) {
                break;
            }
            BSN_CHECK(take(header));
        }
        BSN_CHECK(check_folders());
        return std::move(files_);
    }

  private:
    Status take(ByteView header) {
        const auto size = octal_at(header, 124, 12);
        if (!sum_is_right(header) || !size) {
            return invalid("the archive is broken: a header's checksum is wrong");
        }
        if (*size > limits_.unpacked_bytes) return too_large(limits_);
        if (*size > rest_.size()) return invalid("the archive is broken: a file is cut off");
        const ByteView content = rest_.first(static_cast<std::size_t>(*size));
        const std::size_t padded = (content.size() + k_block - 1) / k_block * k_block;
        rest_ = rest_.subspan(std::min(padded, rest_.size()));
        switch (const char type = static_cast<char>(header[156])) {
            case 'x': return take_pax(as_text(content));
            case 'g': return {};
            case 'L': return take_long_name(as_text(content));
            case '5': next_name_.reset(); return count();
            case '0':
            case '\0': return take_file(header, content);
            default:
                return invalid(fmt::format(
                    "the archive holds `{}`, which is {}: only files are taken",
                    shown(name_of(header)),
                    type == '1' || type == '2' ? "a link" : "neither a file nor a folder"));
        }
    }

    Status take_pax(std::string_view records) {
        BSN_TRY(path, pax_path(records));
        if (path) next_name_ = std::move(*path);
        return count();
    }

    Status take_long_name(std::string_view name) {
        next_name_ = std::string(name.substr(0, std::min(name.find('\0'), name.size())));
        return count();
    }

    /// All entries count, so that headers alone cannot grow without bound.
    Status count() {
        if (++entries_ <= 2 * limits_.files) return {};
        return Error{Code::too_large,
                     fmt::format("the archive holds more than {} files", limits_.files)};
    }

    static std::string name_of(ByteView header) {
        const std::string_view name = text_at(header, 0, 100);
        const bool ustar = text_at(header, 257, 6).starts_with("ustar") && header[262] == 0;
        const std::string_view prefix = ustar ? text_at(header, 345, 155) : std::string_view();
        return prefix.empty() ? std::string(name) : fmt::format("{}/{}", prefix, name);
    }

    Status take_file(ByteView header, ByteView content) {
        BSN_CHECK(count());
        std::string name = next_name_ ? std::move(*next_name_) : name_of(header);
        next_name_.reset();
        if (name.starts_with("./")) name.erase(0, 2);
        BSN_CHECK(check_archive_name(name));
        if (!names_.insert(name).second) {
            return invalid(fmt::format("the archive holds `{}` twice", shown(name)));
        }
        bytes_ += content.size();
        if (bytes_ > limits_.unpacked_bytes) return too_large(limits_);
        if (files_.size() == limits_.files) {
            return Error{Code::too_large,
                         fmt::format("the archive holds more than {} files", limits_.files)};
        }
        files_.push_back({std::move(name), to_bytes(content)});
        return {};
    }

    /// No file may stand where others need a folder.
    Status check_folders() const {
        for (const std::string& name : names_) {
            for (std::size_t at = name.find('/'); at != std::string::npos;
                 at = name.find('/', at + 1)) {
                if (!names_.contains(name.substr(0, at))) continue;
                return invalid(fmt::format("the archive holds `{}` as a file and as a folder",
                                           shown(name.substr(0, at))));
            }
        }
        return {};
    }

    ByteView rest_;
    const ArchiveLimits& limits_;
    std::vector<ArchiveFile> files_;
    std::set<std::string> names_;
    std::optional<std::string> next_name_;  ///< of the entry that follows
    std::size_t entries_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace

Status check_archive_name(std::string_view name) {
    const auto refused = [&](std::string_view why) {
        return invalid(fmt::format("the archive holds `{}`, a name that {}", shown(name), why));
    };
    if (name.empty()) return refused("is empty");
    if (name.size() > k_max_name) return refused("is too long");
    if (!is_utf8(name)) return refused("is no UTF-8");
    if (name.front() == '/') return refused("leads out of the package: it is absolute");
    if (std::any_of(name.begin(), name.end(), [](char c) {
            return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\\';
        })) {
        return refused("has control characters or backslashes");
    }
    std::size_t depth = 0;
    for (std::string_view rest = name;;) {
        const std::size_t slash = rest.find('/');
        const std::string_view part = rest.substr(0, slash);
        if (part == "..") return refused("leads out of the package: it has a part `..`");
        if (part.empty() || part == ".") return refused("has an empty part");
        if (part.size() > k_max_part || ++depth > k_max_depth) return refused("is too long");
        if (slash == std::string_view::npos) return {};
        rest.remove_prefix(slash + 1);
    }
}

Result<std::vector<ArchiveFile>> read_archive(ByteView archive, const ArchiveLimits& limits) {
    const std::size_t most = limits.unpacked_bytes + limits.files * k_overhead;
    BSN_TRY(tar, Inflater().run(archive, most, limits));
    return TarReader(tar, limits).run();
}

}  // namespace bsn::framework::fabric
