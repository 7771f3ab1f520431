#include "cli/solidity/program.hpp"

#include "base/files.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace bsn::cli {
namespace {

/// What a child's exec failed with, as an exit status that programs do not use for anything else.
constexpr int k_not_started = 127;

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

Result<std::string> read_all(const FileHandle& file, std::size_t limit) {
    const off_t size = lseek(file.get(), 0, SEEK_END);
    if (size < 0) return file_error("read", "output", errno);
    if (static_cast<std::size_t>(size) > limit) {
        return Error{Code::too_large, fmt::format("it says more than {} bytes", limit)};
    }
    std::string text(static_cast<std::size_t>(size), '\0');
    std::size_t have = 0;
    while (have < text.size()) {
        const ssize_t got =
            pread(file.get(), text.data() + have, text.size() - have, static_cast<off_t>(have));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return file_error("read", "output", errno);
        have += static_cast<std::size_t>(got);
    }
    return text;
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
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Result<ProgramEnd> run_program(const std::vector<std::string>& words, const std::string& input,
                               std::chrono::seconds patience, std::size_t limit) {
    BSN_TRY(in, memory_file("input"));
    BSN_TRY(out, memory_file("output"));
    BSN_TRY(err, memory_file("complaints"));
    BSN_CHECK(write_all(in, input));
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);

    const pid_t child = fork();
    if (child < 0) return file_error("start", words.front(), errno);
    if (child == 0) {
        // Only what is safe between fork and exec.
        if (dup2(in.get(), 0) < 0 || dup2(out.get(), 1) < 0 || dup2(err.get(), 2) < 0) {
            _exit(k_not_started);
        }
        execvp(arguments.front(), arguments.data());
        _exit(k_not_started);
    }
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
    if (end.status == k_not_started && end.output.empty()) {
        return Error{Code::not_found, fmt::format("there is no program {}", words.front())};
    }
    return end;
}

}  // namespace bsn::cli
