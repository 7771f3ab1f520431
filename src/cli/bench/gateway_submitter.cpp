// The way through the gateway: HTTP/1.1 over one connection that is kept.

#include "api/gateways.hpp"
#include "cli/bench/kept_connection.hpp"
#include "cli/bench/submitter.hpp"
#include "cli/transactions.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace {

class GatewaySubmitter final : public Submitter {
  public:
    GatewaySubmitter(std::unique_ptr<KeptConnection> connection, const ledger::ChannelId& channel)
        : connection_(std::move(connection)),
          target_(
              fmt::format("/v1/apps/{}/transactions?timeout_ms=60000", to_hex(channel.view()))) {}

    void submit(std::vector<Bytes> transactions, Done done) override {
        const std::size_t sent = transactions.size();
        std::string_view type = "application/octet-stream";
        Bytes body;
        if (sent > 1) {
            std::vector<ByteView> views(transactions.begin(), transactions.end());
            body = encode_submission(views);
            type = "application/x-bsn-transactions";
        } else {
            body = std::move(transactions.front());
        }
        connection_->post(
            target_, type, std::move(body),
            [this, sent, done = std::move(done)](Result<Bytes> answer) {
                if (!answer) return done({0, answer.error()});
                done(sent > 1 ? outcome_of_batch(*answer, sent) : outcome_of_one(*answer));
            });
    }

  private:
    Submitted outcome_of_batch(ByteView body, std::size_t sent) const {
        auto answers = decode_results(body);
        if (!answers) return {0, answers.error()};
        Submitted sum;
        if (answers->size() != sent) {
            sum.failure = Error{Code::unsupported_version,
                                fmt::format("{} answered {} of {} transactions",
                                            connection_->node().url(), answers->size(), sent)};
        }
        for (const SubmitAnswer& one : *answers) {
            if (!one.error) ++sum.committed;
            if (one.error && sum.failure) sum.failure = *one.error;
        }
        return sum;
    }

    const std::unique_ptr<KeptConnection> connection_;
    const std::string target_;
};

}  // namespace

Submitted outcome_of_one(ByteView body) {
    // Nothing more of an answer is wanted, and reading it whole would be a part of what is
    // measured. Within a text of JSON the quotation marks would be escaped.
    if (as_text(body).find(R"("status":"success")") != std::string_view::npos) return {1, {}};
    auto json = api::parse_json(as_text(body), "the node's answer");
    if (!json) return {0, json.error()};
    return {0, Error{Code::contract_failed, api::text_of(*json, "error")}};
}

Result<std::unique_ptr<Submitter>> gateway_submitter(boost::asio::io_context& io,
                                                     const net::Endpoint& node,
                                                     const ledger::ChannelId& channel) {
    BSN_TRY(connection, KeptConnection::open(io, node));
    return std::unique_ptr<Submitter>(
        std::make_unique<GatewaySubmitter>(std::move(connection), channel));
}

}  // namespace bsn::cli
