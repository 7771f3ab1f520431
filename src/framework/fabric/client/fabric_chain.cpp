#include "framework/fabric/client/fabric_chain.hpp"

#include "framework/fabric/client/chain_core.hpp"
#include "framework/fabric/client/message.hpp"
#include "framework/fabric/client/proof.hpp"
#include "framework/fabric/client/proposal_builder.hpp"
#include "framework/fabric/client/simulation.hpp"
#include "framework/fabric/client/validation.hpp"

#include <future>

namespace bsn::framework::fabric {
namespace {

/// The answers of one call of `submit`: it is answered when all are there.
struct Batch {
    std::mutex mutex;
    std::vector<std::optional<Result<TransactionView>>> answers;
    std::size_t missing = 0;
    SubmitDone done;

    void answer(std::size_t place, Result<TransactionView> answer) {
        {
            std::lock_guard lock(mutex);
            answers[place] = std::move(answer);
            if (--missing > 0) return;
        }
        std::vector<Result<TransactionView>> all;
        for (auto& one : answers) all.push_back(std::move(*one));
        done(std::move(all));
    }
};

}  // namespace

Result<Certified> CertificateSource::certificate_like(const Certified&,
                                                      const crypto::PublicKey&) const {
    return Error{Code::forbidden,
                 "this node issues no certificates of this network, and relays no calls; have the "
                 "call endorsed, and sign the transaction"};
}

FabricChain::FabricChain(std::shared_ptr<Core> core) : core_(std::move(core)) {}

FabricChain::~FabricChain() { close(); }

Result<std::unique_ptr<FabricChain>> FabricChain::open(FabricChainOptions options,
                                                       Executor& executor) {
    if (options.peers.empty() || options.orderers.empty() || !options.certificates) {
        return Error{Code::invalid_argument,
                     "a channel needs peers, orderers, and certificates of its users"};
    }
    auto core = std::make_shared<Core>(std::move(options), executor);
    BSN_CHECK(core->open());
    return std::unique_ptr<FabricChain>(new FabricChain(std::move(core)));
}

void FabricChain::close() { core_->close(); }

std::uint64_t FabricChain::height() const { return core_->follower().height(); }

crypto::HashId FabricChain::hash() const { return core_->hash(); }

bool FabricChain::ready() const { return core_->follower().started(); }

std::string FabricChain::trouble() const { return core_->trouble(); }

std::string FabricChain::trusted_state() const {
    return core_->follower().config().trust.to_json();
}

void FabricChain::submit(std::vector<Bytes> transactions, std::uint64_t timeout, SubmitDone done) {
    if (transactions.empty()) return done({});
    auto batch = std::make_shared<Batch>();
    batch->answers.resize(transactions.size());
    batch->missing = transactions.size();
    batch->done = std::move(done);
    const std::uint64_t until = core_->now() + timeout;
    for (std::size_t i = 0; i < transactions.size(); ++i) {
        core_->submit(transactions[i], until, [batch, i](Result<TransactionView> answer) {
            batch->answer(i, std::move(answer));
        });
    }
}

void FabricChain::invoke(Invocation invocation, std::shared_ptr<const Signer> identity,
                         std::uint64_t timeout, SubmitDone done) {
    core_->invoke(
        std::move(invocation), std::move(identity), core_->now() + timeout,
        [done = std::move(done)](Result<TransactionView> answer) { done({std::move(answer)}); });
}

Result<Bytes> FabricChain::make_transaction(const Invocation& invocation) const {
    BSN_TRY(envelope, core_->make_envelope(invocation));
    return bytes_of(envelope);
}

Result<Bytes> FabricChain::endorse(ByteView signed_proposal) const {
    auto promise = std::make_shared<std::promise<Result<Bytes>>>();
    auto endorsed = promise->get_future();
    core_->endorse_signed(signed_proposal, [promise](Result<Bytes> payload) {
        promise->set_value(std::move(payload));
    });
    return endorsed.get();
}

void FabricChain::when_endorsed(Bytes signed_proposal, Done done) const {
    core_->endorse_signed(signed_proposal, std::move(done));
}

Result<SignedCall> FabricChain::signed_call(ByteView signed_proposal) const {
    return core_->signed_call(signed_proposal);
}

void FabricChain::relay(Bytes signed_proposal, std::uint64_t timeout, SubmitDone done) {
    core_->relay(
        std::move(signed_proposal), core_->now() + timeout,
        [done = std::move(done)](Result<TransactionView> answer) { done({std::move(answer)}); });
}

Result<Bytes> FabricChain::query(const Invocation& invocation) const {
    BSN_TRY(identity, core_->identity_of({std::shared_ptr<void>(), invocation.identity}));
    // The peer whose blocks are followed has all that is known here; others may be behind.
    auto evaluated =
        core_->peers().evaluate(core_->propose(invocation, identity), core_->follower().source());
    if (!evaluated) {
        const Error cause =
            core_->with_cause(evaluated.error(), {identity.msp_id, identity.certificate});
        if (cause.code != Code::contract_failed) {
            return cause.within("contract " + invocation.contract);
        }
        // A peer refuses for a chaincode that there is not, as for one that refuses.
        BSN_CHECK(core_->peers().check_defined(invocation.contract));
        return cause;
    }
    BSN_TRY(writes, has_effects(*evaluated));
    if (!writes) return to_bytes(evaluated->response().payload());
    return Error{Code::invalid_argument, fmt::format("{}.{} writes; call it with a transaction",
                                                     invocation.contract, invocation.function)};
}

Result<BlockView> FabricChain::block(std::uint64_t height) const {
    BSN_TRY(block, core_->follower().block(height));
    return block_view(*block);
}

Result<BlockView> FabricChain::block_by_hash(ByteView hash) const {
    BSN_TRY(block, core_->find_block(hash));
    return block_view(*block);
}

Result<TransactionView> FabricChain::transaction(ByteView id) const {
    BSN_TRY(found, core_->find(id));
    return found.view();
}

Result<Bytes> FabricChain::raw_block(std::uint64_t height) const {
    BSN_TRY(block, core_->follower().block(height));
    return bytes_of(block->block);
}

Result<Bytes> FabricChain::raw_transaction(ByteView id) const {
    BSN_TRY(found, core_->find(id));
    protos::ProcessedTransaction processed;
    const auto index = static_cast<int>(found.index);
    if (!processed.mutable_transactionenvelope()->ParseFromString(
            found.block->block.data().data(index))) {
        return Error{Code::corrupted, "a transaction that was checked cannot be read"};
    }
    processed.set_validationcode(found.block->codes[found.index]);
    return bytes_of(processed);
}

Result<EventPage> FabricChain::events(EventCursor from, std::size_t limit) const {
    EventPage page;
    page.next = from;
    if (!ready()) {
        page.at_end = true;
        return page;
    }
    const std::uint64_t last = height();
    while (page.next.height <= last && (page.events.size() < limit || page.next == from)) {
        BSN_TRY(block, core_->follower().block(page.next.height));
        for (Event& event : events_of(*block)) page.events.push_back(std::move(event));
        ++page.next.height;
    }
    page.at_end = page.next.height > last;
    return page;
}

Result<Bytes> FabricChain::prove(ByteView transaction) const {
    BSN_TRY(found, core_->find(transaction));
    const auto& block = found.block;
    const std::size_t index = found.index;
    if (block->codes[index] != protos::VALID) {
        return Error{Code::contract_failed,
                     "the transaction has no effect, so there is no proof of "
                     "it: " +
                         validation_sentence(block->codes[index])};
    }
    const auto question = core_->peers().own_call(
        "qscc",
        attestation_arguments(core_->options().channel, block->transactions[index].transaction_id));
    BSN_TRY(proposal, read_message<protos::Proposal>(question.proposal_bytes(), "question"));
    const auto trust = core_->follower().trust_at(block->height());
    const auto attestations = core_->peers().ask_all(question, trust.endorsement);
    BSN_TRY(proof, make_proof(*block, index, proposal, attestations, trust));
    return proof.encode();
}

void FabricChain::when_height(std::uint64_t height, std::function<void()> wake) {
    core_->when_height(height, std::move(wake));
}

}  // namespace bsn::framework::fabric
