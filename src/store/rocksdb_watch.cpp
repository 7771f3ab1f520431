#include "store/rocksdb_watch.hpp"

#include "base/log.hpp"

#include <array>
#include <cstdarg>
#include <cstdio>

namespace bsn::store {
namespace {

class ProcessLog final : public rocksdb::Logger {
  public:
    ProcessLog() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}

    using Logger::Logv;
    void LogHeader(const char*, va_list) override {}
    void Logv(const char*, va_list) override {}
    void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
        if (level < rocksdb::InfoLogLevel::WARN_LEVEL) return;
        std::array<char, 1024> text{};
        std::vsnprintf(text.data(), text.size(), format, arguments);
        log_warn("rocksdb", "{}", text.data());
    }
};

bool concerns_log(rocksdb::BackgroundErrorReason reason) {
    return reason == rocksdb::BackgroundErrorReason::kWriteCallback ||
           reason == rocksdb::BackgroundErrorReason::kMemTable;
}

}  // namespace

std::shared_ptr<rocksdb::Logger> rocksdb_log() {
    static const auto k_log = std::make_shared<ProcessLog>();
    return k_log;
}

std::optional<rocksdb::Status> RocksWatch::log_failure() const {
    if (!log_failed_.load(std::memory_order_acquire)) return std::nullopt;
    std::lock_guard lock(mutex_);
    return failure_;
}

void RocksWatch::OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) {
    if (!concerns_log(reason)) return;
    std::lock_guard lock(mutex_);
    if (!log_failed_) failure_ = *error;
    log_failed_.store(true, std::memory_order_release);
}

void RocksWatch::OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason reason, rocksdb::Status,
                                      bool* auto_recovery) {
    if (concerns_log(reason)) *auto_recovery = false;
}

}  // namespace bsn::store
