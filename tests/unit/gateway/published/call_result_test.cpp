#include "gateway/published/call_result.hpp"

#include "contract/abi/codec.hpp"
#include "support/foreign_vectors.hpp"

namespace bsn::gateway::published {
namespace {

namespace abi = contract::abi;

TEST(PublishedCallResult, IsAnArrayAsTheSdkReadsIt) {
    const auto golden = testing::foreign_vectors("published-gateway.json");
    auto contract = abi::Abi::parse(golden["fisco"]["abi"].get<std::string>());
    ASSERT_TRUE(contract.ok());
    const abi::Entry& select = **contract->function("select");
    auto list = [](abi::Value value) { return abi::Value::of_items({std::move(value)}); };
    const Bytes output = abi::encode(
        select.outputs, {list(abi::Value::of_text("s0604")), list(abi::Value::of_signed(-5)),
                         list(abi::Value::of_text("a\"a"))});
    EXPECT_EQ(*call_result(select, output), R"([["s0604"],[-5],["a\"a"]])");
    EXPECT_FALSE(call_result(select, ByteView(output).first(40)).ok());
}

TEST(PublishedCallResult, HasNumbersOfAnySize) {
    auto contract =
        abi::Abi::parse(R"~(["function f() view returns (uint256, bool, (int8,bytes2)[])"])~");
    ASSERT_TRUE(contract.ok());
    const abi::Entry& function = **contract->function("f");
    ledger::Word largest;
    std::fill(largest.data(), largest.data() + ledger::Word::size(), std::uint8_t{0xff});
    const Bytes output = abi::encode(
        function.outputs,
        {abi::Value::of_word(largest), abi::Value::of_bool(true), abi::Value::of_items({})});
    EXPECT_EQ(*call_result(function, output),
              "[11579208923731619542357098500868790785326998466564056403945758400791312963993"
              "5,true,[]]");
}

}  // namespace
}  // namespace bsn::gateway::published
