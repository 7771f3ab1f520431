#include "gateway/custody/secret_source.hpp"

#include "base/files.hpp"
#include "crypto/sealed.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bsn::gateway {
namespace {

constexpr std::size_t k_max_bytes = 1024;

Status check_file(int descriptor, const std::filesystem::path& file) {
    struct stat found {};
    if (::fstat(descriptor, &found) != 0) return file_error("read", file, errno);
    if (!S_ISREG(found.st_mode)) {
        return Error{Code::invalid_argument, fmt::format("{} is not a file", file.string())};
    }
    if (found.st_uid != ::geteuid() && found.st_uid != 0) {
        return Error{Code::forbidden,
                     fmt::format("{0} belongs to somebody else: run `chown {1} {0}`, and replace "
                                 "the secret in it",
                                 file.string(), ::geteuid())};
    }
    if ((found.st_mode & 077) == 0) return {};
    return Error{
        Code::forbidden,
        fmt::format("others may read or change the secret in {0}: run `chmod 600 {0}`, and "
                    "replace the secret if someone may have read it",
                    file.string())};
}

}  // namespace

Result<std::string> secret_of_file(const std::filesystem::path& file) {
    // The open file is what is checked. O_NONBLOCK: a pipe of this name must not make us wait.
    BSN_TRY(opened, open_file(file, O_RDONLY | O_NOCTTY | O_NONBLOCK));
    BSN_CHECK(check_file(opened.get(), file));
    std::string text(k_max_bytes + 1, '\0');
    const ssize_t got = ::read(opened.get(), text.data(), text.size());
    if (got < 0) return file_error("read", file, errno);
    if (static_cast<std::size_t>(got) > k_max_bytes) {
        crypto::wipe(text);
        return Error{Code::invalid_argument,
                     fmt::format("{} is too large for a secret", file.string())};
    }
    const std::size_t end = std::min(text.find('\n'), static_cast<std::size_t>(got));
    std::memset(text.data() + end, 0, text.size() - end);
    text.resize(end);
    while (!text.empty() && (text.back() == '\r' || text.back() == ' ')) text.pop_back();
    if (!text.empty()) return text;
    return Error{Code::invalid_argument,
                 fmt::format("{} holds no secret in its first line", file.string())};
}

Result<std::string> secret_of_environment(const std::string& name) {
    char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') {
        return Error{Code::not_found,
                     fmt::format("the environment has no {}; set it for this process", name)};
    }
    std::string text(value);
    // In place, since the system shows a process's first environment for as long as it runs.
    std::memset(value, 0, text.size());
    ::unsetenv(name.c_str());
    return text;
}

}  // namespace bsn::gateway
