#include "cli/bench/submitter.hpp"

#include <boost/asio/post.hpp>

namespace bsn::cli {

namespace asio = boost::asio;

namespace {

constexpr std::uint64_t k_answer_ms = 60'000;

Submitted summed(const std::vector<Result<framework::TransactionView>>& answers) {
    Submitted sum;
    for (const auto& answer : answers) {
        if (answer && answer->success) {
            ++sum.committed;
        } else if (sum.failure) {
            sum.failure =
                answer ? Error{Code::contract_failed, answer->error} : Error(answer.error());
        }
    }
    return sum;
}

class DirectSubmitter final : public Submitter {
  public:
    DirectSubmitter(std::shared_ptr<asio::io_context> io, framework::Chain& chain)
        : io_(std::move(io)), chain_(chain) {}

    void submit(std::vector<Bytes> transactions, Done done) override {
        chain_.submit(std::move(transactions), k_answer_ms,
                      [io = io_, done = std::move(done)](
                          const std::vector<Result<framework::TransactionView>>& answers) {
                          asio::post(*io, [done, sum = summed(answers)] { done(sum); });
                      });
    }

  private:
    const std::shared_ptr<asio::io_context> io_;
    framework::Chain& chain_;
};

}  // namespace

std::unique_ptr<Submitter> direct_submitter(std::shared_ptr<asio::io_context> io,
                                            framework::Chain& chain) {
    return std::make_unique<DirectSubmitter>(std::move(io), chain);
}

}  // namespace bsn::cli
