#include "contract/contract.hpp"

#include "contract/builtin.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::contract {
namespace {

using ledger::ExecutionStatus;

std::uint64_t argument_bytes(const Call& call) {
    std::uint64_t bytes = 0;
    for (const Bytes& argument : call.arguments) bytes += argument.size();
    return bytes;
}

std::string unknown_contract(const Call& call) {
    return fmt::format("there is no contract \"{}\" in this app", call.contract);
}

Outcome not_executed(const Call& call, ExecutionStatus status, std::string_view error) {
    Outcome outcome;
    outcome.receipt.status = status;
    outcome.receipt.error = ledger::readable_error(error);
    outcome.receipt.gas = argument_bytes(call);
    return outcome;
}

/// Runs the function; an answer that no receipt can take is the caller's mistake.
Result<Bytes> run_bounded(const Function& function, Context& context) {
    auto answer = function.run(context);
    if (answer && answer->size() > k_max_receipt_result) {
        return refuse(
            fmt::format("the answer has {} bytes, and a receipt takes at most {}: ask by a query",
                        answer->size(), k_max_receipt_result));
    }
    return answer;
}

}  // namespace

void Context::put(ByteView key, Bytes value) {
    ensure(writer_ != nullptr, "a contract writes in a call that only reads");
    bytes_put_ += key.size() + value.size();
    writer_->put(call_.contract, key, std::move(value));
}

void Context::erase(ByteView key) {
    ensure(writer_ != nullptr, "a contract erases in a call that only reads");
    writer_->erase(call_.contract, key);
}

void Context::emit(std::string_view event, std::vector<Bytes> topics, Bytes data) {
    ensure(writer_ != nullptr, "a contract emits an event in a call that only reads");
    topics.insert(topics.begin(), to_bytes(event));
    logs_.push_back({call_.contract, std::move(topics), std::move(data)});
}

void Context::decide(const ledger::ChannelId& channel, ledger::ControlRecord record) {
    ensure(writer_ != nullptr, "a contract decides in a call that only reads");
    decisions_.emplace_back(channel, std::move(record));
}

const Function* Contract::find(std::string_view function) const {
    for (const Function& candidate : functions()) {
        if (candidate.name == function) return &candidate;
    }
    return nullptr;
}

std::string Contract::unknown_function(std::string_view function) const {
    std::string known;
    for (const Function& candidate : functions()) {
        if (!known.empty()) known += ", ";
        known += candidate.name;
    }
    return fmt::format("there is no function \"{}\" in contract type {} version {}; there are: {}",
                       function, type(), version(), known);
}

Error refuse(std::string message) { return {Code::contract_failed, std::move(message)}; }

void Contracts::add(std::unique_ptr<Contract> contract) {
    ensure(contract->version() > 0, "contract versions begin with 1");
    ensure(find(contract->type(), contract->version()) == nullptr, "contract added twice");
    contracts_.push_back(std::move(contract));
}

const Contract* Contracts::find(std::string_view type, std::uint32_t version) const {
    for (const auto& contract : contracts_) {
        if (contract->type() == type && contract->version() == version) return contract.get();
    }
    return nullptr;
}

std::uint32_t Contracts::newest(std::string_view type) const {
    std::uint32_t newest = 0;
    for (const auto& contract : contracts_) {
        if (contract->type() == type) newest = std::max(newest, contract->version());
    }
    return newest;
}

void add_builtin_contracts(Contracts& contracts) {
    contracts.add(make_evidence_contract());
    contracts.add(make_kv_contract());
    contracts.add(make_kv_contract_2());
}

Result<Outcome> execute(const Contract* contract, const Call& call, ledger::StateOverlay& state) {
    if (contract == nullptr) {
        return not_executed(call, ExecutionStatus::unknown_contract, unknown_contract(call));
    }
    const Function* function = contract->find(call.function);
    if (function == nullptr) {
        return not_executed(call, ExecutionStatus::unknown_function,
                            contract->unknown_function(call.function));
    }

    const ledger::StateReader& reader = state;
    Context context =
        function->kind == FunctionKind::write ? Context(call, state) : Context(call, reader);
    state.begin();
    auto answer = run_bounded(*function, context);
    if (!answer) {
        state.undo();
        if (answer.error().code != Code::contract_failed) {
            return answer.error().within(fmt::format("{}.{}", call.contract, call.function));
        }
        Outcome refused = not_executed(call, ExecutionStatus::refused, answer.error().message);
        refused.receipt.gas += context.bytes_put();
        return refused;
    }
    state.keep();

    Outcome outcome;
    outcome.receipt.result = std::move(*answer);
    outcome.receipt.logs = context.take_logs();
    outcome.receipt.gas = argument_bytes(call) + context.bytes_put();
    outcome.decisions = context.take_decisions();
    return outcome;
}

Result<Bytes> query(const Contract* contract, const Call& call, const ledger::StateReader& state) {
    if (contract == nullptr) return Error{Code::not_found, unknown_contract(call)};
    const Function* function = contract->find(call.function);
    if (function == nullptr) {
        return Error{Code::not_found, contract->unknown_function(call.function)};
    }
    if (function->kind != FunctionKind::read) {
        return Error{Code::invalid_argument,
                     fmt::format("{}.{} writes: send it as a transaction, not as a query",
                                 call.contract, call.function)};
    }
    Context context(call, state);
    return function->run(context);
}

}  // namespace bsn::contract
