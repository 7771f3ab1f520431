#include "framework/fisco/methods.hpp"
#include "framework/fisco/parameters.hpp"
#include "framework/fisco/shapes.hpp"

#include <fmt/format.h>

namespace bsn::framework::fisco {
namespace {

using rpc::Params;

/// What both methods begin with.
struct Submission {
    ChainReader* chain = nullptr;
    Hash hash;
    Bytes bytes;
    bool with_proof = false;
};

rpc::Answer<Submission> submission_from(const Groups& groups, const Params& params) {
    BSN_TRY(chain, group_of(groups, params));
    BSN_TRY(bytes, data_at(params, 1));
    if (bytes.size() > chain->settings().max_transaction_bytes) {
        return internal_failure(fmt::format("MalformedTx: a transaction has at most {} bytes",
                                            chain->settings().max_transaction_bytes));
    }
    auto transaction = ledger::fisco::Transaction::decode(bytes);
    if (!transaction) return internal_failure("BadRLP: " + transaction.error().message);
    return Submission{chain, transaction->hash(), std::move(bytes), false};
}

std::string receipt_text(const Submission& submission, const TransactionPlace& place) {
    auto block = submission.chain->block(place.height);
    if (!block) {
        return rpc::json_text(refusal_json(submission.hash,
                                           static_cast<std::uint32_t>(TransactionStatus::unknown),
                                           block.error().message));
    }
    Json json = receipt_json(**block, place.index);
    if (submission.with_proof) {
        const HashId hash = submission.chain->settings().hash();
        json["txProof"] = transaction_proof_json(hash, **block, place.index);
        json["receiptProof"] = receipt_proof_json(hash, **block, place.index);
    }
    return rpc::json_text(json);
}

std::string refusal_text(const Submission& submission, const Error& error) {
    return rpc::json_text(
        refusal_json(submission.hash, static_cast<std::uint32_t>(status_of(error)), error.message));
}

/// The same bytes again are refused as FISCO BCOS refuses them, though they do no harm here.
std::optional<Error> known_already(const Submission& submission) {
    if (!submission.chain->find_transaction(submission.hash)) return std::nullopt;
    return Error{Code::already_exists, "this transaction is in a block already"};
}

/// FISCO BCOS has a number for it, and clients know it.
rpc::Failure over_limit(const Error& error) {
    rpc::Failure refusal = failure(RpcError::over_limit);
    refusal.message += ": " + error.message;
    return refusal;
}

/// Submits and answers by the hash, or by what was wrong.
void submit_and_answer(Submission submission, const rpc::Reply& reply) {
    auto refused = [](const Error& error) {
        return internal_failure(
            fmt::format("{}: {}", refusal_name(status_of(error)), error.message));
    };
    if (auto known = known_already(submission)) return reply(refused(*known));
    if (Status may = submission.chain->take_one(); !may) return reply(over_limit(may.error()));
    ChainReader& chain = *submission.chain;
    chain.submit(std::move(submission.bytes),
                 [reply, refused, hash = submission.hash](Result<TransactionPlace> place) {
                     if (place || place.error().code == Code::unknown_outcome) {
                         return reply(Json(rpc::data_text(hash)));
                     }
                     reply(refused(place.error()));
                 });
}

/// Answers by the hash, submits, and tells what became of it. A transaction whose outcome is
/// unknown may still come: then nothing is told, and the client's own patience decides.
void submit_and_notify(Submission submission, const rpc::Reply& reply, const Notify& notify) {
    auto known = known_already(submission);
    if (!known) {
        if (Status may = submission.chain->take_one(); !may) return reply(over_limit(may.error()));
    }
    reply(Json(rpc::data_text(submission.hash)));
    if (known) return notify(refusal_text(submission, *known));
    ChainReader& chain = *submission.chain;
    Bytes bytes = std::move(submission.bytes);
    chain.submit(std::move(bytes), [notify, submission](Result<TransactionPlace> place) {
        if (place) return notify(receipt_text(submission, *place));
        if (place.error().code == Code::unknown_outcome) return;
        notify(refusal_text(submission, place.error()));
    });
}

}  // namespace

void add_submit_methods(rpc::Methods& methods, const Groups& groups, Notify notify) {
    auto add = [&](const char* name, bool with_proof) {
        methods.add_async(
            name, 2, [&groups, notify, with_proof](const Params& params, const rpc::Reply& reply) {
                auto submission = submission_from(groups, params);
                if (!submission) return reply(submission.error());
                submission->with_proof = with_proof;
                if (notify) {
                    submit_and_notify(std::move(*submission), reply, notify);
                } else {
                    submit_and_answer(std::move(*submission), reply);
                }
            });
    };
    add("sendRawTransaction", false);
    add("sendRawTransactionAndGetProof", true);
}

}  // namespace bsn::framework::fisco
