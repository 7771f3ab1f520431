#include "base/files.hpp"
#include "cli/keyring.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <termios.h>
#include <unistd.h>

namespace bsn::cli {
namespace {

constexpr std::size_t k_max_passphrase_bytes = 4096;

/// Keeps the terminal from showing what is typed, until destruction.
class EchoOff {
  public:
    EchoOff() {
        known_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
        if (!known_) return;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    ~EchoOff() {
        if (known_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    EchoOff(const EchoOff&) = delete;
    EchoOff& operator=(const EchoOff&) = delete;

  private:
    termios before_{};
    bool known_ = false;
};

std::string ask(std::string_view question) {
    fmt::print(stderr, "{}", question);
    std::fflush(stderr);
    std::string answer;
    {
        EchoOff silent;
        for (int c = std::getchar(); c != EOF && c != '\n'; c = std::getchar()) {
            if (answer.size() < k_max_passphrase_bytes) answer += static_cast<char>(c);
        }
    }
    fmt::print(stderr, "\n");
    return answer;
}

}  // namespace

Result<std::string> Passphrase::get() const {
    if (!asked_.empty()) return asked_;
    if (!file_.empty()) {
        BSN_TRY(content, read_file(file_, k_max_passphrase_bytes));
        std::string text = to_text(content);
        while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
        if (text.empty()) {
            return Error{Code::invalid_argument,
                         fmt::format("{} holds no passphrase in its first line", file_)};
        }
        return text;
    }
    const char* value = std::getenv("BSN_PASSPHRASE");
    return std::string(value != nullptr ? value : "");
}

Result<crypto::PrivateKey> Passphrase::read_key(const std::filesystem::path& file) const {
    BSN_TRY(passphrase, get());
    auto key = crypto::read_key_file(file, passphrase);
    if (key || key.error().code != Code::unauthenticated) return key;
    if (passphrase.empty() && ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1) {
        std::string typed = ask(fmt::format("Passphrase of {}: ", file.string()));
        key = crypto::read_key_file(file, typed);
        if (key) asked_ = std::move(typed);
        return key;
    }
    return Error{Code::unauthenticated,
                 fmt::format("{}; give its passphrase with --passphrase-file or BSN_PASSPHRASE",
                             key.error().message)};
}

}  // namespace bsn::cli
