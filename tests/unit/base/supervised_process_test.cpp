#include "base/supervised_process.hpp"

#include "base/files.hpp"
#include "support/eventually.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <thread>

namespace bsn {
namespace {

using namespace std::chrono_literals;
using testing::eventually;

class SupervisedProcessTest : public ::testing::Test {
  protected:
    SupervisedOptions shell(const std::string& script) const {
        return {"sample", {"/bin/sh", "-c", script}, folder.path() / "log"};
    }
    std::string log() const { return to_text(read_file(folder.path() / "log", 4096).value()); }

    TemporaryFolder folder;
};

TEST_F(SupervisedProcessTest, it_gets_the_environment_of_this_process_and_what_is_added) {
    SupervisedOptions options = shell("echo $SAMPLE ${PATH:+path}; sleep 1000");
    options.environment = {"SAMPLE=added"};
    SupervisedProcess process(std::move(options));
    ASSERT_TRUE(process.start());
    EXPECT_TRUE(eventually([&] { return process.pid() && log() == "added path\n"; })) << log();
}

TEST_F(SupervisedProcessTest, runs_until_it_is_stopped) {
    SupervisedProcess process(shell("echo begun; sleep 1000"));
    ASSERT_TRUE(process.start());
    ASSERT_TRUE(eventually([&] { return process.pid() && log() == "begun\n"; }));
    const pid_t pid = *process.pid();
    process.stop();
    EXPECT_FALSE(process.pid());
    EXPECT_EQ(::kill(pid, 0), -1) << "it is gone, and reaped";
    EXPECT_EQ(process.restarts(), 0U);
}

TEST_F(SupervisedProcessTest, a_log_that_has_grown_too_long_goes_on_empty) {
    SupervisedOptions options = shell("echo long; sleep 1; echo after; sleep 1000");
    options.max_log_bytes = 4;
    options.log_look = 10ms;
    SupervisedProcess process(options);
    ASSERT_TRUE(process.start());
    const auto kept = folder.path() / "log.1";
    EXPECT_TRUE(eventually([&] { return std::filesystem::exists(kept) && log().empty(); }));
    EXPECT_EQ(to_text(read_file(kept, 4096).value()), "long\n");
    EXPECT_TRUE(eventually([&] { return to_text(read_file(kept, 4096).value()) == "after\n"; }))
        << "from the file's new beginning on";
    process.stop();
}

TEST_F(SupervisedProcessTest, is_started_again_when_it_ends) {
    SupervisedProcess process(shell("echo again; exit 3"));
    ASSERT_TRUE(process.start());
    EXPECT_TRUE(eventually([&] { return process.restarts() >= 2; }));
    EXPECT_TRUE(eventually(
        [&] { return process.trouble().find("sample ended with status 3") != std::string::npos; }));
    process.stop();
    EXPECT_EQ(log().substr(0, 12), "again\nagain\n");
}

TEST_F(SupervisedProcessTest, is_started_again_when_it_is_killed) {
    SupervisedProcess process(shell("sleep 1000"));
    ASSERT_TRUE(process.start());
    ASSERT_TRUE(eventually([&] { return process.pid().has_value(); }));
    const pid_t first = *process.pid();
    ::kill(first, SIGKILL);
    EXPECT_TRUE(eventually([&] { return process.pid() && *process.pid() != first; }));
}

TEST_F(SupervisedProcessTest, one_that_does_not_end_when_asked_is_killed) {
    SupervisedProcess process(shell("trap '' TERM; echo deaf; while :; do sleep 0.1; done"));
    ASSERT_TRUE(process.start());
    ASSERT_TRUE(eventually([&] { return process.pid() && log() == "deaf\n"; }));
    process.stop(100ms);
    EXPECT_FALSE(process.pid());
}

TEST_F(SupervisedProcessTest, a_program_that_is_not_there_is_told_at_once) {
    SupervisedProcess process({"sample", {"/no/such/program"}, folder.path() / "log"});
    auto started = process.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, Code::not_found);
    EXPECT_NE(started.error().message.find("/no/such/program"), std::string::npos);
}

}  // namespace
}  // namespace bsn
