#pragma once
// The HTTP server of a city node: the API of `docs/http-api.md`, in clear or over TLS.

#include "base/executor.hpp"
#include "gateway/app_lanes.hpp"
#include "gateway/backend.hpp"
#include "gateway/message.hpp"
#include "gateway/rpc_options.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace bsn::gateway {

/// What a server listens on, and its limits.
struct HttpServerOptions {
    std::string address = "127.0.0.1";      ///< an IP address, or `localhost`
    std::uint16_t port = 0;                 ///< 0: any free one
    std::filesystem::path tls_certificate;  ///< PEM, the chain from the leaf up; empty: no TLS
    std::filesystem::path tls_key;          ///< PEM
    std::string tls_passphrase;             ///< of the key; empty: it is not encrypted
    std::size_t threads = 1;
    /// Beyond, and where the process has few files left that it may open: 503, and closed.
    std::size_t max_connections = 16'384;
    std::size_t max_streams = 256;  ///< event streams open at once
    std::size_t max_body_bytes = 16U << 20;
    std::size_t max_header_bytes = 16U << 10;
    /// Large bodies that are being received at once; beyond: 429.
    std::size_t max_receiving_bytes = 512U << 20;
    /// For a whole header, a whole body, or an answer to be taken.
    std::chrono::milliseconds idle_timeout{60'000};
    /// How long an event stream may say nothing.
    std::chrono::milliseconds heartbeat{15'000};
    /// Connections of one address (of IPv6: of its 64-bit network); 0: no limit but that of all.
    /// None: a quarter of all, and no limit for this machine's own addresses.
    std::optional<std::size_t> max_connections_per_address = {};
    /// What may be refused to one address a second as signed by nobody who may call, before it is
    /// answered by 429; 0: without end. None: 1,000, and without end for this machine's own.
    std::optional<std::uint64_t> refused_per_second = {};
    /// Where the nonces of signed requests are kept, so that none counts twice after a start;
    /// empty: nowhere.
    std::filesystem::path nonces;
    RpcOptions rpc;
    AppLanesOptions lanes;  ///< where requests wait for chains that others run
    /// Whether answers of the published protocol carry the node's mac. Some of its SDKs have the
    /// original's keys built in, and take answers without one.
    bool published_mac = true;
};

/// Serves one node. It owns its threads, which only move bytes: what may take time runs on `work`.
/// Backend, its chains and `work` outlive it. `start` and `stop` are called by one thread, which
/// belongs neither to the server nor to `work`; the rest by any.
class HttpServer {
  public:
    HttpServer(HttpServerOptions options, Backend& backend, Executor& work);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Listens and serves from here on. `unavailable` if the port is in use, `invalid_argument` for
    /// an address or certificate that cannot be used; each says what to do. Once only.
    Status start();
    /// Closes all connections and waits until nothing of the server runs. Harmless if repeated.
    void stop();

    /// Answers a request that another city node's gateway handed on. `reply` comes as work, unless
    /// the server has stopped.
    void answer_forwarded(Request request, const Reply& reply);

    /// The port that it listens on, once started.
    std::uint16_t port() const;
    /// Where it is reached, such as `https://127.0.0.1:7001`.
    std::string url() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bsn::gateway
