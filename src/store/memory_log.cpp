#include "store/append_log.hpp"

#include <fmt/format.h>

#include <mutex>
#include <vector>

namespace bsn::store {
namespace {

constexpr std::uint32_t k_only_segment = 1;

/// Records in a row; the offset of a record is its index.
class MemoryLog final : public AppendLog {
  public:
    Result<LogPosition> append(ByteView record) override {
        std::lock_guard lock(mutex_);
        records_.push_back(to_bytes(record));
        return position_of(records_.size() - 1);
    }

    Status sync() override { return {}; }

    Result<Bytes> read(const LogPosition& position) const override {
        std::lock_guard lock(mutex_);
        if (position.segment != k_only_segment) {
            return Error{Code::not_found, fmt::format("no segment {}", position.segment)};
        }
        if (position.offset >= records_.size() || position_of(position.offset) != position) {
            return Error{Code::corrupted, fmt::format("no good record of {} bytes at offset {}",
                                                      position.length, position.offset)};
        }
        return records_[position.offset];
    }

    /// Visits outside of the lock, so that the visitor may use the log; what is appended meanwhile
    /// is not visited.
    Status scan_from(const LogPosition& from, const Visit& visit) const override {
        std::size_t count = size();
        for (std::size_t i = from.offset; i < count; ++i) {
            auto [position, record] = at(i);
            if (!visit(position, record)) break;
        }
        return {};
    }

  private:
    std::size_t size() const {
        std::lock_guard lock(mutex_);
        return records_.size();
    }
    std::pair<LogPosition, Bytes> at(std::size_t index) const {
        std::lock_guard lock(mutex_);
        return {position_of(index), records_[index]};
    }
    LogPosition position_of(std::size_t index) const {
        return {k_only_segment, index, static_cast<std::uint32_t>(records_[index].size())};
    }

    mutable std::mutex mutex_;
    std::vector<Bytes> records_;
};

}  // namespace

std::unique_ptr<AppendLog> make_memory_log() { return std::make_unique<MemoryLog>(); }

}  // namespace bsn::store
