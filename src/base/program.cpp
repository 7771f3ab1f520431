#include "base/program.hpp"

#include "base/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace bsn {
namespace {

/// What a child's exec failed with, as an exit status that programs do not use for anything else.
constexpr int k_not_started = 127;
constexpr std::size_t k_line_limit = 64U << 10;
constexpr std::size_t k_complaints_limit = 64U << 10;

/// A file in memory: no pipe can then fill up while the other end waits.
Result<FileHandle> memory_file(const char* name) {
    FileHandle file(memfd_create(name, MFD_CLOEXEC));
    if (!file.is_open()) return file_error("make", name, errno);
    return file;
}

Status write_all(const FileHandle& file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = write(file.get(), text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return file_error("write", "input", errno);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (lseek(file.get(), 0, SEEK_SET) < 0) return file_error("read", "input", errno);
    return {};
}

Result<std::string> read_from(const FileHandle& file, off_t at, std::size_t size) {
    std::string text(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        const ssize_t got =
            pread(file.get(), text.data() + have, size - have, at + static_cast<off_t>(have));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return file_error("read", "output", errno);
        have += static_cast<std::size_t>(got);
    }
    return text;
}

Result<std::string> read_all(const FileHandle& file, std::size_t limit) {
    const off_t size = lseek(file.get(), 0, SEEK_END);
    if (size < 0) return file_error("read", "output", errno);
    if (static_cast<std::size_t>(size) > limit) {
        return Error{Code::too_large, fmt::format("it says more than {} bytes", limit)};
    }
    return read_from(file, 0, static_cast<std::size_t>(size));
}

/// What stands at the end of a file.
Result<std::string> read_last(const FileHandle& file, std::size_t limit) {
    const off_t end = lseek(file.get(), 0, SEEK_END);
    if (end < 0) return file_error("read", "output", errno);
    const auto size = std::min(static_cast<std::size_t>(end), limit);
    return read_from(file, end - static_cast<off_t>(size), size);
}

/// A child with these as its stdin, stdout and stderr.
Result<pid_t> start(const std::vector<std::string>& words, int in, int out, int err) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const pid_t child = fork();
    if (child < 0) return file_error("start", words.front(), errno);
    if (child == 0) {
        // Only what is safe between fork and exec.
        if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) _exit(k_not_started);
        execvp(arguments.front(), arguments.data());
        _exit(k_not_started);
    }
    return child;
}

Error no_such_program(const std::string& name) {
    return {Code::not_found, fmt::format("there is no program {}", name)};
}

int exit_status(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Hands on each line that comes out of a pipe until its other end is closed.
Status read_lines(const FileHandle& pipe, const std::function<void(std::string_view)>& on_line) {
    std::string waiting;
    std::array<char, 4096> buffer{};
    while (true) {
        const ssize_t got = read(pipe.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return file_error("read", "output", errno);
        if (got == 0) break;
        waiting.append(buffer.data(), static_cast<std::size_t>(got));
        std::size_t begin = 0;
        for (std::size_t end = waiting.find('\n'); end != std::string::npos;
             end = waiting.find('\n', begin)) {
            on_line(std::string_view(waiting).substr(begin, end - begin));
            begin = end + 1;
        }
        waiting.erase(0, begin);
        if (waiting.size() > k_line_limit) {
            on_line(waiting);
            waiting.clear();
        }
    }
    if (!waiting.empty()) on_line(waiting);
    return {};
}

/// The status of a child that ended; none if it did not in time, and was ended.
std::optional<int> wait_for(pid_t child, std::chrono::seconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() >= deadline) {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            return std::nullopt;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return exit_status(status);
}

}  // namespace

Result<ProgramEnd> run_program(const std::vector<std::string>& words, const std::string& input,
                               std::chrono::seconds patience, std::size_t limit) {
    BSN_TRY(in, memory_file("input"));
    BSN_TRY(out, memory_file("output"));
    BSN_TRY(err, memory_file("complaints"));
    BSN_CHECK(write_all(in, input));
    BSN_TRY(child, start(words, in.get(), out.get(), err.get()));
    const auto status = wait_for(child, patience);
    if (!status) {
        return Error{Code::unavailable,
                     fmt::format("{} did not end within {} s", words.front(), patience.count())};
    }
    ProgramEnd end{*status, {}, {}};
    BSN_TRY(output, read_all(out, limit));
    BSN_TRY(complaints, read_all(err, limit));
    end.output = std::move(output);
    end.complaints = std::move(complaints);
    if (end.status == k_not_started && end.output.empty()) return no_such_program(words.front());
    return end;
}

Result<ProgramEnd> follow_program(const std::vector<std::string>& words,
                                  const std::function<void(std::string_view)>& on_line) {
    BSN_TRY(in, memory_file("input"));
    BSN_TRY(err, memory_file("complaints"));
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return file_error("make", "a pipe", errno);
    const FileHandle reading(ends[0]);
    FileHandle writing(ends[1]);
    BSN_TRY(child, start(words, in.get(), writing.get(), err.get()));
    writing = FileHandle();
    const Status read = read_lines(reading, on_line);
    if (!read) kill(child, SIGKILL);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    BSN_CHECK(read);
    ProgramEnd end{exit_status(status), {}, {}};
    if (end.status == k_not_started) return no_such_program(words.front());
    BSN_TRY(complaints, read_last(err, k_complaints_limit));
    end.complaints = std::move(complaints);
    return end;
}

Result<int> watch_program(const std::vector<std::string>& words, const std::filesystem::path& log,
                          std::chrono::milliseconds look,
                          const std::function<Status()>& may_go_on) {
    BSN_TRY(in, open_file("/dev/null", O_RDONLY));
    BSN_TRY(out, open_file(log, O_WRONLY | O_CREAT | O_APPEND, 0600));
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child < 0) return file_error("start", words.front(), errno);
    if (child == 0) {
        // Only what is safe between fork and exec.
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent || dup2(in.get(), 0) < 0 || dup2(out.get(), 1) < 0 ||
            dup2(out.get(), 2) < 0) {
            _exit(k_not_started);
        }
        execv(arguments.front(), arguments.data());
        _exit(k_not_started);
    }
    int status = 0;
    auto next = std::chrono::steady_clock::now() + look;
    while (waitpid(child, &status, WNOHANG) == 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        if (std::chrono::steady_clock::now() < next) continue;
        next += look;
        if (Status go_on = may_go_on(); !go_on) {
            kill(-child, SIGKILL);
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            return go_on.error();
        }
    }
    return exit_status(status);
}

}  // namespace bsn
