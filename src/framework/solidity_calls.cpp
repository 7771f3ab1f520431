#include "framework/solidity_calls.hpp"

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

Result<std::string> ask_names(const ContractCaller& caller, const std::string& name) {
    const abi::Entry& select = abi::name_select_function();
    BSN_TRY(answer,
            caller.call(contract::fisco::name_service_address(),
                        abi::encode_call(select, {abi::Value::of_text(name)}, caller.hash())));
    if (answer.end != ContractAnswer::End::success) {
        return Error{Code::contract_failed, answer.reason};
    }
    BSN_TRY(values, abi::decode(select.outputs, answer.output));
    return std::string(values.front().text());
}

Result<abi::Callee> find(const ContractCaller& caller, const std::string& contract) {
    BSN_TRY(callee, abi::find_callee(contract, [&caller](const std::string& name) {
                return ask_names(caller, name);
            }));
    BSN_TRY(is_contract, caller.is_contract(callee.address));
    if (is_contract) return std::move(callee);
    return Error{Code::not_found,
                 fmt::format("there is no contract at {}", abi::address_text(callee.address))};
}

std::vector<std::string> texts_of(const std::vector<Bytes>& arguments) {
    std::vector<std::string> texts;
    for (const Bytes& argument : arguments) texts.push_back(to_text(argument));
    return texts;
}

}  // namespace

Result<EncodedCall> encode_invocation(const ContractCaller& caller, const Invocation& invocation) {
    BSN_TRY(callee, find(caller, invocation.contract));
    BSN_TRY(function, callee.function(invocation.function, invocation.arguments.size()));
    BSN_TRY(values, abi::arguments_from_texts(function, texts_of(invocation.arguments)));
    Bytes data = abi::encode_call(function, values, caller.hash());
    return EncodedCall{std::move(callee), std::move(function), std::move(data)};
}

Result<Bytes> query_contract(const ContractCaller& caller, const Invocation& invocation) {
    BSN_TRY(encoded, encode_invocation(caller, invocation));
    const bool is_known = encoded.callee.named && !encoded.callee.named->abi.empty();
    if (is_known && !encoded.function.reads()) {
        return Error{Code::invalid_argument,
                     fmt::format("{}.{} writes; call it with a transaction", invocation.contract,
                                 encoded.function.signature())};
    }
    BSN_TRY(answer, caller.call(encoded.callee.address, encoded.data));
    if (answer.end == ContractAnswer::End::reverted) {
        const abi::Revert revert =
            abi::read_revert(encoded.callee.abi, answer.output, caller.hash());
        return Error{Code::contract_failed,
                     (revert.name.empty() ? "" : "reverted: ") + revert.message};
    }
    if (answer.end != ContractAnswer::End::success) {
        return Error{Code::contract_failed, answer.reason};
    }
    BSN_TRY(json, abi::result_json(encoded.function, answer.output));
    return to_bytes(json.dump());
}

Status check_signable(const Invocation& invocation) {
    if (invocation.identity == nullptr) {
        return Error{Code::unauthenticated, "a transaction needs an identity that signs it"};
    }
    if (!invocation.transient.empty()) {
        return Error{Code::invalid_argument, "this framework has no transient data"};
    }
    return {};
}

Result<ledger::fisco::Transaction> make_fisco_transaction(const EncodedCall& call,
                                                          const FiscoTerms& terms,
                                                          const Signer& signer) {
    ledger::fisco::Transaction transaction;
    transaction.nonce = crypto::random_value<ledger::Word>();
    transaction.gas = ledger::word_of(terms.gas);
    transaction.block_limit = terms.height + k_fisco_block_limit;
    transaction.to = call.callee.address;
    transaction.data = call.data;
    transaction.chain_id = terms.chain_id;
    transaction.group_id = terms.group;
    const Bytes message = ledger::signing_message(transaction, signer.public_key().suite);
    BSN_CHECK(ledger::set_signature(transaction, signer.sign(message), signer.public_key()));
    return transaction;
}

}  // namespace bsn::framework
