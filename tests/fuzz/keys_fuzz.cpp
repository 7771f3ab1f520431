// Keys and certificates: PEM texts, points, scalars and signatures from outside.
#include "crypto/certificate_authority.hpp"
#include "crypto/certificate_request.hpp"
#include "fuzz/laws.hpp"

namespace bsn::fuzz {
namespace {

using crypto::PrivateKey;
using crypto::PublicKey;
using crypto::SuiteId;

constexpr UnixMillis k_now = 1'795'333'800'000;

const PrivateKey& authority_key() {
    static const PrivateKey k_key =
        PrivateKey::from_scalar(SuiteId::secp256r1, Bytes(32, 7)).value();
    return k_key;
}

const std::string& authority() {
    static const std::string k_authority =
        crypto::make_authority_certificate(authority_key(), "fuzz", k_now, 10);
    return k_authority;
}

/// Whether the text holds one block of PEM, an encrypted key. (Of several one is read.)
bool is_encrypted_alone(std::string_view pem) {
    constexpr std::string_view k_begin = "-----BEGIN ";
    const std::size_t first = pem.find(k_begin);
    return first != std::string_view::npos &&
           pem.find(k_begin, first + 1) == std::string_view::npos &&
           pem.substr(first).starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----");
}

void check_private_key(std::string_view pem) {
    const auto key = PrivateKey::from_pem(pem, "");
    if (!key) return check_refusal(key.error());
    law(!is_encrypted_alone(pem), "an encrypted key needs its passphrase");
    const auto again = PrivateKey::from_pem(key->to_pem(""), "");
    law(again.ok() && again->public_key() == key->public_key(), "a key reads as it was written");
    law(crypto::check_public_key(key->public_key()).ok(), "a public key is a point");
    const Bytes message = to_bytes(std::string_view("message"));
    law(crypto::verify(key->public_key(), message, key->sign(message)).ok(),
        "a key's signature holds");
}

void check_certificates(std::string_view pem) {
    const PublicKey key = authority_key().public_key();
    const std::string text(pem);
    // Nothing but the authority itself issued what the authority's certificate vouches for.
    const auto vouched = crypto::check_node_certificate(authority(), text, key, k_now);
    if (!vouched) check_refusal(vouched.error());
    law(!vouched || text.find("-----BEGIN CERTIFICATE-----") != std::string::npos,
        "a certificate is a certificate");
    const auto foreign = crypto::check_node_certificate(text, authority(), key, k_now);
    if (!foreign) check_refusal(foreign.error());
}

void check_issued(ByteView input) {
    Choices choices(input);
    crypto::NodeCertificateRequest request;
    request.name = choices.line();
    request.organisation = choices.line();
    request.hosts = {choices.line()};
    request.key = authority_key().public_key();
    request.valid_days = 1 + choices.u8();
    const auto issued =
        crypto::issue_node_certificate(authority(), authority_key(), request, k_now);
    if (!issued) return check_refusal(issued.error());
    law(crypto::check_node_certificate(authority(), *issued, request.key, k_now).ok(),
        "what the authority issued is vouched for");
    PublicKey other = PrivateKey::from_scalar(SuiteId::secp256r1, Bytes(32, 9))->public_key();
    law(!crypto::check_node_certificate(authority(), *issued, other, k_now),
        "a certificate is for one key");
}

void check_points(ByteView input) {
    Choices choices(input);
    for (const SuiteId suite : {SuiteId::secp256r1, SuiteId::secp256k1, SuiteId::sm2}) {
        Choices again = choices;
        PublicKey key{suite, {}};
        const ByteView point = again.take(33);
        std::copy(point.begin(), point.end(), key.bytes.data());
        const bool valid = crypto::check_public_key(key).ok();
        crypto::Signature signature;
        const ByteView rest = again.take(64);
        std::copy(rest.begin(), rest.end(), signature.data());
        const auto verified = crypto::verify(key, again.rest(), signature);
        if (!verified) check_refusal(verified.error());
        law(valid || !verified, "nothing is signed by what is no key");
        Choices scalar = choices;
        if (const auto made = PrivateKey::from_scalar(suite, scalar.take(32))) {
            law(crypto::check_public_key(made->public_key()).ok(), "a public key is a point");
        }
    }
}

/// Read as PEM, and as DER; what is no request is refused, and one is read the same each time.
void check_requests(ByteView input) {
    const auto der = crypto::certificate_request_der(as_text(input));
    if (!der) check_refusal(der.error());
    for (const ByteView bytes : {der ? ByteView(*der) : ByteView(), input}) {
        const auto request = crypto::read_certificate_request(bytes);
        if (!request) {
            check_refusal(request.error());
            continue;
        }
        law(crypto::check_public_key(request->key).ok(), "a request is for a key");
        law(is_utf8(request->common_name), "names are UTF-8");
        Bytes more = to_bytes(bytes);
        more.push_back(0);
        law(!crypto::read_certificate_request(more), "nothing stands behind a request");
    }
}

}  // namespace

void run(ByteView input) {
    check_private_key(as_text(input));
    check_certificates(as_text(input));
    check_issued(input);
    check_points(input);
    check_requests(input);
}

}  // namespace bsn::fuzz
