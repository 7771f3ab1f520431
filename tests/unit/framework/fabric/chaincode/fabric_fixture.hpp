#pragma once
// A contract server, and a peer of Fabric that is connected to it.

#include "contract/builtin.hpp"
#include "crypto/certificate_authority.hpp"
#include "framework/fabric/chaincode/contract_server.hpp"
#include "support/fabric_peer.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace bsn::framework::fabric::testing {

using bsn::testing::FabricCall;
using bsn::testing::FabricOutcome;
using bsn::testing::FabricPeer;

inline constexpr UnixMillis k_now = 1'795'333'800'000;

struct Identity {
    crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
    std::string certificate = crypto::make_authority_certificate(key, "user", k_now, 365);
    std::string participant() const { return to_hex(ledger::participant_id_of(key.public_key())); }
};

inline std::string transaction_id(std::uint64_t number) { return fmt::format("{:064x}", number); }
/// A hash per number.
inline std::string hash_text(std::uint64_t number) { return fmt::format("{:064x}", number); }

class ContractServerTest : public ::testing::Test {
  protected:
    void start(std::unique_ptr<contract::Contract> contract, ContractServerOptions options = {}) {
        contract_ = std::move(contract);
        options.listen = "127.0.0.1:0";
        options.package_id = "evidence_1:c0ffee";
        auto server = ContractServer::start(*contract_, options);
        ASSERT_TRUE(server) << server.error().message;
        server_ = std::move(*server);
        peer_ = std::make_unique<FabricPeer>(address());
        ASSERT_EQ(peer_->package_id, "evidence_1:c0ffee");
    }
    std::string address() const { return fmt::format("127.0.0.1:{}", server_->port()); }

    /// A call of the next transaction, a second after the one before.
    FabricCall next(std::vector<std::string> arguments) {
        FabricCall call;
        call.transaction = transaction_id(++transactions_);
        call.arguments = std::move(arguments);
        call.seconds += static_cast<std::int64_t>(transactions_);
        call.certificate = user_.certificate;
        return call;
    }
    FabricOutcome call(std::vector<std::string> arguments) {
        return peer_->call(next(std::move(arguments)));
    }
    std::string refusal(const FabricCall& call) {
        auto before = peer_->state;
        auto outcome = peer_->call(call);
        EXPECT_EQ(outcome.status, 500);
        EXPECT_EQ(peer_->state, before);
        EXPECT_FALSE(outcome.event);
        return outcome.message;
    }

    Identity user_;
    std::unique_ptr<contract::Contract> contract_;
    std::unique_ptr<ContractServer> server_;
    std::unique_ptr<FabricPeer> peer_;
    std::uint64_t transactions_ = 0;
};

}  // namespace bsn::framework::fabric::testing
