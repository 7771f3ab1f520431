#include "ledger/ethereum/account.hpp"

#include "crypto/hash.hpp"

#include <algorithm>

namespace bsn::ledger::ethereum {
namespace {

constexpr std::uint8_t k_has_code = 0x80;

Error corrupted(std::string_view what) {
    return {Code::corrupted, std::string(what) + " of the EVM is not what was written"};
}

ByteView without_leading_zeros(ByteView bytes) {
    const auto first =
        std::find_if(bytes.begin(), bytes.end(), [](auto byte) { return byte != 0; });
    return {first, bytes.end()};
}

/// The word of its significant bytes; none if they begin with zero, or are too many.
std::optional<Word> word_of_bytes(ByteView bytes) {
    if (bytes.size() > Word::k_size || (!bytes.empty() && bytes[0] == 0)) return std::nullopt;
    Word word;
    std::copy(bytes.begin(), bytes.end(), word.data() + Word::k_size - bytes.size());
    return word;
}

Bytes key_of(char kind, ByteView first, ByteView second = {}) {
    Bytes key;
    key.reserve(1 + first.size() + second.size());
    key.push_back(static_cast<std::uint8_t>(kind));
    key.insert(key.end(), first.begin(), first.end());
    key.insert(key.end(), second.begin(), second.end());
    return key;
}

}  // namespace

const Hash& empty_code_hash() {
    static const Hash hash = crypto::hash(HashId::keccak256, ByteView{});
    return hash;
}

Bytes Account::encode() const {
    const Word nonce_word = word_of(nonce);
    const ByteView nonce_bytes = without_leading_zeros(nonce_word);
    const ByteView balance_bytes = without_leading_zeros(balance);
    Bytes bytes;
    bytes.reserve(1 + nonce_bytes.size() + Hash::k_size + balance_bytes.size());
    bytes.push_back(static_cast<std::uint8_t>(nonce_bytes.size() | (has_code() ? k_has_code : 0U)));
    bytes.insert(bytes.end(), nonce_bytes.begin(), nonce_bytes.end());
    if (has_code()) bytes.insert(bytes.end(), code_hash.data(), code_hash.data() + Hash::k_size);
    bytes.insert(bytes.end(), balance_bytes.begin(), balance_bytes.end());
    return bytes;
}

Result<Account> Account::decode(ByteView bytes) {
    if (bytes.empty()) return corrupted("an account");
    const std::size_t nonce_size = bytes[0] & ~unsigned{k_has_code};
    const std::size_t hash_size = (bytes[0] & k_has_code) != 0 ? Hash::k_size : 0;
    bytes = bytes.subspan(1);
    if (nonce_size > 8 || bytes.size() < nonce_size + hash_size) return corrupted("an account");
    Account account;
    const auto nonce = word_of_bytes(bytes.first(nonce_size));
    const auto balance = word_of_bytes(bytes.subspan(nonce_size + hash_size));
    if (!nonce || !balance) return corrupted("an account");
    account.nonce = *number_of_word(*nonce);
    account.balance = *balance;
    if (hash_size != 0) {
        account.code_hash = *Hash::from(bytes.subspan(nonce_size, hash_size));
        if (!account.has_code()) return corrupted("an account");
    }
    if (account.is_empty()) return corrupted("an account");
    return account;
}

Bytes account_key(const Address& address) { return key_of('a', address); }

Bytes code_key(const Hash& hash) { return key_of('c', hash); }

Bytes slot_key(const Address& address, const Word& slot) { return key_of('s', address, slot); }

Bytes slots_prefix(const Address& address) { return key_of('s', address); }

Bytes encode_slot(const Word& value) { return to_bytes(without_leading_zeros(value)); }

Result<Word> decode_slot(ByteView bytes) {
    const auto word = word_of_bytes(bytes);
    if (!word || bytes.empty()) return corrupted("a slot");
    return *word;
}

}  // namespace bsn::ledger::ethereum
