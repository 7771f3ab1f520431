#include "ledger_app.hpp"

#include "suite.hpp"
#include "support/ledger_fixtures.hpp"

namespace bsn::framework::conformance {
namespace {

using namespace std::chrono_literals;

KeySigner signer(crypto::SuiteId suite, std::uint32_t number) {
    auto key = testing::make_key(suite, number);
    Bytes participant = to_bytes(ledger::participant_id_of(key.public_key()).view());
    return {std::move(key), std::move(participant)};
}

}  // namespace

LedgerApp::LedgerApp(const std::string& app, crypto::SuiteId suite, const Function& writes)
    : operator_(signer(crypto::SuiteId::secp256r1, 10)),
      writer_(signer(suite, 11)),
      reader_(signer(suite, 12)),
      stranger_(signer(suite, 13)) {
    node::NetworkPlan network = ledger_network_plan();
    network.operators.push_back({"operator", operator_.public_key()});
    require(node::make_network_files(folder_.path(), network, SystemClock().now()));
    genesis_ = required(node::read_genesis(folder_.path() / "genesis.json"));
    network_ = std::make_unique<LedgerNetwork>(folder_.path(), genesis_);
    call_system({{&operator_, "publish_app", {app}}});
    call_system(
        {{&writer_, "join_app", {"app", "writer"}}, {&reader_, "join_app", {"app", "reader"}}});
    // In one block, so that the app need not make two for it.
    call_system({{&operator_, "approve", {"app", to_hex(writer_.participant())}},
                 {&operator_, "approve", {"app", to_hex(reader_.participant())}}});
    const auto id = ledger::ParticipantId::from(writer_.participant()).value();
    wait_for_all([&](const peer::Replica& replica) {
        return replica.access()
            .authorize(id, writer_.public_key(), writes.contract, writes.function)
            .ok();
    });
}

void LedgerApp::restart() {
    network_.reset();
    network_ = std::make_unique<LedgerNetwork>(folder_.path(), genesis_);
}

Bytes LedgerApp::foreign_trusted_state() {
    ledger::Genesis foreign = genesis_;
    foreign.name = "another network";
    return to_bytes(foreign.to_json());
}

void LedgerApp::call_system(const std::vector<Call>& calls) {
    std::vector<Bytes> transactions;
    for (const Call& call : calls) {
        Invocation made;
        made.contract = "registry";
        made.function = call.function;
        for (const std::string& argument : call.arguments) {
            made.arguments.push_back(to_bytes(argument));
        }
        made.identity = call.signer;
        transactions.push_back(required(system().make_transaction(made)));
    }
    for (const Answer& answer : submit(system(), transactions)) {
        if (!answer) throw std::runtime_error(answer.error().message);
        if (!answer->success) throw std::runtime_error(answer->error);
    }
}

void LedgerApp::wait_for_all(const std::function<bool(const peer::Replica&)>& condition) const {
    const auto deadline = std::chrono::steady_clock::now() + k_patience;
    for (const auto& node : network_->nodes) {
        while (!holds(*node, condition)) {
            if (std::chrono::steady_clock::now() > deadline) {
                throw std::runtime_error("the app did not become ready");
            }
            std::this_thread::sleep_for(2ms);
        }
    }
}

bool LedgerApp::holds(const LedgerNode& node,
                      const std::function<bool(const peer::Replica&)>& condition) const {
    auto app = node.view.app("app");
    if (!app) return false;
    for (const auto& [channel, replica] : node.framework->replicas()) {
        if (channel == app->record.channel) return condition(*replica);
    }
    return false;
}

}  // namespace bsn::framework::conformance
