// The conformance suite against a channel of our ledger that speaks FISCO BCOS: the contracts are
// Solidity (contracts/*.sol, compiled: `bsn contract build NAME.sol --optimize`), and found by the
// contract name service.

#include "contract/abi/callee.hpp"
#include "contract/abi/codec.hpp"
#include "contract/abi/text.hpp"
#include "crypto/random.hpp"
#include "framework/solidity_calls.hpp"
#include "ledger/outside_signature.hpp"
#include "ledger_app.hpp"
#include "suite.hpp"

#include <nlohmann/json.hpp>

#include <fstream>

namespace bsn::framework::conformance {
namespace {

namespace abi = contract::abi;
using Json = nlohmann::json;

constexpr std::uint64_t k_group = 7;
constexpr std::uint64_t k_gas = 100'000'000;
/// Roles permit functions of `evm`, such as `evm.call`, and not those of a Solidity contract.
constexpr const char* k_app =
    R"({"name":"app","framework":"fisco","suite":"secp256k1","evm":{"group":7},"roles":[)"
    R"({"name":"writer","functions":["*"]},{"name":"reader","functions":["kv.get"]}]})";

Json package_of(const std::string& name) {
    std::ifstream file(std::string(BSN_TESTS_DIR) + "/conformance/framework/contracts/" + name +
                       ".json");
    return Json::parse(file);
}

class FiscoTarget final : public LedgerApp {
  public:
    FiscoTarget() : LedgerApp(k_app, crypto::SuiteId::secp256k1, {"evm", "create"}) {
        deploy("kv", "Kv");
        deploy("evidence", "Evidence");
    }

    std::vector<std::string> arguments_of_set(const std::string& key,
                                              const std::string& value) const override {
        return {key, value};
    }
    ShownCall shown(const Invocation& /*call*/) const override { return {"evm", "call", {}}; }
    std::string emitter(const std::string& contract) const override {
        return to_hex(addresses_.at(contract).view());
    }

    bool deploy_papers() override {
        deploy("papers", "Evidence");
        return true;
    }

  private:
    Chain& chain() { return *required(framework(0).open_chain(channel())); }

    /// Creates a contract and gives it its name; waits until all nodes know of it.
    void deploy(const std::string& name, const std::string& contract) {
        const Json package = package_of(contract);
        const ledger::Address address =
            create(required(from_hex(package["bytecode"].get<std::string>().substr(2))));
        addresses_[name] = address;
        Invocation naming;
        naming.contract = "0x1004";
        naming.function = abi::name_insert_function().signature() + " returns (int256)";
        for (const std::string& argument :
             {name, std::string("1"), abi::address_text(address), package["abi"].dump()}) {
            naming.arguments.push_back(to_bytes(argument));
        }
        naming.identity = &writer();
        const TransactionView named = sent(required(chain().make_transaction(naming)));
        for (std::size_t node = 1; node < nodes(); ++node) {
            wait_for_height(*required(framework(node).open_chain(channel())), named.height);
        }
    }

    ledger::Address create(Bytes code) {
        ledger::fisco::Transaction creation;
        creation.nonce = crypto::random_value<ledger::Word>();
        creation.gas = ledger::word_of(k_gas);
        creation.block_limit = chain().height() + k_fisco_block_limit;
        creation.data = std::move(code);
        creation.chain_id = 1;
        creation.group_id = k_group;
        const crypto::PublicKey& key = writer().public_key();
        require(ledger::set_signature(
            creation, writer().sign(ledger::signing_message(creation, key.suite)), key));
        sent(ledger::Transaction::wrap(ledger::Dialect::fisco, creation.encode()));
        const Json receipt =
            ask("getTransactionReceipt", {k_group, "0x" + to_hex(creation.hash().view())});
        return required(abi::address_from_text(receipt["contractAddress"].get<std::string>()));
    }

    TransactionView sent(Bytes transaction) {
        Answer answer = submit(chain(), {std::move(transaction)}).at(0);
        if (!answer) throw std::runtime_error(answer.error().message);
        if (!answer->success) throw std::runtime_error(answer->error);
        return *answer;
    }

    /// By the RPC of the chain's own clients.
    Json ask(const std::string& method, Json parameters) {
        auto answered = std::make_shared<std::promise<std::string>>();
        chain().client_rpc()->answer(
            Json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", parameters}}.dump(),
            [answered](std::string answer) { answered->set_value(std::move(answer)); });
        return Json::parse(answered->get_future().get()).at("result");
    }

    std::map<std::string, ledger::Address> addresses_;
};

INSTANTIATE_TEST_SUITE_P(fisco, FrameworkConformance,
                         ::testing::Values(NamedTarget{
                             "fisco", [] { return std::make_unique<FiscoTarget>(); }}),
                         name_of_target);

}  // namespace
}  // namespace bsn::framework::conformance
