#include "framework/fabric/network/permitted_chain.hpp"

#include "framework/fabric/client/message.hpp"
#include "framework/fabric/client/proposal_builder.hpp"
#include "framework/fabric/client/transaction.hpp"

#include <fmt/format.h>

namespace bsn::framework::fabric {
namespace {

Result<crypto::PublicKey> key_of(const std::string& serialized) {
    BSN_TRY(identity, read_identity(serialized));
    return certified_key(identity.certificate);
}

/// The function is the first of a chaincode's arguments.
std::string function_of(const std::vector<std::string>& arguments) {
    return arguments.empty() ? std::string() : arguments.front();
}

}  // namespace

Status PermittedChain::check_transaction(ByteView envelope) const {
    BSN_TRY(view, read_envelope(envelope));
    BSN_TRY(key, key_of(view.creator));
    return may_call_(key, view.chaincode, function_of(view.arguments));
}

void PermittedChain::submit(std::vector<Bytes> transactions, std::uint64_t timeout,
                            SubmitDone done) {
    std::vector<Result<TransactionView>> answers;
    std::vector<std::size_t> permitted;
    std::vector<Bytes> passed;
    for (std::size_t i = 0; i < transactions.size(); ++i) {
        Status allowed = check_transaction(transactions[i]);
        answers.push_back(allowed ? Result<TransactionView>(TransactionView())
                                  : Result<TransactionView>(allowed.error()));
        if (!allowed) continue;
        permitted.push_back(i);
        passed.push_back(std::move(transactions[i]));
    }
    if (passed.empty()) return done(std::move(answers));
    chain_->submit(std::move(passed), timeout,
                   [answers = std::move(answers), permitted = std::move(permitted),
                    done = std::move(done)](std::vector<Result<TransactionView>> given) mutable {
                       ensure(given.size() == permitted.size(),
                              "a chain must answer each transaction submitted");
                       for (std::size_t i = 0; i < given.size(); ++i) {
                           answers[permitted[i]] = std::move(given[i]);
                       }
                       done(std::move(answers));
                   });
}

Result<Bytes> PermittedChain::query(const Invocation& invocation) const {
    if (writes_(invocation.contract, invocation.function)) {
        return Error{Code::invalid_argument, fmt::format("{}.{} writes; call it with a transaction",
                                                         invocation.contract, invocation.function)};
    }
    Invocation asked = invocation;
    asked.identity = nullptr;  // peers answer who signs, and of a caller no signature is at hand
    return chain_->query(asked);
}

Result<Bytes> PermittedChain::make_transaction(const Invocation& invocation) const {
    if (invocation.identity == nullptr) {
        return Error{Code::unauthenticated, "a transaction needs somebody who signs it"};
    }
    BSN_CHECK(
        may_call_(invocation.identity->public_key(), invocation.contract, invocation.function));
    return chain_->make_transaction(invocation);
}

void PermittedChain::invoke(Invocation invocation, std::shared_ptr<const Signer> identity,
                            std::uint64_t timeout, SubmitDone done) {
    Status allowed =
        identity
            ? may_call_(identity->public_key(), invocation.contract, invocation.function)
            : Status(Error{Code::unauthenticated, "a transaction needs somebody who signs it"});
    if (!allowed) return done({Result<TransactionView>(allowed.error())});
    chain_->invoke(std::move(invocation), std::move(identity), timeout, std::move(done));
}

/// Whether its creator may call this; that the creator signed it, the channel checks.
Status PermittedChain::check_proposal(ByteView signed_proposal) const {
    BSN_TRY(proposal, read_message<protos::SignedProposal>(signed_proposal, "signed proposal"));
    BSN_TRY(view, parse_proposal(proposal));
    BSN_TRY(key, key_of(view.creator));
    return may_call_(key, view.chaincode, function_of(view.arguments));
}

Result<Bytes> PermittedChain::endorse(ByteView signed_proposal) const {
    BSN_CHECK(check_proposal(signed_proposal));
    return chain_->endorse(signed_proposal);
}

void PermittedChain::when_endorsed(Bytes signed_proposal, Done done) const {
    if (auto allowed = check_proposal(signed_proposal); !allowed) return done(allowed.error());
    chain_->when_endorsed(std::move(signed_proposal), std::move(done));
}

}  // namespace bsn::framework::fabric
