#include "gateway/message.hpp"

#include <fmt/format.h>

#include <ctime>
#include <iterator>

namespace bsn::gateway {
namespace {

/// The time as RFC 9110 wants it in `Date`, whatever the locale.
std::string http_date(std::time_t now) {
    constexpr const char* k_days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr const char* k_months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc{};
    gmtime_r(&now, &utc);
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", k_days[utc.tm_wday], utc.tm_mday,
                       k_months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                       utc.tm_sec);
}

}  // namespace

std::string_view reason_of(unsigned status) {
    switch (status) {
        case 200: return "OK";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 409: return "Conflict";
        case 413: return "Content Too Large";
        case 414: return "URI Too Long";
        case 415: return "Unsupported Media Type";
        case 422: return "Unprocessable Content";
        case 426: return "Upgrade Required";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 503: return "Service Unavailable";
        case 504: return "Gateway Timeout";
        case 507: return "Insufficient Storage";
        default: return "Status";
    }
}

std::string encode_head(const Response& response, std::optional<std::size_t> length, bool chunked,
                        bool keep_alive) {
    std::string head;
    head.reserve(320);
    auto out = std::back_inserter(head);
    fmt::format_to(out, "HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Type: {}\r\n", response.status,
                   reason_of(response.status), http_date(std::time(nullptr)),
                   response.content_type);
    if (length) fmt::format_to(out, "Content-Length: {}\r\n", *length);
    if (chunked) head += "Transfer-Encoding: chunked\r\n";
    for (const auto& [name, value] : response.headers) {
        fmt::format_to(out, "{}: {}\r\n", name, value);
    }
    // Answers depend on who asks, and on when.
    fmt::format_to(
        out, "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: {}\r\n\r\n",
        keep_alive ? "keep-alive" : "close");
    return head;
}

}  // namespace bsn::gateway
