#pragma once
// Bytecode written opcode by opcode, and a world in which it runs.

#include "contract/evm/block.hpp"
#include "crypto/hash.hpp"
#include "ledger/ethereum/address.hpp"

#include <map>

namespace bsn::contract::testing {

using evm::Account;
using evm::Address;
using evm::Message;
using evm::Word;
using ledger::Hash;
using ledger::word_of;

/// The opcodes that the tests use.
enum class Op : std::uint8_t {
    stop = 0x00,
    add = 0x01,
    mul = 0x02,
    sub = 0x03,
    gt = 0x11,
    eq = 0x14,
    iszero = 0x15,
    keccak256 = 0x20,
    address = 0x30,
    balance = 0x31,
    origin = 0x32,
    caller = 0x33,
    callvalue = 0x34,
    calldataload = 0x35,
    calldatasize = 0x36,
    calldatacopy = 0x37,
    codecopy = 0x39,
    gasprice = 0x3a,
    extcodesize = 0x3b,
    extcodehash = 0x3f,
    returndatasize = 0x3d,
    returndatacopy = 0x3e,
    blockhash = 0x40,
    coinbase = 0x41,
    timestamp = 0x42,
    number = 0x43,
    chainid = 0x46,
    selfbalance = 0x47,
    basefee = 0x48,
    pop = 0x50,
    mload = 0x51,
    mstore = 0x52,
    mstore8 = 0x53,
    sload = 0x54,
    sstore = 0x55,
    jump = 0x56,
    jumpi = 0x57,
    gas = 0x5a,
    jumpdest = 0x5b,
    push0 = 0x5f,
    dup1 = 0x80,
    dup2 = 0x81,
    swap1 = 0x90,
    log0 = 0xa0,
    log1 = 0xa1,
    log2 = 0xa2,
    log3 = 0xa3,
    create = 0xf0,
    call = 0xf1,
    return_ = 0xf3,
    delegatecall = 0xf4,
    create2 = 0xf5,
    staticcall = 0xfa,
    revert = 0xfd,
    invalid = 0xfe,
    selfdestruct = 0xff,
};

/// Builds bytecode.
class Code {
  public:
    Code& op(Op op) {
        bytes_.push_back(static_cast<std::uint8_t>(op));
        return *this;
    }
    template <typename... Ops>
    Code& ops(Ops... each) {
        (op(each), ...);
        return *this;
    }
    Code& push(ByteView bytes) {
        bytes_.push_back(static_cast<std::uint8_t>(0x5f + bytes.size()));
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
        return *this;
    }
    Code& push(std::uint64_t number) {
        const Word word = word_of(number);
        std::size_t size = 1;
        while (size < 8 && number >> (8 * size) != 0) ++size;
        return push(ByteView(word).last(size));
    }
    /// Puts what is on top of the stack into memory and returns it.
    Code& return_word() { return push(0).op(Op::mstore).push(32).push(0).op(Op::return_); }
    /// Calls with all gas, no value, the calldata of `size` bytes of memory; leaves the answer.
    Code& call(Op kind, const Address& to, std::uint64_t size = 0) {
        push(0).push(0).push(size).push(0);
        if (kind == Op::call) push(0);
        return push(to).op(Op::gas).op(kind);
    }
    const Bytes& bytes() const { return bytes_; }
    operator Bytes() const { return bytes_; }

    /// Init code that deploys a code.
    static Bytes deploying(ByteView code) {
        Code init;
        const std::uint64_t head = 12;
        init.push(Word(word_of(code.size())).view().last(2)).op(Op::dup1).push(head);
        init.push(0).op(Op::codecopy).push(0).op(Op::return_);
        ensure(init.bytes_.size() == head, "init code has another length");
        init.bytes_.insert(init.bytes_.end(), code.begin(), code.end());
        return init.bytes_;
    }

  private:
    Bytes bytes_;
};

inline Address account(std::uint64_t number) {
    Address address;
    const Word word = word_of(number);
    std::copy_n(word.data() + 24, 8, address.data() + 12);
    address.data()[0] = 0xac;
    return address;
}

inline Bytes words(std::initializer_list<Word> each) {
    Bytes bytes;
    for (const Word& word : each) bytes.insert(bytes.end(), word.data(), word.data() + 32);
    return bytes;
}

inline Word word_of(const Address& address) {
    Word word;
    std::copy_n(address.data(), 20, word.data() + 12);
    return word;
}

/// A map behind the EVM.
class EvmState final : public evm::StateSource {
  public:
    Result<std::optional<Account>> account(const Address& address) override {
        if (unreadable) return Error{Code_::io_error, "disk gone"};
        const auto found = accounts.find(address);
        if (found == accounts.end()) return std::optional<Account>{};
        return std::optional<Account>(found->second);
    }
    Result<Bytes> code(const Hash& hash) override { return codes.at(hash); }
    Result<Word> slot(const Address& address, const Word& slot) override {
        if (unreadable_slots) return Error{Code_::corrupted, "block 7 of the disk"};
        const auto found = slots.find({address, slot});
        return found == slots.end() ? Word{} : found->second;
    }

    void fund(const Address& address, std::uint64_t balance) {
        accounts[address].balance = word_of(balance);
    }
    void deploy(const Address& address, const Bytes& code) {
        const Hash hash = crypto::hash(ledger::HashId::keccak256, code);
        accounts[address].nonce = 1;
        accounts[address].code_hash = hash;
        codes[hash] = code;
    }
    /// What `evm::apply` does to world state.
    void apply(const evm::Execution& execution) {
        for (const evm::Change& change : execution.changes) {
            if (change.destroyed) {
                std::erase_if(slots,
                              [&](auto& slot) { return slot.first.first == change.address; });
            }
            if (change.code) codes[change.account->code_hash] = *change.code;
            if (change.written && change.account) accounts[change.address] = *change.account;
            if (change.written && !change.account) accounts.erase(change.address);
            for (const auto& [slot, value] : change.slots) slots[{change.address, slot}] = value;
        }
    }

    std::map<Address, Account> accounts;
    std::map<Hash, Bytes> codes;
    std::map<std::pair<Address, Word>, Word> slots;
    bool unreadable = false;
    bool unreadable_slots = false;

  private:
    using Code_ = bsn::Code;
};

inline evm::BlockEnvironment block_environment() {
    evm::BlockEnvironment block;
    block.number = 100;
    block.time = 1'700'000'000;
    block.gas_limit = 30'000'000;
    block.beneficiary = account(0xbe);
    return block;
}

inline Message message_to(const Address& from, const Address& to, Bytes data = {}) {
    Message message;
    message.from = from;
    message.to = to;
    message.gas = 1'000'000;
    message.data = std::move(data);
    return message;
}

inline Message creation_by(const Address& from, Bytes init_code) {
    Message message = message_to(from, from, std::move(init_code));
    message.to.reset();
    message.gas = 10'000'000;
    return message;
}

}  // namespace bsn::contract::testing
