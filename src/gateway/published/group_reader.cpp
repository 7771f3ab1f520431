#include "gateway/published/group_reader.hpp"

#include "contract/abi/codec.hpp"
#include "contract/fisco/evm_precompiles.hpp"

#include <fmt/format.h>

#include <mutex>

namespace bsn::gateway::published {
namespace {

namespace abi = contract::abi;

/// An answer that may come late, when nobody waits for it any more.
struct Said {
    std::mutex mutex;
    std::optional<std::string> text;
};

std::optional<std::string> answer_of(framework::ClientRpc& rpc, const Json& request) {
    auto said = std::make_shared<Said>();
    rpc.answer(request.dump(), [said](std::string text) {
        std::lock_guard lock(said->mutex);
        said->text = std::move(text);
    });
    std::lock_guard lock(said->mutex);
    return said->text;
}

}  // namespace

Result<GroupReader> GroupReader::of(framework::Chain& chain, std::uint64_t group) {
    framework::ClientRpc* rpc = chain.client_rpc();
    if (rpc == nullptr) {
        return Error{Code::unavailable, "the app's chain has no JSON-RPC of FISCO BCOS here"};
    }
    return GroupReader(*rpc, group);
}

GroupReader GroupReader::as(const ledger::Address& caller) const {
    GroupReader reader = *this;
    reader.caller_ = caller;
    return reader;
}

Result<Json> GroupReader::ask(std::string_view method, Json parameters) const {
    parameters.insert(parameters.begin(), Json(group_));
    // What only reads is answered before `answer` returns.
    const Json request{
        {"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", std::move(parameters)}};
    auto text = answer_of(rpc_, request);
    Json answer = Json::parse(text.value_or(""), nullptr, false);
    if (!answer.is_object()) return Error{Code::unavailable, "the app's chain gave no answer"};
    if (auto error = answer.find("error"); error != answer.end() && error->is_object()) {
        return Error{Code::contract_failed, error->value("message", "the app's chain refused")};
    }
    auto result = answer.find("result");
    if (result == answer.end() || result->is_null()) {
        return Error{Code::not_found, "there is no such block or transaction"};
    }
    return std::move(*result);
}

Result<Bytes> GroupReader::call(const ledger::Address& to, ByteView data) const {
    BSN_TRY(result, ask("call", Json::array({{{"from", "0x" + to_hex(caller_)},
                                              {"to", "0x" + to_hex(to)},
                                              {"data", "0x" + to_hex(data)}}})));
    auto output = from_hex(result.value("output", "0x").substr(2));
    if (!output) return output.error();
    if (result.value("status", "0x0") == "0x0") return output;
    return Error{Code::contract_failed,
                 fmt::format("the contract refused the call: status {}, 0x{}",
                             result.value("status", ""), to_hex(*output))};
}

Result<abi::Callee> GroupReader::find(const std::string& contract) const {
    return abi::find_callee(contract, [this](const std::string& name) -> Result<std::string> {
        const abi::Entry& select = abi::name_select_function();
        // Selectors are Keccak-256 or SM3, as the app's suite is; of the two, one is understood.
        for (crypto::HashId hash : {crypto::HashId::keccak256, crypto::HashId::sm3}) {
            auto output = call(contract::fisco::name_service_address(),
                               abi::encode_call(select, {abi::Value::of_text(name)}, hash));
            auto values = output ? abi::decode(select.outputs, *output) : output.error();
            if (values) return std::string(values->front().text());
        }
        return Error{Code::not_found,
                     fmt::format("the contract name service does not know \"{}\"", name)};
    });
}

}  // namespace bsn::gateway::published
