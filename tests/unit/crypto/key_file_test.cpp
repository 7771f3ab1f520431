#include "crypto/private_key.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bsn::crypto {
namespace {

namespace fs = std::filesystem;

class KeyFile : public testing::Test {
  protected:
    void write() { ASSERT_TRUE(write_key_file(file_, key_, "").ok()); }

    TemporaryFolder folder_;
    fs::path file_ = folder_ / "node.key";
    PrivateKey key_ = PrivateKey::generate(SuiteId::secp256r1);
};

TEST_F(KeyFile, is_read_as_it_was_written_and_is_its_owners_alone) {
    write();
    EXPECT_EQ(fs::status(file_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    auto read = read_key_file(file_, "");
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(read->public_key(), key_.public_key());
}

TEST_F(KeyFile, is_made_private_whatever_the_umask) {
    mode_t before = ::umask(0);
    Status written = write_key_file(file_, key_, "");
    ::umask(before);
    ASSERT_TRUE(written.ok());
    EXPECT_EQ(fs::status(file_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(KeyFile, with_a_passphrase_opens_only_by_it) {
    ASSERT_TRUE(write_key_file(file_, key_, "secret").ok());
    EXPECT_TRUE(read_key_file(file_, "secret").ok());
    for (std::string_view wrong : {"", "Secret"}) {
        auto read = read_key_file(file_, wrong);
        ASSERT_FALSE(read.ok());
        EXPECT_EQ(read.error().code, Code::unauthenticated);
        EXPECT_NE(read.error().message.find(file_.string()), std::string::npos);
    }
}

TEST_F(KeyFile, that_others_may_read_is_refused_with_the_remedy) {
    write();
    for (mode_t mode : {0644U, 0640U, 0604U, 0620U, 0601U}) {
        ASSERT_EQ(::chmod(file_.c_str(), mode), 0);
        auto read = read_key_file(file_, "");
        ASSERT_FALSE(read.ok()) << std::oct << mode;
        EXPECT_EQ(read.error().code, Code::forbidden);
        EXPECT_NE(read.error().message.find("chmod 600 " + file_.string()), std::string::npos);
    }
    ASSERT_EQ(::chmod(file_.c_str(), 0400), 0);
    EXPECT_TRUE(read_key_file(file_, "").ok());
}

TEST_F(KeyFile, behind_a_symbolic_link_is_checked_itself) {
    write();
    fs::path link = folder_ / "link.key";
    fs::create_symlink(file_, link);
    EXPECT_TRUE(read_key_file(link, "").ok());
    ASSERT_EQ(::chmod(file_.c_str(), 0644), 0);
    ASSERT_FALSE(read_key_file(link, "").ok());
    EXPECT_EQ(read_key_file(link, "").error().code, Code::forbidden);
}

TEST_F(KeyFile, is_never_overwritten) {
    write();
    Status again = write_key_file(file_, PrivateKey::generate(SuiteId::sm2), "");
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(again.error().code, Code::already_exists);
    EXPECT_EQ(read_key_file(file_, "")->public_key(), key_.public_key());
}

TEST_F(KeyFile, is_not_written_through_a_dangling_link) {
    fs::create_symlink(folder_ / "elsewhere", file_);
    Status written = write_key_file(file_, key_, "");
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().code, Code::already_exists);
    EXPECT_FALSE(fs::exists(folder_ / "elsewhere"));
}

TEST_F(KeyFile, that_is_missing_or_no_file_is_reported) {
    EXPECT_EQ(read_key_file(file_, "").error().code, Code::not_found);
    EXPECT_EQ(read_key_file(folder_.path(), "").error().code, Code::invalid_argument);
    ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
    EXPECT_EQ(read_key_file(file_, "").error().code, Code::invalid_argument);
    EXPECT_EQ(write_key_file(folder_ / "no" / "such", key_, "").error().code, Code::not_found);
}

TEST_F(KeyFile, that_holds_no_key_is_reported_by_name) {
    for (std::size_t size : {0U, 100U, 16U * 1024, 100U * 1024}) {
        std::ofstream(file_) << std::string(size, 'x');
        ASSERT_EQ(::chmod(file_.c_str(), 0600), 0);
        auto read = read_key_file(file_, "");
        ASSERT_FALSE(read.ok());
        EXPECT_EQ(read.error().code, Code::invalid_argument);
        EXPECT_NE(read.error().message.find(file_.string()), std::string::npos);
    }
}

TEST_F(KeyFile, half_written_is_removed) {
    // A limit on the size of files stands for the disk that fills up.
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    auto* handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit tiny{100, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tiny), 0);
    Status written = write_key_file(file_, key_, "");
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().code, Code::io_error);
    EXPECT_FALSE(fs::exists(file_));
}

}  // namespace
}  // namespace bsn::crypto
