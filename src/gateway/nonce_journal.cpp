#include "gateway/nonce_journal.hpp"

#include "api/request_signature.hpp"
#include "base/codec.hpp"
#include "store/crc32c.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

namespace bsn::gateway {
namespace {

constexpr std::uint8_t k_kind = 'N';
constexpr std::uint8_t k_version = 1;
constexpr std::size_t k_used_bytes = ledger::ParticipantId::k_size + ledger::Nonce::k_size + 8;
constexpr std::size_t k_record_bytes = k_used_bytes + 4;  // and its checksum
constexpr std::size_t k_most_bytes = std::size_t{256} << 20;
/// Twice the life of requests, so that what is thrown away is old by any clock.
constexpr UnixMillis k_turn_ms = 2 * api::k_max_request_life;

std::filesystem::path path_of(const std::filesystem::path& folder, unsigned file) {
    return folder / fmt::format("nonces-{}", file);
}

Bytes encode(const UsedNonce& used) {
    Writer writer(k_record_bytes);
    writer.raw(used.participant);
    writer.raw(used.nonce);
    writer.u64(used.expires);
    writer.u32(store::crc32c(writer.view()));
    return writer.take();
}

Bytes beginning(const std::string& machine) {
    Writer writer;
    writer.u8(k_kind);
    writer.u8(k_version);
    writer.text(machine);
    return writer.take();
}

/// The machine's start under which a file was written, its records, and what is wrong with it.
struct Content {
    std::string machine;
    std::vector<UsedNonce> used;
    Status sound;
};

/// A beginning or an end that is torn is of a process that ended while it wrote. `shortest`: of a
/// file that has been begun.
Result<Content> read(const std::filesystem::path& path, std::size_t shortest) {
    Content content;
    std::error_code missing;
    if (!std::filesystem::exists(path, missing)) return content;
    BSN_TRY(bytes, read_file(path, k_most_bytes));
    if (bytes.size() < shortest) return content;
    Reader reader(bytes);
    reader.format(k_kind, k_version, "nonces of requests");
    content.machine = reader.text();
    while (!reader.failed() && reader.remaining() >= k_record_bytes) {
        const std::size_t begin = reader.offset();
        UsedNonce used;
        used.participant = reader.fixed<ledger::ParticipantId>();
        used.nonce = reader.fixed<ledger::Nonce>();
        used.expires = reader.u64();
        if (reader.u32() != store::crc32c(ByteView(bytes).subspan(begin, k_used_bytes))) {
            reader.fail(Code::corrupted, fmt::format("the record at byte {} is damaged", begin));
        } else {
            content.used.push_back(used);
        }
    }
    reader.raw(reader.remaining() % k_record_bytes);
    content.sound = reader.finish("nonces of requests");
    return content;
}

Status write_all(int descriptor, ByteView bytes, const std::filesystem::path& path) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return file_error("write", path, errno);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
}

}  // namespace

MachineStart MachineStart::of_now(UnixMillis now) {
    constexpr std::size_t k_most = 100;
    MachineStart start;
    if (auto id = read_file("/proc/sys/kernel/random/boot_id", k_most)) start.id = to_text(*id);
    timespec up{};
    if (clock_gettime(CLOCK_BOOTTIME, &up) == 0) {
        const auto since = static_cast<UnixMillis>(up.tv_sec) * 1000 +
                           static_cast<UnixMillis>(up.tv_nsec) / 1'000'000;
        start.time = now - std::min(now, since);
    }
    return start;
}

Result<std::unique_ptr<NonceJournal>> NonceJournal::open(
    const std::filesystem::path& folder, const MachineStart& machine, UnixMillis now,
    const std::function<void(const UsedNonce&)>& take) {
    BSN_CHECK(make_private_folder(folder));
    std::unique_ptr<NonceJournal> journal(new NonceJournal(folder, machine.id));
    std::array<Content, 2> contents;
    const Bytes head = beginning(machine.id);
    for (unsigned file : {0U, 1U}) {
        BSN_TRY(content, read(path_of(folder, file), head.size()));
        if (!content.machine.empty() && content.machine != machine.id) {
            journal->unknown_until_ = machine.time + api::k_max_request_life;
        }
        contents.at(file) = std::move(content);
    }
    Writer kept;
    kept.raw(head);
    for (unsigned file : {0U, 1U}) {
        const Content& content = contents.at(file);
        // What a machine that fell left half written is part of what is unknown.
        if (!content.sound && journal->unknown_until_ == 0) {
            return Error{
                Code::corrupted,
                fmt::format("{}: {}; delete the file, once {} s have passed since the node "
                            "stopped: then none of the requests in it counts any more",
                            path_of(folder, file).string(), content.sound.error().message,
                            api::k_max_request_life / 1000)};
        }
        for (const UsedNonce& used : content.used) {
            if (used.expires < now) continue;
            take(used);
            kept.raw(encode(used));
        }
    }
    BSN_CHECK(write_file_atomically(path_of(folder, 0), kept.view(), 0600));
    BSN_CHECK(journal->begin(1, now));
    return journal;
}

Status NonceJournal::begin(unsigned file, UnixMillis now) {
    BSN_TRY(opened,
            open_file(path_of(folder_, file), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600));
    BSN_CHECK(write_all(opened.get(), beginning(machine_), path_of(folder_, file)));
    file_ = std::move(opened);
    current_ = file;
    begun_ = now;
    return {};
}

Status NonceJournal::note(const UsedNonce& used, UnixMillis now) {
    if (now > begun_ + k_turn_ms) BSN_CHECK(begin(1 - current_, now));
    const std::filesystem::path path = path_of(folder_, current_);
    const off_t end = ::lseek(file_.get(), 0, SEEK_END);
    const Status written = write_all(file_.get(), encode(used), path);
    // Half a record would make nonsense of the next ones.
    if (!written && ::ftruncate(file_.get(), end) != 0) return file_error("cut", path, errno);
    return written;
}

}  // namespace bsn::gateway
