#include "cli/bench/resources.hpp"

#include "cli/bench/machine.hpp"
#include "unit/cli/cli_fixture.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

namespace bsn::cli {
namespace {

TEST(Resources, ReadsProcessorTimeWhateverTheProgramIsCalled) {
    std::string_view stat =
        "42 (a ) (b) S 1 42 42 0 -1 4194560 500 0 0 0 250 50 7 7 20 0 9 0 100 1000 50";
    EXPECT_EQ(cpu_seconds(stat, 100), 3.0);
    EXPECT_EQ(cpu_seconds(stat, 1000), 0.3);
    EXPECT_FALSE(cpu_seconds("", 100));
    EXPECT_FALSE(cpu_seconds("42 (bsn) S 1 42", 100));
}

TEST(Resources, ReadsNumbersOfTheKernel) {
    std::string_view text = "VmRSSx:\t1 kB\nVmRSS:\t  123456 kB\nThreads: none\nEnd:\n";
    EXPECT_EQ(proc_number(text, "VmRSS"), 123'456U);
    EXPECT_FALSE(proc_number(text, "VmHWM"));
    EXPECT_FALSE(proc_number(text, "Threads"));
    EXPECT_FALSE(proc_number(text, "End"));
}

TEST(Resources, SumsTheSeriesOfACounter) {
    std::string_view metrics =
        "# HELP bsn_fsyncs_total Syncs\n# TYPE bsn_fsyncs_total counter\n"
        "bsn_fsyncs_total{store=\"state\"} 40\nbsn_fsyncs_total{store=\"batches\"} 2\n"
        "bsn_fsyncs_total_other 500\nbsn_http_connections 9\n";
    EXPECT_EQ(sum_of_counters(metrics, "bsn_fsyncs_total"), 42U);
    EXPECT_EQ(sum_of_counters(metrics, "bsn_http_connections"), 9U);
    EXPECT_EQ(sum_of_counters(metrics, "bsn_fsyncs"), 0U);
}

TEST(Resources, KnowsThisProcess) {
    auto usage = usage_of(::getpid());
    ASSERT_TRUE(usage) << usage.error().message;
    EXPECT_GT(usage->resident_bytes, 1U << 20);
    EXPECT_GE(usage->cpu_s, 0);
    // Far above any process id.
    auto nobody = usage_of(1 << 30);
    ASSERT_FALSE(nobody);
    EXPECT_EQ(nobody.error().code, Code::not_found);
}

TEST(Resources, AddsUpTheDataOfAllNodes) {
    TemporaryFolder folder;
    auto fill = [&](const std::string& name, std::size_t bytes) {
        std::filesystem::path file = folder / name;
        std::filesystem::create_directories(file.parent_path());
        testing::write_text(file, std::string(bytes, 'x'));
        // What was not written back yet occupies nothing.
        int descriptor = ::open(file.c_str(), O_RDONLY);
        ::fsync(descriptor);
        ::close(descriptor);
    };
    fill("node1/data/state/000001.sst", 8'192);
    fill("node1/data/batches/00000001.log", 16'384);
    fill("node2/data/state/deep/er", 4'096);
    fill("ordering/00000001.log", 4'096);
    fill("node1/keys/sm2.pem", 50'000);
    fill("bsn.log", 50'000);
    DiskUsage usage = disk_usage(folder.path());
    EXPECT_EQ(usage.state, 12'288U);
    EXPECT_EQ(usage.batches, 16'384U);
    EXPECT_EQ(usage.ordering, 4'096U);
    EXPECT_EQ(usage.total(), 32'768U);
    EXPECT_EQ(disk_usage(folder / "nowhere").total(), 0U);
}

TEST(Machine, FindsTheFileSystemOfAPath) {
    std::string_view mounts =
        "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
        "30 22 0:25 / /data rw - xfs /dev/vdb rw\n"
        "31 30 0:26 / /data/fast rw master:1 shared:2 - tmpfs tmpfs rw\n"
        "broken line\n";
    using Found = std::pair<std::string, std::string>;
    EXPECT_EQ(file_system_of(mounts, "/home/x"), Found("ext4", "/dev/vda"));
    EXPECT_EQ(file_system_of(mounts, "/data"), Found("xfs", "/dev/vdb"));
    EXPECT_EQ(file_system_of(mounts, "/database"), Found("ext4", "/dev/vda"));
    EXPECT_EQ(file_system_of(mounts, "/data/fast/x"), Found("tmpfs", "tmpfs"));
    EXPECT_EQ(file_system_of("", "/data"), Found());
}

TEST(Machine, DescribesThisOne) {
    Json json = Machine::here("/").to_json();
    EXPECT_GT(json["cores"].get<unsigned>(), 0U);
    EXPECT_GT(json["memory_bytes"].get<std::uint64_t>(), 1U << 20);
    for (const char* text : {"cpu", "kernel", "file_system", "version", "commit", "compiler"}) {
        EXPECT_FALSE(json[text].get<std::string>().empty()) << text;
    }
}

}  // namespace
}  // namespace bsn::cli
