// The logs of the product keep what every AppendLog promises, and that with threads.

#include "support/log_conformance.hpp"

#include <atomic>
#include <thread>

namespace bsn::store {
namespace {

class LogThreads : public LogConformance {};

TEST_P(LogThreads, ManyThreadsAppendSyncAndRead) {
    constexpr int k_each = 200;
    std::atomic<int> good{0};
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] {
            for (int i = 0; i < k_each; ++i) {
                std::string record = std::to_string(thread) + "/" + std::to_string(i);
                LogPosition position = append(record);
                if (i % 20 == 0 && !log_->sync()) return;
                if (to_text(*log_->read(position)) == record) ++good;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(good, 4 * k_each);
    EXPECT_EQ(all().size(), 4U * k_each);
}

const NamedLog k_file{"file", [](const std::filesystem::path& folder) {
                          auto opened = open_append_log(folder, 2000);  // several segments soon
                          if (!opened) throw std::runtime_error(opened.error().message);
                          return std::move(*opened);
                      }};
const NamedLog k_memory{"memory", [](const std::filesystem::path&) { return make_memory_log(); }};

INSTANTIATE_TEST_SUITE_P(Logs, LogConformance, ::testing::Values(k_file, k_memory), name_of_log);
INSTANTIATE_TEST_SUITE_P(Logs, LogThreads, ::testing::Values(k_file, k_memory), name_of_log);

}  // namespace
}  // namespace bsn::store
