#include "support/fake_ethereum_chain.hpp"

#include "ledger/ethereum/address.hpp"
#include "ledger/ethereum/bloom.hpp"

namespace bsn::testing {
namespace {

using namespace framework::ethereum;

class FakeState final : public StateView {
  public:
    FakeState(std::map<Address, FakeAccount> accounts, FakeEthereumChain::Call call,
              FakeEthereumChain::PutOver put_over)
        : accounts_(std::move(accounts)), call_(std::move(call)), put_over_(std::move(put_over)) {}

    Result<AccountState> account(const Address& address) override {
        return accounts_[address].state;
    }
    Result<Bytes> code(const Address& address) override { return accounts_[address].code; }
    Result<Word> slot(const Address& address, const Word& slot) override {
        return accounts_[address].slots[slot];
    }
    Status put_over(const std::vector<AccountOverride>& accounts) override {
        for (const AccountOverride& over : accounts) {
            FakeAccount& account = accounts_[over.address];
            account.state.nonce = over.nonce.value_or(account.state.nonce);
            account.state.balance = over.balance.value_or(account.state.balance);
            account.code = over.code.value_or(account.code);
            if (over.storage_replaced) account.slots.clear();
            for (const auto& [slot, value] : over.slots) account.slots[slot] = value;
        }
        if (put_over_) put_over_(accounts);
        return {};
    }
    Result<CallOutcome> call(const CallMessage& message) override {
        if (!call_) return Error{Code::internal, "the test says nothing of calls"};
        return call_(message);
    }
    Result<AccountProof> prove(const Address&, const std::vector<Word>& slots) override {
        return AccountProof{{{0xc0}}, {}, {}, {slots.size(), {{0x80}}}};
    }

  private:
    std::map<Address, FakeAccount> accounts_;
    FakeEthereumChain::Call call_;
    FakeEthereumChain::PutOver put_over_;
};

}  // namespace

FakeEthereumChain::FakeEthereumChain() { add_block(); }

std::uint64_t FakeEthereumChain::height() const {
    std::lock_guard lock(mutex_);
    return blocks_.size() - 1;
}

Result<BlockHeader> FakeEthereumChain::header(std::uint64_t height) const {
    std::lock_guard lock(mutex_);
    if (height >= blocks_.size()) return Error{Code::not_found, "no such block"};
    return BlockHeader{blocks_[height]->header, blocks_[height]->hash};
}

Result<std::uint64_t> FakeEthereumChain::height_of(const Hash& hash) const {
    std::lock_guard lock(mutex_);
    for (const auto& block : blocks_) {
        if (block->hash == hash) return block->header.number;
    }
    return Error{Code::not_found, "no such block"};
}

Result<std::shared_ptr<const Block>> FakeEthereumChain::block(std::uint64_t height) const {
    ++block_reads_;
    std::lock_guard lock(mutex_);
    if (height >= blocks_.size()) return Error{Code::not_found, "no such block"};
    return blocks_[height];
}

Result<TransactionPlace> FakeEthereumChain::find_transaction(const Hash& hash) const {
    std::lock_guard lock(mutex_);
    auto found = places_.find(hash);
    if (found == places_.end()) return Error{Code::not_found, "no such transaction"};
    return found->second;
}

Result<std::unique_ptr<StateView>> FakeEthereumChain::state(std::uint64_t height) const {
    std::lock_guard lock(mutex_);
    auto found = states_.find(height);
    if (found == states_.end()) {
        return Error{Code::not_found, "historical state is not available"};
    }
    return std::unique_ptr<StateView>(std::make_unique<FakeState>(found->second, call, put_over));
}

void FakeEthereumChain::when_height(std::uint64_t height, std::function<void()> wake) {
    {
        std::lock_guard lock(mutex_);
        if (height >= blocks_.size()) {
            waiting_.emplace(height, std::move(wake));
            return;
        }
    }
    wake();
}

void FakeEthereumChain::change(const Address& address,
                               const std::function<void(FakeAccount&)>& how) {
    std::lock_guard lock(mutex_);
    how(states_.rbegin()->second[address]);
}

void FakeEthereumChain::add_block(std::vector<Executed> transactions) {
    std::vector<std::function<void()>> due;
    {
        std::lock_guard lock(mutex_);
        auto block = std::make_shared<Block>();
        Header& header = block->header;
        header.number = blocks_.size();
        header.timestamp = 1'700'000'000 + header.number;
        header.gas_limit = config.block_gas_limit;
        if (!blocks_.empty()) header.parent = blocks_.back()->hash;
        for (Executed& executed : transactions) {
            executed.hash = executed.transaction.hash();
            header.gas_used += executed.gas_used;
            executed.cumulative_gas = header.gas_used;
            merge_bloom(header.bloom, ledger::ethereum::bloom_of(config.hash, executed.logs));
            places_[executed.hash] = {header.number,
                                      static_cast<std::uint32_t>(block->transactions.size())};
            block->transactions.push_back(std::move(executed));
        }
        block->hash = header.hash();
        block->size = header.encode().size();
        states_[header.number] = states_.empty() ? Accounts{} : states_.rbegin()->second;
        while (states_.size() > window) states_.erase(states_.begin());
        blocks_.push_back(block);
        auto end = waiting_.upper_bound(header.number);
        for (auto at = waiting_.begin(); at != end; ++at) due.push_back(std::move(at->second));
        waiting_.erase(waiting_.begin(), end);
    }
    for (const auto& wake : due) wake();
}

EthereumAccount::EthereumAccount(std::uint8_t scalar)
    : key_(crypto::PrivateKey::from_scalar(crypto::SuiteId::secp256k1, Bytes(32, scalar)).value()),
      address_(ledger::ethereum::address_of(key_.public_key()).value()) {}

Transaction EthereumAccount::transfer(std::uint64_t nonce, std::uint64_t value,
                                      std::uint64_t chain_id) const {
    Transaction transaction;
    transaction.chain_id = chain_id;
    transaction.nonce = nonce;
    transaction.gas = 21'000;
    transaction.to = *Address::from(Bytes(20, 0x35));
    transaction.value = ledger::word_of(value);
    return sign(std::move(transaction));
}

Transaction EthereumAccount::sign(Transaction transaction) const {
    transaction.sign(key_);
    return transaction;
}

}  // namespace bsn::testing
