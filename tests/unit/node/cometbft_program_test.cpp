#include "node/cometbft_program.hpp"

#include "base/files.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace bsn::node {
namespace {

using namespace std::chrono_literals;

class CometbftProgramTest : public ::testing::Test {
  protected:
    ~CometbftProgramTest() override { ::unsetenv("BSN_COMETBFT"); }

    std::filesystem::path program(const std::string& script) const {
        const auto file = folder / "cometbft";
        EXPECT_TRUE(write_file_atomically(file, as_bytes("#!/bin/sh\n" + script + "\n"), 0755));
        return file;
    }
    std::string refusal(const std::string& script) const {
        Status checked = check_cometbft(program(script), 500ms);
        return checked ? "accepted" : checked.error().message;
    }

    TemporaryFolder folder;
};

TEST_F(CometbftProgramTest, versions_0_38_are_taken) {
    EXPECT_EQ(refusal("echo 0.38.26"), "accepted");
    EXPECT_EQ(refusal("echo v0.38.0+abcdef"), "accepted");
}

TEST_F(CometbftProgramTest, others_are_named) {
    EXPECT_NE(refusal("echo 0.37.0").find("of version 0.37.0, and 0.38.x is needed"),
              std::string::npos);
    EXPECT_NE(refusal("echo 1.0.1").find("1.0.1"), std::string::npos);
    EXPECT_NE(refusal("echo 0.380.1").find("0.380.1"), std::string::npos);
    EXPECT_NE(refusal("exit 3").find("names none"), std::string::npos);
    EXPECT_NE(refusal("sleep 100").find("names none"), std::string::npos);
    EXPECT_FALSE(check_cometbft(folder / "nowhere"));
    EXPECT_FALSE(check_cometbft(folder.path())) << "a folder is no program";
}

TEST_F(CometbftProgramTest, the_one_that_the_environment_names_is_found) {
    const auto file = program("echo 0.38.1");
    ::setenv("BSN_COMETBFT", file.c_str(), 1);
    EXPECT_EQ(find_cometbft().value(), file);
    ::setenv("BSN_COMETBFT", "/nowhere", 1);
    EXPECT_FALSE(find_cometbft()) << "not another one silently";
}

}  // namespace
}  // namespace bsn::node
