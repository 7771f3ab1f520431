#include "ordering/cometbft/agreed_log.hpp"

#include "ordering/bundle.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::ordering {
namespace {

std::vector<Bytes> envelopes_of(const std::vector<Bytes>& transactions) {
    std::vector<Bytes> all;
    for (const Bytes& transaction : transactions) {
        auto envelopes = decode_bundle(transaction);
        if (!envelopes) continue;
        std::move(envelopes->begin(), envelopes->end(), std::back_inserter(all));
    }
    return all;
}

}  // namespace

AgreedLog::AgreedLog(AgreedOrigin origin, std::unique_ptr<store::AppendLog> log, OrderRules& rules)
    : origin_(std::move(origin)), rules_(rules), log_(origin_.id, std::move(log)) {}

Status AgreedLog::replay() {
    BSN_CHECK(log_.replay());
    AgreedState first;
    // Networks that differ in their genesis differ from the first height on.
    first.app_hash = crypto::hash(crypto::HashId::sha256, origin_.network);
    first.validators = origin_.validators;
    std::lock_guard lock(mutex_);
    state_ = first;
    next_validators_ = std::move(first.validators);
    if (log_.height() > 0) {
        BSN_TRY(state, AgreedState::decode(log_.engine_state()));
        state_ = std::move(state);
    }
    if (log_.height() > 1) {
        BSN_TRY(before, AgreedState::decode(log_.engine_state_before()));
        next_validators_ = std::move(before.validators);
    }
    return {};
}

Result<DecidedHeight> AgreedLog::decide(std::uint64_t height, UnixMillis time,
                                        const std::vector<Bytes>& transactions) const {
    if (height != log_.height() + 1) {
        return Error{Code::internal,
                     fmt::format("CometBFT decides height {}, ours is {}", height, log_.height())};
    }
    DecidedHeight decided;
    decided.ordered = {
        log_.id(), 0, height, std::max(time, log_.time() + 1), envelopes_of(transactions), {}};
    decided.state = state().after(decided.ordered, rules_.state(), rules_.validators());
    decided.ordered.engine_state = decided.state.encode();
    return decided;
}

Status AgreedLog::keep(const DecidedHeight& decided,
                       const std::function<bool(const std::string& trouble)>& wait) {
    for (;;) {
        Status appended = log_.append(decided.ordered);
        if (appended) break;
        if (appended.error().code != Code::no_space || !log_.usable()) return appended;
        const bool ends =
            wait(fmt::format("nothing is ordered: {}; it goes on by itself once there is space",
                             appended.error().message));
        if (ends) return appended;
    }
    BSN_CHECK(log_.sync());
    wait({});
    std::lock_guard lock(mutex_);
    next_validators_ = std::move(state_.validators);
    state_ = decided.state;
    return {};
}

void AgreedLog::deliver(const DecidedHeight& decided) { log_.deliver(decided.ordered); }

AgreedState AgreedLog::state() const {
    std::lock_guard lock(mutex_);
    return state_;
}

std::vector<Validator> AgreedLog::next_validators() const {
    std::lock_guard lock(mutex_);
    return next_validators_;
}

}  // namespace bsn::ordering
