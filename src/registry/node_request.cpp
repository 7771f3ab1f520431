#include "registry/node_request.hpp"

#include "ledger/fields.hpp"
#include "registry/records.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::registry {
namespace {

constexpr std::uint8_t k_version = 1;
constexpr std::size_t k_max_name_bytes = 64;  // of what stands in a certificate
constexpr std::size_t k_max_address_bytes = 260;
constexpr std::size_t k_max_certificate_bytes = 8U << 10;
constexpr std::size_t k_engine_id_digits = 40;
constexpr std::uint32_t k_most_port = 65535;
constexpr std::string_view k_digits = "0123456789";

Error invalid(std::string message) { return {Code::invalid_argument, std::move(message)}; }

bool consists_of(std::string_view text, std::string_view letters) {
    return text.find_first_not_of(letters) == std::string_view::npos;
}

/// A name as in network files: that of a folder, too.
bool is_node_name(std::string_view name) {
    return !name.empty() && name.size() <= k_max_name_bytes && name[0] != '-' &&
           consists_of(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
}

bool is_host(std::string_view host) {
    if (host.starts_with('[')) {
        return host.size() > 2 && host.ends_with(']') &&
               consists_of(host.substr(1, host.size() - 2), "0123456789abcdefABCDEF:.");
    }
    return !host.empty() &&
           consists_of(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");
}

bool is_port(std::string_view text) {
    if (text.empty() || text.size() > 5 || text[0] == '0' || !consists_of(text, k_digits)) {
        return false;
    }
    std::uint32_t port = 0;
    for (char digit : text) port = port * 10 + static_cast<std::uint32_t>(digit - '0');
    return port <= k_most_port;
}

Status check_engine_address(std::string_view text) {
    const std::size_t at = text.find('@');
    if (at != k_engine_id_digits || !consists_of(text.substr(0, at), "0123456789abcdef")) {
        return invalid("the address of a CometBFT is ID@HOST:PORT, with an id of 40 digits");
    }
    return check_node_address(text.substr(at + 1));
}

Status check_label(std::string_view what, std::string_view text) {
    if (!text.empty() && text.size() <= k_max_name_bytes &&
        std::none_of(text.begin(), text.end(), [](char letter) {
            return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f;
        })) {
        return {};
    }
    return invalid(
        fmt::format("the {} has 1 to {} bytes, and no control characters", what, k_max_name_bytes));
}

Status check_fields(const NodeRequest& request) {
    if (!is_node_name(request.name)) {
        return invalid("the name of a city node is 1 to 64 letters, digits, '-' and '_'");
    }
    BSN_CHECK(check_label("city", request.city));
    BSN_CHECK(check_label("operator", request.operator_name));
    BSN_CHECK(check_node_address(request.peers));
    if (!request.ordering.empty()) BSN_CHECK(check_engine_address(request.ordering));
    if (!request.validator.empty() && request.validator.size() != k_validator_key_bytes) {
        return invalid("a validator key has 32 bytes");
    }
    if (!request.validator.empty() && request.ordering.empty()) {
        return invalid("a validator needs the address of its CometBFT");
    }
    if (!request.replaces_another() && request.other_signature != ledger::Signature()) {
        return invalid("a second signature, but no node to replace");
    }
    return {};
}

void write_body(Writer& writer, const NodeRequest& request) {
    writer.u8(ledger::format::k_node_request);
    writer.u8(k_version);
    writer.raw(request.network);
    writer.text(request.name);
    writer.text(request.city);
    writer.text(request.operator_name);
    writer.raw(request.secp256r1);
    writer.raw(request.secp256k1);
    writer.raw(request.sm2);
    writer.bytes(request.validator);
    writer.text(request.peers);
    writer.text(request.ordering);
    writer.raw(request.replaces);
}

}  // namespace

Status check_node_address(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (text.size() <= k_max_address_bytes && colon != std::string_view::npos &&
        is_host(text.substr(0, colon)) && is_port(text.substr(colon + 1))) {
        return {};
    }
    return invalid("an address is HOST:PORT, such as node.example.org:7280 or [2001:db8::1]:7280");
}

std::string host_of_address(std::string_view address) {
    std::string_view host = address.substr(0, address.rfind(':'));
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    return std::string(host);
}

Bytes NodeRequest::statement() const {
    Writer body;
    body.text(replaces_another() ? "rotate_node" : "add_node");
    write_body(body, *this);
    return ledger::encode_statement(ledger::Purpose::request, network,
                                    ledger::system_channel(network), 0, body.view());
}

Status NodeRequest::check_own_signature() const {
    using crypto::SuiteId;
    const crypto::PublicKey own{SuiteId::secp256r1, secp256r1};
    for (const crypto::PublicKey& key :
         {own, {SuiteId::secp256k1, secp256k1}, {SuiteId::sm2, sm2}}) {
        Status point = crypto::check_public_key(key);
        if (!point) return point.error().within(fmt::format("{} key", suite_name(key.suite)));
    }
    Status verified = crypto::verify(own, statement(), signature);
    return verified ? Status() : verified.error().within("the node's own signature");
}

Bytes NodeRequest::encode() const {
    Writer writer;
    write_body(writer, *this);
    writer.raw(signature);
    writer.raw(other_signature);
    writer.text(certificate);
    return writer.take();
}

Result<NodeRequest> NodeRequest::decode(ByteView bytes) {
    Reader reader(bytes);
    reader.format(ledger::format::k_node_request, k_version, "node request");
    NodeRequest request;
    request.network = reader.fixed<ledger::NetworkId>();
    request.name = reader.text(k_max_name_bytes);
    request.city = reader.text(k_max_name_bytes);
    request.operator_name = reader.text(k_max_name_bytes);
    request.secp256r1 = reader.fixed<crypto::PublicKeyBytes>();
    request.secp256k1 = reader.fixed<crypto::PublicKeyBytes>();
    request.sm2 = reader.fixed<crypto::PublicKeyBytes>();
    request.validator = to_bytes(reader.bytes(k_validator_key_bytes));
    request.peers = reader.text(k_max_address_bytes);
    request.ordering = reader.text(k_max_address_bytes + k_engine_id_digits + 1);
    request.replaces = reader.fixed<ledger::NodeId>();
    request.signature = reader.fixed<ledger::Signature>();
    request.other_signature = reader.fixed<ledger::Signature>();
    request.certificate = reader.text(k_max_certificate_bytes);
    BSN_CHECK(reader.finish("node request"));
    BSN_CHECK(check_fields(request));
    return request;
}

Result<NodeRequest> NodeRequest::from_text(std::string_view text) {
    constexpr std::string_view k_blank = " \t\r\n";
    const std::size_t begin = std::min(text.find_first_not_of(k_blank), text.size());
    const std::size_t end = text.find_last_not_of(k_blank) + 1;
    auto bytes = from_hex(text.substr(begin, std::max(begin, end) - begin));
    if (!bytes) return invalid("a node request is a line of hexadecimal digits");
    return decode(*bytes);
}

}  // namespace bsn::registry
