#pragma once
// A batch that only keeps its changes, for databases that carry them out one by one. Internal.

#include "store/database.hpp"

#include <optional>
#include <vector>

namespace bsn::store {

class RecordedBatch final : public WriteBatch {
  public:
    void put(Table table, ByteView key, ByteView value) override {
        changes.push_back({table, to_bytes(key), to_bytes(value)});
    }
    void erase(Table table, ByteView key) override {
        changes.push_back({table, to_bytes(key), std::nullopt});
    }

    struct Change {
        Table table;
        Bytes key;
        std::optional<Bytes> value;  ///< none: erased
    };
    std::vector<Change> changes;
};

}  // namespace bsn::store
