#include "framework/fisco_network/network_chain.hpp"

#include "base/log.hpp"
#include "framework/fisco/status.hpp"
#include "framework/solidity_calls.hpp"
#include "ledger/ethereum/address.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::framework::fisco_network {
namespace {

using ledger::Address;
using ledger::Hash;

/// The most that a node lets a transaction use, unless its group says otherwise.
/// A new block may not have reached all nodes whose signatures are put together.
constexpr std::uint64_t k_tries_below = 3;
constexpr std::uint64_t k_first_look = 20;
/// FISCO BCOS's precompiled contracts have no code; they are below this address.
constexpr std::size_t k_precompiled_bytes = 2;

bool may_be_precompiled(const Address& address) {
    const auto end = address.data() + Address::k_size - k_precompiled_bytes;
    return std::all_of(address.data(), end, [](std::uint8_t byte) { return byte == 0; });
}

/// Calls as one account, through the network's `call`.
class OutsideCaller final : public ContractCaller {
  public:
    OutsideCaller(GroupClient& client, const Signer* identity) : client_(client) {
        if (identity == nullptr) return;
        auto account = ledger::ethereum::address_of(identity->public_key());
        if (account) from_ = *account;
    }

    crypto::HashId hash() const override { return crypto::suite_hash(client_.trust().suite); }

    Result<ContractAnswer> call(const Address& to, Bytes data) const override {
        BSN_TRY(result, client_.call(from_, to, data));
        using End = ContractAnswer::End;
        constexpr auto k_reverted = static_cast<std::uint32_t>(fisco::TransactionStatus::reverted);
        const End end = result.status == 0            ? End::success
                        : result.status == k_reverted ? End::reverted
                                                      : End::failed;
        return ContractAnswer{
            end, std::move(result.output),
            fmt::format("{} (status {:#x})", fisco::status_name(result.status), result.status)};
    }

    Result<bool> is_contract(const Address& address) const override {
        if (may_be_precompiled(address)) return true;
        return client_.has_code(address);
    }

  private:
    GroupClient& client_;
    Address from_;
};

void add_events(const CheckedHeader& block, std::uint32_t index, const Hash& transaction,
                const ledger::fisco::Receipt& receipt, std::vector<Event>& events) {
    for (std::size_t place = 0; place < receipt.logs.size(); ++place) {
        const ledger::ethereum::Log& log = receipt.logs[place];
        Event event;
        event.height = block.block.header.number;
        event.index = index;
        event.log = static_cast<std::uint32_t>(place);
        event.transaction = to_bytes(transaction.view());
        event.contract = to_hex(log.address);  // as events of our own channels have it
        for (std::size_t i = 0; i < log.topics.size(); ++i) {
            if (i == 0) event.name = "0x" + to_hex(log.topics[i]);
            if (i > 0) event.topics.push_back(to_bytes(log.topics[i].view()));
        }
        event.data = log.data;
        event.time = block.block.header.timestamp;
        events.push_back(std::move(event));
    }
}

}  // namespace

FiscoNetworkChain::FiscoNetworkChain(std::unique_ptr<rpc::Caller> caller, Trust trust,
                                     ChainOptions options)
    : caller_(std::move(caller)),
      client_(*caller_, std::move(trust)),
      options_(std::move(options)),
      submissions_(
          client_, [this](std::uint64_t height) { note_height(height); }, options_.may_write),
      poller_([this] { poll(); }) {}

FiscoNetworkChain::~FiscoNetworkChain() { close(); }

void FiscoNetworkChain::close() {
    {
        std::lock_guard lock(mutex_);
        if (std::exchange(stopping_, true)) return;
    }
    wake_.notify_all();
    poller_.join();
    submissions_.close();
}

void FiscoNetworkChain::poll() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        const Status looked = look_for_blocks();
        submissions_.tick();
        lock.lock();
        std::string trouble = looked ? "" : looked.error().message;
        if (trouble.empty() != trouble_.empty()) {
            const Trust& trust = client_.trust();
            if (looked) {
                log_info("framework", "chain={} group={} of FISCO BCOS answers again",
                         trust.chain_id, trust.group);
            } else {
                log_warn("framework", "chain={} group={} of FISCO BCOS: no new blocks: {}",
                         trust.chain_id, trust.group, trouble);
            }
        }
        trouble_ = std::move(trouble);
        wake_.wait_for(lock, std::chrono::milliseconds(options_.poll_ms),
                       [this] { return stopping_; });
    }
}

Status FiscoNetworkChain::look_for_blocks() {
    BSN_TRY(told, client_.height());
    Status checked;
    for (std::uint64_t height = told; height > height_ && height + k_tries_below > told; --height) {
        auto header = client_.header(height);
        checked = header ? Status() : Status(header.error());
        if (!header) continue;
        note_height(height);
        break;
    }
    BSN_CHECK(checked);
    const std::uint64_t through = height_;
    // Whoever comes after this moment is in a later block. What came before the first look may be
    // in a block already, but in no old one.
    if (!submissions_.any()) {
        looked_through_ = through;
    } else if (looked_through_ == 0) {
        looked_through_ = through - std::min(through, k_first_look);
    }
    while (looked_through_ < through) {
        BSN_TRY(header, client_.header(looked_through_ + 1));
        BSN_TRY(transactions, client_.transactions_of(*header));
        submissions_.look_at(transactions);
        ++looked_through_;
    }
    return {};
}

void FiscoNetworkChain::note_height(std::uint64_t height) {
    std::vector<std::function<void()>> wakes;
    {
        std::lock_guard lock(mutex_);
        if (height <= height_) return;
        height_ = height;
        auto end = waiting_.upper_bound(height);
        for (auto one = waiting_.begin(); one != end; ++one)
            wakes.push_back(std::move(one->second));
        waiting_.erase(waiting_.begin(), end);
    }
    for (const auto& wake : wakes) wake();
}

std::string FiscoNetworkChain::trouble() const {
    std::lock_guard lock(mutex_);
    return trouble_;
}

void FiscoNetworkChain::submit(std::vector<Bytes> transactions, std::uint64_t timeout,
                               SubmitDone done) {
    submissions_.submit(std::move(transactions), timeout, std::move(done));
}

Result<Bytes> FiscoNetworkChain::make_transaction(const Invocation& invocation) const {
    BSN_CHECK(check_signable(invocation));
    const Signer& signer = *invocation.identity;
    const Trust& trust = client_.trust();
    if (signer.public_key().suite != trust.suite) {
        return Error{Code::wrong_suite, fmt::format("transactions of this app are signed with {}",
                                                    crypto::suite_name(trust.suite))};
    }
    BSN_TRY(encoded, encode_invocation(OutsideCaller(client_, &signer), invocation));
    BSN_TRY(height, client_.height());
    BSN_TRY(transaction,
            make_fisco_transaction(
                encoded, {trust.chain_id, trust.group, height, k_transaction_gas}, signer));
    return transaction.encode();
}

Result<Bytes> FiscoNetworkChain::query(const Invocation& invocation) const {
    return query_contract(OutsideCaller(client_, invocation.identity), invocation);
}

Result<BlockView> FiscoNetworkChain::block(std::uint64_t height) const {
    if (height > height_) {
        return Error{Code::not_found, fmt::format("there is no block {}", height)};
    }
    BSN_TRY(checked, client_.header(height));
    BSN_TRY(transactions, client_.transactions_of(*checked));
    const Header& header = checked->block.header;
    BlockView view;
    view.height = header.number;
    view.hash = to_bytes(checked->hash.view());
    view.previous = to_bytes(header.parent.view());
    view.time = header.timestamp;
    view.final = true;
    view.raw_header = header.encode();
    for (const Hash& id : transactions) view.transaction_ids.push_back(to_bytes(id.view()));
    view.signers = checked->signers;
    view.details = "{}";
    return view;
}

Result<BlockView> FiscoNetworkChain::block_by_hash(ByteView hash) const {
    BSN_TRY(wanted, Hash::from(hash));
    BSN_TRY(height, client_.height_of(wanted));
    return block(height);
}

Result<TransactionView> FiscoNetworkChain::transaction(ByteView id) const {
    BSN_TRY(wanted, Hash::from(id));
    BSN_TRY(proof, client_.prove(wanted));
    return view_of(proof);
}

Result<Bytes> FiscoNetworkChain::prove(ByteView transaction) const {
    BSN_TRY(wanted, Hash::from(transaction));
    BSN_TRY(proof, client_.prove(wanted));
    return proof.encode();
}

Result<EventPage> FiscoNetworkChain::events(EventCursor from, std::size_t limit) const {
    EventPage page;
    page.next = from;
    const std::uint64_t last = height();
    while (page.next.height <= last && (page.events.size() < limit || page.next == from)) {
        BSN_TRY(checked, client_.header(page.next.height));
        // The bloom filter is part of the header: an empty one says that there are no events.
        if (checked->block.header.bloom != ledger::ethereum::Bloom()) {
            BSN_TRY(transactions, client_.transactions_of(*checked));
            BSN_TRY(receipts, client_.receipts_of(*checked, transactions));
            for (std::size_t i = 0; i < receipts.size(); ++i) {
                add_events(*checked, static_cast<std::uint32_t>(i), transactions[i], receipts[i],
                           page.events);
            }
        }
        ++page.next.height;
    }
    page.at_end = page.next.height > last;
    return page;
}

void FiscoNetworkChain::when_height(std::uint64_t height, std::function<void()> wake) {
    {
        std::lock_guard lock(mutex_);
        if (height > height_) {
            waiting_.emplace(height, std::move(wake));
            return;
        }
    }
    wake();
}

}  // namespace bsn::framework::fisco_network
