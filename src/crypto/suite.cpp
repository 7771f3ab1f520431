#include "crypto/suite.hpp"

#include "crypto/lru_cache.hpp"
#include "crypto/schemes.hpp"

#include <fmt/format.h>

#include <array>
#include <variant>

namespace bsn::crypto {
namespace {

struct SuiteRow {
    SuiteId id;
    std::string_view name;
    HashId hash;
};

constexpr std::array k_suites{
    SuiteRow{SuiteId::secp256r1, "secp256r1", HashId::sha256},
    SuiteRow{SuiteId::secp256k1, "secp256k1", HashId::keccak256},
    SuiteRow{SuiteId::sm2, "sm2", HashId::sm3},
};

const SuiteRow& row_of(SuiteId suite) {
    for (const SuiteRow& row : k_suites) {
        if (row.id == suite) return row;
    }
    throw InvariantViolation("suite without a number of ours");
}

using ParsedKey = std::variant<P256PublicKey, Secp256k1PublicKey, Sm2PublicKey>;

template <typename Key>
std::optional<ParsedKey> parse_as(const PublicKeyBytes& bytes) {
    auto key = Key::parse(bytes);
    if (!key) return std::nullopt;
    return ParsedKey(std::move(*key));
}

std::optional<ParsedKey> parse(const PublicKey& key) {
    switch (key.suite) {
        case SuiteId::secp256r1: return parse_as<P256PublicKey>(key.bytes);
        case SuiteId::secp256k1: return parse_as<Secp256k1PublicKey>(key.bytes);
        case SuiteId::sm2: return parse_as<Sm2PublicKey>(key.bytes);
    }
    throw InvariantViolation("suite without a number of ours");
}

struct PublicKeyHash {
    std::size_t operator()(const PublicKey& key) const {
        std::size_t part_of_x = 0;
        std::memcpy(&part_of_x, key.bytes.data() + 1, sizeof part_of_x);
        return part_of_x ^ static_cast<std::size_t>(key.suite);
    }
};

// Enough for every peer and many participants; at 3 to 5 KiB each (OpenSSL copies the curve into
// every key), some megabytes for each verifying thread.
constexpr std::size_t k_cached_keys = 1024;
using KeyCache = LruCache<PublicKey, ParsedKey, PublicKeyHash>;

Error bad_signature(std::string message) { return {Code::bad_signature, std::move(message)}; }

std::string no_point(const PublicKey& key) {
    return fmt::format("public key is not a point of the curve of {}", suite_name(key.suite));
}

// Cheap, and the words say more than "does not match".
Status check_form(SuiteId suite, const Signature& signature) {
    const Curve& curve = curve_of(suite);
    ByteView r = signature.view().first(32);
    ByteView s = signature.view().subspan(32);
    if (!is_scalar(curve, r) || !is_scalar(curve, s)) {
        return bad_signature("r or s of the signature is zero or beyond the group order");
    }
    if (suite != SuiteId::sm2 && is_high(curve, s)) {
        return bad_signature(
            "s of the signature is high; send the group order less s, which signs the same");
    }
    return {};
}

bool matches(const ParsedKey& key, ByteView message, const Signature& signature) {
    return std::visit([&](const auto& parsed) { return parsed.verify(message, signature); }, key);
}

Status does_not_match() {
    return bad_signature("signature does not match the message and the public key");
}

}  // namespace

std::string_view suite_name(SuiteId suite) { return row_of(suite).name; }

std::optional<SuiteId> suite_from_name(std::string_view name) {
    for (const SuiteRow& row : k_suites) {
        if (row.name == name) return row.id;
    }
    return std::nullopt;
}

std::optional<SuiteId> suite_from_number(std::uint8_t number) {
    for (const SuiteRow& row : k_suites) {
        if (static_cast<std::uint8_t>(row.id) == number) return row.id;
    }
    return std::nullopt;
}

HashId suite_hash(SuiteId suite) { return row_of(suite).hash; }

Status check_public_key(const PublicKey& key) {
    if (!parse(key)) return Error{Code::invalid_argument, no_point(key)};
    return {};
}

Status verify(const PublicKey& key, ByteView message, const Signature& signature) {
    thread_local KeyCache cache(k_cached_keys);
    BSN_CHECK(check_form(key.suite, signature));
    if (const ParsedKey* cached = cache.find(key)) {
        return matches(*cached, message, signature) ? Status() : does_not_match();
    }
    auto parsed = parse(key);
    if (!parsed) return bad_signature(no_point(key));
    if (!matches(*parsed, message, signature)) return does_not_match();
    // Kept only now, so that keys made up by a flood of bad signatures displace nobody's.
    cache.put(key, std::move(*parsed));
    return {};
}

}  // namespace bsn::crypto
