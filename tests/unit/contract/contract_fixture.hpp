#pragma once
// A chain that is just long enough to call contracts on: a state in memory, and a block per call.

#include "contract/contract.hpp"
#include "ledger/world_state.hpp"

#include <gtest/gtest.h>

#include <map>

namespace bsn::contract::testing {

/// World state in a map.
class MemoryState final : public ledger::StateReader {
  public:
    Result<std::optional<Bytes>> get(std::string_view contract, ByteView key) const override {
        if (unreadable) return Error{Code::io_error, "disk gone"};
        auto found = entries.find({std::string(contract), to_bytes(key)});
        if (found == entries.end()) return std::optional<Bytes>{};
        return std::optional<Bytes>(found->second);
    }

    Status scan(std::string_view contract, ByteView prefix, ByteView start,
                const Visitor& visit) const override {
        if (unreadable) return Error{Code::io_error, "disk gone"};
        auto from = std::max(to_bytes(prefix), to_bytes(start));
        for (auto at = entries.lower_bound({std::string(contract), from}); at != entries.end();
             ++at) {
            const auto& [name, key] = at->first;
            bool within = name == contract && key.size() >= prefix.size() &&
                          equal(ByteView(key).first(prefix.size()), prefix);
            if (!within || !visit(key, at->second)) break;
        }
        return {};
    }

    void apply(const ledger::StateOverlay& overlay) {
        auto changes = overlay.changes();
        for (auto& change : *changes) {
            if (change.after) {
                entries[{change.contract, change.key}] = *change.after;
            } else {
                entries.erase({change.contract, change.key});
            }
        }
    }

    std::map<std::pair<std::string, Bytes>, Bytes> entries;
    bool unreadable = false;
};

inline ledger::ParticipantId participant(std::uint8_t number) {
    ledger::ParticipantId id;
    id.data()[0] = 0xA0;
    id.data()[31] = number;
    return id;
}

/// 2026-11-22T07:50:00.123Z
inline constexpr UnixMillis k_start = 1'795'333'800'123;

/// Calls one contract; each transaction is a block of its own, a second after the one before.
class ContractTest : public ::testing::Test {
  protected:
    explicit ContractTest(std::string name) : name_(std::move(name)) {
        add_builtin_contracts(contracts_);
        contract_ = contracts_.find(name_, 1);
    }

    /// Executes a call on an overlay and leaves block and state as they are.
    Result<Outcome> call(ledger::StateOverlay& overlay, std::string_view function,
                         const std::vector<std::string>& arguments) {
        std::vector<Bytes> bytes = to_arguments(arguments);
        return execute(contract_, make_call(function, bytes), overlay);
    }

    /// A transaction in the next block.
    ledger::Receipt run(std::string_view function, const std::vector<std::string>& arguments) {
        next_block();
        return run_in_block(function, arguments);
    }

    /// One more transaction in the block of the last one.
    ledger::Receipt run_in_block(std::string_view function,
                                 const std::vector<std::string>& arguments) {
        ledger::StateOverlay overlay(state_);
        auto outcome = call(overlay, function, arguments);
        ++index_;
        if (!outcome) throw std::runtime_error(outcome.error().message);
        state_.apply(overlay);
        return std::move(outcome->receipt);
    }

    Result<Bytes> ask(std::string_view function, const std::vector<std::string>& arguments) {
        std::vector<Bytes> bytes = to_arguments(arguments);
        return query(contract_, make_call(function, bytes), state_);
    }

    /// The answer to a query, or the sentence that refused it.
    std::string answer(std::string_view function, const std::vector<std::string>& arguments) {
        auto result = ask(function, arguments);
        return result ? to_text(*result) : result.error().message;
    }

    /// The sentence that a transaction is refused with; empty if it is not. Refused transactions
    /// leave neither changes nor events.
    std::string refusal(std::string_view function, const std::vector<std::string>& arguments) {
        auto before = state_.entries;
        auto receipt = run(function, arguments);
        if (receipt.status == ledger::ExecutionStatus::success) return {};
        EXPECT_EQ(receipt.status, ledger::ExecutionStatus::refused);
        EXPECT_EQ(state_.entries, before);
        EXPECT_TRUE(receipt.logs.empty());
        EXPECT_TRUE(receipt.result.empty());
        return receipt.error;
    }

    void next_block() {
        ++height_;
        index_ = 0;
    }

    Call make_call(std::string_view function, std::span<const Bytes> arguments) const {
        Call call;
        call.contract = name_;
        call.function = function;
        call.arguments = arguments;
        call.caller = caller_;
        call.transaction = transaction();
        call.height = height_;
        call.index = index_;
        call.time = k_start + height_ * 1000;
        return call;
    }

    /// The id of the transaction at this height and index.
    ledger::TxId transaction_at(ledger::Height height, std::uint32_t index) const {
        ledger::TxId id;
        id.data()[0] = 0xEE;
        id.data()[30] = static_cast<std::uint8_t>(height);
        id.data()[31] = static_cast<std::uint8_t>(index);
        return id;
    }
    ledger::TxId transaction() const { return transaction_at(height_, index_); }

    static std::vector<Bytes> to_arguments(const std::vector<std::string>& texts) {
        std::vector<Bytes> bytes;
        bytes.reserve(texts.size());
        for (const std::string& text : texts) bytes.push_back(to_bytes(text));
        return bytes;
    }

    std::string name_;
    Contracts contracts_;
    const Contract* contract_ = nullptr;
    MemoryState state_;
    ledger::ParticipantId caller_ = participant(1);
    ledger::Height height_ = 0;
    std::uint32_t index_ = 0;
};

}  // namespace bsn::contract::testing
