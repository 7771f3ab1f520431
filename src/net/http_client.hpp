#pragma once
// HTTP/1.1 to one node, over a connection that is kept: plain, or TLS with a certificate of the
// network's authority.

#include "base/bytes.hpp"
#include "net/ip_address.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bsn::net {

/// Where a node's API is.
struct Endpoint {
    bool tls = false;
    std::string host;  ///< name or address, without brackets
    std::uint16_t port = 0;

    std::string url() const;
    auto operator<=>(const Endpoint&) const = default;
};

/// The endpoint of `http://HOST[:PORT]` or `https://HOST[:PORT]`.
Result<Endpoint> parse_endpoint(std::string_view url);

/// Judges an address before it is connected to.
using CheckAddress = std::function<Status(const IpAddress&)>;
/// The addresses of a host. May wait for name servers.
using Resolve = std::function<Result<std::vector<IpAddress>>(const std::string& host)>;
/// Looks up an endpoint's host and judges all its addresses. `unavailable` if it is not found; the
/// first refusal of `check`. May wait for name servers. `resolve`: empty: as the system does.
Status look_up(const Endpoint& endpoint, const CheckAddress& check, const Resolve& resolve = {});

struct HttpRequest {
    std::string_view method = "GET";
    std::string_view target;                        ///< path with query
    std::string_view content_type;                  ///< of the body
    ByteView body;                                  ///< sent with POST
    std::string_view authorization;                 ///< the header's value; empty: none
    std::string_view last_event_id;                 ///< the header's value; empty: none
    std::string_view answer_nonce;                  ///< wants a signed answer; empty: does not
    std::uint64_t max_answer_bytes = 256ULL << 20;  ///< of the answer's body
};

struct HttpResponse {
    unsigned status = 0;
    Bytes body;
    std::optional<std::chrono::seconds> retry_after;  ///< how long the node asks to wait
    std::string content_type;                         ///< of the body, as sent
    std::string answer_signature;                     ///< `BSN-Answer-Signature`; empty: none

    std::string_view text() const { return as_text(body); }
};

/// What a client shows to a server that asks who it is; PEM texts.
struct ClientCertificate {
    std::string certificate;
    std::string key;
};

/// A connection to a node. It opens when first used, and again after a failure. One thread.
class HttpConnection {
  public:
    /// `authority` is the PEM of the certificate authority that https endpoints must be vouched for
    /// by; empty: one of those that the system trusts. `check` judges all addresses that the host
    /// has each time it is looked up, and one of those is connected to: there is no second look-up.
    /// `resolve`: empty: as the system does.
    HttpConnection(Endpoint endpoint, std::string authority, CheckAddress check = {},
                   Resolve resolve = {});
    /// The same, with a certificate of its own.
    HttpConnection(Endpoint endpoint, std::string authority, ClientCertificate own);
    ~HttpConnection();
    HttpConnection(HttpConnection&&) noexcept;
    HttpConnection& operator=(HttpConnection&&) noexcept;

    const Endpoint& endpoint() const;

    /// Sends a request and reads the whole answer. `unavailable`: no connection could be made, so
    /// nothing was sent. `unknown_outcome`: the connection or the time ended after the request was
    /// (perhaps) sent. `too_large`: the answer has more bytes than the request allows.
    Result<HttpResponse> send(const HttpRequest& request, std::uint64_t timeout_ms);

    /// Sends a request and hands each piece of the answer's body to `take` as it comes, until the
    /// answer ends (success), `take` answers false (success), or nothing comes for `idle_ms`
    /// (`unknown_outcome`). An answer other than 200 is returned, read whole; else status 200.
    Result<HttpResponse> stream(const HttpRequest& request, std::uint64_t idle_ms,
                                const std::function<bool(std::string_view)>& take);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bsn::net
