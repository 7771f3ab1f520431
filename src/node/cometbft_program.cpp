#include "node/cometbft_program.hpp"

#include "base/files.hpp"

#include <fmt/format.h>
#include <spawn.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace bsn::node {
namespace fs = std::filesystem;
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view k_wanted = "0.38.";
constexpr std::size_t k_max_answer_bytes = 4096;

bool is_program(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

/// What comes through a pipe until its end, or until the time is over.
std::string read_until(int descriptor, Clock::time_point end) {
    std::string text;
    std::array<char, 512> room{};
    while (text.size() < k_max_answer_bytes) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
        pollfd wanted{descriptor, POLLIN, 0};
        if (left <= 0 || ::poll(&wanted, 1, static_cast<int>(left)) <= 0) break;
        const ssize_t got = ::read(descriptor, room.data(), room.size());
        if (got <= 0) break;
        text.append(room.data(), static_cast<std::size_t>(got));
    }
    return text;
}

/// What `PROGRAM version` prints.
Result<std::string> ask_version(const fs::path& program, std::chrono::milliseconds patience) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return file_error("run", program, errno);
    FileHandle reading(ends[0]);
    FileHandle writing(ends[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    std::string name = program.string();
    std::string word = "version";
    std::array<char*, 3> arguments{name.data(), word.data(), nullptr};
    pid_t pid = 0;
    const int failure =
        ::posix_spawn(&pid, name.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) return file_error("run", program, failure);
    writing = FileHandle();
    std::string answer = read_until(reading.get(), Clock::now() + patience);
    ::kill(pid, SIGKILL);  // it has said what it had to say
    ::waitpid(pid, nullptr, 0);
    return answer;
}

}  // namespace

Result<fs::path> find_cometbft() {
    std::vector<fs::path> places;
    if (const char* given = std::getenv("BSN_COMETBFT")) {
        if (is_program(given)) return fs::path(given);
        return Error{Code::not_found,
                     fmt::format("{}, which $BSN_COMETBFT names, is no program", given)};
    }
    const fs::path own = fs::read_symlink("/proc/self/exe").parent_path();
    places.push_back(own / "cometbft");
    places.push_back(own.parent_path().parent_path() / "engines" / "cometbft");
    std::stringstream path(std::getenv("PATH") == nullptr ? "" : std::getenv("PATH"));
    for (std::string folder; std::getline(path, folder, ':');) {
        places.push_back(fs::path(folder) / "cometbft");
    }
    for (const fs::path& place : places) {
        if (is_program(place)) return place;
    }
    return Error{
        Code::not_found,
        "there is no program `cometbft`; `scripts/install-engines.sh` builds it, or name it in "
        "$BSN_COMETBFT"};
}

Status check_cometbft(const fs::path& program, std::chrono::milliseconds patience) {
    if (!is_program(program)) {
        return Error{Code::not_found,
                     fmt::format("{} is no program; install cometbft there, or correct "
                                 "`cometbft` in node.yaml",
                                 program.string())};
    }
    BSN_TRY(answer, ask_version(program, patience));
    std::string_view version = answer;
    version = version.substr(0, version.find_first_of(" \r\n"));
    if (version.starts_with('v')) version.remove_prefix(1);
    if (version.starts_with(k_wanted)) return {};
    return Error{
        Code::unsupported_version,
        fmt::format("{} is cometbft of version {}, and {}x is needed; install that, as "
                    "`scripts/install-engines.sh` builds it",
                    program.string(), version.empty() ? "(it names none)" : version, k_wanted)};
}

}  // namespace bsn::node
