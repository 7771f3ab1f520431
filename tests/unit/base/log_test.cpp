#include "base/log.hpp"

#include "base/files.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <thread>

namespace bsn {
namespace {

struct SecretTag;
static_assert(!Loggable<Bytes>);
static_assert(!Loggable<ByteView>);
static_assert(!Loggable<const Bytes&>);
static_assert(!Loggable<FixedBytes<SecretTag, 32>>);
static_assert(Loggable<std::string> && Loggable<int> && Loggable<const char*>);

class LogTest : public testing::Test {
  protected:
    ~LogTest() override { static_cast<void>(init_logging(LogLevel::info)); }

    void begin(LogLevel level, bool json = false) {
        ASSERT_TRUE(init_logging(level, folder_ / "log", json));
    }
    std::string written() const { return to_text(*read_file(folder_ / "log", 1U << 24)); }
    /// The lines without their 25 characters of time.
    std::string without_times() const {
        std::string lines;
        std::istringstream stream(written());
        for (std::string line; std::getline(stream, line);) lines += line.substr(25) + "\n";
        return lines;
    }

    TemporaryFolder folder_;
};

TEST_F(LogTest, ALineHasTimeLevelComponentAndMessage) {
    begin(LogLevel::debug);
    log_debug("a", "one");
    log_info("b", "two height={} name={}", 7, in_quotes("x y"));
    log_warn("c", "three");
    log_error("d", "four");
    EXPECT_EQ(without_times(),
              "debug a: one\n"
              "info  b: two height=7 name=\"x y\"\n"
              "warn  c: three\n"
              "error d: four\n");
    EXPECT_EQ(written().substr(10, 1), "T");
    EXPECT_EQ(written().substr(23, 1), "Z");
}

TEST_F(LogTest, LinesBelowTheLevelAreNotWritten) {
    begin(LogLevel::warn);
    log_info("a", "hidden");
    log_warn("a", "seen");
    EXPECT_EQ(without_times(), "warn  a: seen\n");
    EXPECT_FALSE(log_enabled(LogLevel::info));
    EXPECT_TRUE(log_enabled(LogLevel::error));
}

TEST_F(LogTest, OutsidersCannotForgeALine) {
    begin(LogLevel::info);
    std::string name = "x\n2026-01-01T00:00:00.000Z info  peer: forged\x1b[2K\t\r";
    log_info("a", "name={}", name);
    log_info("a", "name={}", in_quotes("say \"hi\"\n"));
    EXPECT_EQ(without_times(),
              "info  a: name=x\\n2026-01-01T00:00:00.000Z info  peer: forged\\x1b[2K\\t\\x0d\n"
              "info  a: name=\"say \\\"hi\\\"\\n\"\n");
}

TEST_F(LogTest, BracesInAMessageAreText) {
    begin(LogLevel::info);
    log_info("a", "{}", "{} {0} %v");
    EXPECT_EQ(without_times(), "info  a: {} {0} %v\n");
}

TEST_F(LogTest, JsonLinesAreWellFormed) {
    begin(LogLevel::info, true);
    log_info("peer", "text={}", "\"quoted\"\n\xff");
    nlohmann::json line = nlohmann::json::parse(written());
    EXPECT_EQ(line["level"], "info");
    EXPECT_EQ(line["component"], "peer");
    EXPECT_EQ(line["message"], "text=\"quoted\"\n\xef\xbf\xbd");
    EXPECT_EQ(line["time"].get<std::string>().size(), 24U);
}

TEST_F(LogTest, ManyThreadsWriteWholeLines) {
    begin(LogLevel::info);
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([] {
            for (int line = 0; line < 200; ++line) log_info("thread", "{}", std::string(50, 'x'));
        });
    }
    for (std::thread& thread : threads) thread.join();
    std::string expected = "info  thread: " + std::string(50, 'x') + "\n";
    std::string lines = without_times();
    ASSERT_EQ(lines.size(), 800 * expected.size());
    for (std::size_t i = 0; i < 800; ++i) {
        ASSERT_EQ(lines.substr(i * expected.size(), expected.size()), expected);
    }
}

TEST_F(LogTest, AFileThatCannotBeWrittenIsSaidSo) {
    ASSERT_TRUE(write_file_atomically(folder_ / "file", {}));
    Status status = init_logging(LogLevel::info, folder_ / "file" / "log");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::io_error);
}

TEST(LogLevelTest, LevelsHaveNames) {
    EXPECT_EQ(*log_level_from_name("debug"), LogLevel::debug);
    EXPECT_EQ(*log_level_from_name("error"), LogLevel::error);
    EXPECT_EQ(log_level_from_name("loud").error().message,
              "log level \"loud\" is unknown; choose one of debug, info, warn, error");
}

}  // namespace
}  // namespace bsn
