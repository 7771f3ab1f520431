#include "cli/background.hpp"

#include "cli_fixture.hpp"

#include <csignal>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bsn::cli {
namespace {

/// A process that takes the lock of a folder, and holds it until it is told to stop.
class Holder {
  public:
    explicit Holder(const std::filesystem::path& folder) {
        int ready[2];
        if (::pipe(ready) != 0) throw std::runtime_error("no pipe");
        pid_ = ::fork();
        if (pid_ == 0) {
            auto lock = lock_network(folder);
            bool held = lock.ok() && write_pid(*lock, ::getpid()).ok();
            char word = held ? 'y' : 'n';
            if (::write(ready[1], &word, 1) != 1) ::_exit(1);
            for (;;) ::pause();
        }
        char word = 0;
        if (::read(ready[0], &word, 1) != 1 || word != 'y') throw std::runtime_error("not held");
        ::close(ready[0]);
        ::close(ready[1]);
    }
    ~Holder() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;

    pid_t pid() const { return pid_; }

  private:
    pid_t pid_ = 0;
};

TEST(Background, NothingRunsWhereNothingWasStarted) {
    TemporaryFolder folder;
    auto running = running_network(folder.path());
    ASSERT_TRUE(running.ok()) << running.error().message;
    EXPECT_FALSE(running->has_value());
}

TEST(Background, ThePidOfADeadProcessMeansNothing) {
    TemporaryFolder folder;
    testing::write_text(folder / "bsn.pid", "1\n");
    EXPECT_FALSE(running_network(folder.path())->has_value());
}

TEST(Background, TheHolderOfTheLockRuns) {
    TemporaryFolder folder;
    Holder holder(folder.path());
    auto running = running_network(folder.path());
    ASSERT_TRUE(running.ok()) << running.error().message;
    EXPECT_EQ(running->value_or(0), holder.pid());
    auto second = lock_network(folder.path());
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code, Code::unavailable);
}

TEST(Background, StoppingWaitsUntilTheLockIsFree) {
    TemporaryFolder folder;
    Holder holder(folder.path());
    ASSERT_TRUE(stop_network(folder.path(), holder.pid(), 10'000).ok());
    EXPECT_TRUE(lock_network(folder.path()).ok());
}

TEST(Background, AProcessThatDoesNotStopIsTold) {
    TemporaryFolder folder;
    Holder holder(folder.path());
    ::kill(holder.pid(), SIGSTOP);
    ::waitpid(holder.pid(), nullptr, WUNTRACED);  // before that it would still see what comes next
    Status stopped = stop_network(folder.path(), holder.pid(), 100);
    ASSERT_FALSE(stopped.ok());
    EXPECT_NE(stopped.error().message.find("kill -9"), std::string::npos);
}

TEST(Background, TheLastWordsAreTheLastLineOfTheCommand) {
    TemporaryFolder folder;
    std::string before = "bsn: of an earlier run\n";
    testing::write_text(folder / "log",
                        before + "2026 info\nbsn: first\nbsn: port 1 is taken\n...\n");
    EXPECT_EQ(last_words(folder / "log", before.size()), "port 1 is taken");
    EXPECT_EQ(last_words(folder / "log", 0), "port 1 is taken");
    testing::write_text(folder / "log", before);
    EXPECT_EQ(last_words(folder / "log", 0), "of an earlier run");
    EXPECT_EQ(last_words(folder / "log", before.size()), "");
    EXPECT_EQ(last_words(folder / "none", 0), "");
}

TEST(Background, PortsInUseAreNamed) {
    FileHandle socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(socket.get(), 1), 0);
    socklen_t size = sizeof address;
    ASSERT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    std::uint16_t port = ntohs(address.sin_port);

    Status free = check_ports_free(port, 1);
    ASSERT_FALSE(free.ok());
    EXPECT_NE(free.error().message.find(std::to_string(port)), std::string::npos);
    EXPECT_NE(free.error().message.find("--port"), std::string::npos);
    EXPECT_FALSE(check_ports_free(65535, 2).ok());
}

}  // namespace
}  // namespace bsn::cli
