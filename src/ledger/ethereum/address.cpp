#include "ledger/ethereum/address.hpp"

#include "crypto/public_point.hpp"
#include "ledger/rlp.hpp"

#include <algorithm>
#include <array>

namespace bsn::ledger::ethereum {
namespace {

Address last_bytes(const Hash& hash) { return *Address::from(hash.view().last(Address::k_size)); }

bool is_upper(char letter) { return letter >= 'A' && letter <= 'F'; }
bool is_lower(char letter) { return letter >= 'a' && letter <= 'f'; }

}  // namespace

Result<Address> address_of(const PublicKey& key) {
    BSN_TRY(point, crypto::public_point_of(key));
    return last_bytes(crypto::hash(crypto::suite_hash(key.suite), point));
}

Address created_address(HashId hash, const Address& creator, std::uint64_t nonce) {
    rlp::Writer writer(32);
    writer.list([&] {
        writer.string(creator);
        writer.number(nonce);
    });
    return last_bytes(crypto::hash(hash, writer.view()));
}

Address created_address(HashId hash, const Address& creator, const Word& salt, ByteView init_code) {
    static constexpr std::array<std::uint8_t, 1> k_prefix{0xff};
    return last_bytes(crypto::hash(hash, {k_prefix, creator, salt, crypto::hash(hash, init_code)}));
}

std::string to_checksum_text(const Address& address) {
    std::string digits = to_hex(address);
    const Hash hash = crypto::hash(HashId::keccak256, as_bytes(digits));
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const int nibble = i % 2 == 0 ? hash.data()[i / 2] >> 4 : hash.data()[i / 2] & 15;
        if (nibble >= 8 && is_lower(digits[i])) digits[i] = static_cast<char>(digits[i] - 32);
    }
    return "0x" + digits;
}

Result<Address> address_from_text(std::string_view text) {
    std::string_view digits = text;
    if (digits.starts_with("0x") || digits.starts_with("0X")) digits.remove_prefix(2);
    auto address = fixed_from_hex<Address>(digits);
    if (!address) return address.error().within("address");
    const bool mixed = std::any_of(digits.begin(), digits.end(), is_upper) &&
                       std::any_of(digits.begin(), digits.end(), is_lower);
    if (mixed && to_checksum_text(*address).substr(2) != digits) {
        return Error{Code::invalid_argument,
                     "address: capitals do not fit its checksum (EIP-55); a digit may be wrong"};
    }
    return address;
}

}  // namespace bsn::ledger::ethereum
