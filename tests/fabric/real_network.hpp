#pragma once
// A real network of Fabric that tests/e2e/fabric_client_test.py runs, and our chain over its
// channel.

#include "base/clock.hpp"
#include "base/files.hpp"
#include "framework/fabric/client/fabric_chain.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <future>
#include <sstream>

namespace bsn::framework::fabric::testing {

using Json = nlohmann::json;

inline std::string file_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// What $BSN_FABRIC_NETWORK, a network.json of tests/support/fabric_network.py, says.
class RealNetwork {
  public:
    RealNetwork() : json_(Json::parse(file_text(std::getenv("BSN_FABRIC_NETWORK")))) {}

    std::string channel() const { return json_["channel"]; }
    bool bft() const { return json_["consensus"] == "BFT"; }
    Bytes first_block() const { return to_bytes(file_text(json_["genesis_block"])); }
    std::size_t organizations() const { return json_["organizations"].size(); }

    Identity identity(std::size_t organization, const std::string& name) const {
        const Json& owner = json_["organizations"][organization];
        const Json& files = owner[name];
        auto key = crypto::PrivateKey::from_pem(file_text(files["key"]), "");
        return {owner["msp_id"], file_text(files["certificate"]),
                std::make_shared<KeySigner>(std::move(*key))};
    }
    std::vector<Endpoint> peers() const {
        std::vector<Endpoint> found;
        for (const Json& one : json_["organizations"]) {
            for (const Json& peer : one["peers"]) found.push_back(endpoint(peer));
        }
        return found;
    }
    std::vector<Endpoint> orderers() const {
        std::vector<Endpoint> found;
        for (const Json& one : json_["ordering"]["orderers"]) found.push_back(endpoint(one));
        return found;
    }

  private:
    Endpoint endpoint(const Json& node) const {
        Endpoint found;
        found.name = node["name"];
        found.address = node["address"];
        found.tls.authority = file_text(node["tls_root"]);
        found.msp_id = node["msp_id"];
        if (json_["client_tls_required"]) {
            const Json& user = json_["organizations"][0]["user"];
            found.tls.certificate = file_text(user["tls_certificate"]);
            found.tls.key = file_text(user["tls_key"]);
        }
        return found;
    }

    const Json json_;
};

/// Participants are the users of the network's organisations.
class KnownUsers final : public CertificateSource {
  public:
    explicit KnownUsers(std::vector<Identity> users) : users_(std::move(users)) {}
    Result<Certified> certificate_of(ByteView participant,
                                     const crypto::PublicKey& key) const override {
        for (const Identity& one : users_) {
            if (equal(one.signer->participant(), participant) && one.signer->public_key() == key) {
                return Certified{one.msp_id, one.certificate};
            }
        }
        return Error{Code::forbidden, "this participant has no certificate here"};
    }

  private:
    const std::vector<Identity> users_;
};

inline constexpr std::uint64_t k_timeout_ms = 30'000;

/// Our chain over the channel, with chaincode `kv`.
class RealChain : public ::testing::Test {
  protected:
    RealChain() { open(); }
    ~RealChain() override {
        chain_.reset();
        pool_.stop();
    }

    void open() {
        FabricChainOptions options;
        options.channel = network_.channel();
        options.peers = network_.peers();
        options.orderers = network_.orderers();
        options.reader = network_.identity(0, "user");
        options.configuration = network_.first_block();
        options.certificates = std::make_shared<KnownUsers>(std::vector{user_});
        auto chain = FabricChain::open(std::move(options), pool_);
        ensure(chain.ok(), "the chain cannot be opened");
        chain_ = std::move(*chain);
        for (int i = 0; i < 600 && !chain_->ready(); ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        EXPECT_TRUE(chain_->ready()) << chain_->trouble();
    }

    Invocation call(const std::string& function, const std::string& argument) const {
        Invocation made;
        made.contract = "kv";
        made.function = function;
        made.arguments = {to_bytes(argument)};
        made.identity = user_.signer.get();
        return made;
    }
    static std::string pair(const std::string& key, const std::string& value) {
        return Json{{"baseKey", key}, {"baseValue", value}}.dump();
    }
    std::future<Result<TransactionView>> begin(Invocation invocation) {
        auto promise = std::make_shared<std::promise<Result<TransactionView>>>();
        auto answer = promise->get_future();
        chain_->invoke(std::move(invocation), user_.signer, k_timeout_ms,
                       [promise](std::vector<Result<TransactionView>> answers) {
                           promise->set_value(std::move(answers.front()));
                       });
        return answer;
    }
    Result<TransactionView> invoke(Invocation invocation) {
        return begin(std::move(invocation)).get();
    }
    Result<Bytes> endorse(Bytes signed_proposal) {
        std::promise<Result<Bytes>> promise;
        chain_->when_endorsed(std::move(signed_proposal), [&](Result<Bytes> payload) {
            promise.set_value(std::move(payload));
        });
        return promise.get_future().get();
    }
    std::vector<Result<TransactionView>> submit(std::vector<Bytes> transactions) {
        std::promise<std::vector<Result<TransactionView>>> promise;
        chain_->submit(std::move(transactions), k_timeout_ms,
                       [&](std::vector<Result<TransactionView>> answers) {
                           promise.set_value(std::move(answers));
                       });
        return promise.get_future().get();
    }
    /// A key that no run has used.
    std::string fresh_key(const std::string& name) const {
        return name + std::to_string(SystemClock().now());
    }

    const RealNetwork network_;
    const Identity user_ = network_.identity(0, "user");
    ThreadPool pool_{2};
    std::unique_ptr<FabricChain> chain_;
};

}  // namespace bsn::framework::fabric::testing
