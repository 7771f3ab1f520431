#include "net/http_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <optional>
#include <poll.h>
#include <variant>

namespace bsn::net {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace {

using Tcp = asio::ip::tcp;
using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;
using Failure = boost::system::error_code;

constexpr std::uint64_t k_connect_ms = 5'000;
constexpr std::size_t k_piece_bytes = 16 * 1024;

/// The body as bytes that the caller owns.
using RequestBody = http::span_body<const std::uint8_t>;
using ResponseBody = http::vector_body<std::uint8_t>;

http::request<RequestBody> to_beast(const HttpRequest& request, const Endpoint& endpoint) {
    http::verb verb = request.method == "POST" ? http::verb::post : http::verb::get;
    http::request<RequestBody> out(verb, {request.target.data(), request.target.size()}, 11);
    const std::string url = endpoint.url();
    out.set(http::field::host, url.substr(url.find("//") + 2));
    out.set(http::field::user_agent, "bsn/" BSN_VERSION);
    auto set = [&out](http::field name, std::string_view value) {
        if (!value.empty()) out.set(name, beast::string_view(value.data(), value.size()));
    };
    set(http::field::content_type, request.content_type);
    set(http::field::authorization, request.authorization);
    if (!request.last_event_id.empty()) {
        out.set("Last-Event-ID",
                beast::string_view(request.last_event_id.data(), request.last_event_id.size()));
    }
    if (!request.answer_nonce.empty()) {
        out.set("BSN-Answer-Nonce",
                beast::string_view(request.answer_nonce.data(), request.answer_nonce.size()));
    }
    out.body() = {request.body.data(), request.body.size()};
    if (verb == http::verb::post) out.content_length(request.body.size());
    return out;
}

Error not_reached(const Endpoint& endpoint, std::string_view why) {
    return {Code::unavailable, fmt::format("cannot connect to {}: {}", endpoint.url(), why)};
}

using Found = Tcp::resolver::results_type;

Result<Found> found_by_system(asio::io_context& context, const Endpoint& endpoint) {
    Failure failure;
    Tcp::resolver resolver(context);
    auto found = resolver.resolve(endpoint.host, std::to_string(endpoint.port), failure);
    if (failure) return not_reached(endpoint, failure.message());
    return found;
}

Result<Found> found_by(const Resolve& resolve, const Endpoint& endpoint) {
    BSN_TRY(addresses, resolve(endpoint.host));
    std::vector<Tcp::endpoint> ends;
    for (const IpAddress& one : addresses) {
        ends.emplace_back(asio::ip::make_address(one.text()), endpoint.port);
    }
    return Found::create(ends.begin(), ends.end(), endpoint.host, std::to_string(endpoint.port));
}

/// The addresses of a host, all of which `check` lets pass.
Result<Found> judged(asio::io_context& context, const Endpoint& endpoint, const CheckAddress& check,
                     const Resolve& resolve) {
    BSN_TRY(found, resolve ? found_by(resolve, endpoint) : found_by_system(context, endpoint));
    if (!check) return found;
    for (const auto& one : found) {
        const asio::ip::address address = one.endpoint().address();
        BSN_CHECK(check(address.is_v4() ? IpAddress::of(address.to_v4().to_bytes())
                                        : IpAddress::of(address.to_v6().to_bytes())));
    }
    return found;
}

/// The seconds of a Retry-After header; none for a date, which our nodes do not send.
std::optional<std::chrono::seconds> seconds_of(beast::string_view text) {
    unsigned seconds = 0;
    auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return std::chrono::seconds(seconds);
}

}  // namespace

std::string Endpoint::url() const {
    bool v6 = host.find(':') != std::string::npos;
    return fmt::format("{}://{}{}{}:{}", tls ? "https" : "http", v6 ? "[" : "", host, v6 ? "]" : "",
                       port);
}

Result<Endpoint> parse_endpoint(std::string_view url) {
    const Error malformed{Code::invalid_argument,
                          fmt::format("\"{}\" is no node's address; write http://HOST:PORT or "
                                      "https://HOST:PORT",
                                      url)};
    Endpoint endpoint;
    std::string_view rest = url;
    if (rest.starts_with("https://")) {
        endpoint.tls = true;
        rest.remove_prefix(8);
    } else if (rest.starts_with("http://")) {
        rest.remove_prefix(7);
    } else {
        return malformed;
    }
    if (rest.ends_with('/')) rest.remove_suffix(1);
    std::string_view port;
    if (rest.starts_with('[')) {
        std::size_t close = rest.find(']');
        if (close == std::string_view::npos) return malformed;
        endpoint.host = rest.substr(1, close - 1);
        port = rest.substr(close + 1);
    } else {
        std::size_t colon = rest.find(':');
        endpoint.host = rest.substr(0, colon);
        port = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon);
    }
    if (endpoint.host.empty() || endpoint.host.find_first_of("/?#@ ") != std::string::npos) {
        return malformed;
    }
    endpoint.port = endpoint.tls ? 443 : 80;
    if (port.empty()) return endpoint;
    const char* end = port.data() + port.size();
    auto [at, failure] = std::from_chars(port.data() + 1, end, endpoint.port);
    bool good = port[0] == ':' && failure == std::errc{} && at == end && endpoint.port > 0;
    if (!good) return malformed;
    return endpoint;
}

Status look_up(const Endpoint& endpoint, const CheckAddress& check, const Resolve& resolve) {
    asio::io_context context{1};
    BSN_CHECK(judged(context, endpoint, check, resolve));
    return {};
}

/// The streams run on an io_context of their own, each operation to its end: Beast's timeouts work
/// for asynchronous operations only.
struct HttpConnection::Impl {
    Impl(Endpoint to, std::string authority_pem, CheckAddress judge, Resolve look)
        : endpoint(std::move(to)),
          authority(std::move(authority_pem)),
          check(std::move(judge)),
          resolve(std::move(look)) {}

    beast::tcp_stream& lowest() {
        if (auto* tls = std::get_if<TlsStream>(&stream)) return beast::get_lowest_layer(*tls);
        return std::get<PlainStream>(stream);
    }
    bool is_open() const { return stream.index() != 0; }
    void close() {
        stream.emplace<0>();
        buffer.clear();
    }

    void expire_in(std::uint64_t millis) {
        lowest().expires_after(std::chrono::milliseconds(millis));
    }

    /// Starts an operation and runs it to its end.
    template <typename Start>
    Failure run(Start start) {
        Failure outcome = asio::error::operation_aborted;
        start([&outcome](Failure failure, auto&&...) { outcome = failure; });
        context.restart();
        context.run();
        return outcome;
    }

    Error cannot_connect(const Failure& failure) const {
        const bool refused = failure.category() == asio::error::get_ssl_category();
        return not_reached(
            endpoint,
            failure.message() + (!refused            ? ""
                                 : authority.empty() ? "; it shows no certificate for this host of "
                                                       "an authority that the system trusts"
                                                     : "; it shows no certificate of the network's "
                                                       "authority for this host"));
    }

    Status prepare_tls() {
        Failure failure;
        tls.emplace(asio::ssl::context::tls_client);
        tls->set_verify_mode(asio::ssl::verify_peer, failure);
        if (!failure && !authority.empty()) {
            tls->add_certificate_authority(asio::buffer(authority), failure);
        } else if (!failure) {
            tls->set_default_verify_paths(failure);
        }
        if (!failure && own) {
            tls->use_certificate_chain(asio::buffer(own->certificate), failure);
            if (!failure) {
                tls->use_private_key(asio::buffer(own->key), asio::ssl::context::pem, failure);
            }
            if (failure) {
                return Error{Code::invalid_argument,
                             fmt::format("the certificate or key to show to {} is none in PEM: {}",
                                         endpoint.url(), failure.message())};
            }
        }
        if (failure) return cannot_connect(failure);
        auto& secured = stream.emplace<TlsStream>(context, *tls);
        secured.set_verify_callback(asio::ssl::host_name_verification(endpoint.host), failure);
        if (failure) return cannot_connect(failure);
        SSL_set_tlsext_host_name(secured.native_handle(), endpoint.host.c_str());
        return {};
    }

    Status open(std::uint64_t timeout_ms) {
        BSN_TRY(addresses, judged(context, endpoint, check, resolve));
        if (endpoint.tls) {
            BSN_CHECK(prepare_tls());
        } else {
            stream.emplace<PlainStream>(context);
        }
        expire_in(std::min(timeout_ms, k_connect_ms));
        Failure failure = run([&](auto done) { lowest().async_connect(addresses, done); });
        if (!failure) {
            lowest().socket().set_option(Tcp::no_delay(true), failure);
            if (auto* secured = std::get_if<TlsStream>(&stream)) {
                failure = run([&](auto done) {
                    secured->async_handshake(asio::ssl::stream_base::client, done);
                });
            }
        }
        if (!failure) return {};
        close();
        return cannot_connect(failure);
    }

    template <typename Operation>
    Failure on_stream(Operation operation) {
        return run([&](auto done) {
            if (auto* secured = std::get_if<TlsStream>(&stream)) {
                operation(*secured, done);
            } else {
                operation(std::get<PlainStream>(stream), done);
            }
        });
    }

    Error lost(const Failure& failure) {
        close();
        if (failure == http::error::body_limit) {
            return {Code::too_large,
                    fmt::format("{} answered more bytes than this call takes", endpoint.url())};
        }
        bool late = failure == beast::error::timeout;
        return {Code::unknown_outcome,
                fmt::format("{} {}; the same call again is safe", endpoint.url(),
                            late ? std::string("did not answer in time")
                                 : "broke the connection (" + failure.message() + ")")};
    }

    /// Whether the node has closed the connection since its last answer: nodes never speak first.
    bool is_stale() {
        pollfd waiting{lowest().socket().native_handle(), POLLIN, 0};
        return ::poll(&waiting, 1, 0) != 0;
    }

    Status write(const HttpRequest& request, std::uint64_t timeout_ms) {
        if (is_open() && is_stale()) close();
        if (!is_open()) BSN_CHECK(open(timeout_ms));
        expire_in(timeout_ms);
        auto message = to_beast(request, endpoint);
        http::request_serializer<RequestBody> serializer(message);
        Failure failure =
            on_stream([&](auto& at, auto done) { http::async_write(at, serializer, done); });
        if (failure) return lost(failure);
        return {};
    }

    template <typename Parser>
    Result<HttpResponse> read_whole(Parser& parser) {
        Failure failure =
            on_stream([&](auto& at, auto done) { http::async_read(at, buffer, parser, done); });
        if (failure) return lost(failure);
        auto message = parser.release();
        if (!message.keep_alive()) close();
        HttpResponse response{.status = message.result_int(), .body = std::move(message.body())};
        response.content_type = message[http::field::content_type];
        response.answer_signature = message["BSN-Answer-Signature"];
        response.retry_after = seconds_of(message[http::field::retry_after]);
        return response;
    }

    Endpoint endpoint;
    std::string authority;
    CheckAddress check;
    Resolve resolve;
    std::optional<ClientCertificate> own;
    asio::io_context context{1};
    std::optional<asio::ssl::context> tls;
    std::variant<std::monostate, PlainStream, TlsStream> stream;
    beast::flat_buffer buffer;
};

HttpConnection::HttpConnection(Endpoint endpoint, std::string authority, CheckAddress check,
                               Resolve resolve)
    : impl_(std::make_unique<Impl>(std::move(endpoint), std::move(authority), std::move(check),
                                   std::move(resolve))) {}
HttpConnection::HttpConnection(Endpoint endpoint, std::string authority, ClientCertificate own)
    : impl_(std::make_unique<Impl>(std::move(endpoint), std::move(authority), CheckAddress{},
                                   Resolve{})) {
    impl_->own = std::move(own);
}
HttpConnection::~HttpConnection() = default;
HttpConnection::HttpConnection(HttpConnection&&) noexcept = default;
HttpConnection& HttpConnection::operator=(HttpConnection&&) noexcept = default;

const Endpoint& HttpConnection::endpoint() const { return impl_->endpoint; }

Result<HttpResponse> HttpConnection::send(const HttpRequest& request, std::uint64_t timeout_ms) {
    BSN_CHECK(impl_->write(request, timeout_ms));
    http::response_parser<ResponseBody> parser;
    parser.body_limit(request.max_answer_bytes);
    return impl_->read_whole(parser);
}

Result<HttpResponse> HttpConnection::stream(const HttpRequest& request, std::uint64_t idle_ms,
                                            const std::function<bool(std::string_view)>& take) {
    BSN_CHECK(impl_->write(request, idle_ms));
    http::response_parser<http::buffer_body> parser;
    parser.body_limit(boost::none);
    Failure failure = impl_->on_stream(
        [&](auto& at, auto done) { http::async_read_header(at, impl_->buffer, parser, done); });
    if (failure) return impl_->lost(failure);
    if (parser.get().result() != http::status::ok) {
        http::response_parser<ResponseBody> whole(std::move(parser));
        return impl_->read_whole(whole);
    }
    std::vector<char> piece(k_piece_bytes);
    while (!parser.is_done()) {
        auto& body = parser.get().body();
        body.data = piece.data();
        body.size = piece.size();
        impl_->expire_in(idle_ms);
        failure = impl_->on_stream(
            [&](auto& at, auto done) { http::async_read_some(at, impl_->buffer, parser, done); });
        if (failure && failure != http::error::need_buffer) return impl_->lost(failure);
        std::size_t filled = piece.size() - parser.get().body().size;
        if (filled > 0 && !take({piece.data(), filled})) break;
    }
    impl_->close();
    return HttpResponse{.status = 200};
}

}  // namespace bsn::net
