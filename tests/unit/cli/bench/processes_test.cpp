#include "cli/bench/processes.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

namespace bsn::cli {
namespace {

TEST(Processes, ReadsAProcessWhateverItsProgramIsCalled) {
    std::string_view stat =
        "42 (a ) (b) S 7 42 42 0 -1 4194560 500 0 0 0 250 50 7 7 20 0 9 0 100 1000 50";
    auto read = process_stat(stat, 100);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->name, "a ) (b");
    EXPECT_EQ(read->parent, 7);
    EXPECT_EQ(read->cpu_s, 3.0);
    EXPECT_EQ(process_stat(stat, 1000)->cpu_s, 0.3);
    EXPECT_FALSE(process_stat("", 100));
    EXPECT_FALSE(process_stat("42 (bsn) S 1 42", 100));
    EXPECT_FALSE(process_stat("42 )bsn( S 1 42 42 0 -1 0 500 0 0 0 250 50", 100));
}

TEST(Processes, ReadsNumbersOfTheKernel) {
    std::string_view text = "VmRSSx:\t1 kB\nVmRSS:\t  123456 kB\nThreads: none\nEnd:\n";
    EXPECT_EQ(proc_number(text, "VmRSS"), 123'456U);
    EXPECT_FALSE(proc_number(text, "VmHWM"));
    EXPECT_FALSE(proc_number(text, "Threads"));
    EXPECT_FALSE(proc_number(text, "End"));
}

TEST(Processes, KnowsThisProcess) {
    auto usage = usage_of(::getpid());
    ASSERT_TRUE(usage) << usage.error().message;
    EXPECT_GT(usage->resident_bytes, 1U << 20);
    EXPECT_GE(usage->cpu_s, 0);
    // Far above any process id.
    auto nobody = usage_of(1 << 30);
    ASSERT_FALSE(nobody);
    EXPECT_EQ(nobody.error().code, Code::not_found);
}

TEST(Processes, AFamilyIsAProcessAndAllThatDescendFromIt) {
    std::vector<ProcessLink> all{{1, 0, "init"},     {2, 1, "bsn"},     {3, 2, "bsn"},
                                 {4, 3, "cometbft"}, {5, 1, "another"}, {6, 5, "deep"},
                                 {7, 4, "helper"}};
    std::vector<pid_t> found;
    for (const ProcessLink& one : family_of(2, all)) found.push_back(one.pid);
    EXPECT_EQ(found, (std::vector<pid_t>{2, 3, 4, 7}));
    EXPECT_TRUE(family_of(9, all).empty());
}

TEST(Processes, ANetworkIsCountedWithWhatItStarted) {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        char none = 0;
        ::close(ready[1]);
        [[maybe_unused]] auto end = ::read(ready[0], &none, 1);  // until the test has ended
        ::_exit(0);
    }
    auto usage = usage_of_network(::getpid());
    ::close(ready[0]);
    ::close(ready[1]);
    ::waitpid(child, nullptr, 0);
    ASSERT_TRUE(usage) << usage.error().message;
    EXPECT_EQ(usage->processes, 2U);
    EXPECT_EQ(usage->engine_processes, 0U);
    EXPECT_GT(usage->all.resident_bytes, usage_of(::getpid())->resident_bytes);
    EXPECT_FALSE(usage_of_network(1 << 30));
}

}  // namespace
}  // namespace bsn::cli
