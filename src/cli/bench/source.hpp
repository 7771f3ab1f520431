#pragma once
// The transactions of a load, signed beforehand or when they are asked for.

#include "cli/transactions.hpp"

#include <atomic>
#include <functional>

namespace bsn::cli {

/// A deposit of random content whose encoded payload has exactly so many bytes; refused if that is
/// too few.
Result<ledger::Transaction> make_padded_deposit(const ChainRef& chain, const Identity& identity,
                                                std::size_t payload_bytes);

/// Makes and signs the transaction of a number, counted from 0. Any thread.
using TransactionMaker = std::function<Result<Bytes>(std::size_t number)>;

/// Deposits of random content; the identity outlives the maker.
TransactionMaker padded_deposits(const ChainRef& chain, const Identity& identity,
                                 std::size_t payload_bytes);

/// Signed transactions for one app, in the order of their numbers. The stock that was signed
/// beforehand goes first; when it is used up, each is signed as it is taken. Any thread may take.
class TransactionSource {
  public:
    TransactionSource(ChainRef chain, TransactionMaker make)
        : chain_(chain), make_(std::move(make)) {}
    TransactionSource(TransactionSource&&) = delete;

    /// Signs a stock, on all cores; `done` (may be null) is told how many more are signed. Not
    /// while somebody takes.
    Status sign_stock(std::size_t count, const std::function<void(std::size_t)>& done);

    struct Taken {
        std::vector<Bytes> transactions;
        std::size_t signed_now = 0;
        double signing_s = 0;  ///< what these took
    };
    Result<Taken> take(std::size_t count);

    const ChainRef& chain() const { return chain_; }
    /// What it took to make and sign the stock, in seconds of one core.
    double stock_s() const { return stock_s_; }

  private:
    const ChainRef chain_;
    const TransactionMaker make_;
    std::vector<Bytes> stock_;
    std::atomic<std::size_t> next_{0};
    double stock_s_ = 0;
};

}  // namespace bsn::cli
