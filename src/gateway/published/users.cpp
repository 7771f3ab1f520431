#include "gateway/published/users.hpp"

#include "framework/node_signer.hpp"
#include "gateway/custody/recorded_signer.hpp"
#include "gateway/custody/signed_submit.hpp"
#include "gateway/metering/door.hpp"
#include "registry/contract.hpp"
#include "registry/records.hpp"

#include <chrono>

namespace bsn::gateway::published {
namespace {

constexpr std::uint64_t k_timeout_ms = 30'000;
/// What the permission chain decided is known to this node a moment later.
constexpr std::chrono::milliseconds k_look{10};
constexpr int k_looks = 300;

bool is_member(const Job& job, const ledger::ParticipantId& id) {
    auto app = job.service.backend().app(job.app->record.name);
    return app && app->members.contains(id);
}

/// Goes on, as work, once this node knows a user who was made, or has looked often enough.
void when_known(const Job& job, const ledger::ParticipantId& user, int looks,
                const std::function<void()>& then) {
    if (looks == 0 || is_member(job, user)) return then();
    job.work->run_later(k_look,
                        [job, user, looks, then] { when_known(job, user, looks - 1, then); });
}

Result<UserKeys*> custody_of(const Job& job) {
    UserKeys* keys = job.service.backend().user_keys();
    if (keys == nullptr) {
        return Error{Code::unavailable,
                     "this city node keeps no keys; ask the one that you made your custodian"};
    }
    BSN_CHECK(keys->available());
    return keys;
}

CustodyUser user_of(const Job& job, const std::string& name) {
    return {job.app->record.channel, job.caller.participant,
            name.empty() ? std::string(k_default_user) : name};
}

CustodyUse use_of(const Job& job, std::string purpose) {
    return {std::move(purpose), to_hex(job.caller.participant) + " by the published protocol"};
}

/// What `add_user` takes, in the name of this node.
Result<Bytes> addition(const Job& job, framework::Chain& system, const std::string& name,
                       const crypto::PublicKey& key, ByteView proof) {
    const ordering::NodeIdentity* identity = job.service.backend().identity();
    if (identity == nullptr) {
        return Error{Code::unavailable, "this city node has no keys to sign with"};
    }
    const framework::NodeSigner node(*identity);
    framework::Invocation invocation;
    invocation.contract = registry::k_contract;
    invocation.function = "add_user";
    for (const std::string& argument :
         {job.app->record.name, to_hex(job.caller.participant), name,
          std::string(crypto::suite_name(key.suite)), to_hex(key.bytes), to_hex(proof)}) {
        invocation.arguments.push_back(to_bytes(argument));
    }
    invocation.identity = &node;
    return system.make_transaction(invocation);
}

/// The signature by which a user whose key is here becomes one.
Result<crypto::Signature> proof_of(const Job& job, UserKeys& keys, const CustodyUser& user) {
    BSN_TRY(signer, keys.signer(user, use_of(job, "add_user")));
    return signer->sign(registry::user_statement(job.service.backend().network(), user.channel,
                                                 user.owner, user.name, signer->public_key()));
}

using Answered = std::function<void(Result<framework::TransactionView>)>;

framework::SubmitDone only_one(const Answered& done) {
    return [done](std::vector<Result<framework::TransactionView>> answers) {
        ensure(answers.size() == 1, "a chain must answer each transaction submitted");
        done(std::move(answers.front()));
    };
}

void submit_to(framework::Chain& chain, Bytes transaction, const Answered& done) {
    std::vector<Bytes> one;
    one.push_back(std::move(transaction));
    chain.submit(std::move(one), k_timeout_ms, only_one(done));
}

/// Counts what came of a transaction, and goes on.
Answered counted(const Job& job, const Answered& done) {
    return [&metrics = job.service.backend().metrics(),
            done](const Result<framework::TransactionView>& answer) {
        count_outcomes(metrics, outcome_name(answer), 1);
        done(answer);
    };
}

/// Calls `then` as work of the service once the custody's record is on disk.
void when_recorded(const Job& job, const std::function<void(Status)>& then) {
    auto keys = custody_of(job);
    if (!keys) return then(keys.error());
    (*keys)->when_recorded([work = job.work, then](const Status& recorded) {
        work->run([recorded, then] { then(recorded); });
    });
}

Result<SigningUser> signing_user(const Job& job, const std::string& name) {
    BSN_TRY(keys, custody_of(job));
    BSN_TRY(signer, keys->signer(user_of(job, name), use_of(job, "transaction")));
    BSN_TRY(participant, ledger::ParticipantId::from(signer->participant()));
    registry::Caller caller{participant, signer->public_key()};
    return SigningUser{std::move(signer), caller};
}

}  // namespace

Status take_transaction(const Job& job) {
    auto grant = Door(job.service.backend(), job.app).take(1, Asker::shown);
    return grant.refusal ? Status(grant.refusal->error) : Status();
}

void register_user(const Job& job, const std::string& name,
                   const std::function<void(Result<crypto::PublicKey>)>& done) {
    auto keys = custody_of(job);
    if (!keys) return done(keys.error());
    const CustodyUser user = user_of(job, name);
    if (user.name.size() > 64) {
        return done(Error{Code::invalid_argument, "a user's name has at most 64 bytes"});
    }
    auto key = (*keys)->find_or_create(user, job.app->record.suite);
    if (!key) return done(key.error());
    Backend& backend = job.service.backend();
    if (backend.registry().user(job.app->record.name, user.owner, user.name)) return done(*key);
    auto proof = proof_of(job, **keys, user);
    if (!proof) return done(proof.error());
    when_recorded(
        job, [job, name = user.name, key = *key, proof = *proof, done](const Status& recorded) {
            if (!recorded) return done(recorded.error());
            add_user(job, name, key, proof, done);
        });
}

void add_user(const Job& job, const std::string& name, const crypto::PublicKey& key, ByteView proof,
              const std::function<void(Result<crypto::PublicKey>)>& done) {
    auto system = job.service.backend().chain("system");
    if (!system) return done(system.error());
    auto transaction = addition(job, **system, name, key, proof);
    if (!transaction) return done(transaction.error());
    submit_to(**system, std::move(*transaction),
              [job, done, key](Result<framework::TransactionView> answer) {
                  if (!answer) return done(answer.error());
                  if (!answer->success) return done(Error{Code::contract_failed, answer->error});
                  job.work->run([job, done, key] {
                      when_known(job, ledger::participant_id_of(key), k_looks,
                                 [done, key] { done(key); });
                  });
              });
}

void with_user(const Job& job, const std::string& name,
               const std::function<void(Result<SigningUser>)>& done) {
    auto keys = custody_of(job);
    if (!keys) return done(keys.error());
    auto found = (*keys)->find(user_of(job, name));
    if (found) return done(signing_user(job, name));
    if (found.error().code != Code::not_found || !name.empty()) return done(found.error());
    register_user(job, name, [job, name, done](const Result<crypto::PublicKey>& made) {
        if (!made) return done(made.error());
        done(signing_user(job, name));
    });
}

void submit_recorded(const Job& job, const SigningUser& user, const CalledFunction& call,
                     Bytes transaction,
                     const std::function<void(Result<framework::TransactionView>)>& done) {
    if (Status may = take_transaction(job); !may) return done(may.error());
    auto keys = custody_of(job);
    if (!keys) return done(keys.error());
    submit_signed({job.service.backend(), **keys, job.chain, job.app->record.name,
                   user.caller.participant, call.contract, call.function,
                   std::make_shared<const Bytes>(std::move(transaction)), k_timeout_ms, job.work},
                  counted(job, done));
}

void invoke_recorded(const Job& job, const SigningUser& user, framework::Invocation invocation,
                     const std::function<void(Result<framework::TransactionView>)>& done) {
    if (Status may = take_transaction(job); !may) return done(may.error());
    auto keys = custody_of(job);
    if (!keys) return done(keys.error());
    auto signer = std::make_shared<RecordedSigner>(**keys, user.signer);
    invocation.identity = nullptr;  // `invoke` takes it by itself
    job.chain->invoke(
        std::move(invocation), signer, k_timeout_ms,
        [signer, done = counted(job, done)](std::vector<Result<framework::TransactionView>> all) {
            ensure(all.size() == 1, "a chain must answer each transaction submitted");
            if (Status recorded = signer->recorded(); !recorded) return done(recorded.error());
            done(std::move(all.front()));
        });
}

void relay(const Job& job, framework::Relaying& chain, Bytes signed_call, const Answered& done) {
    if (Status may = take_transaction(job); !may) return done(may.error());
    chain.relay(std::move(signed_call), k_timeout_ms, only_one(counted(job, done)));
}

void submit(const Job& job, Bytes transaction,
            const std::function<void(Result<framework::TransactionView>)>& done) {
    if (Status may = take_transaction(job); !may) return done(may.error());
    submit_to(*job.chain, std::move(transaction), counted(job, done));
}

}  // namespace bsn::gateway::published
