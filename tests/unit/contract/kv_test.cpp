#include "contract_fixture.hpp"

namespace bsn::contract {
namespace {

constexpr std::string_view k_blank = "data formatting error:baseKey field cannot be empty";

std::string pair(std::string_view key, std::string_view value) {
    return R"({"baseKey":")" + std::string(key) + R"(","baseValue":")" + std::string(value) + "\"}";
}

class KvContract : public testing::ContractTest {
  protected:
    KvContract() : ContractTest("kv") {}

    std::string stored(std::string_view key) {
        auto found = state_.entries.find({"kv", to_bytes("base_key_" + std::string(key))});
        return found == state_.entries.end() ? "nothing" : to_text(found->second);
    }

    std::string tx(ledger::Height height, std::uint32_t index = 0) {
        return to_hex(transaction_at(height, index));
    }
};

TEST_F(KvContract, SetThenGet) {
    auto receipt = run("set", {pair("a", "1")});
    EXPECT_EQ(receipt.status, ledger::ExecutionStatus::success);
    EXPECT_EQ(as_text(receipt.result), "SUCCESS");
    EXPECT_EQ(stored("a"), R"({"BaseKey":"a","BaseInfo":"1"})");
    EXPECT_EQ(answer("get", {"a"}), "1");
}

TEST_F(KvContract, SetOnlyWhatIsNotThere) {
    run("set", {pair("a", "1")});
    EXPECT_EQ(refusal("set", {pair("a", "2")}), "key value already exists");
    EXPECT_EQ(answer("get", {"a"}), "1");
}

TEST_F(KvContract, UpdateOnlyWhatIsThere) {
    EXPECT_EQ(refusal("update", {pair("a", "1")}), "the key value not exists");
    run("set", {pair("a", "1")});
    EXPECT_EQ(as_text(run("update", {pair("a", "2")}).result), "SUCCESS");
    EXPECT_EQ(answer("get", {"a"}), "2");
}

TEST_F(KvContract, DeleteOnlyWhatIsThere) {
    EXPECT_EQ(refusal("delete", {"a"}), "key value not exist");
    run("set", {pair("a", "1")});
    EXPECT_EQ(as_text(run("delete", {"a"}).result), "SUCCESS");
    EXPECT_EQ(answer("get", {"a"}), "data not found");
    EXPECT_EQ(stored("a"), "nothing");
    EXPECT_EQ(refusal("delete", {"a"}), "key value not exist");
    EXPECT_EQ(refusal("set", {pair("a", "again")}), "");
}

TEST_F(KvContract, EmptyValueIsAValue) {
    run("set", {R"({"baseKey":"a"})"});
    EXPECT_EQ(stored("a"), R"({"BaseKey":"a","BaseInfo":""})");
    EXPECT_EQ(ask("get", {"a"})->size(), 0U);
    EXPECT_EQ(refusal("set", {pair("a", "1")}), "key value already exists");
}

TEST_F(KvContract, ExactlyOneArgument) {
    for (const char* function : {"set", "update", "delete"}) {
        EXPECT_EQ(refusal(function, {}), "parameters error") << function;
        EXPECT_EQ(refusal(function, {pair("a", "1"), ""}), "parameters error") << function;
    }
    for (const char* function : {"get", "getHistory"}) {
        EXPECT_EQ(answer(function, {}), "parameters error") << function;
        EXPECT_EQ(answer(function, {"a", "b"}), "parameters error") << function;
    }
}

TEST_F(KvContract, BlankKeys) {
    for (std::string key : {"", " ", "\u0085\u00A0", "\u1680\u2003\u202F", "\u3000"}) {
        EXPECT_EQ(refusal("set", {pair(key, "1")}), k_blank) << '"' << key << '"';
        EXPECT_EQ(refusal("update", {pair(key, "1")}), k_blank) << '"' << key << '"';
        EXPECT_EQ(refusal("delete", {key}), k_blank) << '"' << key << '"';
        EXPECT_EQ(answer("get", {key}), k_blank) << '"' << key << '"';
        EXPECT_EQ(answer("getHistory", {key}), k_blank) << '"' << key << '"';
    }
    EXPECT_EQ(refusal("delete", {"\t\n\v\f\r "}), k_blank);
    EXPECT_EQ(refusal("set", {R"({"baseKey":"\t\n\u3000","baseValue":"1"})"}), k_blank);
    EXPECT_EQ(refusal("set", {"{}"}), k_blank);
    EXPECT_EQ(refusal("set", {"null"}), k_blank);
    EXPECT_EQ(refusal("set", {pair("\u200B", "zero-width space is no white space")}), "");
    EXPECT_EQ(refusal("set", {pair(" a ", "kept with its spaces")}), "");
    EXPECT_EQ(answer("get", {"a"}), "data not found");
}

TEST_F(KvContract, MalformedRequests) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "unexpected end of JSON input"},
        {"a", "invalid character 'a' looking for beginning of value"},
        {pair("a", "1") + "x", "invalid character 'x' after top-level value"},
        {"[]", "json: cannot unmarshal array into Go value of type models.DTOBaseModel"},
        {R"("a")", "json: cannot unmarshal string into Go value of type models.DTOBaseModel"},
        {"7", "json: cannot unmarshal number into Go value of type models.DTOBaseModel"},
        {"true", "json: cannot unmarshal bool into Go value of type models.DTOBaseModel"},
        {R"({"baseKey":"a","baseValue":1})",
         "json: cannot unmarshal number into Go struct field DTOBaseModel.baseValue of type "
         "string"},
        {R"({"baseKey":"a","baseValue":{"x":"y"}})",
         "json: cannot unmarshal object into Go struct field DTOBaseModel.baseValue of type "
         "string"},
        {R"({"baseKey":["a","b"],"baseValue":false})",
         "json: cannot unmarshal array into Go struct field DTOBaseModel.baseKey of type string"},
        {R"({"baseValue":false,"baseKey":"a","baseValue":"1"})",
         "json: cannot unmarshal bool into Go struct field DTOBaseModel.baseValue of type string"},
    };
    for (const auto& [request, sentence] : cases) {
        EXPECT_EQ(refusal("set", {request}), "failed to convert data:" + sentence) << request;
        EXPECT_EQ(refusal("update", {request}), "failed to convert data:" + sentence) << request;
    }
}

TEST_F(KvContract, RequestsAreReadAsGoReadsThem) {
    run("set", {R"( {"BASEKEY" : "a", "basevalue" : "any case"} )"});
    EXPECT_EQ(answer("get", {"a"}), "any case");
    run("set", {R"({"baseKey":"x","baseKey":"b","baseValue":"1","baseValue":"last wins"})"});
    EXPECT_EQ(answer("get", {"b"}), "last wins");
    run("set",
        {R"({"baseKey":"c","baseValue":"unknown skipped","z":[1e999,{"baseKey":"x"}],"y":{"baseValue":"x"}})"});
    EXPECT_EQ(answer("get", {"c"}), "unknown skipped");
    run("set", {R"({"baseKey":"d","baseKey":null,"baseValue":"null is nothing"})"});
    EXPECT_EQ(answer("get", {"d"}), "null is nothing");
    run("set", {R"({"ba\u017feKey":"e","base\u212aey":"f","bas\u0065Value":"long s, Kelvin"})"});
    EXPECT_EQ(answer("get", {"f"}), "long s, Kelvin");
    EXPECT_EQ(answer("get", {"e"}), "data not found");
}

TEST_F(KvContract, StoredAsGoWritesIt) {
    run("set", {R"({"baseKey":"a<b","baseValue":"<i>\"q\" & \u2028\u2029\b\t中\u0001"})"});
    EXPECT_EQ(stored("a<b"), R"({"BaseKey":"a\u003cb","BaseInfo":"\u003ci\u003e\"q\" \u0026 )"
                             R"(\u2028\u2029\u0008\t中\u0001"})");
    EXPECT_EQ(answer("get", {"a<b"}), "<i>\"q\" & \u2028\u2029\b\t中\x01");
}

TEST_F(KvContract, MalformedUtf8BecomesReplacementCharacters) {
    run("set", {pair("a\xFF", "v\xFE")});
    EXPECT_EQ(answer("get", {"a\uFFFD"}), "v\uFFFD");
    EXPECT_EQ(answer("get", {"a\xFF"}), "data not found") << "a plain key is bytes as given";
}

TEST_F(KvContract, HistoryOldestFirstWithDeletes) {
    run("set", {pair("a", "1")});
    run("set", {pair("ab", "another key")});
    run("update", {pair("a", "<2>")});
    run("delete", {"a"});
    run_in_block("set", {pair("a", "3")});
    auto entry = [this](std::string_view data, ledger::Height height, std::uint32_t index,
                        std::string_view deleted) {
        return R"({"txId":")" + tx(height, index) + R"(","dataInfo":")" + std::string(data) +
               R"(","txTime":"2026-11-22 15:50:0)" + std::to_string(height) + R"(","isDelete":)" +
               std::string(deleted) + "}";
    };
    // The `<` is escaped when stored, and the escape's backslash when listed.
    EXPECT_EQ(answer("getHistory", {"a"}),
              "[" + entry(R"({\"BaseKey\":\"a\",\"BaseInfo\":\"1\"})", 1, 0, "false") + "," +
                  entry(R"({\"BaseKey\":\"a\",\"BaseInfo\":\"\\u003c2\\u003e\"})", 3, 0, "false") +
                  "," + entry("", 4, 0, "true") + "," +
                  entry(R"({\"BaseKey\":\"a\",\"BaseInfo\":\"3\"})", 4, 1, "false") + "]");
    EXPECT_EQ(answer("getHistory", {"b"}), "[]");
}

TEST_F(KvContract, HistoryOrderIsOfNumbersAndNotOfText) {
    height_ = 254;
    for (int i = 0; i < 4; ++i) run(i == 0 ? "set" : "update", {pair("a", std::to_string(i))});
    std::string listed = answer("getHistory", {"a"});
    for (int i = 0; i < 3; ++i) {
        auto at = [&](int n) { return listed.find("BaseInfo\\\":\\\"" + std::to_string(n)); };
        EXPECT_LT(at(i), at(i + 1)) << listed;
    }
}

TEST_F(KvContract, RefusedCallsLeaveNoHistory) {
    EXPECT_EQ(refusal("update", {pair("a", "1")}), "the key value not exists");
    EXPECT_EQ(refusal("delete", {"a"}), "key value not exist");
    EXPECT_EQ(answer("getHistory", {"a"}), "[]");
}

TEST_F(KvContract, TimesCrossMidnightInChina) {
    height_ = 8 * 3600 + 9 * 60 + 59;  // 07:50:00 + this + 1 s = 16:00:00Z
    run("set", {pair("a", "1")});
    EXPECT_NE(answer("getHistory", {"a"}).find(R"("txTime":"2026-11-23 00:00:00")"),
              std::string::npos);
}

TEST_F(KvContract, EventsCarryTheArgument) {
    auto events = [](const ledger::Receipt& receipt) {
        std::string text;
        for (const auto& log : receipt.logs) {
            text += log.contract + ":";
            for (const Bytes& topic : log.topics) text += to_text(topic) + ":";
            text += to_text(log.data);
        }
        return text;
    };
    EXPECT_EQ(events(run("set", {pair("a", "1")})), "kv:event_set:" + pair("a", "1"));
    EXPECT_EQ(events(run("update", {pair("a", "2")})), "kv:event_update:" + pair("a", "2"));
    EXPECT_EQ(events(run("get", {"a"})), "");
    EXPECT_EQ(events(run("delete", {"a"})), "kv:event_delete:a");
}

TEST_F(KvContract, CapitalisedNames) {
    EXPECT_EQ(as_text(run("Set", {pair("a", "1")}).result), "SUCCESS");
    EXPECT_EQ(as_text(run("Update", {pair("a", "2")}).result), "SUCCESS");
    EXPECT_EQ(answer("Get", {"a"}), "2");
    EXPECT_EQ(as_text(run("Delete", {"a"}).result), "SUCCESS");
    EXPECT_EQ(answer("GetHistory", {"a"}), answer("getHistory", {"a"}));
    EXPECT_NE(answer("GetHistory", {"a"}), "[]");
}

TEST_F(KvContract, OtherFunctions) {
    for (const char* function : {"SET", "gethistory", "init", ""}) {
        auto receipt = run(function, {"a"});
        EXPECT_EQ(receipt.status, ledger::ExecutionStatus::unknown_function) << function;
        EXPECT_EQ(receipt.error, "Invalid Request") << function;
        EXPECT_EQ(ask(function, {"a"}).error().code, Code::not_found) << function;
    }
}

TEST_F(KvContract, ReadAsTransaction) {
    run("set", {pair("a", "1")});
    EXPECT_EQ(as_text(run("get", {"a"}).result), "1");
    EXPECT_EQ(refusal("get", {"b"}), "data not found");
}

TEST_F(KvContract, GasCountsArgumentsAndBothEntries) {
    std::string request = pair("a", "1");
    std::size_t entry = 9 + 1 + std::string_view(R"({"BaseKey":"a","BaseInfo":"1"})").size();
    std::size_t version_key = 8 + 4 + 1 + 8 + 4;
    std::size_t version = 1 + 1 + 32 + 8 + 4 + entry - 10;
    EXPECT_EQ(run("set", {request}).gas, request.size() + entry + version_key + version);
    EXPECT_EQ(run("get", {"a"}).gas, 1U);
}

TEST_F(KvContract, BrokenStateIsNotTheCallersMistake) {
    run("set", {pair("a", "1")});
    for (auto& [key, value] : state_.entries) value.resize(value.size() - 1);
    EXPECT_EQ(ask("get", {"a"}).error().code, Code::corrupted);
    EXPECT_EQ(ask("getHistory", {"a"}).error().code, Code::corrupted);
    state_.unreadable = true;
    EXPECT_EQ(ask("get", {"a"}).error().code, Code::io_error);
    ledger::StateOverlay overlay(state_);
    EXPECT_EQ(call(overlay, "set", {pair("b", "1")}).error().code, Code::io_error);
}

}  // namespace
}  // namespace bsn::contract
