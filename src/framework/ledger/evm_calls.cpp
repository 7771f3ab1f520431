#include "framework/ledger/evm_calls.hpp"

#include "ledger/outside_signature.hpp"

namespace bsn::framework {
namespace {

namespace evm = contract::evm;

Result<peer::CertifiedView> readable_view(const peer::Replica& replica) {
    peer::CertifiedView view = replica.view();
    if (view.readable) return view;
    return Error{Code::unavailable,
                 "the node has just begun with this app or restarted, and gathers the other "
                 "peers' signatures; try again"};
}

/// One caller's calls of one state.
class StateCaller final : public ContractCaller {
  public:
    StateCaller(const peer::Replica& replica, peer::CertifiedView view, const Signer* identity)
        : replica_(replica), view_(std::move(view)), machine_(*replica.machine()) {
        if (identity == nullptr) return;
        auto account = machine_.account_of(identity->public_key());
        if (account) from_ = *account;
    }

    crypto::HashId hash() const override { return machine_.hash(); }

    Result<ContractAnswer> call(const ledger::Address& to, Bytes data) const override {
        evm::Message message;
        message.from = from_;
        message.to = to;
        message.data = std::move(data);
        message.gas = machine_.settings().transaction_gas;
        const evm::Surroundings where{view_.height + 1, view_.time + 1, 0,
                                      [this](ledger::Height height) {
                                          return peer::dialect_hash(replica_.blocks(), height);
                                      }};
        BSN_TRY(execution, machine_.call(where, message, view_.state));
        using End = ContractAnswer::End;
        const End end = execution.status == evm::ExitStatus::success    ? End::success
                        : execution.status == evm::ExitStatus::reverted ? End::reverted
                                                                        : End::failed;
        return ContractAnswer{end, std::move(execution.output), std::move(execution.reason)};
    }

    Result<bool> is_contract(const ledger::Address& address) const override {
        return machine_.is_contract(address, view_.state);
    }

  private:
    const peer::Replica& replica_;
    const peer::CertifiedView view_;
    const evm::Machine& machine_;
    ledger::Address from_;
};

}  // namespace

Result<Bytes> query_evm(const peer::Replica& replica, const Invocation& invocation) {
    BSN_TRY(view, readable_view(replica));
    return query_contract(StateCaller(replica, std::move(view), invocation.identity), invocation);
}

Result<Bytes> make_evm_transaction(
    const peer::Replica& replica, const Invocation& invocation,
    const std::function<Result<std::uint64_t>(const ledger::Address&)>& nonce) {
    BSN_CHECK(check_signable(invocation));
    const Signer& signer = *invocation.identity;
    const ledger::DialectSettings& settings = replica.machine()->settings();
    BSN_TRY(view, readable_view(replica));
    const std::uint64_t height = view.height;
    const StateCaller caller(replica, std::move(view), &signer);
    BSN_TRY(encoded, encode_invocation(caller, invocation));
    if (settings.dialect == ledger::Dialect::fisco) {
        const FiscoTerms terms{settings.chain_id, settings.group, height, settings.transaction_gas};
        BSN_TRY(transaction, make_fisco_transaction(encoded, terms, signer));
        return ledger::Transaction::wrap(settings.dialect, transaction.encode());
    }
    BSN_TRY(account, replica.machine()->account_of(signer.public_key()));
    BSN_TRY(next, nonce(account));
    ledger::ethereum::Transaction transaction;
    transaction.type = ledger::ethereum::TransactionType::dynamic_fee;
    transaction.chain_id = settings.chain_id;
    transaction.nonce = next;
    transaction.max_fee = ledger::word_of(settings.base_fee);
    transaction.gas = settings.transaction_gas;
    transaction.to = encoded.callee.address;
    transaction.data = std::move(encoded.data);
    BSN_CHECK(ledger::set_signature(transaction, signer.sign(ledger::signing_message(transaction)),
                                    signer.public_key()));
    return ledger::Transaction::wrap(settings.dialect, transaction.encode());
}

}  // namespace bsn::framework
