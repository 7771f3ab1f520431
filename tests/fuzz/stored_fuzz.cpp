// What a node reads back from its own disk: ordering heights, records of its databases, and log
// files with any damage.
#include "fuzz/laws.hpp"
#include "ordering/orderer.hpp"
#include "peer/tip.hpp"
#include "registry/records.hpp"
#include "store/append_log.hpp"

#include <filesystem>
#include <unistd.h>

namespace bsn::fuzz {
namespace {

namespace fs = std::filesystem;

void check_ordered_height(ByteView bytes) {
    check_format(
        bytes, [](ByteView view) { return ordering::OrderedHeight::decode(view); },
        [](const ordering::OrderedHeight& ordered) { return ordered.encode(); });
}

/// Records of a node's own: what is read is written in a form that reads the same.
template <typename Decode, typename Encode>
void check_record(ByteView bytes, Decode decode, Encode encode) {
    const auto record = decode(bytes);
    if (!record) return check_refusal(record.error());
    const Bytes written = encode(*record);
    const auto again = decode(ByteView(written));
    law(again.ok() && encode(*again) == written, "a record reads as it was written");
}

void check_records(ByteView bytes) {
    const auto encode = [](const auto& record) { return registry::encode(record); };
    check_record(bytes, registry::decode_node, encode);
    check_record(bytes, registry::decode_member, encode);
    check_record(bytes, registry::decode_app, encode);
    check_record(bytes, registry::decode_settings, encode);
    check_record(bytes, registry::decode_participant, [](const auto& stored) {
        return registry::encode(stored.record, stored.may_publish);
    });
    check_record(bytes, peer::Tip::decode, [](const auto& tip) { return tip.encode(); });
}

/// A folder in memory that goes with the process.
class Folder {
  public:
    Folder() : path_(root() / ("bsn-fuzz-" + std::to_string(::getpid()))) {}
    ~Folder() { clear(); }
    void clear() const { fs::remove_all(path_); }
    const fs::path& path() const { return path_; }

  private:
    static fs::path root() {
        return fs::is_directory("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path();
    }
    fs::path path_;
};

std::optional<std::vector<Bytes>> records_in(const fs::path& folder) {
    auto log = store::open_append_log(folder);
    if (!log) {
        check_refusal(log.error());
        return std::nullopt;
    }
    std::vector<Bytes> records;
    const auto scanned = (*log)->scan([&](const store::LogPosition& position, ByteView record) {
        const auto read = (*log)->read(position);
        law(read.ok() && equal(*read, record), "a record is found where the scan found it");
        records.push_back(to_bytes(record));
        return true;
    });
    if (!scanned) {
        check_refusal(scanned.error());
        return std::nullopt;
    }
    return records;
}

void damage(const fs::path& file, Choices& choices) {
    std::string content = [&] {
        std::ifstream in(file, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(in), {});
    }();
    for (int edits = choices.u8() % 4; edits >= 0; --edits) {
        if (content.empty()) break;
        switch (choices.below(4)) {
            case 0: content.resize(choices.below(content.size())); break;
            case 1: content.append(choices.u8(), static_cast<char>(choices.u8())); break;
            case 2: content.append(as_text(choices.take(64))); break;
            default: content[choices.below(content.size())] ^= static_cast<char>(choices.u8());
        }
    }
    std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
}

/// Records are written, the file is damaged: what is read then is what was written first, or the
/// damage is told. Never other records.
void check_damaged_log(ByteView input) {
    static const Folder k_folder;
    k_folder.clear();
    Choices choices(input);
    std::vector<Bytes> written;
    {
        auto log = store::open_append_log(k_folder.path());
        law(log.ok(), "an empty log opens");
        for (std::size_t count = choices.below(6); count > 0; --count) {
            written.push_back(to_bytes(choices.take(choices.u8())));
            law((*log)->append(written.back()).ok(), "a log takes records");
        }
    }
    law(records_in(k_folder.path()) == written, "a log gives what it was given");
    for (const auto& entry : fs::directory_iterator(k_folder.path())) {
        if (entry.path().extension() == ".log") damage(entry.path(), choices);
    }
    const auto read = records_in(k_folder.path());
    if (!read) return;
    law(read->size() <= written.size() && std::equal(read->begin(), read->end(), written.begin()),
        "a damaged log gives the first of its records, or says that it is damaged");
}

}  // namespace

void run(ByteView input) {
    check_ordered_height(input);
    check_records(input);
    check_damaged_log(input);
}

}  // namespace bsn::fuzz
