#pragma once
// Precompiled contracts over a journal in memory, called as a contract or a client would.

#include "contract/abi/answers.hpp"
#include "contract/fisco/precompiles.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <set>

namespace bsn::contract::fisco {

inline ledger::Address address_of(std::uint64_t number) {
    return abi::Value::of_number(number).address();
}

class FakeJournal : public Journal {
  public:
    ledger::Word load(const ledger::Address& account, const ledger::Word& slot) override {
        const auto found = slots.find({account, slot});
        return found == slots.end() ? ledger::Word{} : found->second;
    }
    void store(const ledger::Address& account, const ledger::Word& slot,
               const ledger::Word& word) override {
        if (word.is_zero()) {
            slots.erase({account, slot});
        } else {
            slots[{account, slot}] = word;
        }
    }
    Bytes get_blob(const ledger::Address& account, const ledger::Word& slot) override {
        return blobs.at(load(account, slot));
    }
    void put_blob(const ledger::Address& /*account*/, const ledger::Word& /*slot*/,
                  ByteView bytes) override {
        blobs[*ledger::Word::from(crypto::hash(crypto::HashId::keccak256, bytes))] =
            to_bytes(bytes);
    }
    bool has_code(const ledger::Address& account) override { return code.contains(account); }
    bool exists(const ledger::Address& account) override { return used.contains(account); }

    std::map<std::pair<ledger::Address, ledger::Word>, ledger::Word> slots;
    std::map<ledger::Word, Bytes> blobs;
    std::set<ledger::Address> code;
    std::set<ledger::Address> used;
};

/// The accounts of the tests.
inline const ledger::Address k_alice = address_of(0xA11CE);
inline const ledger::Address k_bob = address_of(0xB0B);
inline const ledger::Address k_contract = address_of(0xC0DE);

/// A chain whose transactions are calls.
class FiscoTest : public ::testing::Test {
  protected:
    using End = CallResult::End;

    /// A call within the transaction that runs; what it changed is undone if it fails.
    CallResult send(const ledger::Address& to, std::string_view signature, abi::Values arguments,
                    std::uint64_t gas = 10'000'000) {
        const Bytes input =
            abi::encode_call(*abi::parse_signature(signature), arguments, settings_.hash);
        return send(to, input, gas);
    }
    CallResult send(const ledger::Address& to, const Bytes& input, std::uint64_t gas) {
        const auto before = journal_.slots;
        CallResult result =
            transaction_->call(journal_, Call{to, caller_, origin_, input, gas, is_static_});
        EXPECT_LE(result.gas_used, gas);
        if (result.end != End::success) journal_.slots = before;
        if (is_static_) {
            EXPECT_EQ(journal_.slots, before) << "a static call wrote";
        }
        return result;
    }

    /// The number that a call yields.
    std::int64_t number(const CallResult& result) {
        EXPECT_EQ(result.end, End::success) << reason(result);
        if (result.output.size() != 32) return -1;
        const auto text =
            abi::to_json(*abi::parse_type("int256"), abi::Value::of_bytes(result.output));
        return std::stoll(text.get<std::string>());
    }
    std::int64_t number(std::uint64_t to, std::string_view signature, abi::Values arguments) {
        return number(send(address_of(to), signature, std::move(arguments)));
    }
    /// The address that a call yields.
    ledger::Address address(const CallResult& result) {
        EXPECT_EQ(result.end, End::success) << reason(result);
        return abi::Value::of_bytes(result.output).address();
    }
    /// Results as JSON, by their types.
    std::string json(std::string_view types, const CallResult& result) {
        EXPECT_EQ(result.end, End::success) << reason(result);
        const auto parameters = *abi::parse_parameters(types);
        const auto values = abi::decode(parameters, result.output);
        if (!values) return values.error().message;
        return abi::to_json(parameters, *values).dump();
    }
    std::string text(const CallResult& result) {
        EXPECT_EQ(result.end, End::success) << reason(result);
        const auto values = abi::decode(*abi::parse_parameters("(string)"), result.output);
        return values ? std::string(values->front().text()) : values.error().message;
    }
    /// Why a call was undone.
    std::string reason(const CallResult& result) {
        if (result.end == End::out_of_gas) return "out of gas";
        return result.end == End::success
                   ? "success"
                   : abi::read_revert(abi::Abi::of({}), result.output, settings_.hash).message;
    }

    static abi::Value str(std::string_view text) { return abi::Value::of_text(text); }
    static abi::Value num(std::int64_t number) { return abi::Value::of_signed(number); }
    static abi::Value at(const ledger::Address& address) { return abi::Value::of_address(address); }

    /// The next transaction, in the next block.
    void next_block() {
        ++settings_.height;
        transaction_.emplace(settings_);
    }

    FakeJournal journal_;
    Settings settings_{crypto::HashId::keccak256, 10};
    std::optional<Precompiles> transaction_{settings_};
    ledger::Address origin_ = k_alice;
    ledger::Address caller_ = k_contract;
    bool is_static_ = false;
};

}  // namespace bsn::contract::fisco
