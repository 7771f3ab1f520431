#pragma once
// A client of JSON-RPC 2.0 over HTTP: several endpoints of one service, the next one where one
// cannot be reached.

#include "base/clock.hpp"
#include "framework/json_rpc.hpp"
#include "net/http_client.hpp"

#include <atomic>
#include <mutex>

namespace bsn::framework::rpc {

/// `http://HOST:PORT/PATH`, or https.
struct Url {
    net::Endpoint endpoint;
    std::string path = "/";

    static Result<Url> parse(std::string_view text);
    std::string text() const { return endpoint.url() + path; }

    auto operator<=>(const Url&) const = default;
};

/// What calls methods. Any thread may call any member, and waits for the answer.
class Caller {
  public:
    virtual ~Caller() = default;

    /// The endpoints in the order in which to ask them: those that failed just now come last.
    virtual std::vector<std::size_t> order() const = 0;
    /// What one endpoint answers: a result, or the failure that it tells. `unavailable` if it
    /// cannot be reached, `unknown_outcome` if its answer was lost or is none of JSON-RPC,
    /// `too_large` if it says too much.
    virtual Result<Answer<Json>> call_at(std::size_t endpoint, std::string_view method,
                                         const Json& params) = 0;
    /// The same of the first endpoint that answers. `unavailable` only if none can have had the
    /// call.
    virtual Result<Answer<Json>> call(std::string_view method, const Json& params) = 0;
};

struct HttpCallerOptions {
    std::vector<Url> urls;  ///< at least one
    std::string authority;  ///< PEM of whoever vouches for https endpoints; empty: the system's
    std::uint64_t timeout_ms = 5'000;              ///< of one call at one endpoint
    std::uint64_t max_answer_bytes = 16ULL << 20;  ///< of one answer
    std::size_t max_idle = 8;                      ///< connections kept open to each endpoint
};

/// Opens as many connections as there are calls at once; its owner bounds these.
class HttpCaller final : public Caller {
  public:
    explicit HttpCaller(HttpCallerOptions options);

    std::vector<std::size_t> order() const override;
    Result<Answer<Json>> call_at(std::size_t endpoint, std::string_view method,
                                 const Json& params) override;
    Result<Answer<Json>> call(std::string_view method, const Json& params) override;

  private:
    net::HttpConnection take(std::size_t endpoint);
    void give_back(std::size_t endpoint, net::HttpConnection connection);

    static constexpr std::uint64_t k_rest_ms = 5'000;  ///< of an endpoint that failed

    const HttpCallerOptions options_;
    const SystemClock clock_;
    std::atomic<std::uint64_t> next_id_{1};
    mutable std::mutex mutex_;  ///< guards what follows, by endpoint
    std::vector<std::vector<net::HttpConnection>> idle_;
    std::vector<std::uint64_t> rests_until_;  ///< monotonic
};

/// The answer in the body of a response to the call `id`; `unknown_outcome` if it is none.
Result<Answer<Json>> read_answer(std::string_view body, std::uint64_t id);

}  // namespace bsn::framework::rpc
