#include "crypto/time_stamp.hpp"

#include "crypto/openssl.hpp"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/ts.h>

#include <ctime>

namespace bsn::crypto {
namespace {

using RequestPtr = std::unique_ptr<TS_REQ, FreeWith<TS_REQ_free>>;
using ResponsePtr = std::unique_ptr<TS_RESP, FreeWith<TS_RESP_free>>;
using ImprintPtr = std::unique_ptr<TS_MSG_IMPRINT, FreeWith<TS_MSG_IMPRINT_free>>;
using AlgorithmPtr = std::unique_ptr<X509_ALGOR, FreeWith<X509_ALGOR_free>>;
using IntegerPtr = std::unique_ptr<ASN1_INTEGER, FreeWith<ASN1_INTEGER_free>>;
using VerifyPtr = std::unique_ptr<TS_VERIFY_CTX, FreeWith<TS_VERIFY_CTX_free>>;
using StorePtr = std::unique_ptr<X509_STORE, FreeWith<X509_STORE_free>>;

constexpr std::size_t k_max_anchors = 256;
constexpr std::size_t k_shown_text = 200;

void require(bool done) { ensure(done, "OpenSSL made no time stamp request"); }

void free_signers(STACK_OF(X509) * signers) { sk_X509_free(signers); }  // of others' certificates
using SignersPtr = std::unique_ptr<STACK_OF(X509), FreeWith<free_signers>>;

RequestPtr make_request(const Hash& sha256, std::optional<std::uint64_t> nonce) {
    RequestPtr request(TS_REQ_new());
    ImprintPtr imprint(TS_MSG_IMPRINT_new());
    AlgorithmPtr algorithm(X509_ALGOR_new());
    require(request != nullptr && imprint != nullptr && algorithm != nullptr);
    X509_ALGOR_set_md(algorithm.get(), EVP_sha256());
    // OpenSSL's copy; it does not change what it is given.
    auto* digest = const_cast<unsigned char*>(sha256.data());
    require(TS_MSG_IMPRINT_set_algo(imprint.get(), algorithm.get()) == 1 &&
            TS_MSG_IMPRINT_set_msg(imprint.get(), digest, static_cast<int>(Hash::k_size)) == 1 &&
            TS_REQ_set_version(request.get(), 1) == 1 &&
            TS_REQ_set_msg_imprint(request.get(), imprint.get()) == 1 &&
            TS_REQ_set_cert_req(request.get(), 1) == 1);
    if (nonce) {
        IntegerPtr number(ASN1_INTEGER_new());
        require(number != nullptr && ASN1_INTEGER_set_uint64(number.get(), *nonce) == 1 &&
                TS_REQ_set_nonce(request.get(), number.get()) == 1);
    }
    return request;
}

Error malformed(std::string_view why) {
    return {
        Code::invalid_argument,
        fmt::format("this is no time stamp answer of RFC 3161 ({}); ask the authority again", why)};
}

Error refuse(std::string_view why) {
    return {Code::bad_signature, fmt::format("the time stamp proves nothing: {}", why)};
}

Result<ResponsePtr> parse(ByteView bytes) {
    if (bytes.size() > k_max_time_stamp) {
        return Error{Code::too_large, fmt::format("a time stamp has at most {} bytes, not {}",
                                                  k_max_time_stamp, bytes.size())};
    }
    const unsigned char* at = bytes.data();
    ResponsePtr response(d2i_TS_RESP(nullptr, &at, static_cast<long>(bytes.size())));
    if (!response) return malformed(ErrorScope::reason());
    if (at != bytes.data() + bytes.size()) return malformed("bytes are left over");
    return response;
}

/// Printable ASCII of a text from outside.
std::string plain(std::string_view text) {
    std::string result;
    for (char c : text.substr(0, k_shown_text)) result += c >= ' ' && c <= '~' ? c : '?';
    return result;
}

/// An authority that grants nothing says why.
Status check_status(TS_RESP* response) {
    TS_STATUS_INFO* info = TS_RESP_get_status_info(response);
    const std::int64_t status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(info));
    if (status == TS_STATUS_GRANTED || status == TS_STATUS_GRANTED_WITH_MODS) return {};
    std::string words;
    const STACK_OF(ASN1_UTF8STRING)* texts = TS_STATUS_INFO_get0_text(info);
    for (int i = 0; texts != nullptr && i < sk_ASN1_UTF8STRING_num(texts) && i < 3; ++i) {
        const ASN1_UTF8STRING* text = sk_ASN1_UTF8STRING_value(texts, i);
        words +=
            fmt::format(": {}", plain({reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                                       static_cast<std::size_t>(ASN1_STRING_length(text))}));
    }
    return Error{Code::bad_signature,
                 fmt::format("the authority refused to stamp (status {}){}", status, words)};
}

/// The time of a stamp, with its thousandths; RFC 3161 gives it in UTC.
Result<UnixMillis> time_of(TS_TST_INFO* info) {
    const ASN1_GENERALIZEDTIME* stamped = TS_TST_INFO_get_time(info);
    std::tm parts{};
    if (stamped == nullptr || ASN1_TIME_to_tm(stamped, &parts) != 1) {
        return malformed("its time cannot be read");
    }
    const std::time_t seconds = timegm(&parts);
    if (seconds < 0) return malformed("its time lies before 1970");
    UnixMillis millis = static_cast<UnixMillis>(seconds) * 1000;
    // YYYYMMDDhhmmss[.f…]Z
    std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(stamped)),
                          static_cast<std::size_t>(ASN1_STRING_length(stamped)));
    constexpr std::size_t k_point = 14;
    UnixMillis weight = 100;
    for (std::size_t i = k_point + 1;
         text.size() > k_point && text[k_point] == '.' && i < text.size() && i <= k_point + 3 &&
         text[i] >= '0' && text[i] <= '9';
         ++i) {
        millis += weight * static_cast<UnixMillis>(text[i] - '0');
        weight /= 10;
    }
    return millis;
}

/// A store that trusts each certificate of the PEM, at this time.
Result<StorePtr> store_of(const std::string& anchors, UnixMillis time) {
    StorePtr store(X509_STORE_new());
    BioPtr bio(BIO_new_mem_buf(anchors.data(), static_cast<int>(anchors.size())));
    require(store != nullptr && bio != nullptr);
    std::size_t count = 0;
    while (count < k_max_anchors) {
        X509Ptr anchor(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
        if (!anchor) break;
        require(X509_STORE_add_cert(store.get(), anchor.get()) == 1);
        ++count;
    }
    if (count == 0) {
        return Error{Code::invalid_argument,
                     "no certificate of a time stamp authority is in the file (BEGIN CERTIFICATE)"};
    }
    X509_VERIFY_PARAM* rules = X509_STORE_get0_param(store.get());
    X509_VERIFY_PARAM_set_time(rules, static_cast<std::time_t>(time / 1000));
    // One that the user named is trusted, be it a root or not.
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
    return store;
}

std::string subject_of(X509* certificate) {
    BioPtr bio(BIO_new(BIO_s_mem()));
    require(bio != nullptr);
    X509_NAME_print_ex(bio.get(), X509_get_subject_name(certificate), 0,
                       XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
    return bio_text(bio.get());
}

std::string hex_of(const ASN1_INTEGER* number) {
    BignumPtr value(ASN1_INTEGER_to_BN(number, nullptr));
    std::unique_ptr<char, decltype([](char* text) { OPENSSL_free(text); })> text(
        value ? BN_bn2hex(value.get()) : nullptr);
    return text ? text.get() : "";
}

}  // namespace

Bytes time_stamp_request(const Hash& sha256, std::uint64_t nonce) {
    ErrorScope scope;
    RequestPtr request = make_request(sha256, nonce);
    unsigned char* der = nullptr;
    const int size = i2d_TS_REQ(request.get(), &der);
    require(size > 0);
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

Result<TimeStamp> verify_time_stamp(ByteView response, const Hash& sha256,
                                    const std::string& anchors,
                                    std::optional<std::uint64_t> nonce) {
    ErrorScope scope;
    BSN_TRY(parsed, parse(response));
    BSN_CHECK(check_status(parsed.get()));
    TS_TST_INFO* info = TS_RESP_get_tst_info(parsed.get());
    PKCS7* token = TS_RESP_get_token(parsed.get());
    if (info == nullptr || token == nullptr) return malformed("it has no token");
    TimeStamp stamp;
    BSN_TRY(time, time_of(info));
    stamp.time = time;
    BSN_TRY(store, store_of(anchors, time));
    VerifyPtr rules(TS_VERIFY_CTX_new());
    RequestPtr request = make_request(sha256, nonce);
    require(rules != nullptr && TS_REQ_to_TS_VERIFY_CTX(request.get(), rules.get()) != nullptr);
    TS_VERIFY_CTX_set_store(rules.get(), store.release());
    TS_VERIFY_CTX_add_flags(rules.get(), TS_VFY_SIGNATURE);
    if (TS_RESP_verify_response(rules.get(), parsed.get()) != 1) {
        const unsigned long error = ERR_peek_last_error();
        if (ERR_GET_LIB(error) == ERR_LIB_TS &&
            ERR_GET_REASON(error) == TS_R_MESSAGE_IMPRINT_MISMATCH) {
            return refuse("it is of another content");
        }
        if (ERR_GET_LIB(error) == ERR_LIB_TS &&
            ERR_GET_REASON(error) == TS_R_CERTIFICATE_VERIFY_ERROR) {
            return refuse("no certificate of the authorities that you trust leads to its signer");
        }
        return refuse(ErrorScope::reason());
    }
    SignersPtr signers(PKCS7_get0_signers(token, nullptr, 0));
    if (signers == nullptr || sk_X509_num(signers.get()) != 1) return refuse("it has no signer");
    stamp.authority = subject_of(sk_X509_value(signers.get(), 0));
    stamp.serial = hex_of(TS_TST_INFO_get_serial(info));
    return stamp;
}

}  // namespace bsn::crypto
