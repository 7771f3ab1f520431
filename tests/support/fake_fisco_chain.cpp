#include "support/fake_fisco_chain.hpp"

#include "ledger/ethereum/address.hpp"
#include "ledger/fisco/merkle.hpp"

namespace bsn::testing {

using ledger::word_of;
using namespace framework::fisco;

namespace {

crypto::PublicPoint point_of(const crypto::PrivateKey& key) {
    return *crypto::public_point_of(key.public_key());
}

}  // namespace

FakeFiscoChain::FakeFiscoChain(std::uint64_t group, crypto::SuiteId suite)
    : account_(crypto::PrivateKey::generate(suite)),
      sealer_(crypto::PrivateKey::generate(suite)),
      observer_(crypto::PrivateKey::generate(suite)) {
    settings_.group = group;
    settings_.suite = suite;
    append({});
}

Address FakeFiscoChain::contract() {
    Address address;
    address.data()[0] = 0xc0;
    return address;
}

ledger::fisco::Transaction FakeFiscoChain::make_transaction() {
    ledger::fisco::Transaction transaction;
    {
        std::lock_guard lock(mutex_);
        transaction.nonce = word_of(++nonces_);
    }
    transaction.gas_price = word_of(22'000'000'000);
    transaction.gas = word_of(4'300'000);
    transaction.block_limit = 500;
    transaction.to = contract();
    transaction.data = {1, 2, 3};
    transaction.chain_id = settings_.chain_id;
    transaction.group_id = settings_.group;
    transaction.sign(account_);
    return transaction;
}

void FakeFiscoChain::append(const std::vector<ledger::fisco::Transaction>& transactions,
                            const std::vector<ledger::ethereum::Log>& logs) {
    const HashId hash = settings_.hash();
    std::vector<std::function<void()>> wakes;
    std::unique_lock lock(mutex_);
    auto block = std::make_shared<Block>();
    std::vector<Hash> ids;
    std::vector<Hash> receipts;
    ledger::fisco::Header& header = block->header.header;
    for (const auto& transaction : transactions) {
        ExecutedTransaction executed;
        executed.transaction = transaction;
        executed.hash = transaction.hash();
        auto signer = transaction.signer();
        if (signer) executed.from = *ledger::ethereum::address_of(*signer);
        executed.receipt.form = ledger::fisco::ReceiptForm::since_2_9;
        executed.receipt.gas_used = word_of(21'000);
        executed.receipt.output = {7};
        executed.receipt.logs = logs;
        executed.receipt.bloom = ledger::ethereum::bloom_of(hash, logs);
        ledger::ethereum::merge_bloom(header.bloom, executed.receipt.bloom);
        ids.push_back(executed.hash);
        receipts.push_back(executed.receipt.hash(hash));
        places_[executed.hash] = {blocks_.size(), static_cast<std::uint32_t>(ids.size() - 1)};
        block->transactions.push_back(std::move(executed));
    }
    if (!blocks_.empty()) header.parent = blocks_.back()->header.hash;
    header.transactions_root = ledger::fisco::merkle_root(hash, ids);
    header.receipts_root = ledger::fisco::merkle_root(hash, receipts);
    header.number = blocks_.size();
    header.timestamp = 1'700'000'000'000 + blocks_.size();
    header.extra_data = {{0xab}};
    header.sealer_list = {point_of(sealer_)};
    block->header.hash = header.hash(hash);
    block->header.signatures = {
        {word_of(0), ledger::fisco::sign_block(block->header.hash, sealer_)}};
    blocks_.push_back(std::move(block));
    while (!waiting_.empty() && waiting_.begin()->first < blocks_.size()) {
        wakes.push_back(std::move(waiting_.begin()->second));
        waiting_.erase(waiting_.begin());
    }
    lock.unlock();
    for (const auto& wake : wakes) wake();
}

void FakeFiscoChain::refuse_submissions(std::optional<Error> error) {
    std::lock_guard lock(mutex_);
    refusal_ = std::move(error);
}

std::uint64_t FakeFiscoChain::height() const {
    std::lock_guard lock(mutex_);
    return blocks_.size() - 1;
}

Result<std::shared_ptr<const Block>> FakeFiscoChain::block(std::uint64_t height) const {
    std::lock_guard lock(mutex_);
    if (height >= blocks_.size()) return Error{Code::not_found, "no such block"};
    return blocks_.at(height);
}

Result<BlockHeader> FakeFiscoChain::header(std::uint64_t height) const {
    BSN_TRY(found, block(height));
    return found->header;
}

Result<std::uint64_t> FakeFiscoChain::height_of(const Hash& wanted) const {
    std::lock_guard lock(mutex_);
    for (std::uint64_t height = 0; height < blocks_.size(); ++height) {
        if (blocks_[height]->header.hash == wanted) return height;
    }
    return Error{Code::not_found, "no such block"};
}

Result<TransactionPlace> FakeFiscoChain::find_transaction(const Hash& hash) const {
    std::lock_guard lock(mutex_);
    auto found = places_.find(hash);
    if (found == places_.end()) return Error{Code::not_found, "no such transaction"};
    return found->second;
}

Result<CallOutcome> FakeFiscoChain::call(const CallMessage& message) const {
    if (!on_call) return CallOutcome{};
    return on_call(message);
}

Result<Bytes> FakeFiscoChain::code(const Address& address) const {
    return address == contract() ? Bytes{0x60, 0x00} : Bytes{};
}

Nodes FakeFiscoChain::nodes() const {
    Node sealer{point_of(sealer_), "beijing", "127.0.0.1:7280"};
    return {sealer, {sealer}, {{point_of(observer_), "wuhan", ""}}};
}

Result<TransactionCounts> FakeFiscoChain::counts() const {
    std::lock_guard lock(mutex_);
    return TransactionCounts{blocks_.size() - 1, places_.size(), 0};
}

Result<std::string> FakeFiscoChain::system_config(std::string_view key) const {
    if (key == "tx_count_limit") return std::string("1000");
    return Error{Code::not_found, "no such key"};
}

void FakeFiscoChain::submit(Bytes bytes, SubmitDone done) {
    std::optional<Error> refusal;
    {
        std::lock_guard lock(mutex_);
        refusal = refusal_;
    }
    if (refusal) return done(*refusal);
    auto transaction = ledger::fisco::Transaction::decode(bytes);
    if (!transaction) return done(transaction.error());
    append({*transaction});
    done(find_transaction(transaction->hash()));
}

void FakeFiscoChain::when_height(std::uint64_t height, std::function<void()> wake) {
    {
        std::lock_guard lock(mutex_);
        if (height >= blocks_.size()) {
            waiting_.emplace(height, std::move(wake));
            return;
        }
    }
    wake();
}

}  // namespace bsn::testing
