// However many threads: the result is that of one message after another.

#include "../contract_fixture.hpp"
#include "contract/evm/block.hpp"
#include "support/evm_world.hpp"

#include <condition_variable>
#include <random>

namespace bsn::contract::evm {
namespace {

using contract::testing::MemoryState;
using testing::account;
using testing::block_environment;
using testing::creation_by;
using testing::message_to;
using testing::Op;
using testing::words;
using Bytecode = testing::Code;
using ledger::word_of;

const Address k_counter = account(0x1000);
const Address k_table = account(0x1001);
const Address k_mortal = account(0x1002);
const Address k_angry = account(0x1003);
const Address k_watcher = account(0x1004);
const Address k_factory = account(0x1005);

Address sender(std::uint64_t number) { return account(0x100 + number); }

/// A world with contracts that collide in every way.
class World {
  public:
    World(const Settings& settings, std::uint64_t senders) : settings_(settings) {
        ledger::StateOverlay overlay(below_);
        deploy(overlay, k_counter,
               Bytecode()
                   .push(1)
                   .push(0)
                   .op(Op::sload)
                   .op(Op::add)
                   .op(Op::dup1)
                   .push(0)
                   .op(Op::sstore)
                   .return_word());
        // table[word 0] += word 1, with an event
        deploy(overlay, k_table,
               Bytecode()
                   .push(32)
                   .op(Op::calldataload)
                   .push(0)
                   .op(Op::calldataload)
                   .op(Op::sload)
                   .op(Op::add)
                   .push(0)
                   .op(Op::calldataload)
                   .op(Op::sstore)
                   .push(7)
                   .push(0)
                   .push(0)
                   .op(Op::log1));
        deploy(overlay, k_mortal,
               Bytecode()
                   .push(1)
                   .push(5)
                   .op(Op::sload)
                   .op(Op::add)
                   .push(5)
                   .op(Op::sstore)
                   .push(k_counter)
                   .op(Op::selfdestruct));
        deploy(overlay, k_angry,
               Bytecode().call(Op::call, k_counter).push(0).push(0).op(Op::revert));
        deploy(overlay, k_watcher,
               Bytecode()
                   .op(Op::coinbase)
                   .op(Op::balance)
                   .push(k_mortal)
                   .op(Op::balance)
                   .op(Op::add)
                   .return_word());
        // Creates a contract, by an address that only its nonce decides.
        deploy(overlay, k_factory,
               Bytecode()
                   .push(0)
                   .push(0)
                   .push(0)
                   .op(Op::create)
                   .op(Op::dup1)
                   .push(0)
                   .op(Op::sstore)
                   .return_word());
        for (std::uint64_t i = 0; i < senders; ++i) {
            put_account(sender(i), Account{.balance = word_of(1'000'000'000'000'000)}, overlay);
        }
        for (std::uint64_t slot = 0; slot < 10; ++slot) {
            put_slot(k_mortal, word_of(slot), word_of(slot + 1), overlay);
        }
        below_.apply(overlay);
    }

    struct Run {
        std::vector<MessageOutcome> outcomes;
        std::vector<ledger::StateOverlay::Change> changes;
    };
    Run execute(const std::vector<Message>& messages, Executor* pool) const {
        const Runtime runtime(settings_);
        ledger::StateOverlay overlay(below_);
        // Something that stands in the overlay and not below it.
        put_slot(k_counter, Word{}, word_of(1000), overlay);
        auto outcomes = run(runtime, block_environment(), messages, overlay, nullptr, pool);
        EXPECT_TRUE(outcomes) << (outcomes ? "" : outcomes.error().message);
        return {std::move(*outcomes), *overlay.changes()};
    }

    MemoryState& below() { return below_; }

  private:
    static void deploy(ledger::StateOverlay& overlay, const Address& address, const Bytes& code) {
        const Hash hash = crypto::hash(ledger::HashId::keccak256, code);
        put_account(address, Account{.nonce = 1, .balance = word_of(3), .code_hash = hash},
                    overlay);
        put_code(hash, code, overlay);
    }

    Settings settings_;
    MemoryState below_;
};

/// Messages of all kinds; `hot` of 100 meet in the same places.
std::vector<Message> workload(std::mt19937_64& random, std::size_t count, std::uint64_t senders,
                              unsigned hot) {
    const auto below = [&](std::uint64_t limit) { return random() % limit; };
    std::vector<std::uint64_t> nonces(senders);
    std::vector<Message> messages;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t from = below(senders);
        Message message;
        if (below(100) >= hot) {
            const Word own = testing::word_of(account(0x10000 + i));
            message = below(2) == 0 ? message_to(sender(from), k_table, words({own, word_of(i)}))
                                    : message_to(sender(from), account(0x20000 + i));
            message.value = message.data.empty() ? word_of(below(50)) : Word{};
        } else {
            switch (below(9)) {
                case 0: message = message_to(sender(from), k_counter); break;
                case 1:
                    message =
                        message_to(sender(from), k_table, words({word_of(below(4)), word_of(i)}));
                    break;
                case 2: message = message_to(sender(from), k_mortal); break;
                case 3: message = message_to(sender(from), k_angry); break;
                case 4: message = message_to(sender(from), k_watcher); break;
                case 5: message = message_to(sender(from), k_factory); break;
                case 6:
                    message = message_to(sender(from), sender(below(senders)));
                    message.value = word_of(below(1000));
                    break;
                case 7:
                    message = creation_by(
                        sender(from),
                        Bytecode::deploying(Bytecode().push(below(3)).return_word().bytes()));
                    break;
                default:
                    message = message_to(sender(from), block_environment().beneficiary);
                    message.value = word_of(below(10));
            }
        }
        message.gas = message.to ? 200'000 : 1'000'000;
        message.gas_price = word_of(2);
        message.nonce = nonces[from];
        // Some are never admissible.
        if (below(20) == 0) {
            message.nonce += 1 + below(3);
        } else {
            ++nonces[from];
        }
        messages.push_back(std::move(message));
    }
    return messages;
}

void expect_equal(const World::Run& a, const World::Run& b, std::string_view what) {
    ASSERT_EQ(a.outcomes.size(), b.outcomes.size());
    for (std::size_t i = 0; i < a.outcomes.size(); ++i) {
        ASSERT_EQ(a.outcomes[i].refusal, b.outcomes[i].refusal) << what << ", message " << i;
        ASSERT_EQ(a.outcomes[i].receipt, b.outcomes[i].receipt) << what << ", message " << i;
    }
    ASSERT_EQ(a.changes.size(), b.changes.size()) << what;
    for (std::size_t i = 0; i < a.changes.size(); ++i) {
        ASSERT_EQ(to_hex(a.changes[i].key), to_hex(b.changes[i].key)) << what;
        ASSERT_EQ(a.changes[i].after, b.changes[i].after) << what << to_hex(a.changes[i].key);
    }
}

class EvmParallel : public ::testing::TestWithParam<Fork> {};

TEST_P(EvmParallel, equals_one_after_another) {
    ThreadPool pool(3);
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        std::mt19937_64 random(seed);
        const std::uint64_t senders = 1 + random() % 40;
        const auto hot = static_cast<unsigned>(random() % 101);
        const Settings settings{.fork = GetParam(),
                                .fees = seed % 2 == 0 ? Fees::metered : Fees::free,
                                .nonces = seed % 3 == 0 ? Nonces::random : Nonces::counted};
        const World world(settings, senders);
        const auto messages = workload(random, 20 + random() % 700, senders, hot);
        expect_equal(world.execute(messages, nullptr), world.execute(messages, &pool),
                     "seed " + std::to_string(seed));
    }
}

INSTANTIATE_TEST_SUITE_P(Forks, EvmParallel, ::testing::Values(Fork::shanghai, Fork::prague),
                         [](const auto& info) {
                             return info.param == Fork::shanghai ? "shanghai" : "prague";
                         });

/// A pool that is busy for ever, and runs its tasks once it is asked to.
class Lazy final : public Executor {
  public:
    void post(Task task) override { tasks.push_back(std::move(task)); }
    std::vector<Task> tasks;
};

TEST(EvmParallelPool, does_not_wait_for_a_pool_that_does_nothing) {
    const World world(Settings{}, 30);
    std::mt19937_64 random(7);
    const auto messages = workload(random, 500, 30, 10);
    Lazy lazy;
    expect_equal(world.execute(messages, nullptr), world.execute(messages, &lazy), "lazy");
    ASSERT_FALSE(lazy.tasks.empty());
    // What comes late finds nothing to do, and nothing of the block that has ended.
    for (Task& task : lazy.tasks) task();
}

TEST(EvmParallelPool, runs_within_a_task_of_a_pool_of_one_thread) {
    const World world(Settings{}, 30);
    std::mt19937_64 random(8);
    const auto messages = workload(random, 500, 30, 10);
    World::Run parallel;
    std::mutex mutex;
    std::condition_variable ended;
    bool done = false;
    ThreadPool pool(1);
    pool.post([&] {
        parallel = world.execute(messages, &pool);
        const std::lock_guard lock(mutex);
        done = true;
        ended.notify_all();
    });
    std::unique_lock lock(mutex);
    ended.wait(lock, [&] { return done; });
    expect_equal(world.execute(messages, nullptr), parallel, "one thread");
}

TEST(EvmParallelPool, a_state_that_cannot_be_read_is_an_error) {
    World world(Settings{}, 30);
    std::mt19937_64 random(9);
    const auto messages = workload(random, 100, 30, 10);
    world.below().unreadable = true;
    ThreadPool pool(2);
    const Runtime runtime(Settings{});
    ledger::StateOverlay overlay(world.below());
    const auto outcomes = run(runtime, block_environment(), messages, overlay, nullptr, &pool);
    ASSERT_FALSE(outcomes);
    EXPECT_EQ(outcomes.error().code, Code::io_error);
}

}  // namespace
}  // namespace bsn::contract::evm
