#include "registry/fabric_values.hpp"

#include "contract/contract.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace bsn::registry {
namespace {

using contract::refuse;

constexpr std::size_t k_max_msp = 100;
constexpr std::size_t k_max_host = 253;
constexpr std::size_t k_max_certificate = 8U << 10;
constexpr std::size_t k_max_certificates = 16U << 10;
constexpr std::string_view k_begin = "-----BEGIN CERTIFICATE-----\n";
constexpr std::string_view k_end = "-----END CERTIFICATE-----\n";

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_plain(std::string_view text, std::size_t most) {
    return !text.empty() && text.size() <= most && is_letter_or_digit(text.front()) &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return is_letter_or_digit(c) || c == '.' || c == '-'; });
}

bool is_port(std::string_view text) {
    std::uint32_t port = 0;
    const char* end = text.data() + text.size();
    const auto [read, failure] = std::from_chars(text.data(), end, port);
    return failure == std::errc{} && read == end && text.front() != '0' && port <= 0xFFFF;
}

}  // namespace

Status check_msp(const std::string& msp, std::string_view what) {
    if (is_plain(msp, k_max_msp)) return {};
    return refuse(
        fmt::format("{} has 1 to {} letters, digits, '.' and '-', beginning with a "
                    "letter or digit",
                    what, k_max_msp));
}

Status check_address(const std::string& address, std::string_view what) {
    const std::size_t colon = address.rfind(':');
    const std::string_view text = address;
    if (colon != std::string::npos && is_plain(text.substr(0, colon), k_max_host) &&
        is_port(text.substr(colon + 1))) {
        return {};
    }
    return refuse(fmt::format("{} is no address; write it as HOST:PORT", what));
}

Status check_host(const std::string& host, std::string_view what) {
    if (is_plain(host, k_max_host)) return {};
    return refuse(fmt::format("{} is no name of a host", what));
}

Status check_certificate(const std::string& pem, std::string_view what) {
    if (pem.size() <= k_max_certificate && pem.starts_with(k_begin) && pem.ends_with(k_end) &&
        pem.find(k_begin, 1) == std::string::npos) {
        return {};
    }
    return refuse(
        fmt::format("{} is no PEM certificate of at most {} bytes", what, k_max_certificate));
}

Status check_certificates(const std::string& pem, std::string_view what) {
    bool good = pem.size() <= k_max_certificates && !pem.empty();
    for (std::size_t place = 0; good && place < pem.size();) {
        const std::size_t end = pem.find(k_end, place);
        good = pem.compare(place, k_begin.size(), k_begin) == 0 && end != std::string::npos;
        if (good) place = end + k_end.size();
    }
    if (good) return {};
    return refuse(
        fmt::format("{} holds no PEM certificates of at most {} bytes", what, k_max_certificates));
}

}  // namespace bsn::registry
