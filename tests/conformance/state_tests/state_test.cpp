// The execution-layer state tests (shared/vectors/README.md) through our own way of a transaction:
// decoded and recovered by `ledger/ethereum`, executed by `contract/evm/block` over world state in
// a database, and the state root by `ledger/merkle_patricia`. BSN_STATE_TESTS_ONLY=<part of a name>
// runs some of them.

#include "cases.hpp"
#include "store/database.hpp"
#include "support/temporary_folder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>

namespace bsn::state_tests {
namespace {

using ledger::Hash;

/// Cases that do not apply, by name or by the beginning of one, with the reason.
std::map<std::string, std::string> read_not_applicable() {
    std::map<std::string, std::string> reasons;
    std::ifstream file(BSN_TESTS_DIR "/conformance/state_tests/not_applicable.txt");
    EXPECT_TRUE(file);
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line[0] == '#') continue;
        const auto bar = line.find(" | ");
        EXPECT_NE(bar, std::string::npos) << line;
        reasons[line.substr(0, bar)] = line.substr(bar + 3);
    }
    return reasons;
}

const evm::Runtime& runtime_of(evm::Fork fork) {
    static std::map<evm::Fork, std::unique_ptr<evm::Runtime>> runtimes;
    auto& runtime = runtimes[fork];
    if (!runtime) {
        runtime = std::make_unique<evm::Runtime>(
            evm::Settings{.fork = fork, .chain_id = 1, .fees = evm::Fees::metered});
    }
    return *runtime;
}

Status write(store::Database& database, const ledger::StateOverlay& overlay) {
    BSN_TRY(changes, overlay.changes());
    auto batch = database.batch();
    for (const auto& change : changes) {
        const Bytes key = ledger::StoredState::database_key({}, change.contract, change.key);
        if (change.after) {
            batch->put(store::Table::state, key, *change.after);
        } else {
            batch->erase(store::Table::state, key);
        }
    }
    return database.write(*batch);
}

/// Empty if all is as expected.
std::string what_is_wrong(const Case& test) {
    const auto database = store::make_memory_database();
    const ledger::StoredState stored(*database, {});
    {
        ledger::StateOverlay before(stored);
        put_world(test, before);
        if (auto status = write(*database, before); !status) return status.error().message;
    }
    const bool refusal_expected = test.expected->contains("expectException");
    std::string refusal;
    std::vector<ledger::LogEntry> logs;
    const auto message = message_of(test);
    if (!message) {
        refusal = message.error().message;
    } else {
        ledger::StateOverlay overlay(stored);
        const auto outcomes =
            evm::run(runtime_of(test.fork), block_of(test), {&*message, 1}, overlay);
        if (!outcomes) return outcomes.error().message;
        refusal = outcomes->front().refusal.value_or("");
        logs = outcomes->front().receipt.logs;
        if (auto status = write(*database, overlay); !status) return status.error().message;
    }
    if (refusal_expected && refusal.empty()) {
        return "not refused: " + test.expected->at("expectException").get<std::string>();
    }
    if (!refusal_expected && !refusal.empty()) return "refused: " + refusal;
    if (!equal(hash_of_logs(logs), bytes_of(test.expected->at("logs")))) return "other logs";
    const auto root = root_of(stored);
    if (!root) return root.error().message;
    if (!equal(*root, bytes_of(test.expected->at("hash")))) return "another state root";
    return {};
}

TEST(StateTests, all_that_apply) {
    const char* elsewhere = std::getenv("BSN_STATE_TESTS");
    const std::string archive = elsewhere != nullptr ? elsewhere : BSN_STATE_TESTS;
    if (!std::filesystem::exists(archive)) {
        GTEST_SKIP() << "the state tests are not here: " << archive;
    }
    const TemporaryFolder folder;
    const std::string unpack =
        fmt::format("tar --zstd -xf '{}' -C '{}'", archive, folder.path().string());
    ASSERT_EQ(std::system(unpack.c_str()), 0) << "tar and zstd are needed";

    const char* only = std::getenv("BSN_STATE_TESTS_ONLY");
    const auto not_applicable = read_not_applicable();
    std::map<std::string, std::size_t> used;
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
        if (entry.path().extension() == ".json") paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    std::size_t passed = 0, others = 0, left_out = 0, wrong = 0;
    for (const std::filesystem::path& path : paths) {
        const File file(folder / "GeneralStateTests", path);
        for (const Case& test : file.cases(others)) {
            if (only != nullptr && test.name.find(only) == std::string::npos) continue;
            const std::string complaint = what_is_wrong(test);
            const auto reason =
                std::find_if(not_applicable.begin(), not_applicable.end(), [&](const auto& entry) {
                    return test.name.compare(0, entry.first.size(), entry.first) == 0;
                });
            if (reason != not_applicable.end()) {
                ++used[reason->first];
                ++left_out;
                if (complaint.empty()) {
                    ADD_FAILURE() << test.name << " passes: it does apply";
                }
            } else if (complaint.empty()) {
                ++passed;
            } else {
                ++wrong;
                ADD_FAILURE() << test.name << ": " << complaint;
            }
        }
    }
    fmt::print("{} passed, {} wrong, {} do not apply, {} of forks that we do not offer\n", passed,
               wrong, left_out, others);
    if (only != nullptr) return;
    EXPECT_GT(passed, 17'000U);
    for (const auto& [name, why] : not_applicable) {
        EXPECT_GT(used[name], 0U) << "no such case: " << name;
    }
}

}  // namespace
}  // namespace bsn::state_tests
