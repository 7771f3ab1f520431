#include "ledger/rlp.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::ledger::rlp {
namespace {

// The first byte: below k_string itself a string of one byte; then strings, then lists. Up to 55
// bytes the length stands in it, else the length of the length.
constexpr std::uint8_t k_string = 0x80;
constexpr std::uint8_t k_list = 0xc0;
constexpr std::size_t k_short = 55;

std::array<std::uint8_t, 8> big_endian(std::uint64_t number) {
    std::array<std::uint8_t, 8> bytes{};
    for (std::size_t i = 0; i < 8; ++i) {
        bytes[i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
    }
    return bytes;
}

struct ItemHeader {
    std::array<std::uint8_t, 9> bytes{};
    std::size_t size = 0;
};

ItemHeader header_of(std::uint8_t kind, std::size_t payload) {
    ItemHeader header;
    if (payload <= k_short) {
        header.bytes[0] = static_cast<std::uint8_t>(kind + payload);
        header.size = 1;
        return header;
    }
    const auto number = big_endian(payload);
    const ByteView length = without_leading_zeros(number);
    header.bytes[0] = static_cast<std::uint8_t>(kind + k_short + length.size());
    std::copy(length.begin(), length.end(), header.bytes.begin() + 1);
    header.size = 1 + length.size();
    return header;
}

}  // namespace

ByteView without_leading_zeros(ByteView bytes) {
    const auto first =
        std::find_if(bytes.begin(), bytes.end(), [](auto byte) { return byte != 0; });
    return bytes.subspan(static_cast<std::size_t>(first - bytes.begin()));
}

void Reader::fail(std::string_view what, std::string_view why) {
    fail(fmt::format("{}: {}", what, why));
}

std::optional<Reader::Header> Reader::next(std::string_view what) {
    if (failed()) return std::nullopt;
    if (rest_.empty()) {
        fail(what, "missing");
        return std::nullopt;
    }
    const std::uint8_t first = rest_.front();
    Header header{first >= k_list, 1, 0};
    if (first < k_string) {
        header = {false, 0, 1};
        return header;
    }
    const std::size_t count = first - (header.is_list ? k_list : k_string);
    if (count <= k_short) {
        header.payload = count;
    } else {
        const std::size_t length_bytes = count - k_short;
        if (rest_.size() < 1 + length_bytes) {
            fail(what, "truncated in its length");
            return std::nullopt;
        }
        for (const std::uint8_t byte : rest_.subspan(1, length_bytes)) {
            header.payload = header.payload << 8 | byte;
        }
        header.header = 1 + length_bytes;
        if (rest_[1] == 0 || header.payload <= k_short) {
            fail(what, "its length is not in the shortest form");
            return std::nullopt;
        }
    }
    if (header.payload > rest_.size() - header.header) {
        fail(what, fmt::format("truncated: {} bytes are announced, {} are there", header.payload,
                               rest_.size() - header.header));
        return std::nullopt;
    }
    if (!header.is_list && header.payload == 1 && rest_[header.header] < k_string) {
        fail(what, "a byte below 128 stands for itself, without a header");
        return std::nullopt;
    }
    return header;
}

ByteView Reader::string(std::string_view what, std::size_t limit) {
    const auto header = next(what);
    if (!header) return {};
    if (header->is_list) {
        fail(what, "a list where a byte string belongs");
        return {};
    }
    if (header->payload > limit) {
        fail(what, fmt::format("{} bytes, at most {} are allowed", header->payload, limit));
        return {};
    }
    const ByteView bytes = rest_.subspan(header->header, header->payload);
    rest_ = rest_.subspan(header->header + header->payload);
    return bytes;
}

ByteView Reader::exactly(std::string_view what, std::size_t size) {
    const ByteView bytes = string(what);
    if (failed()) return {};
    if (bytes.size() != size) {
        fail(what, fmt::format("{} bytes, {} belong here", bytes.size(), size));
        return {};
    }
    return bytes;
}

ByteView Reader::integer(std::string_view what, std::size_t limit) {
    const ByteView bytes = string(what);
    if (bytes.size() > limit) {
        fail(what,
             fmt::format("a number of {} bytes, at most {} are allowed", bytes.size(), limit));
        return {};
    }
    if (!bytes.empty() && bytes.front() == 0) {
        fail(what, "a number with leading zeros");
        return {};
    }
    return bytes;
}

std::uint64_t Reader::number(std::string_view what) {
    std::uint64_t number = 0;
    for (const std::uint8_t byte : integer(what, sizeof number)) number = number << 8 | byte;
    return number;
}

Word Reader::word(std::string_view what) {
    Word word;
    const ByteView bytes = integer(what, Word::k_size);
    std::copy(bytes.begin(), bytes.end(), word.data() + Word::k_size - bytes.size());
    return word;
}

ByteView Reader::payload(std::string_view what) {
    const auto header = next(what);
    if (!header) return {};
    if (!header->is_list) {
        fail(what, "a byte string where a list belongs");
        return {};
    }
    const ByteView items = rest_.subspan(header->header, header->payload);
    rest_ = rest_.subspan(header->header + header->payload);
    return items;
}

ByteView Reader::item(std::string_view what) {
    const auto header = next(what);
    if (!header) return {};
    const ByteView whole = rest_.first(header->header + header->payload);
    rest_ = rest_.subspan(whole.size());
    return whole;
}

Status Reader::finish(std::string_view what) {
    if (error_) return error_->within(what);
    if (!rest_.empty()) {
        return Error{Code::invalid_argument,
                     fmt::format("{}: {} bytes more than belong here", what, rest_.size())};
    }
    return {};
}

void Writer::string(ByteView bytes) {
    if (bytes.size() != 1 || bytes.front() >= k_string) {
        const ItemHeader header = header_of(k_string, bytes.size());
        raw(ByteView(header.bytes).first(header.size));
    }
    raw(bytes);
}

void Writer::number(std::uint64_t number) { string(without_leading_zeros(big_endian(number))); }

void Writer::word(const Word& word) { string(without_leading_zeros(word)); }

void Writer::address(const std::optional<Address>& address) {
    string(address ? address->view() : ByteView{});
}

void Writer::close_list(std::size_t start) {
    const ItemHeader header = header_of(k_list, bytes_.size() - start);
    bytes_.insert(bytes_.begin() + static_cast<std::ptrdiff_t>(start), header.bytes.begin(),
                  header.bytes.begin() + static_cast<std::ptrdiff_t>(header.size));
}

}  // namespace bsn::ledger::rlp
