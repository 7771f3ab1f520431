#pragma once

#include "cli/keyring.hpp"
#include "cli/node_client.hpp"
#include "gateway/http_server.hpp"
#include "support/fake_backend.hpp"
#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

namespace bsn::cli {

/// A node over HTTP whose chain does what the bytes of a transaction say, and a member of its apps.
class LiveNode : public ::testing::Test {
  protected:
    void SetUp() override {
        backend.set_now(SystemClock().now());
        backend.add_participant({identity.participant, identity.key.public_key(), "me", false},
                                true);
        ASSERT_TRUE(server.start().ok());
    }
    void TearDown() override {
        server.stop();
        pool.stop();
    }

    net::Endpoint live() const { return {false, "127.0.0.1", server.port()}; }

    ThreadPool pool{2};
    testing::FakeBackend backend{pool};
    gateway::HttpServer server{{}, backend, pool};
    Identity identity = [] {
        crypto::PrivateKey key = testing::make_key(crypto::SuiteId::secp256r1, 5);
        ledger::ParticipantId participant = ledger::participant_id_of(key.public_key());
        return Identity{"me", std::move(key), participant};
    }();
};

}  // namespace bsn::cli
