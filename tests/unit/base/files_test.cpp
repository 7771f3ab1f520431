#include "base/files.hpp"

#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace bsn {
namespace {

namespace fs = std::filesystem;

class FilesTest : public testing::Test {
  protected:
    static mode_t mode_of(const fs::path& path) {
        struct stat state {};
        return ::stat(path.c_str(), &state) == 0 ? state.st_mode & 07777 : 0;
    }
    std::size_t entries() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()));
    }

    TemporaryFolder folder_;
};

TEST_F(FilesTest, ReadsWhatWasWritten) {
    fs::path path = folder_ / "file";
    ASSERT_TRUE(write_file_atomically(path, as_bytes("first")));
    EXPECT_EQ(to_text(*read_file(path, 100)), "first");
    ASSERT_TRUE(write_file_atomically(path, as_bytes("second")));
    EXPECT_EQ(to_text(*read_file(path, 100)), "second");
    EXPECT_EQ(entries(), 1U) << "no temporary file is left";
}

TEST_F(FilesTest, TheLimitIsInclusive) {
    fs::path path = folder_ / "file";
    for (std::size_t size : {0U, 1U, 4095U, 4096U, 4097U, 100'000U}) {
        Bytes content(size, 'x');
        ASSERT_TRUE(write_file_atomically(path, content));
        EXPECT_EQ(*read_file(path, size), content);
        if (size == 0) continue;
        Error error = read_file(path, size - 1).error();
        EXPECT_EQ(error.code, Code::too_large) << size;
        EXPECT_NE(error.message.find(path.string()), std::string::npos);
    }
}

TEST_F(FilesTest, TheModeDoesNotDependOnTheUmask) {
    mode_t before = ::umask(0077);
    ASSERT_TRUE(write_file_atomically(folder_ / "public", {}, 0644));
    ::umask(0);
    ASSERT_TRUE(write_file_atomically(folder_ / "secret", {}, 0600));
    ::umask(before);
    EXPECT_EQ(mode_of(folder_ / "public"), 0644U);
    EXPECT_EQ(mode_of(folder_ / "secret"), 0600U);
}

TEST_F(FilesTest, MissingFilesAreNotFound) {
    Error error = read_file(folder_ / "none", 10).error();
    EXPECT_EQ(error.code, Code::not_found);
    EXPECT_EQ(error.message,
              "cannot open " + (folder_ / "none").string() + ": No such file or directory");
    EXPECT_EQ(write_file_atomically(folder_ / "none" / "file", {}).error().code, Code::not_found);
}

TEST_F(FilesTest, AFailedWriteLeavesTheFormerContentAndNoRest) {
    fs::create_directory(folder_ / "folder");
    fs::create_directory(folder_ / "folder" / "inner");
    EXPECT_FALSE(write_file_atomically(folder_ / "folder", as_bytes("x")));
    EXPECT_EQ(entries(), 1U);
}

TEST_F(FilesTest, AFolderCannotBeReadAsAFile) {
    EXPECT_EQ(read_file(folder_.path(), 10).error().code, Code::io_error);
}

TEST_F(FilesTest, PrivateFoldersArePrivateWithTheirParents) {
    fs::path inner = folder_ / "a" / "b" / "c";
    ASSERT_TRUE(make_private_folder(inner));
    EXPECT_EQ(mode_of(folder_ / "a"), 0700U);
    EXPECT_EQ(mode_of(inner), 0700U);
    EXPECT_TRUE(make_private_folder(inner));
    EXPECT_TRUE(make_private_folder(inner.string() + "/"));
}

TEST_F(FilesTest, AnOpenFolderBecomesPrivate) {
    fs::path open = folder_ / "open";
    fs::create_directory(open);
    fs::permissions(open, fs::perms::all);
    ASSERT_TRUE(make_private_folder(open));
    EXPECT_EQ(mode_of(open), 0700U);
}

TEST_F(FilesTest, AFileInTheWayOfAFolderIsNamed) {
    ASSERT_TRUE(write_file_atomically(folder_ / "file", {}));
    Error error = make_private_folder(folder_ / "file").error();
    EXPECT_EQ(error.code, Code::already_exists);
    EXPECT_NE(error.message.find("is in the way"), std::string::npos);
    EXPECT_FALSE(make_private_folder(folder_ / "file" / "inner"));
}

TEST_F(FilesTest, FullDisksAreToldFromFailingOnes) {
    EXPECT_EQ(file_error("write", "/x", ENOSPC).code, Code::no_space);
    EXPECT_EQ(file_error("write", "/x", EDQUOT).code, Code::no_space);
    EXPECT_EQ(file_error("write", "/x", EROFS).code, Code::io_error);
    EXPECT_EQ(file_error("write", "/x", EIO).code, Code::io_error);
    EXPECT_EQ(file_error("write", "/x", EACCES).code, Code::io_error);
    EXPECT_EQ(file_error("write", "/x", EEXIST).code, Code::already_exists);
    EXPECT_EQ(file_error("write", "/x", ENOSPC).message,
              "cannot write /x: No space left on device; free space on this disk, or move the "
              "data to a larger one");
}

TEST_F(FilesTest, SpaceIsKnownWhereThereIsADisk) {
    EXPECT_GT(*available_space(folder_.path()), 0U);
    EXPECT_EQ(available_space(folder_ / "none").error().code, Code::not_found);
}

TEST_F(FilesTest, AFolderIsLockedOnce) {
    {
        auto held = lock_folder(folder_.path(), "lock");
        ASSERT_TRUE(held);
        Error error = lock_folder(folder_.path(), "lock").error();
        EXPECT_EQ(error.code, Code::unavailable);
        EXPECT_NE(error.message.find("in use by another process"), std::string::npos);
    }
    EXPECT_TRUE(lock_folder(folder_.path(), "lock"));
}

TEST_F(FilesTest, AHandleMovesItsFile) {
    FileHandle first = open_file(folder_ / "f", O_RDWR | O_CREAT).value();
    int descriptor = first.get();
    FileHandle second(std::move(first));
    EXPECT_FALSE(first.is_open());  // NOLINT(bugprone-use-after-move): a moved handle holds none
    EXPECT_EQ(second.get(), descriptor);
    FileHandle third;
    third = std::move(second);
    EXPECT_EQ(third.get(), descriptor);
    EXPECT_NE(::fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0);
}

}  // namespace
}  // namespace bsn
