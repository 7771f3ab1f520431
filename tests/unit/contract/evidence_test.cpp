#include "contract_fixture.hpp"

#include <nlohmann/json.hpp>

namespace bsn::contract {
namespace {

using nlohmann::json;

/// The text of a hash: 63 zeros and this digit.
std::string hash_text(char digit) { return std::string(63, '0') + digit; }
/// A hash per number.
std::string numbered(int number) {
    std::string digits = std::to_string(number);
    return std::string(64 - digits.size(), '0') + digits;
}

std::string entry(std::string_view hash, std::string_view metadata) {
    return json{{"hash", hash}, {"metadata", metadata}}.dump();
}

class EvidenceContract : public testing::ContractTest {
  protected:
    EvidenceContract() : ContractTest("evidence") {}

    json ask_json(std::string_view function, const std::vector<std::string>& arguments) {
        return json::parse(answer(function, arguments));
    }
    std::string me() const { return to_hex(caller_); }
    std::size_t entries() const { return state_.entries.size(); }

    /// The hashes that a page of my history lists.
    std::vector<std::string> hashes(const json& page) {
        std::vector<std::string> list;
        for (const json& entry : page["entries"]) list.push_back(entry["hash"]);
        return list;
    }
};

TEST_F(EvidenceContract, DepositThenGet) {
    auto receipt = run("deposit", {hash_text('a'), R"({"name":"合同.pdf"})"});
    EXPECT_EQ(receipt.status, ledger::ExecutionStatus::success) << receipt.error;
    EXPECT_TRUE(receipt.result.empty());
    EXPECT_EQ(answer("get", {hash_text('a'), me()}),
              R"({"hash":")" + hash_text('a') + R"(","owner":")" + me() + R"(","transaction":")" +
                  to_hex(transaction_at(1, 0)) +
                  R"(","height":1,"index":0,"time":"2026-11-22T07:50:01.123Z",)"
                  R"("timeMillis":1795333801123,"metadata":"{\"name\":\"合同.pdf\"}"})");
}

TEST_F(EvidenceContract, TwoEntriesAndOneEventPerDeposit) {
    auto receipt = run("deposit", {hash_text('a'), "meta"});
    EXPECT_EQ(entries(), 2U);
    ASSERT_EQ(receipt.logs.size(), 1U);
    std::vector<Bytes> topics{to_bytes("deposited"), *from_hex(hash_text('a')),
                              to_bytes(caller_.view())};
    EXPECT_EQ(receipt.logs[0].topics, topics);
    EXPECT_TRUE(receipt.logs[0].data.empty());
    std::size_t record = 65 + 1 + 32 + 8 + 4 + 8 + 4 + 4;
    EXPECT_EQ(receipt.gas, 64 + 4 + record + 47 + 32);
}

TEST_F(EvidenceContract, MetadataMayBeLeftOut) {
    run("deposit", {hash_text('a')});
    EXPECT_EQ(ask_json("get", {hash_text('a'), me()})["metadata"], "");
}

TEST_F(EvidenceContract, SecondDepositByTheSameOwnerIsRefused) {
    run("deposit", {hash_text('a'), "first"});
    EXPECT_EQ(refusal("deposit", {hash_text('a'), "second"}),
              "already deposited by you at height 1, transaction " + to_hex(transaction_at(1, 0)));
    EXPECT_EQ(ask_json("get", {hash_text('a'), me()})["metadata"], "first");
    caller_ = testing::participant(2);
    EXPECT_EQ(refusal("deposit", {hash_text('a')}), "") << "another owner may";
}

TEST_F(EvidenceContract, SecondDepositInTheSameBlockIsRefused) {
    ledger::StateOverlay block(state_);
    EXPECT_EQ(call(block, "deposit", {hash_text('a')})->receipt.status,
              ledger::ExecutionStatus::success);
    ++index_;
    auto again = call(block, "deposit", {hash_text('a')});
    EXPECT_EQ(again->receipt.status, ledger::ExecutionStatus::refused);
    EXPECT_EQ(again->receipt.error,
              "already deposited by you at height 0, transaction " + to_hex(transaction_at(0, 0)));
}

TEST_F(EvidenceContract, BadHashes) {
    const std::string rule =
        "HASH (SHA-256 of the content) must be 64 hexadecimal digits (0-9, a-f), ";
    for (const char* function : {"deposit", "find"}) {
        EXPECT_EQ(refusal(function, {""}), rule + "these are 0 bytes");
        EXPECT_EQ(refusal(function, {std::string(63, 'a')}), rule + "these are 63 bytes");
        EXPECT_EQ(refusal(function, {std::string(66, 'a')}), rule + "these are 66 bytes");
        EXPECT_EQ(refusal(function, {hash_text('A')}), rule + "position 64 is in upper case");
        EXPECT_EQ(refusal(function, {"g" + std::string(63, '0')}),
                  rule + "position 1 is something else");
        EXPECT_EQ(refusal(function, {hash_text('\0')}), rule + "position 64 is something else");
    }
    EXPECT_EQ(answer("get", {hash_text('a'), hash_text('F')}),
              "OWNER (participant id) must be 64 hexadecimal digits (0-9, a-f), position 64 is in "
              "upper case");
    EXPECT_EQ(answer("history", {"me"}),
              "OWNER (participant id) must be 64 hexadecimal digits (0-9, a-f), these are 2 bytes");
}

TEST_F(EvidenceContract, MetadataIsBoundedText) {
    EXPECT_EQ(refusal("deposit", {hash_text('a'), std::string(4096, 'm')}), "");
    EXPECT_EQ(
        refusal("deposit", {hash_text('b'), std::string(4097, 'm')}),
        "METADATA has 4097 bytes, at most 4096 are allowed: deposit the hash of a longer text");
    EXPECT_EQ(refusal("deposit", {hash_text('b'), "\xFF"}), "METADATA is not UTF-8 text");
}

TEST_F(EvidenceContract, WrongNumberOfArguments) {
    EXPECT_EQ(refusal("deposit", {}), "arguments are HASH and, if you like, METADATA; 0 given");
    EXPECT_EQ(refusal("deposit", {hash_text('a'), "m", "n"}),
              "arguments are HASH and, if you like, METADATA; 3 given");
    EXPECT_EQ(refusal("depositBatch", {}),
              R"(arguments are one JSON array of {"hash","metadata"}; 0 given)");
    EXPECT_EQ(answer("get", {hash_text('a')}), "arguments are HASH OWNER; 1 given");
    EXPECT_EQ(answer("find", {}), "arguments are HASH; 0 given");
    EXPECT_EQ(answer("history", {}),
              "arguments are OWNER and, if you like, START and LIMIT; 0 given");
}

TEST_F(EvidenceContract, GetOfNothing) {
    run("deposit", {hash_text('a')});
    EXPECT_EQ(answer("get", {hash_text('b'), me()}), "no evidence of this hash by this owner");
    EXPECT_EQ(answer("get", {hash_text('a'), to_hex(testing::participant(2))}),
              "no evidence of this hash by this owner");
    EXPECT_EQ(ask("get", {hash_text('b'), me()}).error().code, Code::contract_failed);
}

TEST_F(EvidenceContract, FindListsAllOwnersOldestFirst) {
    EXPECT_EQ(answer("find", {hash_text('a')}), "[]");
    // Owners deposit in an order that is not that of their ids.
    for (std::uint8_t owner : {3, 1, 4}) {
        caller_ = testing::participant(owner);
        run("deposit", {hash_text('a'), std::to_string(owner)});
    }
    caller_ = testing::participant(2);
    run_in_block("deposit", {hash_text('a'), "2"});
    run("deposit", {hash_text('b'), "other content"});
    std::string order;
    for (const json& found : ask_json("find", {hash_text('a')})) {
        EXPECT_EQ(found["hash"], hash_text('a'));
        order += found["metadata"];
    }
    EXPECT_EQ(order, "3142");
}

TEST_F(EvidenceContract, BatchDepositsAll) {
    auto receipt = run("depositBatch", {"[" + entry(hash_text('a'), "1") + "," + R"({"hash":")" +
                                        hash_text('b') + "\"}]"});
    EXPECT_EQ(receipt.status, ledger::ExecutionStatus::success) << receipt.error;
    EXPECT_TRUE(receipt.result.empty());
    EXPECT_EQ(receipt.logs.size(), 2U);
    EXPECT_EQ(ask_json("get", {hash_text('a'), me()})["metadata"], "1");
    EXPECT_EQ(ask_json("get", {hash_text('b'), me()})["metadata"], "");
    EXPECT_EQ(hashes(ask_json("history", {me()})), (std::vector{hash_text('a'), hash_text('b')}));
}

TEST_F(EvidenceContract, BatchIsAllOrNothing) {
    run("deposit", {hash_text('c')});
    auto refused = refusal(
        "depositBatch", {"[" + entry(hash_text('a'), "") + "," + entry(hash_text('c'), "") + "]"});
    EXPECT_EQ(refused, "entry 1: already deposited by you at height 1, transaction " +
                           to_hex(transaction_at(1, 0)));
    EXPECT_EQ(answer("find", {hash_text('a')}), "[]");
    EXPECT_EQ(refusal("depositBatch", {"[" + entry(hash_text('a'), "") + "]"}), "");
}

TEST_F(EvidenceContract, BatchNamesTheEntryThatIsWrong) {
    std::string good = entry(hash_text('a'), "");
    auto batch = [&](const std::string& second) { return "[" + good + "," + second + "]"; };
    const std::vector<std::pair<std::string, std::string>> cases{
        {batch(good), "entry 1: this hash is in the batch already"},
        {batch(entry(hash_text('B'), "")),
         "entry 1: HASH (SHA-256 of the content) must be 64 hexadecimal digits (0-9, a-f), "
         "position 64 is in upper case"},
        {batch(entry(hash_text('b'), std::string(4097, 'm'))),
         "entry 1: METADATA has 4097 bytes, at most 4096 are allowed: deposit the hash of a longer "
         "text"},
        {batch("{}"), "entry 1: \"hash\" is missing"},
        {batch(R"({"metadata":"m"})"), "entry 1: \"hash\" is missing"},
        {batch("7"), "entry 1: must be an object, and is number"},
        {batch("[]"), "entry 1: must be an object, and is array"},
        {batch(R"({"hash":7})"), "entry 1: \"hash\" must be a text, and is number"},
        {batch(R"({"hash":null})"), "entry 1: \"hash\" must be a text, and is null"},
        {batch(R"({"metadata":{"a":"b"}})"), "entry 1: \"metadata\" must be a text, and is object"},
        {batch(R"({"Hash":"x"})"),
         R"(entry 1: "Hash" is unknown; there are "hash" and "metadata")"},
        {batch(R"({"hash":"x","hash":"y"})"), "entry 1: \"hash\" is given twice"},
        {"[]", "the batch is empty"},
        {good, R"(the batch must be a JSON array of {"hash","metadata"})"},
        {"[" + good, "the batch is not JSON: unexpected end of JSON input"},
        {"", "the batch is not JSON: unexpected end of JSON input"},
        {"[\"\xFF\"]", "the batch is not UTF-8 text"},
    };
    for (const auto& [argument, sentence] : cases) {
        EXPECT_EQ(refusal("depositBatch", {argument}), sentence) << argument;
    }
    EXPECT_EQ(entries(), 0U);
}

TEST_F(EvidenceContract, BatchIsBounded) {
    auto batch = [](int size) {
        std::string text;
        for (int i = 0; i < size; ++i) text += (i > 0 ? "," : "[") + entry(numbered(i), "");
        return text + "]";
    };
    EXPECT_EQ(refusal("depositBatch", {batch(1001)}),
              "the batch has more than 1000 entries: divide it");
    auto receipt = run("depositBatch", {batch(1000)});
    EXPECT_EQ(receipt.error, "");
    EXPECT_EQ(entries(), 2000U);
    EXPECT_TRUE(ledger::Receipt::decode(receipt.encode()).ok());
}

TEST_F(EvidenceContract, HistoryIsPagedInOrderOfDeposit) {
    std::vector<std::string> all;
    auto deposit = [&](int number) {
        all.push_back(numbered(number));
        return numbered(number);
    };
    run("deposit", {deposit(9)});
    run_in_block("deposit", {deposit(8)});
    std::string first = entry(deposit(7), "");
    std::string second = entry(deposit(6), "");
    run("depositBatch", {"[" + first + "," + second + "]"});
    height_ = 300;
    run("deposit", {deposit(5)});
    ledger::ParticipantId other = testing::participant(2);
    caller_ = other;
    run("deposit", {numbered(1)});
    caller_ = testing::participant(1);

    EXPECT_EQ(hashes(ask_json("history", {me()})), all);
    EXPECT_TRUE(ask_json("history", {me()})["next"].is_null());
    EXPECT_EQ(hashes(ask_json("history", {to_hex(other)})), std::vector{numbered(1)});
    EXPECT_EQ(answer("history", {to_hex(testing::participant(3))}),
              R"({"entries":[],"next":null})");

    for (std::size_t limit = 1; limit <= all.size(); ++limit) {
        std::vector<std::string> seen;
        std::string start;
        for (std::size_t pages = 0; pages <= all.size(); ++pages) {
            json page = ask_json("history", {me(), start, std::to_string(limit)});
            EXPECT_LE(page["entries"].size(), limit);
            for (const std::string& hash : hashes(page)) seen.push_back(hash);
            if (page["next"].is_null()) break;
            start = page["next"];
        }
        EXPECT_EQ(seen, all) << "in pages of " << limit;
    }
    EXPECT_EQ(ask_json("history", {me(), "", "3"})["next"], "2.0.1");
    EXPECT_EQ(hashes(ask_json("history", {me(), "3"})), std::vector{numbered(5)})
        << "from a height on";
}

TEST_F(EvidenceContract, HistoryDefaultsToAHundred) {
    for (int i = 0; i < 101; ++i) run("deposit", {numbered(i)});
    EXPECT_EQ(ask_json("history", {me()})["entries"].size(), 100U);
    EXPECT_EQ(ask_json("history", {me()})["next"], "101.0.0");
    EXPECT_EQ(ask_json("history", {me(), "", "1000"})["entries"].size(), 101U);
}

TEST_F(EvidenceContract, BadPages) {
    for (const char* start : {"x", "-1", "1.", ".", "1..2", "1.2.3.4", "1.2.65536", " 1", "1.x",
                              "18446744073709551616"}) {
        EXPECT_EQ(answer("history", {me(), start}),
                  "START must be \"next\" of the page before, or a block height")
            << start;
    }
    for (const char* limit : {"0", "1001", "-1", "x", "1x"}) {
        EXPECT_EQ(answer("history", {me(), "", limit}), "LIMIT must be a number from 1 to 1000")
            << limit;
    }
}

TEST_F(EvidenceContract, ReadAsTransaction) {
    run("deposit", {hash_text('a'), "meta"});
    auto receipt = run("find", {hash_text('a')});
    EXPECT_EQ(json::parse(to_text(receipt.result))[0]["metadata"], "meta");
    EXPECT_EQ(refusal("get", {hash_text('b'), me()}), "no evidence of this hash by this owner");
}

TEST_F(EvidenceContract, WritingFunctionsAreNoQueries) {
    EXPECT_EQ(ask("deposit", {hash_text('a')}).error().code, Code::invalid_argument);
    EXPECT_EQ(ask("depositBatch", {"[]"}).error().code, Code::invalid_argument);
}

TEST_F(EvidenceContract, UnknownFunction) {
    auto receipt = run("Deposit", {hash_text('a')});
    EXPECT_EQ(receipt.status, ledger::ExecutionStatus::unknown_function);
    EXPECT_NE(receipt.error.find("there are: deposit, depositBatch, get, find, history"),
              std::string::npos)
        << receipt.error;
}

TEST_F(EvidenceContract, BrokenStateIsNotTheCallersMistake) {
    run("deposit", {hash_text('a')});
    auto intact = state_.entries;
    for (auto& [key, value] : state_.entries) value.resize(value.size() - 1);
    EXPECT_EQ(ask("get", {hash_text('a'), me()}).error().code, Code::corrupted);
    EXPECT_EQ(ask("find", {hash_text('a')}).error().code, Code::corrupted);
    EXPECT_EQ(ask("history", {me()}).error().code, Code::corrupted);
    ledger::StateOverlay overlay(state_);
    EXPECT_EQ(call(overlay, "deposit", {hash_text('a')}).error().code, Code::corrupted);

    state_.entries = intact;
    state_.entries.erase(state_.entries.begin());  // 'e' comes before 'o'
    EXPECT_EQ(ask("history", {me()}).error().code, Code::corrupted) << "listed, but not there";

    state_.unreadable = true;
    EXPECT_EQ(ask("find", {hash_text('a')}).error().code, Code::io_error);
}

}  // namespace
}  // namespace bsn::contract
