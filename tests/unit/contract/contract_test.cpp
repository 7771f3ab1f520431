#include "contract/contract.hpp"

#include "contract_fixture.hpp"

namespace bsn::contract {
namespace {

using ledger::ExecutionStatus;

// A contract whose functions do what their name says.

Result<Bytes> write_and_succeed(Context& context) {
    context.put(as_bytes("key"), to_bytes("value"));
    context.emit("written", {to_bytes("topic")}, to_bytes("data"));
    context.decide(ledger::ChannelId{}, ledger::StateControl{});
    return to_bytes("done");
}

Result<Bytes> write_and_refuse(Context& context) {
    BSN_CHECK(write_and_succeed(context).ok() ? Status{} : refuse("unexpected"));
    context.erase(as_bytes("old"));
    return refuse("changed my mind");
}

Result<Bytes> write_and_fail(Context& context) {
    context.put(as_bytes("key"), to_bytes("value"));
    return Error{Code::corrupted, "checksum"};
}

Result<Bytes> read_but_put(Context& context) {
    context.put(as_bytes("key"), {});
    return Bytes{};
}

Result<Bytes> read_but_erase(Context& context) {
    context.erase(as_bytes("key"));
    return Bytes{};
}

Result<Bytes> read_but_emit(Context& context) {
    context.emit("event", {}, {});
    return Bytes{};
}

Result<Bytes> read_but_decide(Context& context) {
    context.decide(ledger::ChannelId{}, ledger::StateControl{});
    return Bytes{};
}

Result<Bytes> read_size(Context& context) {
    return Bytes(static_cast<std::size_t>(std::stoul(to_text(context.call().arguments[0]))));
}

Result<Bytes> refuse_badly(Context&) { return refuse(std::string(5000, '\xFF')); }

constexpr std::array k_functions{
    Function{"succeed", FunctionKind::write, write_and_succeed, ""},
    Function{"refuse", FunctionKind::write, write_and_refuse, ""},
    Function{"fail", FunctionKind::write, write_and_fail, ""},
    Function{"readPut", FunctionKind::read, read_but_put, ""},
    Function{"readErase", FunctionKind::read, read_but_erase, ""},
    Function{"readEmit", FunctionKind::read, read_but_emit, ""},
    Function{"readDecide", FunctionKind::read, read_but_decide, ""},
    Function{"readSize", FunctionKind::read, read_size, ""},
    Function{"refuseBadly", FunctionKind::write, refuse_badly, ""},
};

class Sample final : public Contract {
  public:
    explicit Sample(std::uint32_t version) : version_(version) {}
    std::string_view type() const override { return "sample"; }
    std::uint32_t version() const override { return version_; }
    std::span<const Function> functions() const override { return k_functions; }

  private:
    std::uint32_t version_;
};

class Execution : public testing::ContractTest {
  protected:
    Execution() : ContractTest("sample") {
        contract_ = &sample_;
        state_.entries[{"sample", to_bytes("old")}] = to_bytes("there");
    }
    Sample sample_{1};
    ledger::StateOverlay overlay_{state_};
};

TEST_F(Execution, SuccessKeepsChangesEventsAndDecisions) {
    auto outcome = call(overlay_, "succeed", {"12345", "678"});
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(outcome->receipt.status, ExecutionStatus::success);
    EXPECT_EQ(as_text(outcome->receipt.result), "done");
    EXPECT_EQ(outcome->receipt.error, "");
    ASSERT_EQ(outcome->receipt.logs.size(), 1U);
    EXPECT_EQ(outcome->receipt.logs[0].contract, "sample");
    std::vector<Bytes> topics{to_bytes("written"), to_bytes("topic")};
    EXPECT_EQ(outcome->receipt.logs[0].topics, topics);
    EXPECT_EQ(as_text(outcome->receipt.logs[0].data), "data");
    EXPECT_EQ(outcome->decisions.size(), 1U);
    EXPECT_EQ(overlay_.changes()->size(), 1U);
    EXPECT_EQ(outcome->receipt.gas, 8U + 3U + 5U) << "arguments, key, value";
}

TEST_F(Execution, RefusalUndoesChangesEventsAndDecisions) {
    auto outcome = call(overlay_, "refuse", {"1234"});
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(outcome->receipt.status, ExecutionStatus::refused);
    EXPECT_EQ(outcome->receipt.error, "changed my mind");
    EXPECT_TRUE(outcome->receipt.result.empty());
    EXPECT_TRUE(outcome->receipt.logs.empty());
    EXPECT_TRUE(outcome->decisions.empty());
    EXPECT_TRUE(overlay_.changes()->empty());
    EXPECT_EQ(outcome->receipt.gas, 4U + 3U + 5U) << "what was put counts all the same";
}

TEST_F(Execution, RefusalKeepsWhatEarlierCallsOfTheBlockDid) {
    ASSERT_TRUE(call(overlay_, "succeed", {}).ok());
    ASSERT_TRUE(call(overlay_, "refuse", {}).ok());
    ASSERT_EQ(overlay_.changes()->size(), 1U);
    EXPECT_EQ(overlay_.changes()->at(0).key, to_bytes("key"));
    ASSERT_TRUE(call(overlay_, "succeed", {}).ok()) << "the overlay takes the next call";
}

TEST_F(Execution, AnyOtherErrorIsAFailureAndNoReceipt) {
    auto outcome = call(overlay_, "fail", {});
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().code, Code::corrupted);
    EXPECT_EQ(outcome.error().message, "sample.fail: checksum");
    EXPECT_TRUE(overlay_.changes()->empty());
}

TEST_F(Execution, UnknownContract) {
    contract_ = nullptr;
    auto outcome = call(overlay_, "succeed", {"123"});
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(outcome->receipt.status, ExecutionStatus::unknown_contract);
    EXPECT_EQ(outcome->receipt.error, "there is no contract \"sample\" in this app");
    EXPECT_EQ(outcome->receipt.gas, 3U);
    EXPECT_EQ(ask("readSize", {"0"}).error().code, Code::not_found);
}

TEST_F(Execution, UnknownFunctionNamesTheKnownOnes) {
    auto outcome = call(overlay_, "suceed", {"123"});
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(outcome->receipt.status, ExecutionStatus::unknown_function);
    EXPECT_TRUE(outcome->receipt.error.starts_with(
        "there is no function \"suceed\" in contract type sample version 1; there are: succeed, "))
        << outcome->receipt.error;
    EXPECT_EQ(outcome->receipt.gas, 3U);
    EXPECT_EQ(ask("suceed", {}).error().code, Code::not_found);
}

TEST_F(Execution, ReadFunctionIsATransactionToo) {
    auto outcome = call(overlay_, "readSize", {"65536"});
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(outcome->receipt.status, ExecutionStatus::success);
    EXPECT_EQ(outcome->receipt.result.size(), 65536U);
}

TEST_F(Execution, AnswerTooLongForAReceiptIsRefused) {
    auto outcome = call(overlay_, "readSize", {"65537"});
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(outcome->receipt.status, ExecutionStatus::refused);
    EXPECT_EQ(outcome->receipt.error,
              "the answer has 65537 bytes, and a receipt takes at most 65536: ask by a query");
    EXPECT_EQ(ask("readSize", {"65537"})->size(), 65537U);
}

TEST_F(Execution, ErrorTextIsMadeFitForAReceipt) {
    auto outcome = call(overlay_, "refuseBadly", {});
    ASSERT_TRUE(outcome.ok());
    EXPECT_TRUE(ledger::Receipt::decode(outcome->receipt.encode()).ok());
    EXPECT_LE(outcome->receipt.error.size(), ledger::k_max_error_bytes);
}

TEST_F(Execution, WritingInAReadFunctionIsABug) {
    for (const char* function : {"readPut", "readErase", "readEmit", "readDecide"}) {
        EXPECT_THROW((void)ask(function, {}), InvariantViolation) << function;
        ledger::StateOverlay overlay(state_);
        EXPECT_THROW((void)call(overlay, function, {}), InvariantViolation) << function;
    }
}

TEST_F(Execution, QueryOfAWritingFunctionSaysWhatToDo) {
    auto result = ask("succeed", {});
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, Code::invalid_argument);
    EXPECT_EQ(result.error().message,
              "sample.succeed writes: send it as a transaction, not as a query");
}

TEST(ContractsTest, FindsByTypeAndVersion) {
    Contracts contracts;
    add_builtin_contracts(contracts);
    contracts.add(std::make_unique<Sample>(3));
    contracts.add(std::make_unique<Sample>(2));
    EXPECT_EQ(contracts.find("sample", 2)->version(), 2U);
    EXPECT_EQ(contracts.find("sample", 1), nullptr);
    EXPECT_EQ(contracts.find("Sample", 2), nullptr);
    EXPECT_EQ(contracts.newest("sample"), 3U);
    EXPECT_EQ(contracts.newest("evidence"), 1U);
    EXPECT_EQ(contracts.newest("nothing"), 0U);
    EXPECT_EQ(contracts.newest("kv"), 2U);
    EXPECT_EQ(contracts.all().size(), 5U);
    EXPECT_THROW(contracts.add(std::make_unique<Sample>(2)), InvariantViolation);
}

TEST(ContractsTest, EveryBuiltinFunctionExplainsItself) {
    Contracts contracts;
    add_builtin_contracts(contracts);
    for (const auto& contract : contracts.all()) {
        for (const Function& function : contract->functions()) {
            EXPECT_FALSE(function.summary.empty()) << contract->type() << "." << function.name;
            EXPECT_EQ(contract->find(function.name), &function) << "two functions of one name";
        }
    }
}

}  // namespace
}  // namespace bsn::contract
