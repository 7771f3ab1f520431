#pragma once
// The transactions of a load: deposits of evidence, signed beforehand or when they are asked for.

#include "cli/transactions.hpp"

#include <atomic>
#include <functional>

namespace bsn::cli {

/// A deposit of random content whose encoded payload has exactly so many bytes; refused if that is
/// too few.
Result<ledger::Transaction> make_padded_deposit(const ChainRef& chain, const Identity& identity,
                                                std::size_t payload_bytes);

/// Signed deposits for one app. The stock that was signed beforehand goes first; when it is used
/// up, each is signed as it is taken. Any thread may take.
class TransactionSource {
  public:
    /// The identity outlives the source.
    TransactionSource(ChainRef chain, const Identity& identity, std::size_t payload_bytes)
        : chain_(chain), identity_(identity), payload_bytes_(payload_bytes) {}
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
    Result<Bytes> make() const;

    const ChainRef chain_;
    const Identity& identity_;
    const std::size_t payload_bytes_;
    std::vector<Bytes> stock_;
    std::atomic<std::size_t> next_{0};
    double stock_s_ = 0;
};

}  // namespace bsn::cli
