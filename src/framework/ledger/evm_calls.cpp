#include "framework/ledger/evm_calls.hpp"

#include "contract/abi/answers.hpp"
#include "contract/abi/codec.hpp"
#include "contract/fisco/evm_precompiles.hpp"
#include "crypto/random.hpp"
#include "ledger/outside_signature.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bsn::framework {
namespace {

namespace abi = contract::abi;
namespace evm = contract::evm;

/// How many blocks a transaction of FISCO BCOS may wait: its clients' own measure.
constexpr std::uint64_t k_block_limit = 500;

Result<peer::CertifiedView> readable_view(const peer::Replica& replica) {
    peer::CertifiedView view = replica.view();
    if (view.readable) return view;
    return Error{Code::unavailable,
                 "the node has just begun with this app or restarted, and gathers the other "
                 "peers' signatures; try again"};
}

/// One caller's calls of one state.
class Caller {
  public:
    Caller(const peer::Replica& replica, peer::CertifiedView view, const Signer* identity)
        : replica_(replica), view_(std::move(view)), machine_(*replica.machine()) {
        if (identity == nullptr) return;
        auto account = machine_.account_of(identity->public_key());
        if (account) from_ = *account;
    }

    Result<evm::Execution> call(const ledger::Address& to, Bytes data) const {
        evm::Message message;
        message.from = from_;
        message.to = to;
        message.data = std::move(data);
        message.gas = machine_.settings().transaction_gas;
        const evm::Surroundings where{view_.height + 1, view_.time + 1, 0,
                                      [this](ledger::Height height) {
                                          return peer::dialect_hash(replica_.blocks(), height);
                                      }};
        return machine_.call(where, message, view_.state);
    }

    Result<abi::Callee> find(const std::string& contract) const {
        auto ask = [this](const std::string& name) -> Result<std::string> {
            const abi::Entry& select = abi::name_select_function();
            BSN_TRY(execution,
                    call(contract::fisco::name_service_address(),
                         abi::encode_call(select, {abi::Value::of_text(name)}, machine_.hash())));
            if (execution.status != evm::ExitStatus::success) {
                return Error{Code::contract_failed, execution.reason};
            }
            BSN_TRY(values, abi::decode(select.outputs, execution.output));
            return std::string(values.front().text());
        };
        BSN_TRY(callee, abi::find_callee(contract, ask));
        BSN_TRY(is_contract, machine_.is_contract(callee.address, view_.state));
        if (is_contract) return std::move(callee);
        return Error{Code::not_found,
                     fmt::format("there is no contract at {}", abi::address_text(callee.address))};
    }

  private:
    const peer::Replica& replica_;
    const peer::CertifiedView view_;
    const evm::Machine& machine_;
    ledger::Address from_;
};

std::vector<std::string> texts_of(const std::vector<Bytes>& arguments) {
    std::vector<std::string> texts;
    for (const Bytes& argument : arguments) texts.push_back(to_text(argument));
    return texts;
}

struct EncodedCall {
    abi::Callee callee;
    abi::Entry function;
    Bytes data;
};

Result<EncodedCall> encode(const Caller& caller, const Invocation& invocation,
                           crypto::HashId hash) {
    BSN_TRY(callee, caller.find(invocation.contract));
    BSN_TRY(function, callee.function(invocation.function, invocation.arguments.size()));
    BSN_TRY(values, abi::arguments_from_texts(function, texts_of(invocation.arguments)));
    Bytes data = abi::encode_call(function, values, hash);
    return EncodedCall{std::move(callee), std::move(function), std::move(data)};
}

template <class Transaction>
Result<Bytes> signed_bytes(Transaction& transaction, ByteView message, ledger::Dialect dialect,
                           const Signer& signer) {
    BSN_CHECK(ledger::set_signature(transaction, signer.sign(message), signer.public_key()));
    return ledger::Transaction::wrap(dialect, transaction.encode());
}

}  // namespace

Result<Bytes> query_evm(const peer::Replica& replica, const Invocation& invocation) {
    BSN_TRY(view, readable_view(replica));
    const Caller caller(replica, std::move(view), invocation.identity);
    const crypto::HashId hash = replica.machine()->hash();
    BSN_TRY(encoded, encode(caller, invocation, hash));
    BSN_TRY(execution, caller.call(encoded.callee.address, encoded.data));
    if (execution.status == evm::ExitStatus::reverted) {
        const abi::Revert revert = abi::read_revert(encoded.callee.abi, execution.output, hash);
        return Error{Code::contract_failed,
                     (revert.name.empty() ? "" : "reverted: ") + revert.message};
    }
    if (execution.status != evm::ExitStatus::success) {
        return Error{Code::contract_failed, execution.reason};
    }
    BSN_TRY(json, abi::result_json(encoded.function, execution.output));
    return to_bytes(json.dump());
}

Result<Bytes> make_evm_transaction(
    const peer::Replica& replica, const Invocation& invocation,
    const std::function<Result<std::uint64_t>(const ledger::Address&)>& nonce) {
    if (invocation.identity == nullptr) {
        return Error{Code::unauthenticated, "a transaction needs an identity that signs it"};
    }
    if (!invocation.transient.empty()) {
        return Error{Code::invalid_argument, "this framework has no transient data"};
    }
    const Signer& signer = *invocation.identity;
    const ledger::DialectSettings& settings = replica.machine()->settings();
    BSN_TRY(view, readable_view(replica));
    const std::uint64_t height = view.height;
    const Caller caller(replica, std::move(view), &signer);
    BSN_TRY(encoded, encode(caller, invocation, replica.machine()->hash()));
    if (settings.dialect == ledger::Dialect::fisco) {
        ledger::fisco::Transaction transaction;
        transaction.nonce = crypto::random_value<ledger::Word>();
        transaction.gas = ledger::word_of(settings.transaction_gas);
        transaction.block_limit = height + k_block_limit;
        transaction.to = encoded.callee.address;
        transaction.data = std::move(encoded.data);
        transaction.chain_id = settings.chain_id;
        transaction.group_id = settings.group;
        return signed_bytes(transaction,
                            ledger::signing_message(transaction, signer.public_key().suite),
                            settings.dialect, signer);
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
    return signed_bytes(transaction, ledger::signing_message(transaction), settings.dialect,
                        signer);
}

}  // namespace bsn::framework
