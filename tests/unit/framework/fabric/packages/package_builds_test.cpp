// Packages kept, fetched and made runnable: with a ready .jar, which needs no tools.

#include "framework/fabric/packages/package_builds.hpp"

#include "base/files.hpp"
#include "crypto/hash.hpp"
#include "framework/fabric/packages/contract_tls.hpp"
#include "framework/fabric/packages/toolchain.hpp"
#include "support/temporary_folder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

namespace bsn::framework::fabric {
namespace {

namespace fs = std::filesystem;

Bytes jar_package(std::string_view content) {
    return write_code_package({"java", "a", "", {{"asset.jar", to_bytes(content)}}});
}

ledger::Hash digest_of(ByteView bytes) { return crypto::hash(crypto::HashId::sha256, bytes); }

class FabricPackages : public testing::Test {
  protected:
    /// What comes of a package once it is not waited for any more.
    Result<fs::path> wait_for(PackageBuilds& builds, const registry::PackagedCode& code) {
        for (;;) {
            auto built = builds.built(code);
            const bool waits = !built && built.error().code == Code::unavailable &&
                               built.error().message.find("package ") == 0 &&
                               built.error().message.find("is not here") == std::string::npos;
            if (!waits) return built;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }

    std::unique_ptr<PackageBuilds> builds(FetchPackage fetch) {
        auto confiner = Confiner::find(Isolation::if_possible);
        EXPECT_TRUE(confiner);
        return std::make_unique<PackageBuilds>(folder_ / "builds", PackageSettings{}, *confiner,
                                               store_, std::move(fetch));
    }

    static Result<Bytes> nothing(const ledger::Hash&) {
        return Error{Code::unavailable, "the package is not here"};
    }

    const TemporaryFolder folder_;
    std::set<ledger::Hash> used_;
    PackageStore store_{folder_ / "packages",
                        [this](const ledger::Hash& digest) { return used_.contains(digest); }};
};

TEST_F(FabricPackages, WhatIsKeptIsGivenBackAndCheckedByItsHash) {
    const Bytes package = jar_package("x");
    const ledger::Hash digest = digest_of(package);
    EXPECT_FALSE(store_.has(digest));
    EXPECT_EQ(store_.get(digest).error().code, Code::not_found);
    EXPECT_EQ(store_.put(digest_of(to_bytes("other")), package).error().code,
              Code::invalid_argument);
    ASSERT_TRUE(store_.put(digest, package));
    ASSERT_TRUE(store_.put(digest, package));
    EXPECT_EQ(*store_.get(digest), package);
    const Bytes nonsense = to_bytes("nonsense");
    EXPECT_EQ(store_.put(digest_of(nonsense), nonsense).error().code, Code::invalid_argument);

    const fs::path file = folder_ / "packages" / (to_hex(digest) + ".tar.gz");
    std::ofstream(file, std::ios::app) << "damage";
    EXPECT_EQ(store_.get(digest).error().code, Code::corrupted);
    EXPECT_FALSE(store_.has(digest));
}

TEST_F(FabricPackages, OfThoseThatNoAppNamesTheNewestStay) {
    std::vector<ledger::Hash> all;
    for (std::size_t i = 0; i < PackageStore::k_spare + 3; ++i) {
        const Bytes package = jar_package(std::to_string(i));
        all.push_back(digest_of(package));
        if (i == 0) used_.insert(all.back());
        ASSERT_TRUE(store_.put(all.back(), package));
        const auto file = folder_ / "packages" / (to_hex(all.back()) + ".tar.gz");
        const auto age = std::chrono::seconds(1000 - static_cast<int>(i));
        fs::last_write_time(file, fs::file_time_type::clock::now() - age);
    }
    EXPECT_TRUE(store_.has(all[0]));
    EXPECT_FALSE(store_.has(all[1]));
    EXPECT_TRUE(store_.has(all[3]));
    EXPECT_TRUE(store_.has(all.back()));
}

TEST_F(FabricPackages, APackageIsFetchedBuiltOnceAndFoundAgain) {
    const Bytes package = jar_package("x");
    const registry::PackagedCode code{"java", digest_of(package)};
    int fetched = 0;
    {
        auto made = builds([&](const ledger::Hash& digest) -> Result<Bytes> {
            EXPECT_EQ(digest, code.digest);
            ++fetched;
            return package;
        });
        EXPECT_EQ(made->built(code).error().code, Code::unavailable);
        auto built = wait_for(*made, code);
        ASSERT_TRUE(built) << built.error().message;
        EXPECT_EQ(to_text(*read_file(*built / "src" / "asset.jar", 100)), "x");
    }
    EXPECT_EQ(fetched, 1);
    EXPECT_TRUE(store_.has(code.digest));
    auto again = builds(nothing);
    EXPECT_TRUE(again->built(code));
}

TEST_F(FabricPackages, WhatCannotBeHadOrIsAnotherIsTold) {
    const Bytes package = jar_package("x");
    auto made = builds(nothing);
    auto missing = wait_for(*made, {"java", digest_of(package)});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().message, "the package is not here");
    const Bytes second = jar_package("y");
    ASSERT_TRUE(store_.put(digest_of(second), second));
    auto other = wait_for(*made, {"golang", digest_of(second)});
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().message, "the package is of language java, and its app says golang");
    // A node that gives something else is of no use.
    const Bytes forged = jar_package("forged");
    auto liar = builds([&](const ledger::Hash&) -> Result<Bytes> { return forged; });
    auto lied = wait_for(*liar, {"java", digest_of(to_bytes("another"))});
    ASSERT_FALSE(lied);
    EXPECT_EQ(lied.error().code, Code::invalid_argument);
}

TEST_F(FabricPackages, ANodeThatStopsDoesNotWaitForABuild) {
    const Bytes package = jar_package("x");
    std::atomic<bool> asked{false};
    auto made = builds([&](const ledger::Hash&) -> Result<Bytes> {
        asked = true;
        return package;
    });
    (void)made->built({"java", digest_of(package)});
    while (!asked) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    made->stop();
}

TEST_F(FabricPackages, ContractsAreToldWhereToListenInTheWordsOfAllLibraries) {
    const auto words = contract_environment({"127.0.0.1:7", "a:1", "/c", "/k", "/a"}, 512);
    const auto has = [&](const char* word) {
        return std::find(words.begin(), words.end(), word) != words.end();
    };
    for (const char* word :
         {"CHAINCODE_SERVER_ADDRESS=127.0.0.1:7", "CORE_CHAINCODE_ID_NAME=a:1", "CHAINCODE_ID=a:1",
          "CORE_PEER_TLS_ENABLED=true", "CORE_TLS_CLIENT_KEY_FILE=/k",
          "CORE_TLS_CLIENT_KEY_PATH=/k.base64", "CHAINCODE_TLS_KEY=/k",
          "CORE_PEER_TLS_ROOTCERT_FILE=/a", "CHAINCODE_CLIENT_CA_CERT=/a", "GOMEMLIMIT=384MiB"}) {
        EXPECT_TRUE(has(word)) << word;
    }
}

TEST_F(FabricPackages, AContractsKeysAreItsOwnAndStay) {
    constexpr UnixMillis k_now = 1'700'000'000'000;
    auto one = open_contract_tls(folder_ / "one", 0, k_now);
    auto other = open_contract_tls(folder_ / "other", 0, k_now);
    ASSERT_TRUE(one) << one.error().message;
    ASSERT_TRUE(other);
    auto again = open_contract_tls(folder_ / "one", 0, k_now + 1'000'000);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->authority, one->authority);
    EXPECT_EQ(again->client_certificate, one->client_certificate);
    EXPECT_NE(one->authority, other->authority);
    std::set<std::string> shown;
    for (const auto& entry : fs::directory_iterator(folder_ / "one" / "shown")) {
        shown.insert(entry.path().filename().string());
    }
    EXPECT_EQ(shown,
              (std::set<std::string>{"authority.pem", "certificate.pem", "certificate.pem.base64",
                                     "key.pem", "key.pem.base64"}));
}

TEST(FabricPackageSettings, LanguagesThatMayNotRunAreRefusedNamingTheOption) {
    PackageSettings settings;
    EXPECT_NE(settings.check_language("golang").error().message.find("it runs no packages"),
              std::string::npos);
    settings.languages = {"node", "java"};
    EXPECT_TRUE(settings.check_language("node"));
    const Status refused = settings.check_language("golang");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::forbidden);
    EXPECT_NE(refused.error().message.find("it runs those in node, java only"), std::string::npos);
    EXPECT_NE(refused.error().message.find("`languages` under `fabric: packages:`"),
              std::string::npos);
}

}  // namespace
}  // namespace bsn::framework::fabric
