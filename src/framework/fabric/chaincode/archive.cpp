#include "framework/fabric/chaincode/archive.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>

namespace bsn::framework::fabric {
namespace {

constexpr std::size_t k_block = 512;
/// windowBits of zlib for gzip's header and trailer.
constexpr int k_gzip = 15 + 16;
constexpr int k_memory_level = 8;

/// Fields of a header of POSIX ustar: where they begin, and how long they are.
struct Field {
    std::size_t at;
    std::size_t size;
};
constexpr Field k_name{0, 100};
constexpr Field k_mode{100, 8};
constexpr Field k_owner{108, 8};
constexpr Field k_group{116, 8};
constexpr Field k_size{124, 12};
constexpr Field k_time{136, 12};
constexpr Field k_checksum{148, 8};
constexpr Field k_type{156, 1};
constexpr Field k_magic{257, 8};

using Header = std::array<std::uint8_t, k_block>;

void put(Header& header, Field field, std::string_view text) {
    ensure(text.size() <= field.size, "a field of a tar header is too long");
    std::copy(text.begin(), text.end(), header.begin() + static_cast<std::ptrdiff_t>(field.at));
}

void put_octal(Header& header, Field field, std::uint64_t number) {
    put(header, field, fmt::format("{:0{}o}", number, field.size - 1));
}

Header header_of(std::string_view name, std::size_t size, std::string_view type) {
    Header header{};
    put(header, k_name, name.substr(0, k_name.size - 1));
    put_octal(header, k_mode, 0644);
    put_octal(header, k_owner, 0);
    put_octal(header, k_group, 0);
    put_octal(header, k_size, size);
    put_octal(header, k_time, 0);
    put(header, k_type, type);
    put(header, k_magic,
        std::string_view("ustar\0"
                         "00",
                         8));
    // The sum is made with blanks in its own place.
    put(header, k_checksum, "        ");
    std::uint64_t sum = 0;
    for (std::uint8_t byte : header) sum += byte;
    put(header, k_checksum, fmt::format("{:06o}", sum) + '\0');
    return header;
}

void add(Bytes& tar, const Header& header, ByteView content) {
    tar.insert(tar.end(), header.begin(), header.end());
    tar.insert(tar.end(), content.begin(), content.end());
    tar.resize((tar.size() + k_block - 1) / k_block * k_block);
}

/// A record of a PAX header, "LENGTH KEY=VALUE\n": its length counts itself.
std::string pax_record(std::string_view key, std::string_view value) {
    const std::size_t rest = key.size() + value.size() + 3;
    std::size_t length = rest + std::to_string(rest).size();
    length = rest + std::to_string(length).size();
    return fmt::format("{} {}={}\n", length, key, value);
}

Bytes compress(const Bytes& plain) {
    z_stream stream{};
    ensure(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, k_gzip, k_memory_level,
                        Z_DEFAULT_STRATEGY) == Z_OK,
           "zlib cannot begin");
    Bytes out(deflateBound(&stream, plain.size()));
    stream.next_in = const_cast<Bytef*>(plain.data());
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    const int end = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    ensure(end == Z_STREAM_END, "zlib cannot end");
    return out;
}

}  // namespace

Bytes make_archive(std::span<const ArchiveFile> files) {
    Bytes tar;
    for (const ArchiveFile& file : files) {
        if (file.name.size() >= k_name.size) {
            const std::string record = pax_record("path", file.name);
            add(tar, header_of("long-name", record.size(), "x"), as_bytes(record));
        }
        add(tar, header_of(file.name, file.content.size(), "0"), file.content);
    }
    tar.resize(tar.size() + 2 * k_block);  // the end
    return compress(tar);
}

}  // namespace bsn::framework::fabric
