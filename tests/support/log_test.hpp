#pragma once

#include "store/append_log.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace bsn::store {

/// A log of a test's own.
class LogTest : public ::testing::Test {
  protected:
    LogPosition append(std::string_view record) {
        auto position = log_->append(as_bytes(record));
        if (!position) throw std::runtime_error(position.error().message);
        return *position;
    }
    std::vector<std::string> all() const {
        std::vector<std::string> records;
        EXPECT_TRUE(log_->scan([&](const LogPosition&, ByteView record) {
            records.push_back(to_text(record));
            return true;
        }));
        return records;
    }

    TemporaryFolder folder_;
    std::unique_ptr<AppendLog> log_;
};

}  // namespace bsn::store
