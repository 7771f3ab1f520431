// JSON-RPC as geth answers it: the envelope, its errors and its bounds. What the methods themselves
// say is tested beside the dialects.
#include "framework/json_rpc.hpp"

#include <gtest/gtest.h>

namespace bsn::framework::rpc {
namespace {

class JsonRpcTest : public ::testing::Test {
  protected:
    JsonRpcTest() {
        methods_.add("echo", 1, [](const Params& params) -> Answer<Json> {
            BSN_TRY(said, params.required(0, text));
            return Json(said);
        });
        methods_.add("number", 2, [](const Params& params) -> Answer<Json> {
            BSN_TRY(number, params.required(0, [](const Json& value) { return quantity(value); }));
            BSN_TRY(more, params.optional(1, [](const Json& value) { return quantity(value); }));
            return Json(quantity_text(number + more.value_or(0)));
        });
        methods_.add("revert", 0, [](const Params&) -> Answer<Json> {
            return Failure(ErrorNumber::reverted, "execution reverted: no", Json("0x08c379a0"));
        });
        methods_.add("broken", 0, [](const Params&) -> Answer<Json> {
            return Error{Code::not_found, "header not found"};
        });
        methods_.add("null", 0, [](const Params&) -> Answer<Json> { return Json(nullptr); });
        methods_.add_async("later", 0,
                           [this](const Params&, const Reply& reply) { later_.push_back(reply); });
    }

    std::string ask(std::string_view request) {
        std::optional<std::string> answered;
        answer(methods_, limits_, request, [&](std::string text) {
            EXPECT_FALSE(answered) << "a request is answered once";
            answered = std::move(text);
        });
        EXPECT_TRUE(answered);
        return answered.value_or("");
    }

    Methods methods_;
    Limits limits_;
    std::vector<Reply> later_;
};

/// The answer of geth 1.13 to the same request.
struct Exchange {
    std::string_view request;
    std::string_view answer;
};

TEST_F(JsonRpcTest, AnswersAsGethDoes) {
    const std::vector<Exchange> exchanges = {
        {R"({"jsonrpc":"2.0","id":1,"method":"echo","params":["a"]})",
         R"({"jsonrpc":"2.0","id":1,"result":"a"})"},
        {R"({"method":"null","id":"x","jsonrpc":"2.0"})",
         R"({"jsonrpc":"2.0","id":"x","result":null})"},
        {R"({"jsonrpc":"2.0","id":1,"method":"gone","params":[]})",
         R"({"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"the method gone does not exist/is not available"}})"},
        {R"({"jsonrpc":"2.0","id":1,"method":"echo"})",
         R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"missing value for required argument 0"}})"},
        {R"({"jsonrpc":"2.0","id":1,"method":"echo","params":[null]})",
         R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"invalid argument 0: json: cannot unmarshal null into Go value of type string"}})"},
        {R"({"jsonrpc":"2.0","id":1,"method":"echo","params":["a","b"]})",
         R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"too many arguments, want at most 1"}})"},
        {R"({"jsonrpc":"2.0","id":1,"method":"echo","params":{"a":1}})",
         R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"non-array args"}})"},
        {R"({"jsonrpc":"2.0","id":1,"method":"number","params":["12"]})",
         R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"invalid argument 0: json: cannot unmarshal hex string without 0x prefix into Go value of type hexutil.Uint64"}})"},
        {R"({"jsonrpc":"2.0","id":1,"method":"number","params":["0x1",7]})",
         R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"invalid argument 1: json: cannot unmarshal non-string into Go value of type hexutil.Uint64"}})"},
        {R"({"jsonrpc":"2.0","id":1,"method":"revert"})",
         R"({"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"execution reverted: no","data":"0x08c379a0"}})"},
        {R"({"jsonrpc":"2.0","id":1,"method":"broken"})",
         R"({"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"header not found"}})"},
        {R"({"id":1,"method":"null"})",
         R"({"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"invalid request"}})"},
        {R"({"jsonrpc":"2.0","id":{},"method":"null"})",
         R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"invalid request"}})"},
        {R"({"jsonrpc":"2.0","id":7})",
         R"({"jsonrpc":"2.0","id":7,"error":{"code":-32600,"message":"invalid request"}})"},
        {R"("hello")",
         R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"invalid request"}})"},
        {R"({"jsonrpc":"2.0")",
         R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}})"},
        {"", R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}})"},
        {"[]", R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"empty batch"}})"},
    };
    for (const Exchange& exchange : exchanges) {
        EXPECT_EQ(ask(exchange.request), exchange.answer) << exchange.request;
    }
}

TEST_F(JsonRpcTest, EchoesIdsExactly) {
    for (std::string_view id : {"0", "-3", "1.0", "1e3", "123456789012345678901234567890", "\"\"",
                                "\"\\\"\"", "null", "true", "18446744073709551615"}) {
        std::string request =
            "{\"jsonrpc\":\"2.0\",\"method\":\"null\",\"id\":" + std::string(id) + "}";
        EXPECT_EQ(ask(request),
                  "{\"jsonrpc\":\"2.0\",\"id\":" + std::string(id) + ",\"result\":null}");
    }
}

TEST_F(JsonRpcTest, NotificationsGetNoAnswer) {
    EXPECT_EQ(ask(R"({"jsonrpc":"2.0","method":"null"})"), "");
    EXPECT_EQ(ask(R"({"jsonrpc":"2.0","method":"gone"})"), "");
    EXPECT_EQ(ask(R"([{"jsonrpc":"2.0","method":"null"}])"), "");
    EXPECT_EQ(
        ask(R"([{"jsonrpc":"2.0","method":"null"},{"jsonrpc":"2.0","id":2,"method":"null"}])"),
        R"([{"jsonrpc":"2.0","id":2,"result":null}])");
}

TEST_F(JsonRpcTest, BatchesAreAnsweredInOrderWhenTheLastAnswerIsThere) {
    std::optional<std::string> answered;
    answer(
        methods_, limits_,
        R"([{"jsonrpc":"2.0","id":1,"method":"later"},5,{"jsonrpc":"2.0","id":2,"method":"later"},
               {"jsonrpc":"2.0","id":3,"method":"echo","params":["c"]}])",
        [&](std::string text) { answered = std::move(text); });
    ASSERT_EQ(later_.size(), 2U);
    later_[1](Json("b"));
    EXPECT_FALSE(answered);
    later_[0](Json("a"));
    EXPECT_EQ(answered,
              R"([{"jsonrpc":"2.0","id":1,"result":"a"},)"
              R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"invalid request"}},)"
              R"({"jsonrpc":"2.0","id":2,"result":"b"},{"jsonrpc":"2.0","id":3,"result":"c"}])");
}

TEST_F(JsonRpcTest, BoundsTheBatch) {
    limits_.max_batch = 2;
    std::string call = R"({"jsonrpc":"2.0","id":4,"method":"null"})";
    EXPECT_EQ(ask("[" + call + "," + call + "," + call + "]"),
              R"([{"jsonrpc":"2.0","id":4,"error":{"code":-32600,"message":"batch too large"}}])");
}

TEST_F(JsonRpcTest, BoundsTheRequest) {
    limits_.max_request_bytes = 60;
    EXPECT_EQ(ask(std::string(61, ' ')), R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,)"
                                         R"("message":"request too large: at most 60 bytes"}})");
}

TEST_F(JsonRpcTest, BoundsTheDepth) {
    std::string deep = R"({"jsonrpc":"2.0","id":1,"method":"null","params":)";
    auto nested = [&](std::size_t lists) {
        return deep + std::string(lists, '[') + std::string(lists, ']') + "}";
    };
    limits_.max_depth = 3;
    EXPECT_NE(ask(nested(2)).find("too many arguments"), std::string::npos);
    EXPECT_NE(ask(nested(3)).find("parse error"), std::string::npos);
    EXPECT_NE(ask(std::string(1'000'000, '[')).find("parse error"), std::string::npos);
}

TEST_F(JsonRpcTest, BoundsTheAnswer) {
    limits_.max_answer_bytes = 100;
    std::string call =
        R"({"jsonrpc":"2.0","id":1,"method":"echo","params":[")" + std::string(40, 'x') + R"("]})";
    std::string too_large = R"("error":{"code":-32003,"message":"response too large"})";
    EXPECT_EQ(ask(call).find(too_large), std::string::npos);
    std::string batch = ask("[" + call + "," + call + "," + call + "]");
    EXPECT_NE(batch.find(std::string(40, 'x')), std::string::npos) << "the first fits";
    EXPECT_NE(batch.find(too_large), std::string::npos) << "the second does not";
    std::string large =
        R"({"jsonrpc":"2.0","id":1,"method":"echo","params":[")" + std::string(101, 'x') + R"("]})";
    EXPECT_NE(ask(large).find(too_large), std::string::npos);
}

TEST_F(JsonRpcTest, ATableMayStandOnAnother) {
    Methods own(&methods_);
    own.add("null", 0, [](const Params&) -> Answer<Json> { return Json("own"); });
    std::string said;
    auto keep = [&](std::string text) { said = std::move(text); };
    answer(own, limits_, R"({"jsonrpc":"2.0","id":1,"method":"null"})", keep);
    EXPECT_EQ(said, R"({"jsonrpc":"2.0","id":1,"result":"own"})");
    answer(own, limits_, R"({"jsonrpc":"2.0","id":1,"method":"echo","params":["a"]})", keep);
    EXPECT_EQ(said, R"({"jsonrpc":"2.0","id":1,"result":"a"})");
}

TEST(JsonRpcValues, QuantitiesAreReadAsGethReadsThem) {
    EXPECT_EQ(*quantity_from("0x0"), 0U);
    EXPECT_EQ(*quantity_from("0xffffffffffffffff"), 0xffffffffffffffffU);
    EXPECT_EQ(*quantity_from("0xAb"), 0xabU);
    EXPECT_EQ(quantity_from("").error().message, "empty hex string");
    EXPECT_EQ(quantity_from("12").error().message, "hex string without 0x prefix");
    EXPECT_EQ(quantity_from("0x").error().message, "hex string \"0x\"");
    EXPECT_EQ(quantity_from("0x01").error().message, "hex number with leading zero digits");
    EXPECT_EQ(quantity_from("0x1g").error().message, "invalid hex string");
    EXPECT_EQ(quantity_from("0x-1").error().message, "invalid hex string");
    EXPECT_EQ(quantity_from("0x10000000000000000").error().message, "hex number > 64 bits");
    EXPECT_EQ(word_from("0x1" + std::string(64, '0')).error().message, "hex number > 256 bits");
    EXPECT_EQ(quantity_text(*word_from("0x1" + std::string(63, '0'))),
              "0x1" + std::string(63, '0'));
    EXPECT_EQ(quantity_text(Word{}), "0x0");
    EXPECT_EQ(quantity_text(255), "0xff");
}

TEST(JsonRpcValues, DataIsReadAsGethReadsIt) {
    EXPECT_EQ(*data("0x"), Bytes{});
    EXPECT_EQ(*data("0x00ff"), (Bytes{0, 0xff}));
    EXPECT_EQ(
        data("0x0").error().message,
        "json: cannot unmarshal hex string of odd length into Go value of type hexutil.Bytes");
    EXPECT_EQ(data("00").error().message,
              "json: cannot unmarshal hex string without 0x prefix into Go value of type "
              "hexutil.Bytes");
    EXPECT_EQ(data_of_size("0x0011", 20, "common.Address").error().message,
              "hex string has length 4, want 40 for common.Address");
    EXPECT_EQ(data_text(Bytes{0, 1}), "0x0001");
}

}  // namespace
}  // namespace bsn::framework::rpc
