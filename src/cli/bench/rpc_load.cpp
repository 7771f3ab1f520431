#include "cli/bench/rpc_load.hpp"

#include "cli/bench/pace.hpp"
#include "cli/bench/rpc_client.hpp"
#include "cli/bench/sender.hpp"
#include "ledger/ethereum/address.hpp"
#include "ledger/ethereum/transaction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace bsn::cli {
namespace {

constexpr std::uint64_t k_receipt_ms = 60'000;
constexpr auto k_watch = std::chrono::milliseconds(5);
constexpr auto k_drain = std::chrono::seconds(30);
/// Wei for each account that has to pay for gas: an ether.
constexpr std::uint64_t k_gas_money = 1'000'000'000'000'000'000;
constexpr std::uint64_t k_plain_transfer_gas = 21'000;

using Moments = std::unordered_map<ledger::Hash, SteadyClock::time_point, FixedBytesHash>;

/// What is on its way. Any thread.
class Pending {
  public:
    void sent(const ledger::Hash& hash, SteadyClock::time_point when) {
        std::lock_guard lock(mutex_);
        // The block may have been seen before the request's answer.
        if (early_.erase(hash) == 0) {
            moments_.emplace(hash, when);
        } else {
            done(when);
        }
        ++result_.sent;
    }
    void seen(const ledger::Hash& hash) {
        std::lock_guard lock(mutex_);
        auto found = moments_.find(hash);
        if (found == moments_.end()) {
            early_.emplace(hash, SteadyClock::now());
            return;
        }
        done(found->second);
        moments_.erase(found);
    }
    void block() { ++result_.blocks; }
    std::size_t size() {
        std::lock_guard lock(mutex_);
        return moments_.size();
    }
    RpcLoadResult take() { return std::move(result_); }

  private:
    void done(SteadyClock::time_point since) {
        ++result_.committed;
        result_.latency.record(micros_between(since, SteadyClock::now()));
    }

    std::mutex mutex_;
    Moments moments_;
    Moments early_;
    RpcLoadResult result_;
};

/// Signs and sends as one account, each with the next nonce.
class Payer {
  public:
    Payer(RpcClient& client, std::uint64_t chain_id, crypto::PrivateKey key)
        : client_(client), chain_id_(chain_id), key_(std::move(key)) {}

    Status begin() {
        BSN_TRY(address, ledger::ethereum::address_of(key_.public_key()));
        BSN_TRY(nonce, client_.number("eth_getTransactionCount",
                                      Json::array({hex0x(address), "pending"})));
        nonce_ = nonce;
        return {};
    }
    /// Pays an account's gas.
    Result<ledger::Hash> pay(const ledger::Address& to) {
        ledger::ethereum::Transaction transaction;
        transaction.type = ledger::ethereum::TransactionType::dynamic_fee;
        transaction.chain_id = chain_id_;
        transaction.nonce = nonce_++;
        transaction.gas = k_plain_transfer_gas;
        transaction.max_fee = ledger::word_of(10'000'000'000);
        transaction.max_priority_fee = ledger::word_of(1'000'000'000);
        transaction.to = to;
        transaction.value = ledger::word_of(k_gas_money);
        transaction.sign(key_);
        return client_.send(transaction.encode());
    }

  private:
    RpcClient& client_;
    std::uint64_t chain_id_;
    crypto::PrivateKey key_;
    std::uint64_t nonce_ = 0;
};

/// One run.
class Run {
  public:
    Run(std::string url, EvmLoad load, const RpcLoadOptions& options)
        : url_(std::move(url)),
          load_(load),
          options_(options),
          accounts_(2 + options.connections * options.accounts) {}

    Status prepare(const std::optional<std::string>& funder) {
        BSN_TRY(client, RpcClient::open(url_));
        BSN_TRY(chain_id, client.number("eth_chainId", Json::array()));
        if (funder) BSN_CHECK(pay_all(client, chain_id, *funder));
        // The first account owns the contract.
        const crypto::PrivateKey& owner = accounts_.key(0);
        BSN_TRY(creation, client.send(EvmContract::creation(load_, chain_id, owner)));
        BSN_TRY(created, client.receipt(creation, k_receipt_ms));
        BSN_TRY(address, ledger::ethereum::address_from_text(
                             created.value("contractAddress", std::string())));
        contract_.emplace(load_, chain_id, address);
        if (load_ == EvmLoad::evidence) return {};
        ledger::Hash last;
        for (std::size_t account = 2; account < accounts_.size(); ++account) {
            BSN_TRY(sent, client.send(contract_->endowment(owner, account - 1,
                                                           accounts_.address(account))));
            last = sent;
        }
        if (auto endowed = client.receipt(last, k_receipt_ms); !endowed) return endowed.error();
        return {};
    }

    Result<RpcLoadResult> run() {
        BSN_TRY(watcher, RpcClient::open(url_));
        BSN_TRY(height, watcher.number("eth_blockNumber", Json::array()));
        const auto begin = SteadyClock::now();
        end_ = begin + std::chrono::duration_cast<SteadyClock::duration>(
                           std::chrono::duration<double>(options_.duration_s));
        std::vector<std::thread> threads;
        working_ = options_.connections;
        for (std::size_t i = 0; i < options_.connections; ++i) {
            threads.emplace_back([this, i] {
                note(send_all(i));
                --working_;
            });
        }
        SteadyClock::time_point last = begin;
        note(watch(watcher, height, last));
        for (std::thread& thread : threads) thread.join();
        if (failure_) return *failure_;
        RpcLoadResult result = pending_.take();
        result.seconds = std::chrono::duration<double>(last - begin).count();
        return result;
    }

  private:
    Status pay_all(RpcClient& client, std::uint64_t chain_id, const std::string& funder) {
        BSN_TRY(secret, from_hex(funder.starts_with("0x") ? funder.substr(2) : funder));
        BSN_TRY(key, crypto::PrivateKey::from_scalar(crypto::SuiteId::secp256k1, secret));
        Payer payer(client, chain_id, std::move(key));
        BSN_CHECK(payer.begin());
        ledger::Hash last;
        for (std::size_t account = 0; account < accounts_.size(); ++account) {
            BSN_TRY(paid, payer.pay(accounts_.address(account)));
            last = paid;
        }
        if (auto paid = client.receipt(last, k_receipt_ms); !paid) return paid.error();
        return {};
    }

    void note(const Status& status) {
        if (status) return;
        std::lock_guard lock(mutex_);
        if (!failure_) failure_ = status.error();
        end_ = SteadyClock::now();
    }

    Status send_all(std::size_t connection) {
        BSN_TRY(client, RpcClient::open(url_));
        const std::size_t first = 2 + connection * options_.accounts;
        for (std::size_t number = 0; SteadyClock::now() < end_.load(); ++number) {
            const std::size_t account = first + number % options_.accounts;
            const std::uint64_t nonce = number / options_.accounts;
            const Bytes transaction = contract_->call_of(accounts_, account, nonce);
            while (pending_.size() >= options_.most_pending && SteadyClock::now() < end_.load()) {
                std::this_thread::sleep_for(k_watch);
            }
            const auto when = SteadyClock::now();
            BSN_TRY(hash, client.send(transaction));
            pending_.sent(hash, when);
        }
        return {};
    }

    /// Follows the blocks until all that was sent is in one.
    Status watch(RpcClient& client, std::uint64_t height, SteadyClock::time_point& last) {
        for (;;) {
            if (working_ == 0 && pending_.size() == 0) return {};
            if (SteadyClock::now() > end_.load() + k_drain) {
                return Error{
                    Code::unknown_outcome,
                    fmt::format("{} transactions were taken and are in no block", pending_.size())};
            }
            BSN_TRY(block, client.call("eth_getBlockByNumber",
                                       Json::array({fmt::format("0x{:x}", height + 1), false})));
            if (block.is_null()) {
                std::this_thread::sleep_for(k_watch);
                continue;
            }
            ++height;
            pending_.block();
            for (const Json& transaction : block["transactions"]) {
                BSN_TRY(hash,
                        fixed_from_hex<ledger::Hash>(transaction.get<std::string>().substr(2)));
                pending_.seen(hash);
                last = SteadyClock::now();
            }
        }
    }

    const std::string url_;
    const EvmLoad load_;
    const RpcLoadOptions options_;
    const EvmAccounts accounts_;
    std::optional<EvmContract> contract_;
    Pending pending_;
    std::atomic<SteadyClock::time_point> end_{};
    std::atomic<std::size_t> working_{0};
    std::mutex mutex_;
    std::optional<Error> failure_;
};

}  // namespace

Result<RpcLoadResult> run_rpc_load(const std::string& url, EvmLoad load,
                                   const RpcLoadOptions& options,
                                   const std::optional<std::string>& funder) {
    Run run(url, load, options);
    if (Status ready = run.prepare(funder); !ready) return ready.error().within(url);
    auto result = run.run();
    if (!result) return result.error().within(url);
    return result;
}

}  // namespace bsn::cli
