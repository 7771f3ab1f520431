#include "store/database.hpp"
#include "store/key_range.hpp"
#include "store/persistent_map.hpp"
#include "store/recorded_batch.hpp"

#include <array>
#include <mutex>
#include <utility>

namespace bsn::store {
namespace {

/// All tables at one moment.
using Tables = std::array<PersistentMap, k_table_count>;

class MemorySnapshot final : public Snapshot {
  public:
    explicit MemorySnapshot(Tables now) : tables(std::move(now)) {}
    const Tables tables;
};

bool has_prefix(ByteView key, ByteView prefix) { return as_text(key).starts_with(as_text(prefix)); }

class MemoryDatabase final : public Database {
  public:
    Result<std::optional<Bytes>> get(Table table, ByteView key, const Snapshot* at) const override {
        PersistentMap map = version(table, at);
        const Bytes* value = map.find(key);
        return value != nullptr ? std::optional<Bytes>(*value) : std::nullopt;
    }

    Status scan(Table table, ByteView prefix, ByteView start, const Visitor& visit,
                const Snapshot* at) const override {
        bool from_first = as_text(start) < as_text(prefix);
        version(table, at).visit_from(from_first ? prefix : start,
                                      [&](ByteView key, ByteView value) {
                                          return has_prefix(key, prefix) && visit(key, value);
                                      });
        return {};
    }

    Status scan_reverse(Table table, ByteView prefix, ByteView start, const Visitor& visit,
                        const Snapshot* at) const override {
        Bytes behind = behind_prefix(prefix);
        std::optional<ByteView> last;
        if (!behind.empty()) last = behind;
        if (!start.empty() && (!last || as_text(start) < as_text(*last))) last = start;
        version(table, at).visit_down_from(last, [&](ByteView key, ByteView value) {
            if (has_prefix(key, prefix)) return visit(key, value);
            // One right behind the prefix is passed over, one before it ends the scan.
            return as_text(key) > as_text(prefix);
        });
        return {};
    }

    std::unique_ptr<WriteBatch> batch() const override { return std::make_unique<RecordedBatch>(); }

    Status write(WriteBatch& batch) override {
        auto* changes = dynamic_cast<RecordedBatch*>(&batch);
        ensure(changes != nullptr, "a batch of another database");
        std::lock_guard lock(mutex_);
        for (const RecordedBatch::Change& change : changes->changes) {
            PersistentMap& map = tables_.at(static_cast<std::size_t>(change.table));
            if (change.value) {
                map.put(change.key, *change.value);
            } else {
                map.erase(change.key);
            }
        }
        return {};
    }

    Status sync() override { return {}; }

    std::unique_ptr<Snapshot> snapshot() const override {
        std::lock_guard lock(mutex_);
        return std::make_unique<MemorySnapshot>(tables_);
    }

  private:
    PersistentMap version(Table table, const Snapshot* at) const {
        auto number = static_cast<std::size_t>(table);
        if (at != nullptr) {
            const auto* snapshot = dynamic_cast<const MemorySnapshot*>(at);
            ensure(snapshot != nullptr, "a snapshot of another database");
            return snapshot->tables.at(number);
        }
        std::lock_guard lock(mutex_);
        return tables_.at(number);
    }

    mutable std::mutex mutex_;
    Tables tables_;
};

}  // namespace

std::unique_ptr<Database> make_memory_database() { return std::make_unique<MemoryDatabase>(); }

}  // namespace bsn::store
