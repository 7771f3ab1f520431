// The Fabric family on apps of our own ledger, whose blocks are not Fabric's, so that what has
// Fabric's binary forms is told as JSON only; and on channels of Fabric itself.
#include "crypto/random.hpp"
#include "framework/raw_forms.hpp"
#include "gateway/published/users.hpp"
#include "registry/packaged_code.hpp"

#include <fmt/format.h>

namespace bsn::gateway::published {
namespace {

constexpr int k_valid = 0;
constexpr int k_other_reason = 255;  ///< Fabric's number for what has no number of its own
constexpr int k_success_code = 200;
constexpr int k_failure_code = 500;

int status_of(const framework::TransactionView& transaction) {
    return transaction.success ? k_valid : k_other_reason;
}

/// As Fabric's certificates name people: NAME@APP.
std::string creator_of(const Job& job, const framework::TransactionView& transaction) {
    auto id = ledger::ParticipantId::from(transaction.creator);
    auto record = id ? job.service.backend().participant(*id) : std::nullopt;
    const bool named = record && record->sponsorship;
    return fmt::format("{}@{}", named ? record->name : to_hex(transaction.creator),
                       job.app->record.name);
}

Json times_of(UnixMillis time) {
    return {{"timeSpanSec", time / 1000}, {"timeSpanNsec", time % 1000 * 1'000'000}};
}

Result<framework::TransactionView> transaction_of(const Job& job) {
    auto id = from_hex(job.asked().text("txId"));
    if (!id) return id.error().within("txId");
    return job.chain->transaction(*id);
}

Result<Json> transaction_info(const Job& job) {
    BSN_TRY(transaction, transaction_of(job));
    BSN_TRY(block, job.chain->block(transaction.height));
    Json body{{"blockHash", to_hex(block.hash)},
              {"blockNumber", transaction.height},
              {"status", status_of(transaction)},
              {"createName", creator_of(job, transaction)}};
    body.update(times_of(transaction.time));
    return body;
}

/// The chain's binary forms, for whoever does not ask for JSON.
Result<const framework::RawForms*> raw_forms(const Job& job) {
    if (const auto* forms = dynamic_cast<const framework::RawForms*>(job.chain)) return forms;
    return not_offered(job,
                       "the app's ledger is not Fabric's and has no Fabric blocks; ask with "
                       "\"dataType\": \"json\"");
}

bool wants_json(const Job& job) { return job.asked().text("dataType") == "json"; }

Result<std::string> data_of(const Job& job, const framework::TransactionView& transaction) {
    if (wants_json(job)) return to_text(transaction_json(transaction, true));
    BSN_TRY(forms, raw_forms(job));
    BSN_TRY(bytes, forms->raw_transaction(transaction.id));
    return to_base64(bytes);
}

Result<Json> transaction_data(const Job& job) {
    BSN_TRY(transaction, transaction_of(job));
    BSN_TRY(data, data_of(job, transaction));
    return Json{{"txId", to_hex(transaction.id)}, {"transData", std::move(data)}};
}

Result<framework::BlockView> block_of(const Job& job) {
    const Inquiry& asked = job.asked();
    if (asked.number("blockNumber") != 0) return job.chain->block(asked.number("blockNumber"));
    if (!asked.text("blockHash").empty()) {
        auto hash = from_hex(asked.text("blockHash"));
        if (!hash) return hash.error().within("blockHash");
        return job.chain->block_by_hash(*hash);
    }
    if (asked.text("txId").empty()) {
        return Error{Code::invalid_argument,
                     "name a block by blockNumber (from 1), blockHash or txId"};
    }
    BSN_TRY(transaction, transaction_of(job));
    return job.chain->block(transaction.height);
}

Result<std::vector<framework::TransactionView>> transactions_of(const Job& job,
                                                                const framework::BlockView& block) {
    std::vector<framework::TransactionView> all;
    all.reserve(block.transaction_ids.size());
    for (const Bytes& id : block.transaction_ids) {
        BSN_TRY(transaction, job.chain->transaction(id));
        all.push_back(std::move(transaction));
    }
    return all;
}

Result<Json> block_info(const Job& job) {
    BSN_TRY(block, block_of(job));
    BSN_TRY(all, transactions_of(job, block));
    std::size_t size = block.raw_header.size();
    Json transactions = Json::array();
    for (const auto& one : all) {
        size += one.raw.size();
        Json json{{"txId", to_hex(one.id)},
                  {"status", status_of(one)},
                  {"createName", creator_of(job, one)}};
        json.update(times_of(one.time));
        transactions.push_back(std::move(json));
    }
    return Json{{"blockHash", to_hex(block.hash)},
                {"blockNumber", block.height},
                {"preBlockHash", to_hex(block.previous)},
                {"blockSize", size},
                {"blockTxCount", all.size()},
                {"transactions", std::move(transactions)}};
}

Result<std::string> data_of(const Job& job, const framework::BlockView& block) {
    if (!wants_json(job)) {
        BSN_TRY(forms, raw_forms(job));
        BSN_TRY(bytes, forms->raw_block(block.height));
        return to_base64(bytes);
    }
    BSN_TRY(all, transactions_of(job, block));
    Json data{{"height", block.height},
              {"hash", to_hex(block.hash)},
              {"previous", to_hex(block.previous)},
              {"time", block.time},
              {"raw_header", to_base64(block.raw_header)},
              {"transactions", Json::array()}};
    for (const auto& one : all) data["transactions"].push_back(transaction_json(one, true));
    return to_text(data);
}

Result<Json> block_data(const Job& job) {
    BSN_TRY(block, block_of(job));
    BSN_TRY(data, data_of(job, block));
    return Json{{"blockHash", to_hex(block.hash)},
                {"blockNumber", block.height},
                {"preBlockHash", to_hex(block.previous)},
                {"blockData", std::move(data)}};
}

/// Fabric counts blocks; ours begin with 1, so that the count is the last one's number. Fabric's
/// own begin with 0.
Result<Json> ledger_info(const Job& job) {
    const std::uint64_t last = job.chain->height();
    const bool on_fabric = job.app->record.is_on_fabric();
    if (last == 0 && !on_fabric) {
        return Json{{"blockHash", ""}, {"height", 0}, {"preBlockHash", ""}};
    }
    BSN_TRY(block, job.chain->block(last));
    return Json{{"blockHash", to_hex(block.hash)},
                {"height", on_fabric ? last + 1 : last},
                {"preBlockHash", to_hex(block.previous)}};
}

Json outcome(std::string id, std::string block, int status, int code, std::string data) {
    return {{"blockInfo",
             {{"txId", std::move(id)}, {"blockHash", std::move(block)}, {"status", status}}},
            {"ccRes", {{"ccCode", code}, {"ccData", std::move(data)}}}};
}

Result<Json> outcome_of(const Job& job, const Result<framework::TransactionView>& answer) {
    // On Fabric, what a contract refuses is on no chain.
    if (!answer && answer.error().code == Code::contract_failed) {
        return outcome("", "", k_other_reason, k_failure_code, answer.error().message);
    }
    BSN_TRY(transaction, answer);
    BSN_TRY(block, job.chain->block(transaction.height));
    return outcome(
        to_hex(transaction.id), to_hex(block.hash), status_of(transaction),
        transaction.success ? k_success_code : k_failure_code,
        transaction.success ? std::string(as_text(transaction.result)) : transaction.error);
}

/// What a package's functions do only its publisher knows: those that a public role permits are for
/// queries, and all others for transactions.
bool is_for_transactions(const Job& job, const framework::Invocation& invocation) {
    for (const ledger::ContractControl& contract : job.app->record.contracts) {
        if (contract.name != invocation.contract) continue;
        return registry::packaged_code(contract.type) &&
               !job.service.backend().may_call(*job.app, nullptr, invocation.contract,
                                               invocation.function);
    }
    return false;
}

Json read_outcome(const Bytes& answer) {
    return outcome("", "", k_valid, k_success_code, std::string(as_text(answer)));
}

/// What a call that only reads is answered; none: it writes.
std::optional<Result<Bytes>> read(const Job& job, const framework::Invocation& invocation) {
    if (is_for_transactions(job, invocation)) return std::nullopt;
    auto answer = job.chain->query(invocation);
    if (!answer && answer.error().code == Code::invalid_argument) return std::nullopt;
    return answer;
}

std::function<void(Result<framework::TransactionView>)> when_told(const Job& job,
                                                                  const Done& done) {
    return [job, done](const Result<framework::TransactionView>& said) {
        job.work->run([job, done, said] { done(outcome_of(job, said)); });
    };
}

/// Reads, or writes and tells what came of it.
void invoke_as(const Job& job, const SigningUser& user, const Done& done) {
    const Inquiry& asked = job.asked();
    framework::Invocation invocation;
    invocation.contract = asked.text("chainCode");
    invocation.function = asked.text("funcName");
    for (const std::string& argument : asked.texts("args")) {
        invocation.arguments.push_back(to_bytes(argument));
    }
    for (const auto& [name, value] : asked.map("transientData")) {
        invocation.transient[name] = to_bytes(value);
    }
    invocation.identity = user.signer.get();
    Backend& backend = job.service.backend();
    auto app = backend.app(job.app->record.name);  // the user may be newer than the job
    Status may = backend.may_call(app ? *app : *job.app, &user.caller, invocation.contract,
                                  invocation.function);
    if (!may) return done(may.error());
    if (const auto answer = read(job, invocation)) {
        if (*answer) return done(read_outcome(**answer));
        const Error& error = answer->error();
        if (error.code != Code::contract_failed) return done(error);
        return done(outcome("", "", k_other_reason, k_failure_code, error.message));
    }
    auto told = when_told(job, done);
    if (job.app->record.is_on_fabric()) {
        invocation.may_repeat = true;  // what conflicts with another call has had no effect
        return invoke_recorded(job, user, std::move(invocation), told);
    }
    auto transaction = job.chain->make_transaction(invocation);
    if (!transaction) return done(transaction.error());
    submit_recorded(job, user, {invocation.contract, invocation.function}, std::move(*transaction),
                    told);
}

void invoke(const Job& job, const Done& done) {
    with_user(job, job.asked().text("userName"), [job, done](const Result<SigningUser>& user) {
        if (!user) return done(user.error());
        invoke_as(job, *user, done);
    });
}

/// The signer of a call: the member who asks, or one of their users, by the present key.
Result<registry::Caller> signer_of(const Job& job, const framework::SignedCall& call) {
    Backend& backend = job.service.backend();
    for (const auto& [id, member] : job.app->members) {
        const auto record = backend.participant(id);
        if (!record || record->revoked || record->key != call.signer) continue;
        const bool own =
            record->sponsorship && record->sponsorship->sponsor == job.caller.participant;
        if (own || id == job.caller.participant) return registry::Caller{id, call.signer};
    }
    return Error{Code::forbidden,
                 "the call is signed neither by userCode nor by one of its users in this app; "
                 "enrol the user first"};
}

/// Puts a user's signed proposal on the chain, or answers what it asks.
void relay_call(const Job& job, framework::Relaying& relaying, const Done& done) {
    auto bytes = from_base64(job.asked().text("transData"));
    if (!bytes) return done(bytes.error().within("transData"));
    auto call = relaying.signed_call(*bytes);
    if (!call) return done(call.error().within("transData"));
    auto signer = signer_of(job, *call);
    if (!signer) return done(signer.error());
    Backend& backend = job.service.backend();
    Status may = backend.may_call(*job.app, &*signer, call->call.contract, call->call.function);
    if (!may) return done(may.error());
    // What is refused may have been done already, by this very proposal.
    if (const auto answer = read(job, call->call); answer && *answer) {
        return done(read_outcome(**answer));
    }
    relay(job, relaying, std::move(*bytes), when_told(job, done));
}

void transact(const Job& job, const Done& done) {
    auto* relaying = dynamic_cast<framework::Relaying*>(job.chain);
    if (relaying != nullptr) return relay_call(job, *relaying, done);
    done(not_offered(job,
                     "the app's ledger takes its own transactions, not Fabric's; send them to "
                     "/v1/apps/{app}/transactions"));
}

void register_person(const Job& job, const Done& done) {
    const std::string& name = job.asked().text("name");
    if (job.app->record.gateway.keys == registry::KeyMode::upload) {
        return register_with_secret(job, done);
    }
    if (name.empty()) return done(Error{Code::invalid_argument, "the user needs a \"name\""});
    if (Status may = take_transaction(job); !may) return done(may.error());
    std::string secret = job.asked().text("secret");
    if (secret.empty()) secret = to_hex(crypto::random_value<ledger::Nonce>());
    register_user(job, name, [name, secret, done](const Result<crypto::PublicKey>& key) {
        if (!key) return done(key.error());
        done(Json{{"name", name}, {"secret", secret}});
    });
}

}  // namespace

void do_fabric(const Job& job, const Done& done) {
    switch (job.call()) {
        case Call::register_user: return register_person(job, done);
        case Call::enroll_user: return enroll(job, done);
        case Call::invoke: return invoke(job, done);
        case Call::transaction_info: return done(transaction_info(job));
        case Call::transaction_data: return done(transaction_data(job));
        case Call::block_info: return done(block_info(job));
        case Call::block_data: return done(block_data(job));
        case Call::ledger_info: return done(ledger_info(job));
        default: return transact(job, done);
    }
}

}  // namespace bsn::gateway::published
