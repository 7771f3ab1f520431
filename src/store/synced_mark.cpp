#include "store/synced_mark.hpp"

#include "base/codec.hpp"
#include "base/log.hpp"
#include "store/crc32c.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace bsn::store {
namespace {

//     copy = magic "bsn-mark", u64 generation, four u64, u32 CRC-32C of these
constexpr std::string_view k_magic = "bsn-mark";
constexpr std::size_t k_copy_bytes = 52;
constexpr std::size_t k_sector_bytes = 512;
constexpr std::size_t k_file_bytes = 2 * k_sector_bytes;

Bytes encode(std::uint64_t generation, const SyncedMark::Numbers& numbers) {
    Writer writer(k_copy_bytes);
    writer.raw(as_bytes(k_magic));
    writer.u64(generation);
    for (std::uint64_t number : numbers) writer.u64(number);
    writer.u32(crc32c(writer.view()));
    return writer.take();
}

struct Copy {
    std::uint64_t generation = 0;
    SyncedMark::Numbers numbers{};
};

std::optional<Copy> decode(ByteView bytes) {
    Reader reader(bytes);
    ByteView magic = reader.raw(k_magic.size());
    Copy copy;
    copy.generation = reader.u64();
    for (std::uint64_t& number : copy.numbers) number = reader.u64();
    std::uint32_t checksum = reader.u32();
    bool good = !reader.failed() && equal(magic, as_bytes(k_magic)) &&
                checksum == crc32c(bytes.first(k_copy_bytes - 4));
    return good ? std::optional(copy) : std::nullopt;
}

}  // namespace

Result<SyncedMark> SyncedMark::open(const std::filesystem::path& folder) {
    SyncedMark mark;
    mark.path_ = folder / k_name;
    Result<Bytes> content = read_file(mark.path_, k_file_bytes);
    if (!content && content.error().code == Code::not_found) return mark;
    if (!content && content.error().code != Code::too_large) return content.error();
    if (content && content->size() == k_file_bytes) {
        for (std::size_t at : {std::size_t{0}, k_sector_bytes}) {
            auto copy = decode(ByteView(*content).subspan(at, k_copy_bytes));
            if (!copy || copy->generation < mark.generation_) continue;
            mark.generation_ = copy->generation;
            mark.found_ = copy->numbers;
        }
    }
    mark.damaged_ = !mark.found_;
    if (mark.damaged_) return mark;
    BSN_TRY(file, open_file(mark.path_, O_WRONLY));
    mark.file_ = std::move(file);
    return mark;
}

void SyncedMark::note(const Numbers& numbers) {
    if (numbers == last_) return;
    Status written = write(generation_ + 1, numbers);
    if (written) {
        ++generation_;
        last_ = numbers;
    }
    if (!written && !failed_) log_warn("store", "{}", written.error().message);
    failed_ = !written;
}

Status SyncedMark::write(std::uint64_t generation, const Numbers& numbers) {
    Bytes copy = encode(generation, numbers);
    std::size_t at = generation % 2 * k_sector_bytes;
    if (file_.is_open()) {
        ssize_t count = ::pwrite(file_.get(), copy.data(), copy.size(), static_cast<off_t>(at));
        if (count == static_cast<ssize_t>(copy.size())) return {};
        return file_error("note what is durable in", path_, count < 0 ? errno : EIO);
    }
    Bytes content(k_file_bytes);
    std::copy(copy.begin(), copy.end(), content.begin() + static_cast<std::ptrdiff_t>(at));
    BSN_CHECK(write_file_atomically(path_, content, 0600));
    BSN_TRY(file, open_file(path_, O_WRONLY));
    file_ = std::move(file);
    return {};
}

}  // namespace bsn::store
