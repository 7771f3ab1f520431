// A web server of Python stands for a peer's operations service; it is stopped as a program that
// hangs.

#include "framework/fabric/network/health_watch.hpp"

#include "base/files.hpp"
#include "framework/fabric/network/ports.hpp"
#include "support/eventually.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace bsn::framework::fabric {
namespace {

using namespace std::chrono_literals;
using bsn::testing::eventually;

/// Tests run beside each other, each as a process.
std::uint16_t first_port() { return static_cast<std::uint16_t>(30'000 + 2 * (::getpid() % 900)); }

class HealthWatchTest : public ::testing::Test {
  protected:
    void start(std::vector<std::string> command) {
        auto ports = Ports::open(folder.path() / "ports.json", first_port());
        ASSERT_TRUE(ports) << ports.error().message;
        port = ports->of("operations").value();
        for (std::string& part : command) {
            if (part == "PORT") part = std::to_string(port);
        }
        process = std::make_unique<SupervisedProcess>(
            SupervisedOptions{"sample", std::move(command), folder.path() / "log"});
        ASSERT_TRUE(process->start());
        watch = std::make_unique<HealthWatch>(
            *process, HealthWatchOptions{"the sample", port, 20ms, 1s, 2s, 5s, start_within,
                                         restart_start_after});
    }
    void start_server() {
        set_well(true);
        start({"/usr/bin/env", "python3", "-u", "-m", "http.server", "--bind", "127.0.0.1",
               "--directory", folder.path().string(), "PORT"});
        ASSERT_TRUE(eventually([&] { return answers() >= 2; }));
    }
    void set_well(bool well) {
        const auto file = folder.path() / "healthz";
        if (well) {
            ASSERT_TRUE(write_file_atomically(file, as_bytes("{}")));
        } else {
            std::filesystem::remove(file);
        }
    }
    /// How often the server has said that it is well.
    std::size_t answers() const {
        const auto read = read_file(folder.path() / "log", 1U << 20);
        const std::string log = read ? to_text(*read) : "";
        std::size_t count = 0;
        for (auto at = log.find("\" 200 "); at != log.npos; at = log.find("\" 200 ", at + 1)) {
            ++count;
        }
        return count;
    }

    TemporaryFolder folder;
    std::uint16_t port = 0;
    std::chrono::milliseconds start_within = 60s;
    std::chrono::milliseconds restart_start_after = 180s;
    std::unique_ptr<SupervisedProcess> process;
    std::unique_ptr<HealthWatch> watch;
};

TEST_F(HealthWatchTest, AProgramThatHangsIsToldAndStartedAgain) {
    start_server();
    EXPECT_EQ(watch->trouble(), "");
    EXPECT_TRUE(watch->check());
    const pid_t hanging = *process->pid();
    ::kill(hanging, SIGSTOP);
    EXPECT_TRUE(eventually(
        [&] { return watch->trouble().find("the sample runs, but has not answered for") == 0; }));
    EXPECT_FALSE(watch->check());
    EXPECT_TRUE(eventually([&] { return process->pid().value_or(hanging) != hanging; }));
    EXPECT_TRUE(eventually([&] { return watch->check().ok() && watch->trouble().empty(); }));
    EXPECT_EQ(process->restarts(), 1);
}

TEST_F(HealthWatchTest, OneThatSaysItIsNotWellGoesOn) {
    start_server();
    const pid_t pid = *process->pid();
    set_well(false);
    EXPECT_TRUE(eventually([&] { return watch->trouble().find("the sample is not well: ") == 0; }));
    EXPECT_EQ(watch->check().error().code, Code::unavailable);
    std::this_thread::sleep_for(6s);  // longer than a silence may be
    EXPECT_EQ(process->pid(), pid);
    set_well(true);
    EXPECT_TRUE(eventually([&] { return watch->trouble().empty(); }));
}

TEST_F(HealthWatchTest, OneThatHasNotAnsweredYetMayTakeItsTime) {
    start_within = 1s;
    start({"/bin/sleep", "1000"});
    EXPECT_TRUE(eventually([&] { return watch->trouble().find("the sample runs, but") == 0; }));
    std::this_thread::sleep_for(6s);  // longer than a silence may be
    EXPECT_EQ(process->restarts(), 0);
}

TEST_F(HealthWatchTest, OneThatNeverAnswersIsStartedAgainInTheEnd) {
    start_within = 500ms;
    restart_start_after = 2s;
    start({"/bin/sleep", "1000"});
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_TRUE(eventually([&] { return watch->trouble().find("the sample runs, but") == 0; }));
    EXPECT_TRUE(eventually([&] { return process->restarts() == 2; }));
    EXPECT_GE(std::chrono::steady_clock::now() - begun, 4s) << "once in that time";
    EXPECT_FALSE(watch->trouble().empty()) << "it has not answered yet";
}

TEST_F(HealthWatchTest, OneThatEndsSaysHow) {
    start({"/bin/sh", "-c", "exit 3"});
    EXPECT_TRUE(
        eventually([&] { return watch->trouble().find("sample ended with status 3") == 0; }));
    EXPECT_NE(watch->check().error().message.find("sample ended"), std::string::npos);
}

}  // namespace
}  // namespace bsn::framework::fabric
