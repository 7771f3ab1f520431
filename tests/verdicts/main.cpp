// bsn_verdicts: what our code says of many byte strings, for verifiers in other languages to be
// compared with.
//
//     bsn_verdicts GENESIS.json[:CHECKPOINT]...      (an epoch record in hexadecimal)
//
// On stdin it takes u32 length and bytes, one after the other (big-endian); for each it answers a
// line:
//
//     G…        a genesis file behind the letter:  `genesis NETWORK` or `unreadable`
//     T…        a transaction:                     `transaction ID SIGNER` or `unreadable`
//     u8 V…     a bundle in either form, verified with the genesis file of this index:
//     `unreadable`, or the step of u8 {…     docs/formats.md 12 that came last, `success`,
//     `authentic` or `refused`, and the trust class
//
// It ends with stdin.

#include "ledger/transaction.hpp"
#include "ledger/verify.hpp"
#include "support/verification.hpp"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

namespace bsn {
namespace {

using ledger::Genesis;
using ledger::ReceiptBundle;
using ledger::Trust;

constexpr std::size_t k_most = 64U << 20;

std::string read_file(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

int step_of(const ledger::Verification& verification) {
    constexpr std::array k_claims{testing::k_transaction, testing::k_receipt,  testing::k_block,
                                  testing::k_system,      testing::k_creation, testing::k_epochs,
                                  testing::k_quorum};
    if (verification.authentic) return 8;
    for (std::size_t i = 0; i < k_claims.size(); ++i) {
        if (verification.steps.back().claim.find(k_claims[i]) != std::string::npos) {
            return static_cast<int>(i) + 1;
        }
    }
    return -1;
}

std::string of_genesis(ByteView bytes) {
    const auto genesis = Genesis::from_json(as_text(bytes));
    return genesis ? "genesis " + to_hex(genesis->network()) : "unreadable";
}

std::string of_transaction(ByteView bytes) {
    const auto transaction = ledger::Transaction::decode(to_bytes(bytes));
    if (!transaction || !transaction->verify_signature()) return "unreadable";
    return fmt::format("transaction {} {}", to_hex(transaction->id()),
                       to_hex(transaction->signer().bytes));
}

std::string of_bundle(ByteView bytes, const Trust& trust) {
    const bool is_binary = !bytes.empty() && bytes.front() == 'V';
    const auto bundle =
        is_binary ? ReceiptBundle::decode(bytes) : ReceiptBundle::from_json(as_text(bytes));
    if (!bundle) return "unreadable";
    const auto verification = ledger::verify_bundle(*bundle, trust);
    const std::string_view outcome = verification.success()   ? "success"
                                     : verification.authentic ? "authentic"
                                                              : "refused";
    return fmt::format("{} {} {}", step_of(verification), outcome, verification.trust_class);
}

std::string verdict(ByteView bytes, const std::vector<Trust>& trusts) {
    if (bytes.empty()) return "nothing";
    const ByteView rest = bytes.subspan(1);
    if (bytes.front() == 'G') return of_genesis(rest);
    if (bytes.front() == 'T') return of_transaction(rest);
    if (bytes.front() < trusts.size()) return of_bundle(rest, trusts[bytes.front()]);
    return "no such genesis file";
}

/// The next byte string, or nothing at the end.
std::optional<Bytes> next(std::istream& in) {
    std::array<char, 4> head{};
    if (!in.read(head.data(), head.size())) return std::nullopt;
    std::size_t size = 0;
    for (const char byte : head) size = size << 8 | static_cast<std::uint8_t>(byte);
    if (size > k_most) return std::nullopt;
    std::string bytes(size, '\0');
    if (!in.read(bytes.data(), static_cast<std::streamsize>(size))) return std::nullopt;
    return to_bytes(bytes);
}

/// What a genesis file, and perhaps a checkpoint, let one trust.
Result<Trust> trust_of(const std::string& argument) {
    const std::size_t colon = argument.find(':');
    BSN_TRY(genesis, Genesis::from_json(read_file(argument.substr(0, colon))));
    if (colon == std::string::npos) return Trust::from(genesis);
    BSN_TRY(bytes, from_hex(argument.substr(colon + 1)));
    BSN_TRY(record, ledger::EpochRecord::decode(bytes));
    return Trust::from(genesis, std::move(record));
}

int run(const std::vector<std::string>& arguments) {
    std::vector<Trust> trusts;
    for (const std::string& argument : arguments) {
        auto trust = trust_of(argument);
        if (!trust) {
            std::cerr << argument << ": " << trust.error().message << "\n";
            return 1;
        }
        trusts.push_back(std::move(*trust));
    }
    while (const auto bytes = next(std::cin)) std::cout << verdict(*bytes, trusts) << "\n";
    return 0;
}

}  // namespace
}  // namespace bsn

int main(int count, char** arguments) { return bsn::run({arguments + 1, arguments + count}); }
