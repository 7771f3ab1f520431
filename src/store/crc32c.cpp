#include "store/crc32c.hpp"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace bsn::store {
namespace {

// "Slicing by 8": table k holds the effect of a byte that is followed by k others, so that eight
// bytes are taken in one step.
constexpr std::size_t k_slices = 8;
constexpr std::uint32_t k_polynomial = 0x82f63b78;  // Castagnoli's, bits reversed
using Tables = std::array<std::array<std::uint32_t, 256>, k_slices>;

constexpr Tables make_tables() {
    Tables tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t sum = byte;
        for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1) != 0 ? k_polynomial : 0);
        tables[0][byte] = sum;
    }
    for (std::size_t slice = 1; slice < k_slices; ++slice) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            std::uint32_t shorter = tables[slice - 1][byte];
            tables[slice][byte] = (shorter >> 8) ^ tables[0][shorter & 0xff];
        }
    }
    return tables;
}

constexpr Tables k_tables = make_tables();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(ByteView bytes, std::uint32_t before) {
    std::uint64_t sum = ~before;
    while (bytes.size() >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), sizeof word);
        sum = _mm_crc32_u64(sum, word);
        bytes = bytes.subspan(8);
    }
    auto rest = static_cast<std::uint32_t>(sum);
    for (std::uint8_t byte : bytes) rest = _mm_crc32_u8(rest, byte);
    return ~rest;
}
#endif

}  // namespace

std::uint32_t crc32c_portable(ByteView bytes, std::uint32_t before) {
    std::uint32_t sum = ~before;
    while (bytes.size() >= k_slices) {
        std::uint32_t next = 0;
        for (std::size_t i = 0; i < k_slices; ++i) {
            std::uint8_t mixed = bytes[i];
            if (i < 4) mixed = static_cast<std::uint8_t>(mixed ^ (sum >> (8 * i)));
            next ^= k_tables[k_slices - 1 - i][mixed];
        }
        sum = next;
        bytes = bytes.subspan(k_slices);
    }
    for (std::uint8_t byte : bytes) sum = (sum >> 8) ^ k_tables[0][(sum ^ byte) & 0xff];
    return ~sum;
}

std::uint32_t crc32c(ByteView bytes, std::uint32_t before) {
#if defined(__x86_64__)
    static const bool k_has_instruction = __builtin_cpu_supports("sse4.2") != 0;
    if (k_has_instruction) return crc32c_sse42(bytes, before);
#endif
    return crc32c_portable(bytes, before);
}

}  // namespace bsn::store
