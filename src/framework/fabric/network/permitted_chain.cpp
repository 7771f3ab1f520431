#include "framework/fabric/network/permitted_chain.hpp"

#include "framework/fabric/client/message.hpp"
#include "framework/fabric/client/proposal_builder.hpp"
#include "framework/fabric/client/transaction.hpp"

#include <fmt/format.h>

#include <algorithm>

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

void rename(Result<TransactionView>& transaction, const ContractNames& names) {
    if (transaction) transaction->contract = names.contract_of(transaction->contract);
}

}  // namespace

MayCall may_call_on(Bytes channel, MayCallApp may_call) {
    return
        [channel = std::move(channel), may_call = std::move(may_call)](
            const crypto::PublicKey& signer, const std::string& contract,
            const std::string& function) { return may_call(channel, signer, contract, function); };
}

PermittedChain::PermittedChain(std::unique_ptr<FabricChain> chain, ChainPermissions permissions,
                               std::shared_ptr<const Signer> signer)
    : permissions_(std::make_shared<const ChainPermissions>(std::move(permissions))),
      current_{std::move(chain), std::move(signer)} {}

PermittedChain::Current PermittedChain::now() const {
    std::lock_guard lock(mutex_);
    return current_;
}

void PermittedChain::replace(std::unique_ptr<FabricChain> chain,
                             std::shared_ptr<const Signer> signer) {
    Current next{std::move(chain), std::move(signer)};
    {
        std::lock_guard lock(mutex_);
        std::swap(current_, next);
    }
    next.chain->close();  // whoever waits for a height is woken, and waits at the new one
}

std::uint64_t PermittedChain::height() const {
    const std::uint64_t told = now().chain->height();
    std::lock_guard lock(mutex_);
    height_ = std::max(height_, told);
    return height_;
}

Status PermittedChain::check_call(const std::string& creator, const std::string& chaincode,
                                  const std::vector<std::string>& arguments) const {
    BSN_TRY(key, key_of(creator));
    if (!permissions_->names.has(chaincode)) {
        return Error{Code::forbidden,
                     fmt::format("chaincode {} is no contract of the app", chaincode)};
    }
    return permissions_->may_call(key, permissions_->names.contract_of(chaincode),
                                  function_of(arguments));
}

Status PermittedChain::check_transaction(ByteView envelope) const {
    BSN_TRY(view, read_envelope(envelope));
    return check_call(view.creator, view.chaincode, view.arguments);
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
    now().chain->submit(
        std::move(passed), timeout,
        [permissions = permissions_, answers = std::move(answers), permitted = std::move(permitted),
         done = std::move(done)](std::vector<Result<TransactionView>> given) mutable {
            ensure(given.size() == permitted.size(),
                   "a chain must answer each transaction submitted");
            for (std::size_t i = 0; i < given.size(); ++i) {
                rename(given[i], permissions->names);
                answers[permitted[i]] = std::move(given[i]);
            }
            done(std::move(answers));
        });
}

Result<Bytes> PermittedChain::query(const Invocation& invocation) const {
    if (permissions_->writes && permissions_->writes(invocation.contract, invocation.function)) {
        return Error{Code::invalid_argument, fmt::format("{}.{} writes; call it with a transaction",
                                                         invocation.contract, invocation.function)};
    }
    Invocation asked = invocation;
    asked.identity = nullptr;  // peers answer who signs, and of a caller no signature is at hand
    BSN_TRY(chaincode, permissions_->names.chaincode_of(invocation.contract));
    asked.contract = std::move(chaincode);
    return now().chain->query(asked);
}

Result<Invocation> PermittedChain::on_channel(Invocation invocation, const Signer* identity) const {
    if (identity == nullptr) {
        return Error{Code::unauthenticated, "a transaction needs somebody who signs it"};
    }
    BSN_CHECK(
        permissions_->may_call(identity->public_key(), invocation.contract, invocation.function));
    BSN_TRY(chaincode, permissions_->names.chaincode_of(invocation.contract));
    invocation.contract = std::move(chaincode);
    return invocation;
}

Result<Bytes> PermittedChain::make_transaction(const Invocation& invocation) const {
    BSN_TRY(called, on_channel(invocation, invocation.identity));
    const Current current = now();
    if (current.signer) called.identity = current.signer.get();
    return current.chain->make_transaction(called);
}

void PermittedChain::invoke(Invocation invocation, std::shared_ptr<const Signer> identity,
                            std::uint64_t timeout, SubmitDone done) {
    auto called = on_channel(std::move(invocation), identity.get());
    if (!called) return done({Result<TransactionView>(called.error())});
    Current current = now();
    if (current.signer) identity = std::move(current.signer);
    current.chain->invoke(std::move(*called), std::move(identity), timeout,
                          renamed(std::move(done)));
}

SubmitDone PermittedChain::renamed(SubmitDone done) const {
    return [permissions = permissions_,
            done = std::move(done)](std::vector<Result<TransactionView>> answers) {
        for (auto& answer : answers) rename(answer, permissions->names);
        done(std::move(answers));
    };
}

/// Whether its creator may call this; that the creator signed it, the channel checks.
Status PermittedChain::check_proposal(ByteView signed_proposal) const {
    BSN_TRY(proposal, read_message<protos::SignedProposal>(signed_proposal, "signed proposal"));
    BSN_TRY(view, parse_proposal(proposal));
    return check_call(view.creator, view.chaincode, view.arguments);
}

Result<Bytes> PermittedChain::endorse(ByteView signed_proposal) const {
    BSN_CHECK(check_proposal(signed_proposal));
    return now().chain->endorse(signed_proposal);
}

void PermittedChain::when_endorsed(Bytes signed_proposal, Done done) const {
    if (auto allowed = check_proposal(signed_proposal); !allowed) return done(allowed.error());
    now().chain->when_endorsed(std::move(signed_proposal), std::move(done));
}

Result<SignedCall> PermittedChain::signed_call(ByteView signed_proposal) const {
    BSN_CHECK(check_proposal(signed_proposal));
    BSN_TRY(read, now().chain->signed_call(signed_proposal));
    read.call.contract = permissions_->names.contract_of(read.call.contract);
    return read;
}

void PermittedChain::relay(Bytes signed_proposal, std::uint64_t timeout, SubmitDone done) {
    if (auto allowed = check_proposal(signed_proposal); !allowed) {
        return done({Result<TransactionView>(allowed.error())});
    }
    now().chain->relay(std::move(signed_proposal), timeout, renamed(std::move(done)));
}

Result<TransactionView> PermittedChain::transaction(ByteView id) const {
    auto found = now().chain->transaction(id);
    rename(found, permissions_->names);
    return found;
}

Result<EventPage> PermittedChain::events(EventCursor from, std::size_t limit) const {
    BSN_TRY(page, now().chain->events(from, limit));
    std::erase_if(page.events,
                  [&](const Event& event) { return !permissions_->names.has(event.contract); });
    for (Event& event : page.events) {
        event.contract = permissions_->names.contract_of(event.contract);
    }
    return page;
}

}  // namespace bsn::framework::fabric
