#include "cli/time_stamp.hpp"

#include "base/files.hpp"
#include "crypto/random.hpp"
#include "net/http_client.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t k_max_anchors_bytes = 4U << 20;
constexpr std::size_t k_max_url = 2048;

struct Address {
    net::Endpoint endpoint;
    std::string path;
};

Result<Address> parse_address(std::string_view url) {
    const Error malformed{
        Code::invalid_argument,
        "this is no address of a time stamp authority; write http://HOST[:PORT]/PATH or https://…"};
    const std::size_t scheme = url.find("://");
    bool plain = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 0x7F; });
    if (scheme == std::string_view::npos || url.size() > k_max_url || !plain) return malformed;
    const std::size_t slash = url.find('/', scheme + 3);
    auto endpoint = net::parse_endpoint(url.substr(0, slash));
    if (!endpoint) return malformed;
    std::string path = slash == std::string_view::npos ? "/" : std::string(url.substr(slash));
    return Address{std::move(*endpoint), std::move(path)};
}

std::uint64_t random_nonce() {
    std::uint64_t nonce = 0;
    crypto::fill_random({reinterpret_cast<std::uint8_t*>(&nonce), sizeof nonce});
    return nonce;
}

}  // namespace

crypto::Hash stamped_digest(const ledger::Header& header) {
    return crypto::hash(crypto::HashId::sha256, header.hash().view());
}

fs::path time_stamp_file_of(const fs::path& receipt) { return receipt.string() + ".tsr"; }

Result<std::string> read_anchors(const fs::path& file) {
    BSN_TRY(content, read_file(file, k_max_anchors_bytes));
    return std::string(as_text(content));
}

Result<Bytes> fetch_time_stamp(std::string_view url, const crypto::Hash& digest,
                               const std::string& anchors, std::uint64_t timeout_ms) {
    BSN_TRY(address, parse_address(url));
    const std::uint64_t nonce = random_nonce();
    const Bytes request = crypto::time_stamp_request(digest, nonce);
    // No authority given: one of https is vouched for by those that the machine trusts. The time
    // stamp itself is signed, whatever way it comes.
    net::HttpConnection connection(address.endpoint, {});
    BSN_TRY(answer, connection.send({.method = "POST",
                                     .target = address.path,
                                     .content_type = "application/timestamp-query",
                                     .body = request,
                                     .max_answer_bytes = crypto::k_max_time_stamp},
                                    timeout_ms));
    if (answer.status != 200) {
        return Error{Code::unavailable, fmt::format("the time stamp authority answered {}; check "
                                                    "the address, or try again later",
                                                    answer.status)};
    }
    auto stamp = crypto::verify_time_stamp(answer.body, digest, anchors, nonce);
    if (!stamp) return stamp.error().within("the authority's answer");
    return std::move(answer.body);
}

Result<crypto::TimeStamp> check_time_stamp(const fs::path& file, const fs::path& anchors,
                                           const ledger::Header& header) {
    BSN_TRY(pem, read_anchors(anchors));
    BSN_TRY(content, read_file(file, crypto::k_max_time_stamp));
    auto stamp = crypto::verify_time_stamp(content, stamped_digest(header), pem);
    if (!stamp) return stamp.error().within(file.string());
    return stamp;
}

}  // namespace bsn::cli
