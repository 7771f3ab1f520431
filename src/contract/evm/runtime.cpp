#include "contract/evm/runtime.hpp"

#include <bsn_evm.h>

#include <algorithm>
#include <exception>

namespace bsn::contract::evm {
namespace {

ByteView view_of(const bsn_evm_bytes& bytes) { return {bytes.data, bytes.size}; }

bsn_evm_bytes borrow(ByteView bytes) { return {bytes.data(), bytes.size()}; }

template <typename Value, std::size_t N>
Value value_of(const std::uint8_t (&bytes)[N]) {
    static_assert(Value::k_size == N);
    Value value;
    std::copy_n(bytes, N, value.data());
    return value;
}

template <typename Value>
Value value_at(const std::uint8_t* bytes) {
    Value value;
    std::copy_n(bytes, Value::k_size, value.data());
    return value;
}

void put(ByteView value, std::uint8_t* bytes) { std::copy(value.begin(), value.end(), bytes); }

/// One message's way through the C interface. Callbacks let no exception out: it is kept, and
/// thrown once revm has returned.
struct Passage {
    StateSource& state;
    Precompiles* precompiles;
    const BlockEnvironment& block;
    std::optional<Error> failure;  ///< why the state could not be read
    std::exception_ptr exception;
    Bytes answer;  ///< what a callback answered with
    Execution execution;
    Error error;

    static Passage& of(void* context) { return *static_cast<Passage*>(context); }

    /// Runs what answers 0 or 1, or fails.
    template <typename Work>
    int guarded(Work&& work) noexcept {
        try {
            Result<bool> answered = work();
            if (answered) return *answered ? 1 : 0;
            failure = answered.error();
        } catch (...) {
            exception = std::current_exception();
        }
        return -1;
    }
};

int read_account(void* context, const std::uint8_t* address, bsn_evm_account* account) {
    Passage& passage = Passage::of(context);
    return passage.guarded([&]() -> Result<bool> {
        BSN_TRY(found, passage.state.account(value_at<Address>(address)));
        if (!found) return false;
        account->nonce = found->nonce;
        put(found->balance, account->balance);
        put(found->code_hash, account->code_hash);
        return true;
    });
}

int read_code(void* context, const std::uint8_t* hash, bsn_evm_bytes* code) {
    Passage& passage = Passage::of(context);
    return passage.guarded([&]() -> Result<bool> {
        BSN_TRY(found, passage.state.code(value_at<Hash>(hash)));
        passage.answer = std::move(found);
        *code = borrow(passage.answer);
        return true;
    });
}

int read_slot(void* context, const std::uint8_t* address, const std::uint8_t* slot,
              std::uint8_t* value) {
    Passage& passage = Passage::of(context);
    return passage.guarded([&]() -> Result<bool> {
        BSN_TRY(found, passage.state.slot(value_at<Address>(address), value_at<Word>(slot)));
        put(found, value);
        return true;
    });
}

int read_block_hash(void* context, std::uint64_t number, std::uint8_t* hash) {
    Passage& passage = Passage::of(context);
    return passage.guarded([&]() -> Result<bool> {
        if (!passage.block.block_hash) {
            std::fill_n(hash, Hash::k_size, std::uint8_t{0});
            return true;
        }
        BSN_TRY(found, passage.block.block_hash(number));
        put(found, hash);
        return true;
    });
}

int is_precompile(void* context, const std::uint8_t* address) {
    Passage& passage = Passage::of(context);
    return passage.guarded(
        [&]() -> Result<bool> { return passage.precompiles->owns(value_at<Address>(address)); });
}

int call_precompile(void* context, const bsn_evm_precompile_call* call, bsn_evm_journal* journal,
                    bsn_evm_precompile_result* result) {
    Passage& passage = Passage::of(context);
    return passage.guarded([&]() -> Result<bool> {
        Journal state(journal, passage.state, passage.failure);
        BSN_TRY(outcome, passage.precompiles->run({.address = value_of<Address>(call->address),
                                                   .caller = value_of<Address>(call->caller),
                                                   .origin = value_of<Address>(call->origin),
                                                   .value = value_of<Word>(call->value),
                                                   .is_static = call->is_static != 0,
                                                   .gas = call->gas,
                                                   .input = view_of(call->input)},
                                                  state));
        passage.answer = std::move(outcome.output);
        result->status = outcome.status == ExitStatus::success    ? BSN_EVM_SUCCESS
                         : outcome.status == ExitStatus::reverted ? BSN_EVM_REVERT
                                                                  : BSN_EVM_HALT;
        result->gas_used = outcome.gas_used;
        result->output = borrow(passage.answer);
        return true;
    });
}

Change change_of(const bsn_evm_change& from) {
    Change change;
    change.address = value_of<Address>(from.address);
    change.destroyed = from.destroyed != 0;
    change.written = from.changed != 0;
    if (from.exists != 0 && change.written) {
        change.account = Account{.nonce = from.account.nonce,
                                 .balance = value_of<Word>(from.account.balance),
                                 .code_hash = value_of<Hash>(from.account.code_hash)};
    }
    if (from.has_code != 0) change.code = to_bytes(view_of(from.code));
    change.slots.reserve(from.slot_count);
    for (const bsn_evm_slot& slot : std::span(from.slots, from.slot_count)) {
        change.slots.emplace_back(value_of<Word>(slot.slot), value_of<Word>(slot.value));
    }
    return change;
}

Log log_of(const bsn_evm_log& from) {
    Log log{.address = value_of<Address>(from.address), .data = to_bytes(view_of(from.data))};
    log.topics.reserve(from.topic_count);
    for (std::size_t i = 0; i < from.topic_count; ++i) {
        log.topics.push_back(value_of<Word>(from.topics[i]));
    }
    return log;
}

ExitStatus status_of(std::uint8_t status) {
    switch (status) {
        case BSN_EVM_SUCCESS: return ExitStatus::success;
        case BSN_EVM_REVERT: return ExitStatus::reverted;
        case BSN_EVM_OUT_OF_GAS: return ExitStatus::out_of_gas;
        default: return ExitStatus::halted;
    }
}

void executed(void* context, const bsn_evm_outcome* outcome) {
    Passage& passage = Passage::of(context);
    (void)passage.guarded([&]() -> Result<bool> {
        Execution& execution = passage.execution;
        execution.status = status_of(outcome->status);
        execution.reason = to_text(view_of(outcome->halt_reason));
        execution.gas_used = outcome->gas_used;
        execution.gas_refunded = outcome->gas_refunded;
        execution.output = to_bytes(view_of(outcome->output));
        execution.reward = value_of<Word>(outcome->reward);
        if (outcome->has_created != 0) execution.created = value_of<Address>(outcome->created);
        execution.logs.reserve(outcome->log_count);
        for (const bsn_evm_log& log : std::span(outcome->logs, outcome->log_count)) {
            execution.logs.push_back(log_of(log));
        }
        execution.changes.reserve(outcome->change_count);
        for (const bsn_evm_change& change : std::span(outcome->changes, outcome->change_count)) {
            execution.changes.push_back(change_of(change));
        }
        return true;
    });
}

void failed(void* context, int why, bsn_evm_bytes message) {
    Passage& passage = Passage::of(context);
    (void)passage.guarded([&]() -> Result<bool> {
        if (why == BSN_EVM_INVALID) {
            passage.execution.status = ExitStatus::inadmissible;
            passage.execution.reason = to_text(view_of(message));
        } else if (why == BSN_EVM_UNREADABLE) {
            passage.error = {Code::internal, "the EVM's state cannot be read"};
        } else {
            passage.error = {Code::internal, "the EVM failed: " + to_text(view_of(message))};
        }
        return true;
    });
}

/// A price that fits into 128 bits, which no balance can exceed by much.
bool put_price(const Word& price, std::uint8_t (&bytes)[16]) {
    std::copy_n(price.data() + 16, 16, bytes);
    return std::all_of(price.data(), price.data() + 16, [](auto byte) { return byte == 0; });
}

/// The message for C; it borrows from `message` and from what stands beside it.
struct Given {
    bsn_evm_message message{};
    std::vector<bsn_evm_access> access_list;
    std::vector<bsn_evm_authorization> authorizations;
};

static_assert(sizeof(Word) == 32 && sizeof(Hash) == 32);

template <typename Value>
const std::uint8_t (*array_of(const std::vector<Value>& values))[32] {
    static_assert(sizeof(Value) == 32);
    return values.empty() ? nullptr
                          : reinterpret_cast<const std::uint8_t(*)[32]>(values.front().data());
}

/// False if a price is beyond 128 bits.
bool give(const Message& from, Given& given) {
    bsn_evm_message& to = given.message;
    to.type = from.type;
    put(from.from, to.from);
    to.has_to = from.to ? 1 : 0;
    if (from.to) put(*from.to, to.to);
    put(from.value, to.value);
    bool fits = put_price(from.gas_price, to.gas_price);
    to.has_priority_fee = from.max_priority_fee ? 1 : 0;
    if (from.max_priority_fee) fits &= put_price(*from.max_priority_fee, to.priority_fee);
    fits &= put_price(from.max_blob_fee, to.blob_fee);
    to.gas = from.gas;
    to.nonce = from.nonce;
    to.data = borrow(from.data);
    for (const AccessListEntry& entry : from.access_list) {
        bsn_evm_access& access = given.access_list.emplace_back();
        put(entry.address, access.address);
        access.slots = array_of(entry.slots);
        access.slot_count = entry.slots.size();
    }
    to.access_list = given.access_list.data();
    to.access_count = given.access_list.size();
    to.blob_hashes = array_of(from.blob_hashes);
    to.blob_count = from.blob_hashes.size();
    for (const Authorization& entry : from.authorizations) {
        bsn_evm_authorization& authorization = given.authorizations.emplace_back();
        put(entry.chain_id, authorization.chain_id);
        put(entry.address, authorization.address);
        authorization.nonce = entry.nonce;
        authorization.y_parity = entry.y_parity;
        put(entry.r, authorization.r);
        put(entry.s, authorization.s);
    }
    to.authorizations = given.authorizations.data();
    to.authorization_count = given.authorizations.size();
    return fits;
}

bsn_evm_block block_of(const BlockEnvironment& from) {
    bsn_evm_block block{};
    block.number = from.number;
    block.time = from.time;
    block.gas_limit = from.gas_limit;
    block.base_fee = from.base_fee;
    block.excess_blob_gas = from.excess_blob_gas;
    put(from.beneficiary, block.beneficiary);
    put(from.prev_randao, block.prev_randao);
    put(from.difficulty, block.difficulty);
    return block;
}

void keep_what_slots_name(KeptBytes kept, Execution& execution) {
    if (kept.empty()) return;
    for (const Change& change : execution.changes) {
        for (const auto& [slot, value] : change.slots) {
            auto named = kept.extract(*Hash::from(value));
            if (named) execution.kept.insert(std::move(named));
        }
    }
}

}  // namespace

Error Journal::failed(int answer) const {
    if (answer == 1) return {Code::forbidden, "a static call must not change the state"};
    return failure_.value_or(Error{Code::internal, "the EVM's state cannot be read"});
}

Result<Word> Journal::load(const Address& address, const Word& slot) {
    Word value;
    const int answer = bsn_evm_journal_load(journal_, address.data(), slot.data(), value.data());
    if (answer != 0) return failed(answer);
    return value;
}

Status Journal::store(const Address& address, const Word& slot, const Word& value) {
    const int answer = bsn_evm_journal_store(journal_, address.data(), slot.data(), value.data());
    if (answer != 0) return failed(answer);
    return {};
}

Status Journal::log(const Log& log) {
    ensure(log.topics.size() <= 4, "a log of the EVM has at most four topics");
    const int answer = bsn_evm_journal_log(journal_, log.address.data(), array_of(log.topics),
                                           log.topics.size(), log.data.data(), log.data.size());
    if (answer != 0) return failed(answer);
    return {};
}

Result<Presence> Journal::presence(const Address& address) {
    const int answer = bsn_evm_journal_presence(journal_, address.data());
    if (answer < 0) return failed(answer);
    return static_cast<Presence>(answer);
}

Result<Bytes> Journal::bytes(const Hash& hash) { return state_.code(hash); }

void Runtime::FreeEngine::operator()(bsn_evm_engine* engine) const { bsn_evm_engine_free(engine); }
void Runtime::FreeSession::operator()(bsn_evm_session* session) const {
    bsn_evm_session_free(session);
}

Runtime::Runtime(const Settings& settings) : settings_(settings) {
    ensure(settings.hash != ledger::HashId::sha256, "no EVM hashes with SHA-256");
    bsn_evm_settings given{};
    given.chain_id = settings.chain_id;
    given.max_code_size = settings.max_code_size;
    given.max_gas = settings.max_gas;
    given.code_cache_bytes = settings.code_cache_bytes;
    given.fork = static_cast<std::uint8_t>(settings.fork);
    given.metered = settings.fees == Fees::metered ? 1 : 0;
    given.random_nonces = settings.nonces == Nonces::random ? 1 : 0;
    given.sm3 = settings.hash == ledger::HashId::sm3 ? 1 : 0;
    engine_.reset(bsn_evm_engine_new(&given));
    ensure(engine_ != nullptr, "the EVM does not know the fork");
}

Runtime::~Runtime() = default;

Runtime::Session Runtime::take_session() const {
    {
        const std::lock_guard lock(mutex_);
        if (!sessions_.empty()) {
            Session session = std::move(sessions_.back());
            sessions_.pop_back();
            return session;
        }
    }
    Session session(bsn_evm_session_new(engine_.get()));
    ensure(session != nullptr, "no session of the EVM can be made");
    return session;
}

void Runtime::give_back(Session session) const {
    const std::lock_guard lock(mutex_);
    sessions_.push_back(std::move(session));
}

Runtime::Seat::~Seat() {
    if (session_) runtime_.give_back(std::move(session_));
}

Result<Execution> Runtime::execute(Seat& seat, const BlockEnvironment& block,
                                   const Message& message, StateSource& state,
                                   Precompiles* precompiles) const {
    return run(seat, block, message, false, state, precompiles);
}

Result<Execution> Runtime::execute(const BlockEnvironment& block, const Message& message,
                                   StateSource& state, Precompiles* precompiles) const {
    Seat seat(*this);
    return execute(seat, block, message, state, precompiles);
}

Result<Execution> Runtime::call(const BlockEnvironment& block, const Message& message,
                                StateSource& state, Precompiles* precompiles) const {
    Seat seat(*this);
    std::uint64_t most = settings_.call_gas;
    if (settings_.max_gas != 0) most = std::min(most, settings_.max_gas);
    if (message.gas != 0 && message.gas <= most)
        return run(seat, block, message, true, state, precompiles);
    Message bounded = message;
    bounded.gas = most;
    return run(seat, block, bounded, true, state, precompiles);
}

Result<Execution> Runtime::run(Seat& seat, const BlockEnvironment& block, const Message& message,
                               bool simulate, StateSource& state, Precompiles* precompiles) const {
    Passage passage{.state = state, .precompiles = precompiles, .block = block};
    Given given;
    if (!give(message, given) && settings_.fees == Fees::metered) {
        passage.execution.status = ExitStatus::inadmissible;
        passage.execution.reason =
            "insufficient funds for gas * price + value: the price exceeds 128 bits";
        return std::move(passage.execution);
    }
    const bsn_evm_host host{.context = &passage,
                            .account = read_account,
                            .code = read_code,
                            .slot = read_slot,
                            .block_hash = read_block_hash,
                            .is_precompile = precompiles != nullptr ? is_precompile : nullptr,
                            .call_precompile = precompiles != nullptr ? call_precompile : nullptr,
                            .executed = executed,
                            .failed = failed};
    const bsn_evm_block block_given = block_of(block);
    if (!seat.session_) seat.session_ = take_session();
    const int answer =
        bsn_evm_execute(seat.session_.get(), &block_given, &given.message, simulate ? 1 : 0, &host);
    // After a panic a session is in no state to be used.
    if (answer == BSN_EVM_INTERNAL) seat.session_.reset();
    if (passage.exception) std::rethrow_exception(passage.exception);
    if (answer == BSN_EVM_UNREADABLE && passage.failure) return *passage.failure;
    if (answer == BSN_EVM_UNREADABLE || answer == BSN_EVM_INTERNAL) return passage.error;
    if (precompiles != nullptr) keep_what_slots_name(precompiles->kept(), passage.execution);
    return std::move(passage.execution);
}

}  // namespace bsn::contract::evm
