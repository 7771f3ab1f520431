#include "cli/bench/resources.hpp"

#include "cli/bench/machine.hpp"
#include "unit/cli/cli_fixture.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

namespace bsn::cli {
namespace {

TEST(Resources, SumsTheSeriesOfACounter) {
    std::string_view metrics =
        "# HELP bsn_fsyncs_total Syncs\n# TYPE bsn_fsyncs_total counter\n"
        "bsn_fsyncs_total{store=\"state\"} 40\nbsn_fsyncs_total{store=\"batches\"} 2\n"
        "bsn_fsyncs_total_other 500\nbsn_http_connections 9\n";
    EXPECT_EQ(sum_of_counters(metrics, "bsn_fsyncs_total"), 42U);
    EXPECT_EQ(sum_of_counters(metrics, "bsn_http_connections"), 9U);
    EXPECT_EQ(sum_of_counters(metrics, "bsn_fsyncs"), 0U);
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
    fill("node2/data/ordering/00000001.log", 8'192);
    fill("node2/cometbft/data/blockstore.db/000001.log", 4'096);
    fill("node2/cometbft/cometbft.log", 50'000);
    fill("node1/keys/sm2.pem", 50'000);
    fill("bsn.log", 50'000);
    DiskUsage usage = disk_usage(folder.path());
    EXPECT_EQ(usage.state, 12'288U);
    EXPECT_EQ(usage.batches, 16'384U);
    EXPECT_EQ(usage.ordering, 12'288U);
    EXPECT_EQ(usage.engine, 4'096U);
    EXPECT_EQ(usage.total(), 45'056U);
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
