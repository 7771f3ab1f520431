// A node whose disk fails, or whose records are damaged, decides nothing: a fault is told as a
// fault, never as a refusal (which the ledger would keep), and never as a success.

#include "registry_fixture.hpp"

namespace bsn::registry::testing {
namespace {

/// A state of which the read of a number fails, or answers damaged bytes.
class FaultyState final : public ledger::StateReader {
  public:
    FaultyState(const ledger::StateReader& below, std::size_t at, bool damaged)
        : below_(below), at_(at), damaged_(damaged) {}

    Result<std::optional<Bytes>> get(std::string_view contract, ByteView key) const override {
        auto value = below_.get(contract, key);
        if (damaged_ && value.ok() && !*value) return value;  // nothing there to be damaged
        if (++reads_ != at_) return value;
        if (damaged_) return std::optional(Bytes{0xFF});
        return Error{Code::io_error, "disk"};
    }
    Status scan(std::string_view contract, ByteView prefix, ByteView start,
                const Visitor& visit) const override {
        bool empty = true;
        BSN_CHECK(below_.scan(contract, prefix, start, [&](ByteView, ByteView) {
            empty = false;
            return false;
        }));
        // The list of a participant's apps is one of keys: its values say nothing.
        const bool keys_only = prefix.front() == membership_key({}, "").front();
        const bool counts = !damaged_ || (!empty && !keys_only);
        if (!counts || ++reads_ != at_) return below_.scan(contract, prefix, start, visit);
        if (!damaged_) return Error{Code::io_error, "disk"};
        return below_.scan(contract, prefix, start,
                           [&](ByteView key, ByteView) { return visit(key, Bytes{0xFF}); });
    }
    std::size_t reads() const { return reads_; }

  private:
    const ledger::StateReader& below_;
    const std::size_t at_;
    const bool damaged_;
    mutable std::size_t reads_ = 0;
};

class UnreadableStateTest : public RegistryTest {
  protected:
    explicit UnreadableStateTest(std::uint16_t operators = 1) : RegistryTest(operators) {}

    /// Calls a function of one argument on a state.
    auto call(const Person& caller, std::string_view function, const std::string& argument,
              ledger::StateOverlay& state) const {
        const std::vector<Bytes> arguments{to_bytes(argument)};
        return contract::execute(make_registry_contract().get(),
                                 chain.call_of(caller, function, arguments, chain.order_height + 1),
                                 state);
    }
    /// Calls the function once for each of its reads, with that one failing. It must be a call that
    /// succeeds on the state as it is.
    void expect_faults_told(const Person& caller, std::string_view function,
                            const std::vector<std::string>& arguments) {
        SCOPED_TRACE(std::string(function));
        std::vector<Bytes> bytes;
        for (const std::string& argument : arguments) bytes.push_back(to_bytes(argument));
        const contract::Call call = chain.call_of(caller, function, bytes, chain.order_height + 1);
        const auto contract = make_registry_contract();
        for (const bool damaged : {false, true}) {
            const FaultyState sound(chain.state(), 0, damaged);
            ledger::StateOverlay kept(sound);
            const auto success = contract::execute(contract.get(), call, kept);
            ASSERT_TRUE(success.ok());
            ASSERT_EQ(success->receipt.status, ledger::ExecutionStatus::success)
                << success->receipt.error;
            for (std::size_t at = 1; at <= sound.reads(); ++at) {
                const FaultyState faulty(chain.state(), at, damaged);
                ledger::StateOverlay overlay(faulty);
                const auto outcome = contract::execute(contract.get(), call, overlay);
                ASSERT_FALSE(outcome.ok()) << "read " << at << (damaged ? " damaged" : " failed");
                EXPECT_NE(outcome.error().code, Code::contract_failed);
                EXPECT_TRUE(overlay.changes().value().empty());
            }
        }
    }
};

class UnreadableAgreementTest : public UnreadableStateTest {
  protected:
    UnreadableAgreementTest() : UnreadableStateTest(2) {}
};

TEST_F(UnreadableStateTest, functions_of_apps) {
    publish();
    expect_faults_told(op, "publish_app", {spec("other")});
    expect_faults_told(publisher, "upgrade_contract", {"kv", "papers", "evidence", "1"});
    expect_faults_told(publisher, "set_role", {"kv", R"({"name":"all","functions":["*"]})"});
    expect_faults_told(publisher, "suspend_app", {"kv", "closed"});
    chain.ok(publisher, "suspend_app", {"kv", "closed"});
    expect_faults_told(publisher, "resume_app", {"kv"});
}

TEST_F(UnreadableStateTest, functions_of_members) {
    publish();
    const std::string other = known(alice).hex();
    expect_faults_told(alice, "join_app", {"kv", "writer"});
    expect_faults_told(publisher, "invite", {"kv", other, "writer"});
    chain.ok(alice, "join_app", {"kv", "writer"});
    expect_faults_told(publisher, "approve", {"kv", other, "writer"});
    chain.ok(publisher, "approve", {"kv", other, "writer"});
    expect_faults_told(publisher, "remove_member", {"kv", other});
}

TEST_F(UnreadableStateTest, functions_of_participants) {
    expect_faults_told(alice, "register", {"Alice"});
    const std::string other = known(alice).hex();
    expect_faults_told(op, "set_publisher", {other, "yes"});
    publish();
    join(alice);
    const crypto::PrivateKey fresh = make_key(SuiteId::secp256r1, 50);
    const crypto::PublicKey& key = fresh.public_key();
    const Bytes statement = key_change_statement(chain.genesis.network(), alice.id, key);
    std::vector<std::string> change{"secp256r1", to_hex(key.bytes), to_hex(fresh.sign(statement))};
    expect_faults_told(alice, "rotate_key", change);
    change.insert(change.begin(), other);
    expect_faults_told(op, "recover_key", change);
    expect_faults_told(op, "revoke_participant", {other});
}

TEST_F(UnreadableStateTest, an_app_listed_under_who_is_no_member_of_it_is_passed_over) {
    publish();
    ledger::StateOverlay state(chain.state());
    const std::string other = known(alice).hex();
    state.put(k_contract, membership_key(alice.id, "kv"), {});
    const auto outcome = call(op, "revoke_participant", other, state);
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(outcome->receipt.status, ledger::ExecutionStatus::success) << outcome->receipt.error;
    EXPECT_TRUE(outcome->decisions.empty());
}

TEST_F(UnreadableStateTest, what_the_genesis_wrote_and_is_gone_is_told_as_a_fault) {
    for (const Bytes& gone : {settings_key(), system_epoch_key()}) {
        ledger::StateOverlay state(chain.state());
        state.erase(k_contract, gone);
        const auto outcome = call(op, "revoke_node", "city-0", state);
        ASSERT_FALSE(outcome.ok()) << to_hex(gone);
        EXPECT_EQ(outcome.error().code, Code::corrupted);
    }
}

TEST_F(UnreadableStateTest, an_app_is_not_published_on_a_network_without_nodes) {
    ledger::StateOverlay state(chain.state());
    for (const auto& node : chain.genesis.nodes) state.erase(k_contract, node_key(node.id()));
    const auto outcome = call(op, "publish_app", spec("kv"), state);
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(outcome->receipt.status, ledger::ExecutionStatus::refused);
    EXPECT_EQ(outcome->receipt.error, "the network has no active city node");
}

TEST_F(UnreadableStateTest, functions_of_nodes) {
    publish();
    expect_faults_told(op, "revoke_node", {"city-0"});
}

TEST_F(UnreadableAgreementTest, what_another_operator_has_agreed_to) {
    chain.ok(op, "revoke_node", {"city-0"});
    expect_faults_told(Person(801), "revoke_node", {"city-0"});
}

}  // namespace
}  // namespace bsn::registry::testing
