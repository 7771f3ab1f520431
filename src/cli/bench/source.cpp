#include "cli/bench/source.hpp"

#include "cli/bench/pace.hpp"
#include "cli/evidence.hpp"
#include "crypto/random.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <thread>

namespace bsn::cli {
namespace {

constexpr std::size_t k_piece = 256;

double seconds_since(SteadyClock::time_point begin) {
    return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

}  // namespace

Result<ledger::Transaction> make_padded_deposit(const ChainRef& chain, const Identity& identity,
                                                std::size_t payload_bytes) {
    crypto::Hash content;
    crypto::fill_random({content.data(), content.size()});
    ledger::Payload payload = make_payload(
        chain, identity,
        {std::string(k_evidence_contract), "deposit", {to_bytes(to_hex(content.view())), Bytes()}});
    std::size_t least = payload.encode().size();
    if (least > payload_bytes) {
        return Error{Code::invalid_argument,
                     fmt::format("a deposit's payload takes at least {} bytes; choose a larger "
                                 "--payload-bytes",
                                 least)};
    }
    payload.arguments[1] = Bytes(payload_bytes - least, 'x');
    BSN_CHECK(payload.check());
    return ledger::Transaction::sign(std::move(payload), identity.key);
}

TransactionMaker padded_deposits(const ChainRef& chain, const Identity& identity,
                                 std::size_t payload_bytes) {
    return [chain, &identity, payload_bytes](std::size_t) -> Result<Bytes> {
        BSN_TRY(transaction, make_padded_deposit(chain, identity, payload_bytes));
        return transaction.bytes();
    };
}

Status TransactionSource::sign_stock(std::size_t count,
                                     const std::function<void(std::size_t)>& done) {
    stock_.assign(count, Bytes());
    next_ = 0;
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    Status outcome;
    auto sign = [&] {
        auto begin = SteadyClock::now();
        for (std::size_t from = next.fetch_add(k_piece); from < count;
             from = next.fetch_add(k_piece)) {
            std::size_t to = std::min(count, from + k_piece);
            for (std::size_t i = from; i < to; ++i) {
                auto transaction = make_(i);
                if (!transaction) {
                    std::lock_guard lock(mutex);
                    outcome = transaction.error();
                    return;
                }
                stock_[i] = std::move(*transaction);
            }
            if (done) done(to - from);
        }
        std::lock_guard lock(mutex);
        stock_s_ += seconds_since(begin);
    };
    std::vector<std::thread> threads;
    std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    for (std::size_t i = 0; i < cores; ++i) threads.emplace_back(sign);
    for (std::thread& thread : threads) thread.join();
    return outcome;
}

Result<TransactionSource::Taken> TransactionSource::take(std::size_t count) {
    Taken taken;
    taken.transactions.reserve(count);
    std::size_t from = next_.fetch_add(count);
    for (std::size_t i = from; i < std::min(from + count, stock_.size()); ++i) {
        taken.transactions.push_back(std::move(stock_[i]));
    }
    taken.signed_now = count - taken.transactions.size();
    if (taken.signed_now == 0) return taken;
    auto begin = SteadyClock::now();
    while (taken.transactions.size() < count) {
        BSN_TRY(transaction, make_(from + taken.transactions.size()));
        taken.transactions.push_back(std::move(transaction));
    }
    taken.signing_s = seconds_since(begin);
    return taken;
}

}  // namespace bsn::cli
