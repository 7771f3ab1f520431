#include "cli/fabric/depositor.hpp"

#include "base/clock.hpp"
#include "cli/bench/kept_connection.hpp"
#include "cli/evidence.hpp"
#include "framework/fabric/client/proposal_builder.hpp"
#include "framework/fabric/client/transaction.hpp"
#include "framework/fabric/client/transaction_check.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace {

namespace fabric = framework::fabric;

constexpr std::string_view k_bytes_type = "application/octet-stream";

class Depositor final : public Submitter {
  public:
    Depositor(std::unique_ptr<KeptConnection> connection, const AppRef& app,
              std::shared_ptr<const Creator> creator, std::size_t metadata_bytes)
        : connection_(std::move(connection)),
          creator_(std::move(creator)),
          serialized_(creator_->identity.serialized()),
          metadata_(metadata_bytes, 'x'),
          endorsements_(fmt::format("/v1/apps/{}/endorsements", to_hex(app.channel.view()))),
          transactions_(fmt::format("/v1/apps/{}/transactions?timeout_ms=60000",
                                    to_hex(app.channel.view()))) {}

    void submit(std::vector<Bytes> contents, Done done) override {
        count_ = contents.size();
        done_ = std::move(done);
        proposal_ = fabric::build_proposal(call_of(contents), serialized_);
        connection_->post(endorsements_, k_bytes_type,
                          to_bytes(proposal_.sign(creator_->identity).SerializeAsString()),
                          [this](Result<Bytes> payload) { take_payload(std::move(payload)); });
    }

  private:
    fabric::ProposalSpec call_of(const std::vector<Bytes>& contents) const {
        fabric::ProposalSpec spec;
        spec.channel = creator_->channel;
        spec.chaincode = k_evidence_contract;
        spec.time = SystemClock().now();
        if (contents.size() == 1) {
            spec.arguments = {"deposit", to_hex(contents.front()), metadata_};
            return spec;
        }
        std::string batch = "[";
        for (const Bytes& content : contents) {
            batch += fmt::format(R"({}{{"hash":"{}","metadata":"{}"}})",
                                 batch.size() > 1 ? "," : "", to_hex(content), metadata_);
        }
        spec.arguments = {"depositBatch", batch + "]"};
        return spec;
    }

    void take_payload(Result<Bytes> payload) {
        if (!payload) return answer({0, payload.error()});
        std::string text = to_text(*payload);
        if (!fabric::is_transaction_of(text, proposal_.proposal)) {
            return answer({0, Error{Code::bad_signature,
                                    "the node handed back another transaction than the one that "
                                    "was proposed"}});
        }
        const auto envelope = fabric::sign_payload(std::move(text), creator_->identity);
        connection_->post(transactions_, k_bytes_type, to_bytes(envelope.SerializeAsString()),
                          [this](const Result<Bytes>& body) {
                              if (!body) return answer({0, body.error()});
                              Submitted outcome = outcome_of_one(*body);
                              outcome.committed *= count_;
                              answer(outcome);
                          });
    }

    /// The next one may begin within `done`.
    void answer(const Submitted& outcome) { std::exchange(done_, nullptr)(outcome); }

    const std::unique_ptr<KeptConnection> connection_;
    const std::shared_ptr<const Creator> creator_;
    const std::string serialized_;
    const std::string metadata_;
    const std::string endorsements_;
    const std::string transactions_;
    fabric::BuiltProposal proposal_;  ///< of what is under way, like all that follows
    std::size_t count_ = 0;
    Done done_;
};

}  // namespace

Result<std::unique_ptr<Submitter>> fabric_depositor(boost::asio::io_context& io,
                                                    const net::Endpoint& node, const AppRef& app,
                                                    std::shared_ptr<const Creator> creator,
                                                    std::size_t metadata_bytes) {
    BSN_TRY(connection, KeptConnection::open(io, node));
    return std::unique_ptr<Submitter>(std::make_unique<Depositor>(
        std::move(connection), app, std::move(creator), metadata_bytes));
}

}  // namespace bsn::cli
