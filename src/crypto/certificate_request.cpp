#include "crypto/certificate_request.hpp"

#include "crypto/curves.hpp"
#include "crypto/der_reader.hpp"
#include "crypto/der_signature.hpp"
#include "crypto/public_point.hpp"

#include <fmt/format.h>

#include <array>

namespace bsn::crypto {
namespace {

// Objects by their DER, without header.
constexpr std::array<std::uint8_t, 3> k_common_name = {0x55, 0x04, 0x03};
constexpr std::array<std::uint8_t, 7> k_ec_key = {0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01};
constexpr std::array<std::uint8_t, 8> k_p256 = {0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
constexpr std::array<std::uint8_t, 5> k_secp256k1 = {0x2B, 0x81, 0x04, 0x00, 0x0A};
constexpr std::array<std::uint8_t, 8> k_sm2 = {0x2A, 0x81, 0x1C, 0xCF, 0x55, 0x01, 0x82, 0x2D};
constexpr std::array<std::uint8_t, 8> k_ecdsa_sha256 = {0x2A, 0x86, 0x48, 0xCE,
                                                        0x3D, 0x04, 0x03, 0x02};
constexpr std::array<std::uint8_t, 8> k_sm2_sm3 = {0x2A, 0x81, 0x1C, 0xCF, 0x55, 0x01, 0x83, 0x75};

Error invalid(std::string message) { return {Code::invalid_argument, std::move(message)}; }

Error malformed() {
    return invalid("this is not the DER of one certificate request (PKCS #10), and no more");
}

std::optional<SuiteId> suite_of_curve(ByteView oid) {
    if (equal(oid, k_p256)) return SuiteId::secp256r1;
    if (equal(oid, k_secp256k1)) return SuiteId::secp256k1;
    if (equal(oid, k_sm2)) return SuiteId::sm2;
    return std::nullopt;
}

/// What is in a BIT STRING of whole bytes.
std::optional<ByteView> whole_bytes(ByteView bits) {
    if (bits.empty() || bits[0] != 0) return std::nullopt;
    return bits.subspan(1);
}

Result<PublicKey> read_key(DerReader info) {
    DerReader algorithm = info.inside(der::k_sequence);
    const bool elliptic = equal(algorithm.content(der::k_oid), k_ec_key);
    auto suite = suite_of_curve(algorithm.content(der::k_oid));
    auto point = whole_bytes(info.content(der::k_bit_string));
    if (!elliptic || !algorithm.done() || !suite) {
        return invalid("the key of a certificate request is of secp256r1, secp256k1 or sm2");
    }
    if (!info.done() || !point) return malformed();
    if (point->size() == 65 && (*point)[0] == 4) {
        BSN_TRY(coordinates, PublicPoint::from(point->subspan(1)));
        return public_key_of_point(*suite, coordinates);
    }
    auto compressed = PublicKeyBytes::from(*point);
    if (!compressed) return invalid("the key of the certificate request is no point");
    const PublicKey key{*suite, *compressed};
    BSN_CHECK(check_public_key(key));
    return key;
}

Result<std::string> read_common_name(DerReader name) {
    std::optional<std::string> found;
    while (!name.empty()) {
        DerReader set = name.inside(der::k_set);
        if (set.empty()) return malformed();
        while (!set.empty()) {
            DerReader entry = set.inside(der::k_sequence);
            const ByteView type = entry.content(der::k_oid);
            const DerElement value = entry.element();
            if (!entry.done()) return malformed();
            if (!equal(type, k_common_name)) continue;
            const bool text = value.tag == der::k_utf8 || value.tag == der::k_printable ||
                              value.tag == der::k_ia5;
            if (found || !text || !is_utf8(as_text(value.content))) {
                return invalid("a certificate request has one common name, of UTF-8");
            }
            found = to_text(value.content);
        }
        if (set.failed()) return malformed();
    }
    if (name.failed()) return malformed();
    if (!found) return invalid("the certificate request has no common name");
    return std::move(*found);
}

/// ECDSA signatures of others may have a high s; ours have the low one of the same meaning.
Signature with_low_s(const Curve& curve, Signature signature) {
    std::uint8_t* s = signature.data() + 32;
    if (!is_high(curve, {s, 32})) return signature;
    BignumPtr order(BN_bin2bn(curve.order.data(), 32, nullptr));
    BignumPtr number(BN_bin2bn(s, 32, nullptr));
    ensure(order && number, "out of memory");
    if (BN_cmp(number.get(), order.get()) >= 0) return signature;  // refused as it is
    ensure(BN_sub(number.get(), order.get(), number.get()) == 1 &&
               BN_bn2binpad(number.get(), s, 32) == 32,
           "a number below the group order");
    return signature;
}

Status check_signature(const PublicKey& key, ByteView message, ByteView algorithm,
                       ByteView signature_der) {
    const bool sm2 = key.suite == SuiteId::sm2;
    if (!equal(algorithm, sm2 ? ByteView(k_sm2_sm3) : ByteView(k_ecdsa_sha256))) {
        return Error{
            Code::wrong_suite,
            fmt::format("a certificate request for a key of {} is signed by {}",
                        suite_name(key.suite), sm2 ? "SM2 with SM3" : "ECDSA with SHA-256")};
    }
    BSN_TRY(signature, signature_from_der(signature_der));
    Status holds;
    if (sm2) {
        holds = verify(key, message, signature);
    } else {
        signature = with_low_s(curve_of(key.suite), signature);
        holds = key.suite == SuiteId::secp256k1
                    ? verify_digest(key, hash(HashId::sha256, message), signature)
                    : verify(key, message, signature);
    }
    if (holds) return {};
    return Error{Code::bad_signature,
                 "the certificate request is not signed by its own key: " + holds.error().message};
}

bool is_white(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_white(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_white(text.back())) text.remove_suffix(1);
    return text;
}

}  // namespace

Result<Bytes> certificate_request_der(std::string_view pem) {
    // Base64 of the most bytes, its line ends, and the lines around.
    constexpr std::size_t k_max_pem = k_max_certificate_request * 3 / 2 + 256;
    if (pem.size() > k_max_pem) {
        return Error{Code::too_large, fmt::format("a certificate request has at most {} bytes",
                                                  k_max_certificate_request)};
    }
    std::string_view text = trimmed(pem);
    for (std::string_view label : {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"}) {
        const std::string begin = fmt::format("-----BEGIN {}-----", label);
        const std::string end = fmt::format("-----END {}-----", label);
        if (!text.starts_with(begin) || !text.ends_with(end) ||
            text.size() < begin.size() + end.size()) {
            continue;
        }
        text = text.substr(begin.size(), text.size() - begin.size() - end.size());
        std::string base64;
        for (char c : text) {
            if (!is_white(c)) base64 += c;
        }
        auto der = from_base64(base64);
        if (!der) return invalid("between the lines of the certificate request is no base64");
        return std::move(*der);
    }
    return invalid(
        "a certificate request is PEM: -----BEGIN CERTIFICATE REQUEST-----, base64, "
        "-----END CERTIFICATE REQUEST-----, and nothing else");
}

Result<CertificateRequest> read_certificate_request(ByteView der) {
    if (der.size() > k_max_certificate_request) {
        return Error{Code::too_large, fmt::format("a certificate request has at most {} bytes",
                                                  k_max_certificate_request)};
    }
    constexpr std::array<std::uint8_t, 1> k_version = {0};
    DerReader outside(der);
    DerReader request = outside.inside(der::k_sequence);
    const DerElement info = request.element(der::k_sequence);
    DerReader algorithm = request.inside(der::k_sequence);
    ByteView algorithm_id = algorithm.content(der::k_oid);
    if (!algorithm.done()) algorithm_id = {};  // ours have no parameters
    auto signature = whole_bytes(request.content(der::k_bit_string));
    DerReader fields(info.content);
    const bool version = equal(fields.content(der::k_integer), k_version);
    const DerReader name = fields.inside(der::k_sequence);
    const DerReader key_info = fields.inside(der::k_sequence);
    if (fields.next() == der::k_context_0) fields.content(der::k_context_0);
    if (!outside.done() || !request.done() || !signature || !version || !fields.done()) {
        return malformed();
    }
    CertificateRequest read;
    BSN_TRY(common_name, read_common_name(name));
    read.common_name = std::move(common_name);
    BSN_TRY(key, read_key(key_info));
    read.key = key;
    BSN_CHECK(check_signature(read.key, info.whole, algorithm_id, *signature));
    return read;
}

}  // namespace bsn::crypto
