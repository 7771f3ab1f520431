#pragma once
// Requests and answers as the handlers see them: values, without a word of sockets.

#include "base/bytes.hpp"
#include "net/ip_address.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bsn::gateway {

inline constexpr std::string_view k_json_type = "application/json";
inline constexpr std::string_view k_bytes_type = "application/octet-stream";
inline constexpr std::string_view k_transactions_type = "application/x-bsn-transactions";
inline constexpr std::string_view k_results_type = "application/x-bsn-results";
inline constexpr std::string_view k_lines_type = "application/x-ndjson";
inline constexpr std::string_view k_events_type = "text/event-stream";
inline constexpr std::string_view k_text_type = "text/plain; charset=utf-8";

/// A request, received whole.
struct Request {
    std::string method;
    std::string target;  ///< path and query as received: what a request signature covers
    std::optional<std::string> authorization;
    std::string content_type;  ///< lower case, without parameters
    std::string last_event_id;
    std::optional<std::string> answer_nonce;  ///< wants a signed answer
    std::string origin;                       ///< the web page that asks, if a browser does
    Bytes body;
    net::IpAddress client;   ///< who has sent it; of one that was handed on: unspecified
    bool forwarded = false;  ///< by another city node's gateway; it is not handed on again

    // Filled in by the router.
    std::map<std::string, std::string, std::less<>> path;   ///< values of `{name}` in the path
    std::map<std::string, std::string, std::less<>> query;  ///< after `?`, each key once
};

/// A body that is made while it is sent, so that it never lies in memory whole. One call at a time.
class BodyStream {
  public:
    struct Part {
        std::string bytes;
        bool last = false;
        /// Nothing follows, although more should: the reader must not take it for the whole.
        bool broken = false;
    };
    using Done = std::function<void(Part)>;

    virtual ~BodyStream() = default;
    /// Makes the next part, and hands it to `done` once, on any thread. It is asked for only when
    /// the former part is written: a slow reader slows down its own stream.
    virtual void next(Done done) = 0;
    /// What to say when `next` has not been answered for a while. Empty: nothing, ever; then the
    /// connection serves further requests afterwards.
    virtual std::string heartbeat() { return {}; }
};

/// An answer.
struct Response {
    unsigned status = 200;
    std::string_view content_type = k_json_type;
    std::string body;
    std::vector<std::pair<std::string_view, std::string>> headers;
    std::shared_ptr<BodyStream> stream;  ///< instead of `body`
    bool close = false;                  ///< the connection serves no further request
    /// Bytes of the request's body that its app pays for; 0: neither those nor the answer's. None:
    /// all.
    std::optional<std::uint64_t> charged_bytes = {};
    std::shared_ptr<const void> texts;  ///< what the views above are of; none: constants
};

/// Makes an answer, on an io thread.
using MakeResponse = std::function<Response()>;
/// Takes the answer of one request: any thread, once. Nothing happens if the server has stopped.
using Reply = std::function<void(MakeResponse)>;

/// The status line and header of an answer; `length` none: the body comes in chunks, or ends with
/// the connection.
std::string encode_head(const Response& response, std::optional<std::size_t> length, bool chunked,
                        bool keep_alive);
/// The reason phrase of a status.
std::string_view reason_of(unsigned status);

}  // namespace bsn::gateway
