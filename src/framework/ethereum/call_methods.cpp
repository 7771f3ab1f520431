// Executing without a transaction: `eth_call`, and how much gas a transaction will need.
#include "framework/ethereum/methods.hpp"
#include "framework/ethereum/overrides.hpp"
#include "framework/ethereum/revert.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::framework::ethereum {
namespace {

constexpr std::uint64_t k_transfer_gas = 21'000;
constexpr std::uint64_t k_call_stipend = 2'300;
/// An estimate may exceed what is needed by so much (1.5 %), which saves executions. As geth.
constexpr std::uint64_t k_error_per_mille = 15;
/// How geth and the machine begin to say that a message's gas is less than what it always costs.
constexpr std::string_view k_too_little_to_begin = "intrinsic gas too low";

/// The state that a call is to see: a block's, with what the arguments put over it.
Answer<std::unique_ptr<StateView>> state_of_call(const ChainReader& reader, const Params& params) {
    BSN_TRY(overrides, params.optional(2, overrides_argument));
    if (params.find(3) != nullptr) {
        return rpc::Failure(
            rpc::ErrorNumber::invalid_params,
            "overrides of the block are not supported; leave the fourth argument out");
    }
    BSN_TRY(state, state_argument(reader, params, 1));
    if (overrides) BSN_CHECK(state->put_over(*overrides));
    return std::move(state);
}

Answer<Json> call(const ChainReader& reader, const Params& params) {
    BSN_TRY(message, message_argument(reader, params, 0));
    BSN_TRY(state, state_of_call(reader, params));
    const std::uint64_t cap = reader.settings().call_gas_cap;
    message.gas = message.gas == 0 ? cap : std::min(message.gas, cap);
    auto outcome = state->call(message);
    if (!outcome && outcome.error().code == Code::invalid_argument) {
        return rpc::Failure(
            rpc::ErrorNumber::server,
            fmt::format("err: {} (supplied gas {})", outcome.error().message, message.gas));
    }
    if (!outcome) return outcome.error();
    if (outcome->status != CallStatus::success) return call_failure(*outcome);
    return Json(rpc::data_text(outcome->output));
}

/// Looks for the least gas with which a message succeeds.
class Estimate {
  public:
    Estimate(StateView& state, CallMessage message, std::uint64_t most)
        : state_(state), message_(std::move(message)), most_(most) {}

    Answer<std::uint64_t> find() {
        // A plain transfer needs what it always needs.
        if (message_.data.empty() && message_.to) {
            BSN_TRY(code, state_.code(*message_.to));
            if (code.empty() && most_ >= k_transfer_gas) {
                auto outcome = run(k_transfer_gas);
                if (outcome && outcome->status == CallStatus::success) return k_transfer_gas;
            }
        }
        auto tried = run(most_);
        if (!tried) return refused(tried.error());
        const CallOutcome& whole = *tried;
        if (whole.status == CallStatus::out_of_gas) return too_little();
        if (whole.status != CallStatus::success) return call_failure(whole);
        least_ = std::max<std::uint64_t>(k_transfer_gas, whole.gas_used) - 1;
        // Most calls succeed with what they used, if the 64th that each call keeps back is added.
        std::uint64_t likely = (whole.gas_used + whole.gas_refunded + k_call_stipend) * 64 / 63;
        if (likely < most_) BSN_CHECK(narrow(likely));
        while (least_ + 1 < most_) {
            if ((most_ - least_) * 1000 < most_ * k_error_per_mille) break;
            std::uint64_t middle = least_ + (most_ - least_) / 2;
            // Most transactions need little: look there first.
            if (middle > least_ * 2) middle = least_ * 2;
            BSN_CHECK(narrow(middle));
        }
        return most_;
    }

  private:
    rpc::Failure too_little() const {
        return {rpc::ErrorNumber::server,
                fmt::format("gas required exceeds allowance ({})", most_)};
    }
    /// Why not even the most gas lets it begin.
    rpc::Failure refused(const Error& error) const {
        if (error.code != Code::invalid_argument) return error;
        if (error.message.starts_with(k_too_little_to_begin)) return too_little();
        return {rpc::ErrorNumber::server,
                fmt::format("failed with {} gas: {}", most_, error.message)};
    }
    Result<CallOutcome> run(std::uint64_t gas) {
        message_.gas = gas;
        return state_.call(message_);
    }
    Status narrow(std::uint64_t gas) {
        auto outcome = run(gas);
        // Gas below what a transaction costs by itself is refused, not executed.
        bool enough = outcome && outcome->status == CallStatus::success;
        (enough ? most_ : least_) = gas;
        return {};
    }

    StateView& state_;
    CallMessage message_;
    std::uint64_t most_;       ///< is enough
    std::uint64_t least_ = 0;  ///< is not
};

Answer<Json> estimate_gas(const ChainReader& reader, const Params& params) {
    BSN_TRY(message, message_argument(reader, params, 0));
    BSN_TRY(state, state_of_call(reader, params));
    const ChainSettings& settings = reader.settings();
    std::uint64_t most = message.gas >= k_transfer_gas ? message.gas : settings.block_gas_limit;
    most = std::min({most, settings.call_gas_cap, settings.block_gas_limit});
    BSN_TRY(gas, Estimate(*state, std::move(message), most).find());
    return Json(rpc::quantity_text(gas));
}

}  // namespace

Answer<CallMessage> message_argument(const ChainReader& reader, const Params& params,
                                     std::size_t place) {
    BSN_TRY(argument, params.required(place, call_argument));
    BSN_TRY(message, message_of(std::move(argument), reader.settings().chain_id));
    return std::move(message);
}

void add_call_methods(rpc::Methods& methods, const ChainReader& reader) {
    methods.add("eth_call", 4, [&reader](const Params& params) { return call(reader, params); });
    methods.add("eth_estimateGas", 4,
                [&reader](const Params& params) { return estimate_gas(reader, params); });
}

}  // namespace bsn::framework::ethereum
