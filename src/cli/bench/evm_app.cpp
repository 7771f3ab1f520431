#include "cli/bench/evm_app.hpp"

#include "cli/bench/compiled_contracts.hpp"
#include "contract/abi/text.hpp"
#include "crypto/random.hpp"
#include "ledger/ethereum/address.hpp"
#include "ledger/ethereum/transaction.hpp"

#include <algorithm>

namespace bsn::cli {
namespace {

using ledger::Word;

constexpr std::uint64_t k_creation_gas = 3'000'000;
constexpr std::uint64_t k_call_gas = 150'000;
/// What each account of the token's load begins with: more than any run spends.
constexpr std::uint64_t k_endowment = 1'000'000'000;

void append(Bytes& data, ByteView bytes) { data.insert(data.end(), bytes.begin(), bytes.end()); }

void append_word(Bytes& data, std::uint64_t number) { append(data, ledger::word_of(number)); }

Bytes begin_call(std::string_view signature) {
    const contract::abi::Selector selector = contract::abi::selector(signature);
    return {selector.begin(), selector.end()};
}

/// The constructor's arguments of contracts/Token.sol: name, symbol, supply.
Bytes token_arguments() {
    Bytes data;
    append_word(data, 96);
    append_word(data, 160);
    append_word(data, UINT64_MAX);
    for (std::string_view text : {"Benchmark", "BNCH"}) {
        append_word(data, text.size());
        Bytes padded(32);
        std::copy(text.begin(), text.end(), padded.begin());
        append(data, padded);
    }
    return data;
}

Bytes transfer(const ledger::Address& to, std::uint64_t amount) {
    Bytes data = begin_call("transfer(address,uint256)");
    append(data, Bytes(12));
    append(data, to);
    append_word(data, amount);
    return data;
}

Bytes deposit() {
    Bytes data = begin_call("deposit(bytes32,string)");
    Word hash;
    crypto::fill_random({hash.data(), hash.size()});
    append(data, hash);
    append_word(data, 64);
    append_word(data, 0);
    return data;
}

Bytes sign(ledger::ethereum::Transaction transaction, const crypto::PrivateKey& key) {
    transaction.type = ledger::ethereum::TransactionType::dynamic_fee;
    // Networks that ask a price get one; ours does not.
    transaction.max_fee = ledger::word_of(10'000'000'000);
    transaction.max_priority_fee = ledger::word_of(1'000'000'000);
    transaction.sign(key);
    return transaction.encode();
}

}  // namespace

std::string_view evm_load_name(EvmLoad load) {
    return load == EvmLoad::evidence ? "evidence" : "token";
}

EvmAccounts::EvmAccounts(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        keys_.push_back(crypto::PrivateKey::generate(crypto::SuiteId::secp256k1));
        addresses_.push_back(*ledger::ethereum::address_of(keys_.back().public_key()));
    }
}

Bytes EvmContract::creation(EvmLoad load, std::uint64_t chain_id, const crypto::PrivateKey& key) {
    ledger::ethereum::Transaction transaction;
    transaction.chain_id = chain_id;
    transaction.gas = k_creation_gas;
    transaction.data =
        *from_hex(load == EvmLoad::evidence ? k_evidence_bytecode : k_token_bytecode);
    if (load == EvmLoad::token) append(transaction.data, token_arguments());
    return sign(std::move(transaction), key);
}

Bytes EvmContract::signed_call(const crypto::PrivateKey& key, std::uint64_t nonce,
                               Bytes data) const {
    ledger::ethereum::Transaction transaction;
    transaction.chain_id = chain_id_;
    transaction.nonce = nonce;
    transaction.gas = k_call_gas;
    transaction.to = address_;
    transaction.data = std::move(data);
    return sign(std::move(transaction), key);
}

Bytes EvmContract::call_of(const EvmAccounts& accounts, std::size_t account,
                           std::uint64_t nonce) const {
    return signed_call(
        accounts.key(account), nonce,
        load_ == EvmLoad::token ? transfer(accounts.address(account ^ 1U), 1) : deposit());
}

Bytes EvmContract::endowment(const crypto::PrivateKey& owner, std::uint64_t nonce,
                             const ledger::Address& to) const {
    return signed_call(owner, nonce, transfer(to, k_endowment));
}

}  // namespace bsn::cli
