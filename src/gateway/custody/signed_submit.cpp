#include "gateway/custody/signed_submit.hpp"

#include <algorithm>
#include <chrono>

namespace bsn::gateway {
namespace {

using Answer = Result<framework::TransactionView>;
using Done = std::function<void(Answer)>;

constexpr std::chrono::milliseconds k_first_pause{10};
constexpr std::chrono::milliseconds k_longest_pause{160};
constexpr int k_resends = 10;

/// Whether this node, which knows it first, lets the user make the call: then a refusal is of a
/// chain that does not know it yet, and else it is for good.
bool is_permitted(const SignedTransaction& transaction) {
    auto app = transaction.backend.app(transaction.app);
    if (!app || !app->members.contains(transaction.user)) return false;
    const registry::Caller caller{transaction.user, {}};
    return transaction.backend.may_call(*app, &caller, transaction.contract, transaction.function)
        .ok();
}

void submit(const SignedTransaction& transaction, int resends, std::chrono::milliseconds pause,
            const Done& done) {
    transaction.chain->submit(
        {*transaction.bytes}, transaction.timeout,
        [transaction, resends, pause, done](std::vector<Answer> answers) {
            ensure(answers.size() == 1, "a chain must answer each transaction submitted");
            transaction.work->run([transaction, resends, pause, done,
                                   answer = std::move(answers.front())] {
                // What was refused as a stranger's is on no chain, and may be sent again.
                const bool early = !answer && answer.error().code == Code::forbidden;
                if (!early || resends == 0 || !is_permitted(transaction)) return done(answer);
                transaction.work->run_later(pause, [transaction, resends, pause, done] {
                    submit(transaction, resends - 1, std::min(2 * pause, k_longest_pause), done);
                });
            });
        });
}

}  // namespace

void submit_signed(const SignedTransaction& transaction, const Done& done) {
    transaction.keys.when_recorded([transaction, done](const Status& recorded) {
        transaction.work->run([transaction, done, recorded] {
            if (!recorded) return done(recorded.error());
            submit(transaction, k_resends, k_first_pause, done);
        });
    });
}

}  // namespace bsn::gateway
