#include "crypto/public_point.hpp"

#include "crypto/schemes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::crypto {
namespace {

Error no_point(SuiteId suite) {
    return {Code::invalid_argument,
            fmt::format("public key is not a point of the curve of {}", suite_name(suite))};
}

// Of secp256k1, whose keys are found anew for each transaction: a quarter of OpenSSL's time.
std::optional<UncompressedPoint> expand_secp256k1(const PublicKeyBytes& bytes) {
    secp256k1_pubkey parsed;
    UncompressedPoint point;
    std::size_t size = point.size();
    if (secp256k1_ec_pubkey_parse(secp256k1_context_static, &parsed, bytes.data(), bytes.size()) !=
            1 ||
        secp256k1_ec_pubkey_serialize(secp256k1_context_static, point.data(), &size, &parsed,
                                      SECP256K1_EC_UNCOMPRESSED) != 1) {
        return std::nullopt;
    }
    return point;
}

}  // namespace

Result<PublicPoint> public_point_of(const PublicKey& key) {
    const auto point =
        key.suite == SuiteId::secp256k1 ? expand_secp256k1(key.bytes) : expand_point(key);
    if (!point) return no_point(key.suite);
    return PublicPoint::from(ByteView(*point).subspan(1));
}

Result<PublicKey> public_key_of_point(SuiteId suite, const PublicPoint& point) {
    UncompressedPoint bytes;
    bytes[0] = 4;
    std::copy_n(point.data(), point.size(), bytes.data() + 1);
    ErrorScope errors;
    const EC_GROUP* group = curve_of(suite).group;
    EcPointPtr parsed(EC_POINT_new(group));
    ensure(parsed != nullptr, "out of memory");
    if (EC_POINT_oct2point(group, parsed.get(), bytes.data(), bytes.size(), nullptr) != 1) {
        return no_point(suite);
    }
    PublicKey key{suite, {}};
    key.bytes.data()[0] = static_cast<std::uint8_t>(2 + (bytes[64] & 1));
    std::copy_n(point.data(), 32, key.bytes.data() + 1);
    return key;
}

}  // namespace bsn::crypto
