#include "cli_fixture.hpp"

#include <unistd.h>

namespace bsn::testing {
namespace {

using CommandLine = CliTest;

const std::vector<std::vector<std::string>> k_commands = {
    {"up"},
    {"down"},
    {"network", "init"},
    {"network", "use"},
    {"node", "run"},
    {"status"},
    {"app", "publish"},
    {"app", "list"},
    {"app", "show"},
    {"app", "upgrade"},
    {"app", "suspend"},
    {"app", "join"},
    {"app", "invite"},
    {"app", "approve"},
    {"app", "remove"},
    {"call"},
    {"query"},
    {"contract", "build"},
    {"contract", "pack"},
    {"contract", "show"},
    {"evidence", "deposit"},
    {"evidence", "verify"},
    {"evidence", "find"},
    {"evidence", "history"},
    {"evidence", "certificate"},
    {"receipt", "show"},
    {"receipt", "verify"},
    {"receipt", "fetch"},
    {"ledger", "height"},
    {"ledger", "block"},
    {"ledger", "tx"},
    {"ledger", "export"},
    {"event", "listen"},
    {"key", "new"},
    {"key", "show"},
    {"key", "list"},
    {"key", "import"},
    {"key", "export"},
    {"key", "rotate"},
    {"bench", "evidence"},
    {"bench", "crypto"},
};

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

TEST_F(CommandLine, EveryCommandHasHelpWithAnExample) {
    for (std::vector<std::string> words : k_commands) {
        std::string command = joined(words);
        words.emplace_back("--help");
        Ran ran = run(words);
        EXPECT_EQ(ran.status, 0) << command;
        EXPECT_TRUE(ran.err.empty()) << command << ": " << ran.err;
        EXPECT_NE(ran.out.find("Example:\n  bsn " + command), std::string::npos)
            << command << ": " << ran.out;
    }
}

TEST_F(CommandLine, EveryCommandRefusesWhatItDoesNotKnow) {
    for (std::vector<std::string> words : k_commands) {
        std::string command = joined(words);
        words.emplace_back("--no-such-option");
        Ran ran = run(words);
        EXPECT_EQ(ran.status, 2) << command;
        EXPECT_TRUE(ran.out.empty()) << command << ": " << ran.out;
        EXPECT_TRUE(ran.is_one_line()) << command << ": " << ran.err;
        EXPECT_NE(ran.err.find("bsn " + command + " --help"), std::string::npos) << ran.err;
    }
}

TEST_F(CommandLine, WrongUsageEndsWithTwo) {
    const std::vector<std::vector<std::string>> mistakes = {
        {},
        {"fly"},
        {"app"},
        {"app", "fly"},
        {"app", "publish"},
        {"app", "publish", "a.yaml", "b.yaml"},
        {"app", "join", "kv"},
        {"app", "suspend", "kv", "--resume", "--reason", "x"},
        {"call", "kv"},
        {"call", "kv", "kv", "set", "hex:xyz"},
        {"evidence", "deposit"},
        {"evidence", "find", "neither-file-nor-hash"},
        {"evidence", "verify", "a", "b", "--receipt", "c"},
        {"receipt", "fetch", "kv", "12"},
        {"event", "listen", "kv", "--from", "-3"},
        {"up", "--nodes", "0"},
        {"up", "--nodes", "17"},
        {"up", "--nodes", "65", "--ordering", "cometbft"},
        {"up", "--nodes", "4", "--validators", "2"},
        {"up", "--ordering", "carrier-pigeon"},
        {"up", "--port", "70000"},
        {"down", "--keys"},
        {"key", "new"},
        {"key", "new", "a", "--suite", "rsa"},
        {"key", "new", "../a"},
        {"key", "export", "a", "--private"},
        {"bench", "evidence", "--payload-bytes", "3"},
        {"bench", "evidence", "--suite", "secp256r1,rsa"},
        {"bench", "evidence", "--suite", "all", "--app", "mine"},
        {"bench", "evidence", "--rate", "0"},
        {"bench", "crypto", "--suite", "rsa"},
        {"bench", "crypto", "--rounds", "0"},
        {"status", "--timeout", "0"},
    };
    for (const auto& words : mistakes) {
        Ran ran = run(words);
        EXPECT_EQ(ran.status, 2) << joined(words) << ": " << ran.err;
        EXPECT_TRUE(ran.is_one_line()) << joined(words) << ": " << ran.err;
    }
}

TEST_F(CommandLine, WhatIsRepeatableMayBeRepeated) {
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"--node", "http://127.0.0.1:1", "--node", "http://127.0.0.1:2", "status"},
             {"bench", "evidence", "--rate", "10", "--rate", "20", "--suite", "sm2,secp256k1"}}) {
        Ran ran = run(words);
        EXPECT_EQ(ran.status, 1) << joined(words) << ": " << ran.err;  // there is no network
    }
}

TEST_F(CommandLine, AGroupAloneNamesItsCommands) {
    Ran ran = run({"key"});
    EXPECT_EQ(ran.status, 2);
    EXPECT_NE(ran.err.find("new, show, list, import, export, rotate"), std::string::npos)
        << ran.err;
}

TEST_F(CommandLine, VersionAndGeneralHelp) {
    Ran ran = run({"--version"});
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(ran.out.rfind("bsn ", 0), 0U) << ran.out;
    ran = run({"--help"});
    EXPECT_EQ(ran.status, 0);
    for (const char* word : {"evidence", "--node", "--genesis", "--json"}) {
        EXPECT_NE(ran.out.find(word), std::string::npos) << word;
    }
}

TEST_F(CommandLine, MistakesAreJsonForMachines) {
    Ran ran = run({"app", "publish", "--json"});
    EXPECT_EQ(ran.status, 2);
    auto error = nlohmann::json::parse(ran.err)["error"];
    EXPECT_EQ(error["code"], "invalid_argument");
    EXPECT_NE(error["message"].get<std::string>().find("FILE"), std::string::npos);
}

TEST_F(CommandLine, OptionsOfAllCommandsMayStandAnywhere) {
    ASSERT_EQ(run({"--json", "key", "new", "alice"}).status, 0);
    EXPECT_EQ(run({"key", "--json", "list"}).json()["keys"].size(), 1U);
    EXPECT_EQ(run({"key", "list", "--json"}).json()["keys"].size(), 1U);
    EXPECT_EQ(run({"key", "list", "--json", "--home", folder / "other"}).json()["keys"].size(), 0U);
}

TEST_F(CommandLine, WithoutANetworkItSaysHowToGetOne) {
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"status"}, {"app", "list"}, {"query", "a", "b", "c"}}) {
        Ran ran = run(words);
        EXPECT_EQ(ran.status, 1);
        EXPECT_TRUE(ran.is_one_line()) << ran.err;
        EXPECT_NE(ran.err.find("bsn up"), std::string::npos) << ran.err;
    }
}

TEST_F(CommandLine, StoppingWhatDoesNotRunIsHarmless) {
    Ran ran = run({"down", "--json"});
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_EQ(ran.json()["stopped"], false);
}

TEST_F(CommandLine, SignaturesAreMeasuredWithoutANetwork) {
    Ran ran =
        run({"bench", "crypto", "--suite", "sm2", "--rounds", "1", "--seconds", "0.001", "--json"});
    ASSERT_EQ(ran.status, 0) << ran.err;
    const nlohmann::json suites = ran.json()["suites"];
    EXPECT_EQ(suites.size(), 1U);
    for (const char* implementation : {"ours", "portable", "openssl"}) {
        for (const char* rate : {"verify_per_s", "verify_new_key_per_s", "sign_per_s"}) {
            EXPECT_GT(suites["sm2"][implementation][rate].get<double>(), 0) << implementation;
        }
    }
}

TEST_F(CommandLine, WhoComputesSm2IsTakenFromTheEnvironment) {
    ::setenv("BSN_SM2", "abacus", 1);
    Ran refused = run({"key", "list"});
    ::setenv("BSN_SM2", "openssl", 1);
    Ran made = run({"key", "new", "alice", "--suite", "sm2"});
    ::setenv("BSN_SM2", "ours", 1);
    Ran listed = run({"key", "list"});
    ::unsetenv("BSN_SM2");
    EXPECT_EQ(refused.status, 1);
    EXPECT_TRUE(refused.is_one_line()) << refused.err;
    EXPECT_NE(refused.err.find("ours, portable or openssl"), std::string::npos) << refused.err;
    EXPECT_EQ(made.status, 0) << made.err;
    EXPECT_EQ(listed.status, 0) << listed.err;
}

TEST_F(CommandLine, PurgeAsksOrIsTold) {
    if (::isatty(STDIN_FILENO) == 1) GTEST_SKIP() << "stdin is a terminal";
    EXPECT_EQ(run({"down", "--purge"}).status, 2);
    EXPECT_EQ(run({"down", "--purge", "--yes"}).status, 0);
}

}  // namespace
}  // namespace bsn::testing
