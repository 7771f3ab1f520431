#pragma once
// The command as a function, with a home folder of its own.

#include "cli/run.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace bsn::testing {

inline void write_text(const std::filesystem::path& file, std::string_view text) {
    std::ofstream out(file, std::ios::binary);
    out << text;
}
inline std::string read_text(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// What a command line led to.
struct Ran {
    int status = -1;
    std::string out;
    std::string err;

    nlohmann::json json() const { return nlohmann::json::parse(out); }
    /// The one line that every failure prints.
    bool is_one_line() const {
        return !err.empty() && err.back() == '\n' && std::count(err.begin(), err.end(), '\n') == 1;
    }
};

class CliTest : public ::testing::Test {
  protected:
    void SetUp() override {
        ::unsetenv("BSN_PASSPHRASE");
        ::setenv("BSN_HOME", home().c_str(), 1);
    }

    std::string home() const { return (folder / "home").string(); }

    /// Runs `bsn WORD...`.
    Ran run(const std::vector<std::string>& words) const {
        std::vector<const char*> argv{"bsn"};
        for (const std::string& word : words) argv.push_back(word.c_str());
        std::ostringstream out;
        std::ostringstream err;
        Ran ran;
        ran.status = cli::run(static_cast<int>(argv.size()), argv.data(), out, err);
        ran.out = out.str();
        ran.err = err.str();
        return ran;
    }

    TemporaryFolder folder;
};

}  // namespace bsn::testing
