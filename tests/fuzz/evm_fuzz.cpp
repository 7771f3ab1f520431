// Any bytecode: nothing panics, a block executes the same on many threads, and gas and receipts
// keep to their limits.
#include "contract/evm/block.hpp"
#include "crypto/hash.hpp"
#include "fuzz/laws.hpp"

namespace bsn::fuzz {
namespace {

namespace evm = contract::evm;
using evm::Address;
using ledger::word_of;

constexpr std::size_t k_most_messages = 48;
constexpr std::uint64_t k_gas = 60'000;

/// A state without entries.
class Nothing final : public ledger::StateReader {
  public:
    Result<std::optional<Bytes>> get(std::string_view, ByteView) const override {
        return std::optional<Bytes>{};
    }
    Status scan(std::string_view, ByteView, ByteView, const Visitor&) const override { return {}; }
};

/// Contracts and senders alike: bytecode calls small numbers most easily.
Address address(std::size_t number) {
    Address made;
    made.data()[18] = 1;
    made.data()[19] = static_cast<std::uint8_t>(number);
    return made;
}

struct World {
    evm::Settings settings;
    std::vector<Bytes> codes;
    std::vector<evm::Message> messages;
};

World world_of(Choices& choices) {
    World world;
    world.settings.fork = static_cast<evm::Fork>(choices.u8() % 7);
    const unsigned flags = choices.u8();
    if ((flags & 1U) != 0) world.settings.fees = evm::Fees::metered;
    if ((flags & 2U) != 0) world.settings.nonces = evm::Nonces::random;
    if ((flags & 4U) != 0) world.settings.hash = ledger::HashId::sm3;
    const std::size_t codes = 1 + choices.u8() % 4;
    for (std::size_t i = 0; i < codes; ++i) {
        const std::size_t size = choices.u16();
        world.codes.push_back(to_bytes(choices.take(size % 2048)));
    }
    std::array<std::uint64_t, 8> nonces{};
    while (!choices.done() && world.messages.size() < k_most_messages) {
        evm::Message message;
        const std::size_t from = choices.u8() % nonces.size();
        message.from = address(0x80 + from);
        message.nonce = nonces[from]++;
        message.gas = k_gas;
        message.gas_price = word_of(choices.u8() % 3);
        const std::size_t to = choices.u8() % (codes + 2);
        if (to <= codes) {
            message.to = address(to);
            message.data = to_bytes(choices.take(choices.u8() % 40));
        } else {
            message.data = world.codes[choices.u8() % codes];
            message.gas = 4 * k_gas;
        }
        message.value = word_of(choices.u8() % 4);
        world.messages.push_back(std::move(message));
    }
    return world;
}

struct Ran {
    std::vector<evm::MessageOutcome> outcomes;
    std::vector<ledger::StateOverlay::Change> changes;
};

Ran execute(const World& world, Executor* pool) {
    const Nothing nothing;
    ledger::StateOverlay overlay(nothing);
    for (std::size_t i = 0; i < world.codes.size(); ++i) {
        const auto hash = crypto::hash(ledger::HashId::keccak256, world.codes[i]);
        evm::put_account(address(i), evm::Account{.nonce = 1, .code_hash = hash}, overlay);
        evm::put_code(hash, world.codes[i], overlay);
    }
    for (std::size_t i = 0; i < 8; ++i) {
        evm::put_account(address(0x80 + i), evm::Account{.balance = word_of(10'000'000)}, overlay);
    }
    evm::BlockEnvironment block;
    block.gas_limit = 10'000'000;
    block.beneficiary = address(0x90);
    const evm::Runtime runtime(world.settings);
    auto outcomes = evm::run(runtime, block, world.messages, overlay, {}, pool);
    law(outcomes.ok(), "a state that can be read is no reason to fail");
    return {std::move(*outcomes), *overlay.changes()};
}

}  // namespace

void run(ByteView input) {
    static ThreadPool pool(2);
    Choices choices(input);
    const World world = world_of(choices);
    const Ran in_order = execute(world, nullptr);
    const Ran parallel = execute(world, &pool);
    law(in_order.outcomes.size() == world.messages.size(), "each message has an outcome");
    for (std::size_t i = 0; i < in_order.outcomes.size(); ++i) {
        const evm::MessageOutcome& outcome = in_order.outcomes[i];
        law(outcome.refusal == parallel.outcomes[i].refusal, "parallel refuses the same");
        law(outcome.receipt == parallel.outcomes[i].receipt, "parallel has the same receipts");
        if (outcome.refusal) continue;
        law(outcome.receipt.gas <= world.messages[i].gas, "no more gas than there is");
        check_format<ledger::Receipt>(outcome.receipt.encode());
    }
    law(in_order.changes.size() == parallel.changes.size(), "parallel changes as much");
    for (std::size_t i = 0; i < in_order.changes.size(); ++i) {
        law(in_order.changes[i].key == parallel.changes[i].key &&
                in_order.changes[i].after == parallel.changes[i].after,
            "parallel changes the same");
        const auto& [name, key, before, after] = in_order.changes[i];
        if (key[0] != 'a' || !after) continue;
        const auto account = evm::Account::decode(*after);
        law(account.ok() && account->encode() == *after, "an account reads as it was written");
    }
}

}  // namespace bsn::fuzz
