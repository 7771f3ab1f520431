// How long messages of a block take, in order and in parallel: microseconds for each, by the clock
// and of processor time. Only the latter says something on a machine that others use.
//
//   cmake --build build/release --target bench_evm && build/release/bin/bench_evm [messages]

#include "cli/bench/compiled_contracts.hpp"
#include "contract/abi/text.hpp"
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

const Address k_owner = account(0xffff);

/// What the arguments of a constructor of contracts/Token.sol are: name, symbol, supply.
Bytes token_arguments() {
    const Bytes text = to_bytes("Benchmark");
    Bytes padded(32);
    std::copy(text.begin(), text.end(), padded.begin());
    const Word name = *Word::from(padded);
    return testing::words(
        {word_of(96), word_of(160), word_of(UINT64_MAX), word_of(9), name, word_of(9), name});
}

Message calling(const Address& from, const Address& contract, std::string_view signature,
                std::vector<Word> arguments) {
    const abi::Selector selector = abi::selector(signature);
    Bytes data(selector.begin(), selector.end());
    for (const Word& word : arguments) data.insert(data.end(), word.data(), word.data() + 32);
    Message message = testing::message_to(from, contract, std::move(data));
    message.gas = 300'000;
    return message;
}

Message transfer(const Address& from, const Address& token, const Address& to) {
    return calling(from, token, "transfer(address,uint256)", {testing::word_of(to), word_of(1)});
}

Address sender(std::size_t number) { return account(0x10000 + number); }

/// A database with contracts, and accounts that own tokens.
class World {
  public:
    explicit World(std::size_t senders) {
        token = deploy(cli::k_token_bytecode, token_arguments());
        evidence = deploy(cli::k_evidence_bytecode, {});
        const Bytes count =
            Bytecode().push(1).push(0).op(Op::sload).op(Op::add).push(0).op(Op::sstore).bytes();
        counter = deploy(to_hex(Bytecode::deploying(count)), {});
        std::vector<Message> endowments;
        for (std::size_t i = 0; i < senders; ++i) {
            endowments.push_back(calling(k_owner, token, "transfer(address,uint256)",
                                         {testing::word_of(sender(i)), word_of(1'000'000)}));
            endowments.back().nonce = nonce_++;
        }
        (void)commit(endowments);
    }

    const ledger::StateReader& state() const { return stored_; }
    Address token, evidence, counter;

  private:
    Address deploy(std::string_view code, const Bytes& arguments) {
        Bytes data = *from_hex(code);
        data.insert(data.end(), arguments.begin(), arguments.end());
        Message message = testing::creation_by(k_owner, std::move(data));
        message.gas = 5'000'000;
        message.nonce = nonce_++;
        return *Address::from(commit({message}).front().receipt.created_address);
    }

    std::vector<evm::MessageOutcome> commit(const std::vector<Message>& messages) {
        const evm::Runtime runtime(evm::Settings{});
        ledger::StateOverlay overlay(stored_);
        auto outcomes = evm::run(runtime, testing::block_environment(), messages, overlay);
        for (const auto& outcome : *outcomes) {
            ensure(!outcome.refusal && outcome.receipt.status == ledger::ExecutionStatus::success,
                   "the benchmark cannot be prepared");
        }
        auto batch = database_->batch();
        const auto changes = overlay.changes();
        for (const auto& change : *changes) {
            if (!change.after) continue;
            batch->put(store::Table::state,
                       ledger::StoredState::database_key({}, change.contract, change.key),
                       *change.after);
        }
        (void)database_->write(*batch);
        return std::move(*outcomes);
    }

    std::unique_ptr<store::Database> database_ = store::make_memory_database();
    ledger::StoredState stored_{*database_, {}};
    std::uint64_t nonce_ = 0;
};

struct Cost {
    double clock = 1e9;
    double processor = 1e9;
};

Cost measure(const World& world, const std::vector<Message>& messages, Executor* pool) {
    using Clock = std::chrono::steady_clock;
    const evm::Runtime runtime(evm::Settings{});
    Cost best;
    for (int round = 0; round < 7; ++round) {
        ledger::StateOverlay overlay(world.state());
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

/// How much more two threads do than one where each executes all messages by itself, in order, with
/// nothing shared: what this machine gives at most, now.
double bound(const World& world, const std::vector<Message>& messages) {
    const double alone = measure(world, messages, nullptr).clock;
    Cost one, other;
    std::thread beside([&] { one = measure(world, messages, nullptr); });
    other = measure(world, messages, nullptr);
    beside.join();
    return 2 * alone / std::max(one.clock, other.clock);
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t count = argc > 1 ? std::stoul(argv[1]) : 4096;
    const World world(count);
    std::vector<Message> disjoint, same_recipient, one_sender, deposits, counting;
    for (std::size_t i = 0; i < count; ++i) {
        const Address other = account(0x90000 + i);
        disjoint.push_back(transfer(sender(i), world.token, other));
        same_recipient.push_back(transfer(sender(i), world.token, account(7)));
        one_sender.push_back(transfer(sender(0), world.token, other));
        one_sender.back().nonce = i;
        deposits.push_back(calling(sender(i), world.evidence, "deposit(bytes32,string)",
                                   {testing::word_of(other), word_of(64), word_of(0)}));
        counting.push_back(calling(sender(i), world.counter, "count()", {}));
    }
    ThreadPool pool(std::thread::hardware_concurrency());
    fmt::print("microseconds a message: by the clock (of processor time)\n");
    fmt::print("{:<28} {:>16} {:>16} {:>6} {:>6}\n", "", "in order", "parallel", "ratio", "bound");
    const auto row = [&](std::string_view name, const std::vector<Message>& messages) {
        const Cost in_order = measure(world, messages, nullptr);
        const Cost parallel = measure(world, messages, &pool);
        fmt::print("{:<28} {:>7.2f} ({:>6.2f}) {:>7.2f} ({:>6.2f}) {:>6.2f} {:>6.2f}\n", name,
                   in_order.clock, in_order.processor, parallel.clock, parallel.processor,
                   in_order.clock / parallel.clock, bound(world, messages));
    };
    row("ERC-20, all different", disjoint);
    row("ERC-20, one recipient", same_recipient);
    row("ERC-20, one sender", one_sender);
    row("evidence, all different", deposits);
    row("one counter", counting);
}
