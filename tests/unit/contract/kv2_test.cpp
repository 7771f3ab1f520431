// Version 2 of `kv`: what it adds to version 1, and that it leaves version 1 alone.

#include "contract_fixture.hpp"

namespace bsn::contract {
namespace {

constexpr std::string_view k_blank = "data formatting error:baseKey field cannot be empty";

std::string pair(std::string_view key, std::string_view value) {
    return R"({"baseKey":")" + std::string(key) + R"(","baseValue":")" + std::string(value) + "\"}";
}

/// A JSON array of these values.
std::string array(const std::vector<std::string>& values) {
    std::string out;
    for (const std::string& value : values) out += (out.empty() ? "[" : ",") + value;
    return out.empty() ? "[]" : out + "]";
}

/// `count` entries with the keys 1000, 1001, ….
std::vector<std::string> many(int count) {
    std::vector<std::string> entries;
    for (int i = 0; i < count; ++i) entries.push_back(pair(std::to_string(1000 + i), "v"));
    return entries;
}

std::string page(const std::vector<std::string>& entries, std::string_view next = "null") {
    return R"({"entries":)" + array(entries) + R"(,"next":)" + std::string(next) + "}";
}

std::size_t count_of(std::string_view what, std::string_view text) {
    std::size_t count = 0;
    for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) {
        ++count;
    }
    return count;
}

class Kv2Contract : public testing::ContractTest {
  protected:
    Kv2Contract() : ContractTest("kv") { use_version(2); }

    void use_version(std::uint32_t version) { contract_ = contracts_.find("kv", version); }

    static std::string events(const ledger::Receipt& receipt) {
        std::string text;
        for (const auto& log : receipt.logs) {
            for (const Bytes& topic : log.topics) text += to_text(topic) + ":";
            text += to_text(log.data) + "\n";
        }
        return text;
    }
};

// --- both versions

TEST_F(Kv2Contract, HasAllFunctionsOfVersion1) {
    auto older = contracts_.find("kv", 1)->functions();
    auto newer = contract_->functions();
    ASSERT_EQ(newer.size(), older.size() + 2);
    for (std::size_t i = 0; i < older.size(); ++i) {
        EXPECT_EQ(newer[i].name, older[i].name);
        EXPECT_EQ(newer[i].kind, older[i].kind);
        EXPECT_EQ(newer[i].run, older[i].run) << older[i].name;
    }
    EXPECT_EQ(contract_->find("list")->kind, FunctionKind::read);
    EXPECT_EQ(contract_->find("setMany")->kind, FunctionKind::write);
}

TEST_F(Kv2Contract, Version1KnowsNeitherFunction) {
    use_version(1);
    for (const char* function : {"list", "setMany"}) {
        auto receipt = run(function, {array({pair("a", "1")})});
        EXPECT_EQ(receipt.status, ledger::ExecutionStatus::unknown_function) << function;
        EXPECT_EQ(receipt.error, "Invalid Request") << function;
        EXPECT_EQ(ask(function, {""}).error().code, Code::not_found) << function;
        EXPECT_EQ(answer(function, {""}), "Invalid Request") << function;
    }
    EXPECT_TRUE(state_.entries.empty());
}

TEST_F(Kv2Contract, UnknownFunctionsAreAnsweredAsByVersion1) {
    for (const char* function : {"List", "setmany", "SetMany", "init", ""}) {
        auto receipt = run(function, {"a"});
        EXPECT_EQ(receipt.status, ledger::ExecutionStatus::unknown_function) << function;
        EXPECT_EQ(receipt.error, "Invalid Request") << function;
    }
}

TEST_F(Kv2Contract, ReadsWhatVersion1Wrote) {
    use_version(1);
    run("set", {pair("a", "1")});
    run("set", {pair("b<", "中")});
    run("update", {pair("a", "2")});
    run("set", {pair("c", "gone")});
    run("delete", {"c"});
    std::string history = answer("getHistory", {"a"});

    use_version(2);
    EXPECT_EQ(answer("get", {"a"}), "2");
    EXPECT_EQ(answer("getHistory", {"a"}), history);
    EXPECT_EQ(answer("list", {""}), page({pair("a", "2"), pair(R"(b\u003c)", "中")}));
    EXPECT_EQ(refusal("set", {pair("a", "3")}), "key value already exists");
    EXPECT_EQ(refusal("setMany", {array({pair("a", "3"), pair("c", "back")})}), "");
    EXPECT_EQ(answer("get", {"a"}), "3");
    EXPECT_EQ(count_of("\"txId\"", answer("getHistory", {"c"})), 3U);
    EXPECT_EQ(answer("getHistory", {"a"}).substr(0, history.size() - 1),
              history.substr(0, history.size() - 1));
}

TEST_F(Kv2Contract, Version1ReadsWhatVersion2Wrote) {
    run("setMany", {array({pair("a", "1"), pair("b", "2")})});
    std::string history = answer("getHistory", {"b"});
    use_version(1);
    EXPECT_EQ(answer("get", {"a"}), "1");
    EXPECT_EQ(answer("getHistory", {"b"}), history);
    EXPECT_EQ(refusal("delete", {"b"}), "");
}

/// A batch of one leaves what the call for one leaves.
TEST_F(Kv2Contract, StateIsThatOfVersion1) {
    testing::MemoryState empty = state_;
    use_version(1);
    auto set = run("set", {pair("a", "1")});
    auto update = run("update", {pair("a", "2")});
    auto single = std::exchange(state_, empty).entries;

    use_version(2);
    height_ = 0;
    auto first = run("setMany", {array({pair("a", "1")})});
    auto second = run("setMany", {array({pair("a", "2")})});
    EXPECT_EQ(state_.entries, single);
    EXPECT_EQ(first.logs, set.logs);
    EXPECT_EQ(second.logs, update.logs);
    EXPECT_EQ(first.result, set.result);
    EXPECT_EQ(first.gas, set.gas + 2) << "for the brackets of the argument";
}

// --- list

TEST_F(Kv2Contract, ListsByPrefixInByteOrder) {
    EXPECT_EQ(answer("list", {""}), page({}));
    for (const char* key : {"b", "a2", "a10", "a", "ä", "A", " x"}) run("set", {pair(key, key)});
    EXPECT_EQ(answer("list", {"a"}), page({pair("a", "a"), pair("a10", "a10"), pair("a2", "a2")}));
    EXPECT_EQ(answer("list", {"a1"}), page({pair("a10", "a10")}));
    EXPECT_EQ(answer("list", {" "}), page({pair(" x", " x")}));
    EXPECT_EQ(answer("list", {"c"}), page({}));
    EXPECT_EQ(answer("list", {""}),
              page({pair(" x", " x"), pair("A", "A"), pair("a", "a"), pair("a10", "a10"),
                    pair("a2", "a2"), pair("b", "b"), pair("ä", "ä")}));
}

TEST_F(Kv2Contract, ListsNeitherDeletedKeysNorHistory) {
    run("set", {pair("a", "1")});
    run("set", {pair("history/", "2")});
    run("update", {pair("history/", "3")});
    run("delete", {"a"});
    EXPECT_EQ(answer("list", {""}), page({pair("history/", "3")}));
    EXPECT_EQ(answer("list", {"base_key_"}), page({}));
}

TEST_F(Kv2Contract, ListIsOfOneContract) {
    run("set", {pair("a", "1")});
    name_ = "kw";
    run("set", {pair("b", "2")});
    EXPECT_EQ(answer("list", {""}), page({pair("b", "2")}));
    name_ = "kv";
    EXPECT_EQ(answer("list", {""}), page({pair("a", "1")}));
}

TEST_F(Kv2Contract, ListEscapesAsGoDoes) {
    run("set", {R"({"baseKey":"\"a\"","baseValue":"<\u2028\n中"})"});
    EXPECT_EQ(answer("list", {"\""}), page({pair(R"(\"a\")", R"(\u003c\u2028\n中)")}));
    EXPECT_EQ(answer("list", {"", "", "1"}), answer("list", {"\""}));
}

TEST_F(Kv2Contract, ListByPages) {
    for (const char* key : {"a1", "a2", "a3", "a4", "b"}) run("set", {pair(key, "v")});
    auto entry = [](std::string_view key) { return pair(key, "v"); };
    EXPECT_EQ(answer("list", {"a", "", "2"}), page({entry("a1"), entry("a2")}, "\"a3\""));
    EXPECT_EQ(answer("list", {"a", "a3", "2"}), page({entry("a3"), entry("a4")}))
        << "the page that ends with the last key has no next";
    EXPECT_EQ(answer("list", {"", "a3", "2"}), page({entry("a3"), entry("a4")}, "\"b\""));
    EXPECT_EQ(answer("list", {"a", "a3"}), page({entry("a3"), entry("a4")}));
    EXPECT_EQ(answer("list", {"a", "a5"}), page({}));
    run("delete", {"a3"});
    EXPECT_EQ(answer("list", {"a", "a3", "2"}), page({entry("a4")})) << "a key that went meanwhile";
}

TEST_F(Kv2Contract, NextIsEscapedAndLeadsOn) {
    run("setMany", {R"([{"baseKey":"a"},{"baseKey":"a<\"&\u2028"},{"baseKey":"b"}])"});
    EXPECT_EQ(answer("list", {"", "", "1"}), page({pair("a", "")}, R"("a\u003c\"\u0026\u2028")"));
    EXPECT_EQ(answer("list", {"", "a<\"&\u2028", "1"}),
              page({pair(R"(a\u003c\"\u0026\u2028)", "")}, "\"b\""));
}

TEST_F(Kv2Contract, ListLimits) {
    EXPECT_EQ(refusal("setMany", {array(many(1000))}), "");
    EXPECT_EQ(refusal("set", {pair("2000", "v")}), "");
    std::string standard = answer("list", {""});
    EXPECT_EQ(count_of("baseKey", standard), 100U);
    EXPECT_TRUE(standard.ends_with(R"("next":"1100"})"));
    EXPECT_EQ(answer("list", {"", "", ""}), standard);
    std::string longest = answer("list", {"", "", "1000"});
    EXPECT_EQ(count_of("baseKey", longest), 1000U);
    EXPECT_TRUE(longest.ends_with(R"("next":"2000"})"));
    for (const char* limit : {"0", "1001", "-1", "+1", "1.0", "1 ", "x", "99999999999999999999"}) {
        EXPECT_EQ(answer("list", {"", "", limit}), "LIMIT must be a number from 1 to 1000")
            << limit;
    }
}

TEST_F(Kv2Contract, LongTextsMakeShortPages) {
    std::string text(600'000, 'x');
    for (const char* key : {"a", "b", "c"}) run("set", {pair(key, text)});
    EXPECT_EQ(answer("list", {""}), page({pair("a", text), pair("b", text)}, "\"c\""));
    EXPECT_EQ(answer("list", {"", "c"}), page({pair("c", text)}));
}

TEST_F(Kv2Contract, ListArguments) {
    EXPECT_EQ(answer("list", {}),
              "arguments are PREFIX and, if you like, START and LIMIT; 0 given");
    EXPECT_EQ(answer("list", {"", "", "1", ""}),
              "arguments are PREFIX and, if you like, START and LIMIT; 4 given");
    for (const char* start : {"a", "c", "B"}) {
        EXPECT_EQ(answer("list", {"b", start}),
                  "START must be \"next\" of the page before, or a key that begins with PREFIX")
            << start;
    }
}

TEST_F(Kv2Contract, ListAsTransaction) {
    run("setMany", {array({pair("a", "1"), pair("b", "2")})});
    auto receipt = run("list", {"a"});
    EXPECT_EQ(as_text(receipt.result), page({pair("a", "1")}));
    EXPECT_EQ(receipt.gas, 1U);
    EXPECT_TRUE(receipt.logs.empty());
    run("set", {pair("c", std::string(70'000, 'x'))});
    EXPECT_NE(refusal("list", {""}).find("ask by a query"), std::string::npos);
    EXPECT_EQ(refusal("list", {"", "", "2"}), "");
}

/// Within a block, as executed on changes that are not stored yet.
TEST_F(Kv2Contract, ListSeesChangesOfItsBlock) {
    run("setMany", {array({pair("a", "1"), pair("b", "2"), pair("d", "4")})});
    ledger::StateOverlay overlay(state_);
    next_block();
    ASSERT_TRUE(call(overlay, "delete", {"b"}).ok());
    ASSERT_TRUE(call(overlay, "setMany", {array({pair("c", "3"), pair("d", "5")})}).ok());
    auto listed = call(overlay, "list", {"", "", "2"});
    EXPECT_EQ(as_text(listed->receipt.result), page({pair("a", "1"), pair("c", "3")}, "\"d\""));
}

// --- setMany

TEST_F(Kv2Contract, SetManyInsertsAndUpdates) {
    run("set", {pair("b", "old")});
    std::string updated = R"({ "BASEKEY":"b", "baseValue":"new", "more":[1] })";
    auto receipt = run("setMany", {" [" + pair("a", "1") + " ,\n" + updated + "] "});
    EXPECT_EQ(receipt.status, ledger::ExecutionStatus::success);
    EXPECT_EQ(as_text(receipt.result), "SUCCESS");
    EXPECT_EQ(events(receipt), "event_set:" + pair("a", "1") + "\nevent_update:" + updated + "\n");
    EXPECT_EQ(answer("list", {""}), page({pair("a", "1"), pair("b", "new")}));
    EXPECT_EQ(count_of("\"txId\"", answer("getHistory", {"a"})), 1U);
    EXPECT_EQ(count_of("\"txId\"", answer("getHistory", {"b"})), 2U);
}

TEST_F(Kv2Contract, SetManyAllOrNothing) {
    run("set", {pair("b", "old")});
    EXPECT_EQ(refusal("setMany", {array({pair("a", "1"), pair("b", "2"), pair(" ", "3")})}),
              "entry 2: " + std::string(k_blank));
    EXPECT_EQ(answer("list", {""}), page({pair("b", "old")}));
    EXPECT_EQ(answer("getHistory", {"a"}), "[]");
    EXPECT_EQ(count_of("\"txId\"", answer("getHistory", {"b"})), 1U);
}

TEST_F(Kv2Contract, SetManyNamesTheEntryThatIsWrong) {
    const std::string good = pair("a", "1");
    const std::vector<std::pair<std::string, std::string>> cases{
        {"{}", std::string(k_blank)},
        {"null", std::string(k_blank)},
        {pair("\u3000", "1"), std::string(k_blank)},
        {"7",
         "failed to convert data:json: cannot unmarshal number into Go value of type "
         "models.DTOBaseModel"},
        {R"("b")",
         "failed to convert data:json: cannot unmarshal string into Go value of type "
         "models.DTOBaseModel"},
        {array({good}),
         "failed to convert data:json: cannot unmarshal array into Go value of type "
         "models.DTOBaseModel"},
        {R"({"baseKey":"b","baseValue":1})",
         "failed to convert data:json: cannot unmarshal number into Go struct field "
         "DTOBaseModel.baseValue of type string"},
        {pair("a", "again"), "its key is that of entry 0"},
        {R"({"baseKey":"\u0061"})", "its key is that of entry 0"},
    };
    for (const auto& [entry, sentence] : cases) {
        EXPECT_EQ(refusal("setMany", {array({good, entry})}), "entry 1: " + sentence) << entry;
        EXPECT_EQ(refusal("setMany", {array({good, entry, pair("z", "1")})}),
                  "entry 1: " + sentence)
            << entry;
    }
    auto entries = many(1000);
    entries.back() = "{}";
    EXPECT_EQ(refusal("setMany", {array(entries)}), "entry 999: " + std::string(k_blank));
}

TEST_F(Kv2Contract, SetManyOfSomethingElse) {
    for (const std::string& other : {pair("a", "1"), std::string("null"), std::string("\"[]\"")}) {
        EXPECT_EQ(refusal("setMany", {other}),
                  R"(the batch must be a JSON array of {"baseKey","baseValue"})")
            << other;
    }
    EXPECT_EQ(refusal("setMany", {"[]"}), "the batch is empty");
    EXPECT_EQ(refusal("setMany", {""}), "failed to convert data:unexpected end of JSON input");
    EXPECT_EQ(refusal("setMany", {"[" + pair("a", "1") + ",{\"baseKey\"]"}),
              "failed to convert data:entry 1: invalid character ']' after object key");
    EXPECT_EQ(refusal("setMany", {}), "parameters error");
    EXPECT_EQ(refusal("setMany", {"[]", "[]"}), "parameters error");
    EXPECT_EQ(ask("setMany", {array(many(1))}).error().code, Code::invalid_argument);
}

TEST_F(Kv2Contract, SetManyTakesAThousand) {
    EXPECT_EQ(refusal("setMany", {array(many(1001))}),
              "the batch has 1001 entries, at most 1000 are allowed: divide it");
    auto receipt = run("setMany", {array(many(1000))});
    EXPECT_EQ(receipt.status, ledger::ExecutionStatus::success) << receipt.error;
    EXPECT_EQ(receipt.logs.size(), 1000U);
    EXPECT_EQ(answer("get", {"1999"}), "v");
}

TEST_F(Kv2Contract, BrokenStateIsNotTheCallersMistake) {
    run("set", {pair("a", "1")});
    for (auto& [key, value] : state_.entries) value.resize(value.size() - 1);
    EXPECT_EQ(ask("list", {""}).error().code, Code::corrupted);
    state_.unreadable = true;
    EXPECT_EQ(ask("list", {""}).error().code, Code::io_error);
    ledger::StateOverlay overlay(state_);
    EXPECT_EQ(call(overlay, "setMany", {array({pair("b", "1")})}).error().code, Code::io_error);
}

}  // namespace
}  // namespace bsn::contract
