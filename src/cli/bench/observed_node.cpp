#include "cli/bench/observed_node.hpp"

namespace bsn::cli {

std::size_t ChainTimes::key_of(ByteView transaction) {
    return std::hash<std::string_view>{}(as_text(transaction));
}

void ChainTimes::note(std::size_t key, Nanos time) {
    std::lock_guard lock(mutex_);
    times_[key] = time;
}

std::optional<Nanos> ChainTimes::take(std::size_t key) {
    std::lock_guard lock(mutex_);
    auto found = times_.extract(key);
    if (found.empty()) return std::nullopt;
    return found.mapped();
}

void TimedChain::submit(std::vector<Bytes> transactions, std::uint64_t timeout,
                        framework::SubmitDone done) {
    const std::size_t key = ChainTimes::key_of(transactions.front());
    const auto begin = SteadyClock::now();
    inner_.submit(std::move(transactions), timeout,
                  [&times = times_, key, begin, done = std::move(done)](
                      std::vector<Result<framework::TransactionView>> answers) {
                      times.note(key, SteadyClock::now() - begin);
                      done(std::move(answers));
                  });
}

Result<framework::Chain*> ObservedNode::chain(std::string_view app) {
    if (app == channel_) return static_cast<framework::Chain*>(&chain_);
    return node_.chain(app);
}

}  // namespace bsn::cli
