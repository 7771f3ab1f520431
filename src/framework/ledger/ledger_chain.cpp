#include "framework/ledger/ledger_chain.hpp"

#include "base/codec.hpp"
#include "crypto/random.hpp"
#include "framework/ledger/block_details.hpp"
#include "framework/ledger/evm_calls.hpp"
#include "ledger/named_parts.hpp"

#include <fmt/format.h>

namespace bsn::framework {
namespace {

/// How long a transaction that we make for an invocation may take to be ordered.
constexpr UnixMillis k_validity = 600'000;

Result<TransactionView> view_of_answer(const Result<peer::Answer>& answer) {
    if (!answer) return answer.error();
    TransactionView view;
    view.id = to_bytes(answer->id.view());
    view.height = answer->height;
    view.index = answer->index;
    view.time = answer->time;
    view.success = answer->receipt.status == ledger::ExecutionStatus::success;
    view.result = answer->receipt.result;
    view.error = answer->receipt.error;
    return view;
}

std::function<void(peer::Answers)> answered_as_views(SubmitDone done) {
    return [done = std::move(done)](const peer::Answers& answers) {
        std::vector<Result<TransactionView>> views;
        views.reserve(answers.size());
        for (const auto& answer : answers) views.push_back(view_of_answer(answer));
        done(std::move(views));
    };
}

void add_events(const ProvableBlock& block, std::uint32_t index, const ledger::Receipt& receipt,
                const ledger::TxId& id, bool of_dialect, std::vector<Event>& events) {
    for (std::size_t log = 0; log < receipt.logs.size(); ++log) {
        const ledger::LogEntry& entry = receipt.logs[log];
        Event event;
        event.height = block.block.header.height;
        event.index = index;
        event.log = static_cast<std::uint32_t>(log);
        event.transaction = to_bytes(id.view());
        event.contract = entry.contract;
        if (!entry.topics.empty()) {
            // An event of Solidity has a hash in place of a name.
            event.name =
                of_dialect ? "0x" + to_hex(entry.topics.front()) : to_text(entry.topics.front());
            event.topics.assign(entry.topics.begin() + 1, entry.topics.end());
        }
        event.data = entry.data;
        event.time = block.block.header.time;
        events.push_back(std::move(event));
    }
}

}  // namespace

namespace {

/// Of transactions that the pool found well-formed and signed: by nobody who may send.
bool is_a_strangers(const Result<TransactionView>& answer) {
    if (answer) return false;
    const Code code = answer.error().code;
    return code == Code::forbidden || code == Code::unauthenticated;
}

}  // namespace

LedgerChain::LedgerChain(peer::Replica& replica, const contract::Contracts& contracts,
                         const peer::ReplicaServices& services,
                         std::optional<CreationSource> creation)
    : replica_(replica),
      contracts_(contracts),
      clock_(services.clock),
      creation_(std::move(creation)),
      prover_(replica) {
    if (replica_.machine() != nullptr) {
        auto submit = [this](std::vector<ledger::Transaction> transactions, std::uint64_t timeout,
                             SubmitDone done) {
            submit_decoded(
                std::move(transactions), timeout,
                [this, done = std::move(done)](std::vector<Result<TransactionView>> all) {
                    for (const auto& answer : all) {
                        if (is_a_strangers(answer)) give_back_one();
                    }
                    done(std::move(all));
                });
        };
        clients_ = make_dialect_clients(
            replica_, prover_, *this, std::move(submit), services.pool, clock_, services.identity,
            {[this] { return take_one_ ? take_one_() : Status(); }, [this] { give_back_one(); }});
    }
}

void LedgerChain::submit(std::vector<Bytes> transactions, std::uint64_t timeout, SubmitDone done) {
    if (Status status = may_write_ ? may_write_() : Status(); !status) {
        return done(std::vector<Result<TransactionView>>(transactions.size(), status.error()));
    }
    replica_.submit(std::move(transactions), timeout, answered_as_views(std::move(done)));
}

void LedgerChain::submit_decoded(std::vector<ledger::Transaction> transactions,
                                 std::uint64_t timeout, SubmitDone done) {
    if (Status status = may_write_ ? may_write_() : Status(); !status) {
        return done(std::vector<Result<TransactionView>>(transactions.size(), status.error()));
    }
    replica_.submit_decoded(std::move(transactions), timeout, answered_as_views(std::move(done)));
}

Result<std::optional<NamedCall>> LedgerChain::named_call(ByteView transaction) const {
    // A dialect's transaction names nobody: its signature does.
    if (replica_.machine() != nullptr) return std::optional<NamedCall>{};
    const peer::ChannelRules& rules = replica_.rules();
    auto parts = ledger::named_parts(transaction);
    if (parts && equal(parts->network, rules.network) && equal(parts->channel, rules.channel)) {
        return std::optional(NamedCall{parts->creator, parts->contract, parts->function});
    }
    BSN_CHECK(rules.check(to_bytes(transaction)));  // says what is wrong before it verifies
    return std::optional<NamedCall>{};
}

Result<Bytes> LedgerChain::make_transaction(const Invocation& invocation) const {
    if (clients_) {
        return make_evm_transaction(replica_, invocation, [this](const ledger::Address& account) {
            return clients_->pending_nonce(account);
        });
    }
    if (invocation.identity == nullptr) {
        return Error{Code::unauthenticated, "a transaction needs an identity that signs it"};
    }
    if (!invocation.transient.empty()) {
        return Error{Code::invalid_argument, "this framework has no transient data"};
    }
    BSN_TRY(creator, ledger::ParticipantId::from(invocation.identity->participant()));
    ledger::Payload payload;
    payload.network = replica_.rules().network;
    payload.channel = replica_.rules().channel;
    payload.suite = invocation.identity->public_key().suite;
    payload.creator = creator;
    if (invocation.nonce.empty()) {
        payload.nonce = crypto::random_value<ledger::Nonce>();
    } else {
        BSN_TRY(nonce, ledger::Nonce::from(invocation.nonce));
        payload.nonce = nonce;
    }
    payload.valid_until = clock_.now() + k_validity;
    payload.contract = invocation.contract;
    payload.function = invocation.function;
    payload.arguments = invocation.arguments;
    Bytes encoded = payload.encode();
    crypto::Signature signature = invocation.identity->sign(encoded);
    Writer writer(encoded.size() + 128);
    writer.u8(ledger::format::k_transaction);
    writer.u8(1);
    writer.u16(static_cast<std::uint16_t>(ledger::Dialect::native));
    writer.raw(encoded);
    writer.raw(invocation.identity->public_key().bytes);
    writer.raw(signature);
    BSN_TRY(transaction, ledger::Transaction::decode(writer.take()));
    return transaction.bytes();
}

Result<Bytes> LedgerChain::query(const Invocation& invocation) const {
    if (replica_.machine() != nullptr) return query_evm(replica_, invocation);
    peer::CertifiedView view = replica_.view();
    if (!view.readable) {
        return Error{Code::unavailable,
                     "the node has just begun with this app or restarted, and gathers the other "
                     "peers' signatures; try again"};
    }
    contract::Call call;
    call.contract = invocation.contract;
    call.function = invocation.function;
    call.arguments = invocation.arguments;
    if (invocation.identity != nullptr) {
        BSN_TRY(caller, ledger::ParticipantId::from(invocation.identity->participant()));
        call.caller = caller;
        call.signer = invocation.identity->public_key();
    }
    call.channel = replica_.rules().channel;
    call.height = view.height;
    call.time = view.time;
    call.network = replica_.rules().network;
    BSN_TRY(deployed, peer::deployed_contract(view.state, invocation.contract));
    const contract::Contract* code =
        deployed ? contracts_.find(deployed->type, deployed->version) : nullptr;
    return contract::query(code, call, view.state);
}

Result<BlockView> LedgerChain::block(std::uint64_t height) const {
    BSN_TRY(found, prover_.block(height));
    const ProvableBlock& provable = *found;
    const ledger::Header& header = provable.block.header;
    BlockView view;
    view.height = header.height;
    view.hash = to_bytes(header.hash().view());
    view.previous = to_bytes(header.previous.view());
    view.time = header.time;
    view.final = true;
    view.raw_header = provable.header.header;
    for (const Bytes& bytes : provable.transactions) {
        BSN_TRY(transaction, ledger::Transaction::id_of(bytes));
        view.transaction_ids.push_back(to_bytes(transaction.view()));
    }
    if (!provable.header.certificates.empty()) {
        view.signers = provable.header.certificates.front().signatures.size();
    }
    view.details = block_details(provable.block);
    return view;
}

Result<BlockView> LedgerChain::block_by_hash(ByteView hash) const {
    BSN_TRY(wanted, ledger::Hash::from(hash));
    BSN_TRY(height, replica_.blocks().height_of(wanted));
    if (!height) return Error{Code::not_found, "there is no block with that hash"};
    return block(*height);
}

Result<TransactionView> LedgerChain::transaction(ByteView id) const {
    BSN_TRY(wanted, ledger::TxId::from(id));
    BSN_TRY(place, replica_.blocks().find(wanted));
    if (!place || place->height > height()) {
        return Error{Code::not_found,
                     fmt::format("transaction {} is not on the ledger", to_hex(id))};
    }
    BSN_TRY(found, prover_.block(place->height));
    BSN_TRY(answer, replica_.answer_at(wanted, *place));
    if (place->index >= found->transactions.size()) {
        return Error{Code::corrupted, "the transaction index names a place that is not there"};
    }
    BSN_TRY(transaction, ledger::Transaction::decode(found->transactions[place->index]));
    return view_of(transaction, answer);
}

Result<std::optional<TransactionView>> LedgerChain::transaction_with_nonce(ByteView participant,
                                                                           ByteView nonce) const {
    if (clients_) return Chain::transaction_with_nonce(participant, nonce);
    BSN_TRY(creator, ledger::ParticipantId::from(participant));
    BSN_TRY(used, ledger::Nonce::from(nonce));
    BSN_TRY(is_used, replica_.blocks().nonce_used(creator, used));
    if (!is_used) return std::optional<TransactionView>{};
    BSN_TRY(place, replica_.blocks().place_of_nonce(creator, used));
    if (!place) {
        return Error{Code::unknown_outcome,
                     "this nonce was used before this node noted for what; ask another node"};
    }
    if (place->height > height()) {
        return Error{Code::unknown_outcome,
                     fmt::format("the transaction is in block {}, which is being certified; ask "
                                 "again",
                                 place->height)};
    }
    BSN_TRY(found, prover_.block(place->height));
    if (place->index >= found->transactions.size()) {
        return Error{Code::corrupted, "the index of nonces names a place that is not there"};
    }
    BSN_TRY(id, ledger::Transaction::id_of(found->transactions[place->index]));
    BSN_TRY(view, transaction(id.view()));
    return std::optional<TransactionView>{std::move(view)};
}

Result<TransactionView> view_of(const ledger::Transaction& transaction,
                                const peer::Answer& answer) {
    BSN_TRY(view, view_of_answer(answer));
    const ledger::Payload& payload = transaction.payload();
    view.creator = to_bytes(payload.creator.view());
    view.contract = payload.contract;
    view.function = payload.function;
    view.arguments = payload.arguments;
    view.raw = transaction.bytes();
    return std::move(view);
}

Result<EventPage> LedgerChain::events(EventCursor from, std::size_t limit) const {
    EventPage page;
    page.next = from;
    std::uint64_t last = height();
    while (page.next.height <= last && (page.events.size() < limit || page.next == from)) {
        BSN_TRY(found, prover_.block(page.next.height));
        const ProvableBlock& provable = *found;
        for (std::size_t i = 0; i < provable.block.receipts.size(); ++i) {
            BSN_TRY(receipt, ledger::Receipt::decode(provable.block.receipts[i]));
            if (receipt.logs.empty()) continue;
            BSN_TRY(transaction, ledger::Transaction::id_of(provable.transactions[i]));
            add_events(provable, static_cast<std::uint32_t>(i), receipt, transaction,
                       replica_.machine() != nullptr, page.events);
        }
        ++page.next.height;
    }
    page.at_end = page.next.height > last;
    return page;
}

void LedgerChain::when_height(std::uint64_t height, std::function<void()> wake) {
    replica_.when_certified(height, std::move(wake));
}

namespace {

/// What a proof needs of the permission chain exists, since the channel does: a node that does not
/// have it, such as one that gathers that chain's signatures after a restart, will have it soon.
template <class T>
Result<T> not_here_yet(Result<T> found) {
    if (found || found.error().code != Code::not_found) return found;
    return Error{Code::unavailable,
                 "this node does not have all of the permission chain yet, which the receipt's "
                 "proof needs; try again, or ask another node: " +
                     found.error().message};
}

}  // namespace

Result<Bytes> LedgerChain::prove(ByteView transaction) const {
    BSN_TRY(id, ledger::TxId::from(transaction));
    ledger::ReceiptBundle bundle;
    BSN_TRY(proof, prover_.prove(id));
    bundle.proof = proof;
    BSN_TRY(header, ledger::Header::decode(proof.block.header));
    const peer::Replica& system = creation_ ? creation_->system_replica : replica_;
    const Prover& system_prover = creation_ ? creation_->system : prover_;
    if (creation_) {
        BSN_TRY(handovers, prover_.handovers(header.epoch));
        bundle.handovers = handovers;
        BSN_TRY(creation, not_here_yet(creation_->system.prove(creation_->creation)));
        bundle.creation = creation;
    }
    // All system handovers, also later ones: they say which nodes were revoked, and when.
    BSN_TRY(latest, not_here_yet(system_prover.block(system.certified_height())));
    BSN_TRY(system_handovers, not_here_yet(system_prover.handovers(latest->block.header.epoch)));
    bundle.system_handovers = system_handovers;
    return to_bytes(bundle.to_json());
}

}  // namespace bsn::framework
