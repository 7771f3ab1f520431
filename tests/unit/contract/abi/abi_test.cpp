#include "contract/abi/abi.hpp"

#include "contract/abi/answers.hpp"
#include "contract/abi/codec.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace bsn::contract::abi {
namespace {

using crypto::HashId;

constexpr std::string_view k_token = R"json([
  {"type":"constructor","inputs":[{"name":"supply","type":"uint256"}],"stateMutability":"nonpayable"},
  {"type":"function","name":"transfer","inputs":[{"name":"to","type":"address"},{"name":"amount","type":"uint256"}],
   "outputs":[{"name":"","type":"bool"}],"stateMutability":"nonpayable"},
  {"type":"function","name":"safeTransferFrom","inputs":[{"type":"address"},{"type":"address"},{"type":"uint256"}]},
  {"type":"function","name":"safeTransferFrom","inputs":[{"type":"address"},{"type":"address"},{"type":"uint256"},{"type":"bytes"}]},
  {"type":"function","name":"mark","inputs":[{"type":"uint256"}]},
  {"type":"function","name":"mark","inputs":[{"type":"string"}]},
  {"name":"orders","inputs":[],"constant":true,"outputs":[{"name":"list","type":"tuple[]",
    "components":[{"name":"id","type":"uint64"},{"name":"buyer","type":"address"}]},{"name":"next","type":"uint256"}]},
  {"type":"event","name":"Transfer","inputs":[{"name":"from","type":"address","indexed":true},
    {"name":"to","type":"address","indexed":true},{"name":"value","type":"uint256","indexed":false}]},
  {"type":"event","name":"Note","inputs":[{"name":"text","type":"string","indexed":true},{"name":"n","type":"int8"}]},
  {"type":"error","name":"TooPoor","inputs":[{"name":"has","type":"uint256"},{"name":"needs","type":"uint256"}]},
  {"type":"receive","stateMutability":"payable"},
  "function ping(bytes4 id) view returns (bytes4)"
])json";

std::string refusal(const Result<const Entry*>& found) {
    return found ? (*found)->signature() : found.error().message;
}

TEST(Abi, FindsFunctionsByNameSignatureAndNumberOfArguments) {
    const Abi abi = *Abi::parse(k_token);
    EXPECT_EQ(refusal(abi.function("transfer")), "transfer(address,uint256)");
    EXPECT_EQ(refusal(abi.function("transfer(address, uint amount)")), "transfer(address,uint256)");
    EXPECT_EQ(refusal(abi.function("safeTransferFrom", 4)),
              "safeTransferFrom(address,address,uint256,bytes)");
    EXPECT_EQ(refusal(abi.function("safeTransferFrom")),
              "several functions are called 'safeTransferFrom': write which one, "
              "safeTransferFrom(address,address,uint256), "
              "safeTransferFrom(address,address,uint256,bytes)");
    EXPECT_EQ(refusal(abi.function("mark", 1)),
              "several functions are called 'mark': write which one, mark(uint256), mark(string)");
    EXPECT_EQ(refusal(abi.function("mark(string)", 1)), "mark(string)");
    EXPECT_NE(refusal(abi.function("burn")).find("has no function 'burn'; it has transfer("),
              std::string::npos);
    EXPECT_NE(refusal(abi.function("transfer(address)")).find("has no function"),
              std::string::npos);
    EXPECT_TRUE((*abi.function("orders"))->reads()) << "as compilers before 0.4.16 tell it";
    EXPECT_TRUE((*abi.function("ping"))->reads());
    EXPECT_FALSE((*abi.function("transfer"))->reads());
    EXPECT_EQ(abi.constructor().inputs.size(), 1U);
    EXPECT_TRUE(Abi::parse("[]")->constructor().inputs.empty());
    EXPECT_EQ(Abi::parse(R"json({"contractName":"A","abi":["f()"]})json")->entries().size(), 1U);
}

TEST(Abi, SelectorsAreOfTheChainsHash) {
    EXPECT_EQ(to_hex(selector("transfer(address,uint256)")), "a9059cbb");
    EXPECT_EQ(to_hex(selector("Error(string)", HashId::sm3)), "c703cb12");
    const Abi abi = *Abi::parse(k_token);
    const Selector sm = selector("transfer(address,uint256)", HashId::sm3);
    EXPECT_EQ(abi.by_selector(EntryKind::function, sm, HashId::sm3), *abi.function("transfer"));
    EXPECT_EQ(abi.by_selector(EntryKind::function, sm, HashId::keccak256), nullptr);
}

TEST(Abi, RefusesWhatIsMalformed) {
    for (const char* wrong : {
             "",
             "{",
             "5",
             "{}",
             "[5]",
             R"([{"type":"function"}])",
             R"([{"type":"function","name":"a b"}])",
             R"([{"type":"thing","name":"a"}])",
             R"([{"type":"function","name":"a","inputs":[{"type":"uint7"}]}])",
             R"([{"type":"function","name":"a","inputs":[{"type":"tuple"}]}])",
             R"([{"type":"function","name":"a","inputs":[{"type":"uint256[0]"}]}])",
             R"([{"type":"function","name":"a","inputs":[{"type":"uint256[-1]"}]}])",
             R"([{"type":"function","name":"a","inputs":[{"type":"fixed128x18"}]}])",
             R"([{"type":"function","name":"a","inputs":[{"type":"uint256[9999999][9999999]"}]}])",
             R"([{"type":"function","name":"a","inputs":[{"type":"string[9999999]"}]}])",
             R"([{"type":"function","name":"a","inputs":{}}])",
             R"([{"type":"function","name":5}])",
             R"([{"type":"function","name":"a","stateMutability":"odd"}])",
         }) {
        EXPECT_FALSE(Abi::parse(wrong)) << wrong;
    }
    std::string deep = R"({"type":"uint8"})";
    for (int i = 0; i < 40; ++i) deep = R"({"type":"tuple","components":[)" + deep + "]}";
    EXPECT_FALSE(Abi::parse(R"([{"name":"a","inputs":[)" + deep + "]}]"));
    EXPECT_EQ(Abi::parse(std::string(k_max_abi + 1, ' ')).error().code, Code::too_large);
    EXPECT_EQ(Abi::parse(R"json(["f()",{"type":"thing"}])json").error().message,
              "ABI, entry 2: 'thing' is nothing that an ABI describes");
}

TEST(AbiSignature, ReadsWhatSolidityWrites) {
    auto spelled = [](std::string_view text) {
        const auto entry = parse_signature(text);
        return entry ? entry->signature() : entry.error().message;
    };
    EXPECT_EQ(spelled("f()"), "f()");
    EXPECT_EQ(spelled("function f(uint, int[3][] memory x) external pure returns (bool ok, byte)"),
              "f(uint256,int256[3][])");
    EXPECT_EQ(spelled("f((uint8 a, tuple(bool, address payable)[2] b)[] calldata list)"),
              "f((uint8,(bool,address)[2])[])");
    EXPECT_EQ(spelled("event Transfer(address indexed from, address indexed to, uint256 value);"),
              "Transfer(address,address,uint256)");
    EXPECT_EQ(parse_signature("event E(uint8 indexed a) anonymous")->anonymous, true);
    EXPECT_EQ(parse_signature("constructor(string name) payable")->kind, EntryKind::constructor);
    EXPECT_EQ(parse_signature("receive() external payable")->kind, EntryKind::receive);
    for (const char* wrong : {"",
                              "f",
                              "f(",
                              "f(uint8",
                              "f(uint8,)",
                              "f()x",
                              "f() returns",
                              "1f()",
                              "f(uint8 a b)",
                              "f(a)",
                              "f(())",
                              "f(uint8[)",
                              "f(uint8]",
                              "f((uint8)",
                              "function (uint8)",
                              "event E() returns (bool)",
                              "error(uint8)",
                              "f(uint8) sometimes",
                              "f(uint08)",
                              "f(bytes33)",
                              "f(bytes0)"}) {
        EXPECT_FALSE(parse_signature(wrong)) << wrong;
    }
    EXPECT_FALSE(parse_signature("f(" + std::string(100, '(') + "uint8" + std::string(101, ')')));
    std::string wide = "f(uint8";
    for (int i = 0; i < 1100; ++i) wide += ",bool";
    EXPECT_FALSE(parse_signature(wide + ")"));
}

TEST(AbiAnswers, ResultsAreJson) {
    const Abi abi = *Abi::parse(k_token);
    const Entry& transfer = **abi.function("transfer");
    EXPECT_EQ(result_json(transfer, ledger::word_of(1))->dump(), "true");
    EXPECT_EQ(result_json(**abi.function("mark(string)"), {})->dump(), "null");
    EXPECT_EQ(result_json(transfer, {}).error().message,
              "result of transfer(address,uint256): an encoding of 0 bytes is too short for its "
              "values");
    const Entry& orders = **abi.function("orders");
    const Values values{
        Value::of_items({Value::of_items({Value::of_number(7), Value::of_address({})})}),
        Value::of_number(8)};
    EXPECT_EQ(
        result_json(orders, encode(orders.outputs, values))->dump(),
        R"({"list":[{"id":"7","buyer":"0x0000000000000000000000000000000000000000"}],"next":"8"})");
}

TEST(AbiAnswers, EventsAreFoundByTheirFirstTopic) {
    const Abi abi = *Abi::parse(k_token);
    auto topic = [](std::string_view signature) {
        return *ledger::Word::from(signature_hash(signature, HashId::keccak256));
    };
    const std::vector<ledger::Word> topics{topic("Transfer(address,address,uint256)"),
                                           ledger::word_of(1), ledger::word_of(2)};
    EXPECT_EQ(to_hex(topics[0]),
              "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
    EXPECT_EQ(
        event_json(abi, topics, ledger::word_of(5))->dump(),
        R"json({"event":"Transfer","signature":"Transfer(address,address,uint256)","arguments":{)json"
        R"("from":"0x0000000000000000000000000000000000000001",)"
        R"("to":"0x0000000000000000000000000000000000000002","value":"5"}})");
    const std::vector<ledger::Word> note{topic("Note(string,int8)"), topic("hello")};
    EXPECT_EQ((*event_json(abi, note, ledger::word_of(5)))["arguments"]["text"],
              "0x" + to_hex(note[1]));
    EXPECT_EQ(event_json(abi, std::span(topics).first(2), {}).error().code, Code::not_found);
    EXPECT_EQ(event_json(abi, {}, {}).error().code, Code::not_found);
    const std::vector<ledger::Word> no_address{topics[0], topics[0], topics[1]};
    EXPECT_FALSE(event_json(abi, no_address, ledger::word_of(5)));
    EXPECT_FALSE(event_json(abi, topics, {}));
    const Entry anonymous = *parse_signature("event Plain(uint8 indexed n, bool) anonymous");
    EXPECT_EQ(
        (*event_json(anonymous, std::span(topics).subspan(1, 1), ledger::word_of(1)))["arguments"]
            .dump(),
        R"(["1",true])");
}

TEST(AbiAnswers, RevertsAreRead) {
    const Abi abi = *Abi::parse(k_token);
    auto data = [](std::string_view error, const Values& values, HashId hash = HashId::keccak256) {
        return encode_call(*parse_signature(error), values, hash);
    };
    const Bytes reason = data("Error(string)", {Value::of_text("not enough")});
    EXPECT_EQ(to_hex(reason).substr(0, 8), "08c379a0");
    EXPECT_EQ(read_revert(abi, reason).message, "not enough");
    EXPECT_EQ(read_revert(abi, reason).name, "Error");
    EXPECT_EQ(
        read_revert(abi, data("Error(string)", {Value::of_text("SM")}, HashId::sm3), HashId::sm3)
            .message,
        "SM");
    EXPECT_EQ(read_revert(abi, data("Panic(uint256)", {Value::of_number(0x11)})).message,
              "panic 0x11: arithmetic overflow or underflow");
    const Revert own = read_revert(
        abi, data("TooPoor(uint256,uint256)", {Value::of_number(1), Value::of_number(2)}));
    EXPECT_EQ(own.name, "TooPoor");
    EXPECT_EQ(own.message, "TooPoor(\"1\", \"2\")");
    EXPECT_EQ(own.arguments, R"({"has":"1","needs":"2"})");
    EXPECT_EQ(read_revert(abi, {}).message, "reverted without a reason");
    EXPECT_EQ(read_revert(abi, *from_hex("08c379a0ff")).message, "reverted with 0x08c379a0ff");
    EXPECT_EQ(read_revert(abi, Bytes(1000, 1)).message.size(), 16 + 512 + 3U);
}

}  // namespace
}  // namespace bsn::contract::abi
