#include "base/codec.hpp"

#include <fmt/format.h>

namespace bsn {

ByteView Reader::raw(std::size_t count) {
    if (error_) return {};
    if (count > rest_.size()) {
        fail(fmt::format("truncated: {} bytes needed at offset {}, {} left", count, offset(),
                         rest_.size()));
        return {};
    }
    ByteView taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
}

ByteView Reader::bytes(std::size_t limit) {
    std::size_t length = u32();
    if (length > limit) {
        fail(Code::too_large,
             fmt::format("byte string of {} bytes, at most {} allowed", length, limit));
        return {};
    }
    return raw(length);
}

std::string Reader::text(std::size_t limit) {
    std::size_t length = u16();
    if (length > limit) {
        fail(Code::too_large, fmt::format("text of {} bytes, at most {} allowed", length, limit));
        return {};
    }
    std::string text = to_text(raw(length));
    if (!is_utf8(text)) {
        fail("text is not UTF-8");
        return {};
    }
    return text;
}

std::size_t Reader::checked_count(std::size_t count, std::size_t least_size) {
    if (error_) return 0;
    if (count * least_size > rest_.size()) {
        fail(fmt::format("truncated: {} elements announced, {} bytes left", count, rest_.size()));
        return 0;
    }
    return count;
}

std::size_t Reader::count32(std::size_t least_size) { return checked_count(u32(), least_size); }
std::size_t Reader::count16(std::size_t least_size) { return checked_count(u16(), least_size); }

void Reader::fail(Code code, std::string message) {
    if (!error_) error_ = Error{code, std::move(message)};
    rest_ = {};
}

void Reader::format(std::uint8_t kind, std::uint8_t version, std::string_view name) {
    std::uint8_t found_kind = u8();
    std::uint8_t found_version = u8();
    if (error_) return;
    if (found_kind != kind) {
        fail(
            fmt::format("not a {}: kind byte 0x{:02x}, expected 0x{:02x}", name, found_kind, kind));
    } else if (found_version != version) {
        fail(Code::unsupported_version,
             fmt::format("{} version {} is unknown, this program reads {}", name, found_version,
                         version));
    }
}

Status Reader::finish(std::string_view name) {
    if (error_) return error_->within(name);
    if (!rest_.empty()) {
        return Error{Code::invalid_argument,
                     fmt::format("{}: {} bytes left over", name, rest_.size())};
    }
    return {};
}

}  // namespace bsn
