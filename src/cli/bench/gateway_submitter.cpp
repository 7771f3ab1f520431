// The way through the gateway: HTTP/1.1 over one connection that is kept.

#include "api/gateways.hpp"
#include "cli/bench/submitter.hpp"
#include "cli/transactions.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/vector_body.hpp>
#include <fmt/format.h>

#include <array>
#include <optional>

namespace bsn::cli {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Failure = boost::system::error_code;

namespace {

constexpr std::uint64_t k_max_answer_bytes = 16U << 20;
constexpr std::size_t k_read_buffer = 8U << 10;

class GatewaySubmitter final : public Submitter {
  public:
    GatewaySubmitter(asio::io_context& io, net::Endpoint node, const ledger::ChannelId& channel)
        : node_(std::move(node)),
          head_(fmt::format("POST /v1/apps/{}/transactions?timeout_ms=60000 HTTP/1.1\r\n"
                            "Host: {}:{}\r\nUser-Agent: bsn\r\nContent-Type: ",
                            to_hex(channel.view()), node_.host, node_.port)),
          socket_(io),
          buffer_(k_read_buffer) {}

    Status connect() {
        Failure failure;
        tcp::resolver resolver(socket_.get_executor());
        auto places = resolver.resolve(node_.host, std::to_string(node_.port), failure);
        if (!failure) asio::connect(socket_, places, failure);
        if (!failure) socket_.set_option(tcp::no_delay(true), failure);
        if (!failure) return {};
        return Error{Code::unavailable,
                     fmt::format("cannot connect to {}: {}", node_.url(), failure.message())};
    }

    void submit(std::vector<Bytes> transactions, Done done) override {
        done_ = std::move(done);
        sent_ = transactions.size();
        const bool batch = sent_ > 1;
        if (batch) {
            std::vector<ByteView> views(transactions.begin(), transactions.end());
            body_ = encode_submission(views);
        } else {
            body_ = std::move(transactions.front());
        }
        request_ = fmt::format(
            "{}{}\r\nContent-Length: {}\r\n\r\n", head_,
            batch ? "application/x-bsn-transactions" : "application/octet-stream", body_.size());
        const std::array<asio::const_buffer, 2> buffers = {asio::buffer(request_),
                                                           asio::buffer(body_)};
        asio::async_write(socket_, buffers, [this](Failure failure, std::size_t) {
            failure ? give_up(failure) : read_answer();
        });
    }

  private:
    void read_answer() {
        parser_.emplace();
        parser_->body_limit(k_max_answer_bytes);
        http::async_read(socket_, buffer_, *parser_, [this](Failure failure, std::size_t) {
            failure ? give_up(failure) : take_answer();
        });
    }

    void take_answer() {
        auto& message = parser_->get();
        if (message.result_int() == 200) {
            answer(sent_ > 1 ? outcome_of_batch(message.body()) : outcome_of_one(message.body()));
        } else {
            net::HttpResponse response;
            response.status = message.result_int();
            response.body = std::move(message.body());
            answer({0, api::api_error(response, node_)});
        }
    }

    static Submitted outcome_of_one(ByteView body) {
        auto json = api::parse_json(as_text(body), "the node's answer");
        if (!json) return {0, json.error()};
        if (api::text_of(*json, "status") == "success") return {1, {}};
        return {0, Error{Code::contract_failed, api::text_of(*json, "error")}};
    }

    Submitted outcome_of_batch(ByteView body) const {
        auto answers = decode_results(body);
        if (!answers) return {0, answers.error()};
        Submitted sum;
        if (answers->size() != sent_) {
            sum.failure =
                Error{Code::unsupported_version, fmt::format("{} answered {} of {} transactions",
                                                             node_.url(), answers->size(), sent_)};
        }
        for (const SubmitAnswer& one : *answers) {
            if (!one.error) ++sum.committed;
            if (one.error && sum.failure) sum.failure = *one.error;
        }
        return sum;
    }

    void give_up(const Failure& failure) {
        answer({0, Error{Code::unknown_outcome,
                         fmt::format("no answer from {}: {}", node_.url(), failure.message())}});
    }

    /// The next request may begin within `done`.
    void answer(const Submitted& outcome) { std::exchange(done_, nullptr)(outcome); }

    const net::Endpoint node_;
    const std::string head_;
    tcp::socket socket_;
    boost::beast::flat_buffer buffer_;
    std::optional<http::response_parser<http::vector_body<std::uint8_t>>> parser_;
    std::string request_;  ///< being written, with `body_`
    Bytes body_;
    std::size_t sent_ = 0;
    Done done_;
};

}  // namespace

Result<std::unique_ptr<Submitter>> gateway_submitter(asio::io_context& io,
                                                     const net::Endpoint& node,
                                                     const ledger::ChannelId& channel) {
    auto submitter = std::make_unique<GatewaySubmitter>(io, node, channel);
    BSN_CHECK(submitter->connect());
    return std::unique_ptr<Submitter>(std::move(submitter));
}

}  // namespace bsn::cli
