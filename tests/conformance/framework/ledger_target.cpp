// The conformance suite against our own ledger.

#include "ledger_app.hpp"
#include "suite.hpp"

namespace bsn::framework::conformance {
namespace {

constexpr const char* k_app =
    R"({"name":"app","contracts":[{"name":"kv"},{"name":"evidence"}],"roles":[)"
    R"({"name":"writer","functions":["*"]},)"
    R"({"name":"reader","functions":["kv.get","kv.getHistory","evidence.get","evidence.find",)"
    R"("evidence.history"]}]})";

class LedgerTarget final : public LedgerApp {
  public:
    LedgerTarget() : LedgerApp(k_app, crypto::SuiteId::secp256r1, {"kv", "set"}) {}

    bool deploy_papers() override {
        call_system({{&publisher(), "upgrade_contract", {"app", "papers", "evidence", "1"}}});
        wait_for_all([](const peer::Replica& replica) {
            return replica.access().contract("papers").has_value();
        });
        return true;
    }
};

INSTANTIATE_TEST_SUITE_P(ledger, FrameworkConformance,
                         ::testing::Values(NamedTarget{
                             "ledger", [] { return std::make_unique<LedgerTarget>(); }}),
                         name_of_target);

}  // namespace
}  // namespace bsn::framework::conformance
