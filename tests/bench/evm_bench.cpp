// How long messages of a block take, in order and in parallel: microseconds for each, by the clock
// and of processor time. Only the latter says something on a machine that others use.
//
//   cmake --build build/release --target bench_evm && build/release/bin/bench_evm [messages]

#include "contract/evm/block.hpp"
#include "support/evm_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <thread>

using namespace bsn;
using namespace bsn::contract;
using evm::Account;
using evm::Address;
using evm::Message;
using evm::Word;
using ledger::word_of;
using testing::account;
using testing::Op;
using Bytecode = testing::Code;

namespace {

const Address k_contract = account(0x1000);

/// Puts the slot of a mapping by the word on top of the stack: Keccak-256 of it and of the
/// mapping's place.
Bytecode& mapped(Bytecode& code, std::uint64_t place) {
    return code.push(0)
        .op(Op::mstore)
        .push(place)
        .push(32)
        .op(Op::mstore)
        .push(64)
        .push(0)
        .op(Op::keccak256);
}

/// transfer(to, amount) as ERC-20 has it: two balances behind hashes, a check, an event.
Bytes token() {
    Bytecode code;
    mapped(code.op(Op::caller), 0).op(Op::dup1).op(Op::sload);     // balance, slot
    code.push(36).op(Op::calldataload).op(Op::swap1).op(Op::sub);  // what is left
    code.op(Op::swap1).op(Op::sstore);
    mapped(code.push(4).op(Op::calldataload), 0).op(Op::dup1).op(Op::sload);
    code.push(36).op(Op::calldataload).op(Op::add).op(Op::swap1).op(Op::sstore);
    code.push(36).op(Op::calldataload).push(0).op(Op::mstore);
    code.push(4).op(Op::calldataload).op(Op::caller).push(0xddf252ad);
    return code.push(32).push(0).op(Op::log3).push(1).return_word();
}

/// deposit(hash): who, when and what are three slots, and an event.
Bytes evidence() {
    Bytecode code;
    mapped(code.push(4).op(Op::calldataload), 0);
    code.op(Op::dup1).op(Op::caller).op(Op::swap1).op(Op::sstore);
    code.push(1).op(Op::add).op(Op::dup1).op(Op::timestamp).op(Op::swap1).op(Op::sstore);
    code.push(1).op(Op::add).push(4).op(Op::calldataload).op(Op::swap1).op(Op::sstore);
    code.push(4).op(Op::calldataload).push(0).op(Op::mstore).push(0xabcdef);
    return code.push(32).push(0).op(Op::log1);
}

Message calling(std::uint64_t from, std::initializer_list<Word> arguments) {
    Bytes data{0xa9, 0x05, 0x9c, 0xbb};
    for (const Word& word : arguments) data.insert(data.end(), word.data(), word.data() + 32);
    Message message = testing::message_to(account(0x10000 + from), k_contract, std::move(data));
    message.gas = 300'000;
    return message;
}

struct Cost {
    double clock = 1e9;
    double processor = 1e9;
};

Cost measure(const std::vector<Message>& messages, const Bytes& code, Executor* pool) {
    using Clock = std::chrono::steady_clock;
    const evm::Runtime runtime(evm::Settings{});
    const auto database = store::make_memory_database();
    const ledger::StoredState stored(*database, {});
    ledger::StateOverlay below(stored);
    const ledger::Hash hash = crypto::hash(ledger::HashId::keccak256, code);
    evm::put_account(k_contract, Account{.nonce = 1, .code_hash = hash}, below);
    evm::put_code(hash, code, below);
    auto batch = database->batch();
    const auto changes = below.changes();
    for (const auto& change : *changes) {
        batch->put(store::Table::state,
                   ledger::StoredState::database_key({}, change.contract, change.key),
                   *change.after);
    }
    (void)database->write(*batch);
    Cost best;
    for (int round = 0; round < 7; ++round) {
        ledger::StateOverlay overlay(stored);
        const auto begin = Clock::now();
        const std::clock_t processor = std::clock();
        const auto outcomes =
            evm::run(runtime, testing::block_environment(), messages, overlay, {}, pool);
        const std::chrono::duration<double, std::micro> took = Clock::now() - begin;
        const double worked = 1e6 * static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC;
        const auto count = static_cast<double>(messages.size());
        best.clock = std::min(best.clock, took.count() / count);
        best.processor = std::min(best.processor, worked / count);
        for (const auto& outcome : *outcomes) {
            ensure(!outcome.refusal && outcome.receipt.status == ledger::ExecutionStatus::success,
                   "a message of the benchmark failed");
        }
    }
    return best;
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t count = argc > 1 ? std::stoul(argv[1]) : 4096;
    std::vector<Message> disjoint, same_recipient, one_sender, deposits, counting;
    for (std::size_t i = 0; i < count; ++i) {
        const Word other = testing::word_of(account(0x90000 + i));
        disjoint.push_back(calling(i, {other, word_of(1)}));
        same_recipient.push_back(calling(i, {testing::word_of(account(7)), word_of(1)}));
        one_sender.push_back(calling(0, {other, word_of(1)}));
        one_sender.back().nonce = i;
        deposits.push_back(calling(i, {other}));
        counting.push_back(calling(i, {}));
    }
    const Bytes counter =
        Bytecode().push(1).push(0).op(Op::sload).op(Op::add).push(0).op(Op::sstore);
    ThreadPool pool(std::thread::hardware_concurrency());
    fmt::print("microseconds a message: by the clock (of processor time)\n");
    fmt::print("{:<28} {:>16} {:>16} {:>6}\n", "", "in order", "parallel", "ratio");
    const auto row = [&](std::string_view name, const std::vector<Message>& messages,
                         const Bytes& code) {
        const Cost in_order = measure(messages, code, nullptr);
        const Cost parallel = measure(messages, code, &pool);
        fmt::print("{:<28} {:>7.2f} ({:>6.2f}) {:>7.2f} ({:>6.2f}) {:>6.2f}\n", name,
                   in_order.clock, in_order.processor, parallel.clock, parallel.processor,
                   in_order.clock / parallel.clock);
    };
    row("ERC-20, all different", disjoint, token());
    row("ERC-20, one recipient", same_recipient, token());
    row("ERC-20, one sender", one_sender, token());
    row("evidence, all different", deposits, evidence());
    row("one counter", counting, counter);
}
