#pragma once
// A permission chain that is just long enough to call its contract on: a state in memory, and a
// block per call.

#include "crypto/private_key.hpp"
#include "ledger/genesis.hpp"
#include "peer/access_table.hpp"
#include "registry/contract.hpp"
#include "registry/records.hpp"
#include "store/database.hpp"
#include "support/receipt_world.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <stdexcept>

namespace bsn::registry::testing {

using bsn::testing::make_key;
using crypto::SuiteId;
using ledger::ControlRecord;

/// Someone with a key.
struct Person {
    explicit Person(std::uint32_t number, SuiteId suite = SuiteId::secp256r1)
        : key(make_key(suite, number)), id(ledger::participant_id_of(key.public_key())) {}

    std::string hex() const { return to_hex(id); }

    crypto::PrivateKey key;
    ledger::ParticipantId id;
};

/// A view of what a state says.
struct LoadedView : View {
    LoadedView(ledger::ChannelId system, const ledger::StateReader& state) : View(system) {
        EXPECT_TRUE(load(state));
    }
};

/// The chain of `sample_genesis`: nodes `city-0` …, operators with keys 800, 801 ….
class Chain {
  public:
    explicit Chain(std::size_t nodes = 4, std::size_t operators = 1, std::uint16_t approvals = 1,
                   const std::function<void(ledger::Genesis&)>& change = nullptr)
        : genesis(bsn::testing::sample_genesis(nodes, operators)) {
        genesis.approvals = approvals;
        if (change) change(genesis);
        contract::add_builtin_contracts(contracts_);
        contracts_.add(make_registry_contract());
        ledger::StateOverlay overlay(state_);
        write_genesis(overlay, genesis);
        apply(overlay);
    }

    /// A transaction in a block of its own.
    ledger::Receipt call(const Person& caller, std::string_view function,
                         const std::vector<std::string>& arguments) {
        ++order_height;
        return call_in_block(caller, function, arguments);
    }

    /// A call of the registry in the block of this height. It refers to the arguments.
    contract::Call call_of(const Person& caller, std::string_view function,
                           const std::vector<Bytes>& arguments, std::uint64_t height) const {
        contract::Call call;
        call.contract = std::string(k_contract);
        call.function = std::string(function);
        call.arguments = arguments;
        call.caller = caller.id;
        call.signer = caller.key.public_key();
        call.network = genesis.network();
        call.channel = ledger::system_channel(call.network);
        call.height = call.order_height = height;
        call.time = 1'700'000'000'000 + height * 1'000;
        return call;
    }

    /// A transaction in the block of the last one.
    ledger::Receipt call_in_block(const Person& caller, std::string_view function,
                                  const std::vector<std::string>& arguments) {
        std::vector<Bytes> bytes;
        for (const std::string& argument : arguments) bytes.push_back(to_bytes(argument));
        contract::Call call = call_of(caller, function, bytes, order_height);
        call.transaction = crypto::hash(crypto::HashId::sha256, as_bytes(std::to_string(++calls_)));
        last_transaction = call.transaction;
        ledger::StateOverlay overlay(state_);
        auto outcome = contract::execute(contracts_.find(k_contract, 1), call, overlay);
        if (!outcome) throw std::runtime_error(outcome.error().message);
        decisions = outcome->decisions;
        apply(overlay);
        return std::move(outcome->receipt);
    }

    /// The answer to a call that must succeed.
    std::string ok(const Person& caller, std::string_view function,
                   const std::vector<std::string>& arguments) {
        auto receipt = call(caller, function, arguments);
        EXPECT_EQ(receipt.status, ledger::ExecutionStatus::success) << receipt.error;
        return to_text(receipt.result);
    }

    /// The sentence of a call that must be refused; it changes nothing and decides nothing.
    std::string refusal(const Person& caller, std::string_view function,
                        const std::vector<std::string>& arguments) {
        auto before = entries();
        auto receipt = call(caller, function, arguments);
        EXPECT_EQ(receipt.status, ledger::ExecutionStatus::refused);
        EXPECT_EQ(entries(), before);
        EXPECT_TRUE(decisions.empty());
        EXPECT_TRUE(receipt.logs.empty());
        return receipt.error;
    }

    LoadedView view() const { return {ledger::system_channel(genesis.network()), state_}; }
    AppRecord app(std::string_view name) const { return view().app(name)->record; }
    MemberRecord member(std::string_view name, const Person& person) const {
        return view().app(name)->members.at(person.id);
    }

    /// The decisions of the last call about a channel.
    std::vector<ControlRecord> decided(const ledger::ChannelId& channel) const {
        std::vector<ControlRecord> records;
        for (const auto& [about, record] : decisions) {
            if (about == channel) records.push_back(record);
        }
        return records;
    }

    /// Puts an entry beside the contract.
    void write(const Bytes& key, const Bytes& value) {
        ledger::StateOverlay overlay(state_);
        overlay.put(k_contract, key, value);
        apply(overlay);
    }

    const ledger::StateReader& state() const { return state_; }
    std::map<Bytes, Bytes> entries() const {
        std::map<Bytes, Bytes> entries;
        EXPECT_TRUE(state_.scan(k_contract, {}, {}, [&](ByteView key, ByteView value) {
            entries[to_bytes(key)] = to_bytes(value);
            return true;
        }));
        return entries;
    }

    ledger::Genesis genesis;
    std::uint64_t order_height = 10;
    std::vector<std::pair<ledger::ChannelId, ControlRecord>> decisions;  ///< of the last call
    ledger::TxId last_transaction;

  private:
    void apply(const ledger::StateOverlay& overlay) {
        auto batch = database_->batch();
        auto changes = overlay.changes();
        for (const auto& change : changes.value()) {
            Bytes key = ledger::StoredState::database_key({}, change.contract, change.key);
            if (change.after) {
                batch->put(store::Table::state, key, *change.after);
            } else {
                batch->erase(store::Table::state, key);
            }
        }
        if (!database_->write(*batch)) throw std::runtime_error("not written");
    }

    contract::Contracts contracts_;
    std::unique_ptr<store::Database> database_ = store::make_memory_database();
    ledger::StoredState state_{*database_, {}};
    std::uint64_t calls_ = 0;
};

/// An app of contract `kv` with roles `writer` (kv.*), `auditor` (kv.get) and the public `reader`
/// (kv.get); `more` are further members of the JSON.
inline std::string spec(const std::string& name, const std::string& more = "") {
    return R"({"name":")" + name + R"(",)" + more +
           R"("contracts":[{"name":"kv"}],"roles":[{"name":"writer","functions":["kv.*"]},)" +
           R"({"name":"auditor","functions":["kv.get"]},)" +
           R"({"name":"reader","public":true,"functions":["kv.get"]}]})";
}

class RegistryTest : public ::testing::Test {
  protected:
    /// All operators must agree to a change of the network.
    explicit RegistryTest(std::uint16_t operators = 1) : chain(4, operators, operators) {}

    /// The caller's app `kv`, published by `publisher`.
    void publish(const std::string& more = "") {
        chain.ok(op, "set_publisher", {known(publisher).hex(), "yes"});
        chain.ok(publisher, "publish_app", {spec("kv", more)});
    }
    /// Makes somebody known to the chain.
    const Person& known(const Person& person) {
        chain.ok(person, "register", {"somebody"});
        return person;
    }
    /// Makes somebody a member of `kv` with a role.
    void join(const Person& person, const std::string& roles = "writer") {
        chain.ok(person, "join_app", {"kv", roles});
        chain.ok(publisher, "approve", {"kv", person.hex()});
    }
    ledger::ChannelId channel() const { return chain.app("kv").channel; }

    Chain chain;
    Person op{800};
    Person publisher{1};
    Person alice{2};
    Person bob{3};
};

inline void expect_contains(const std::string& text, std::string_view part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
}

}  // namespace bsn::registry::testing
