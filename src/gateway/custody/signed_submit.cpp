#include "gateway/custody/signed_submit.hpp"

#include <chrono>
#include <thread>

namespace bsn::gateway {
namespace {

using Answer = Result<framework::TransactionView>;
using Done = std::function<void(Answer)>;

constexpr std::chrono::milliseconds k_look{10};
constexpr int k_resends = 100;

bool is_member(const SignedTransaction& transaction) {
    auto app = transaction.backend.app(transaction.app);
    return app && app->members.contains(transaction.user);
}

void submit(const SignedTransaction& transaction, int looks, const Done& done) {
    transaction.chain->submit(
        {*transaction.bytes}, transaction.timeout,
        [transaction, looks, done](std::vector<Answer> answers) {
            ensure(answers.size() == 1, "a chain must answer each transaction submitted");
            transaction.work->run([transaction, looks, done, answer = std::move(answers.front())] {
                // What was refused as a stranger's is on no chain, and may be sent again.
                const bool early = !answer && answer.error().code == Code::forbidden && looks > 0;
                if (!early || !is_member(transaction)) return done(answer);
                std::this_thread::sleep_for(k_look);
                submit(transaction, looks - 1, done);
            });
        });
}

}  // namespace

void submit_signed(const SignedTransaction& transaction, const Done& done) {
    transaction.keys.when_recorded([transaction, done](const Status& recorded) {
        transaction.work->run([transaction, done, recorded] {
            if (!recorded) return done(recorded.error());
            submit(transaction, k_resends, done);
        });
    });
}

}  // namespace bsn::gateway
