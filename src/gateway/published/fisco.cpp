// The FISCO BCOS family on apps of the framework `fisco`.
#include "contract/abi/codec.hpp"
#include "contract/abi/json_tree.hpp"
#include "contract/abi/text.hpp"
#include "gateway/published/call_result.hpp"
#include "gateway/published/group_reader.hpp"
#include "gateway/published/users.hpp"
#include "ledger/ethereum/address.hpp"
#include "ledger/transaction.hpp"

#include <fmt/format.h>

#include <charconv>

namespace bsn::gateway::published {
namespace {

namespace abi = contract::abi;

Result<GroupReader> reader_of(const Job& job) {
    return GroupReader::of(*job.chain, job.app->record.dialect->group);
}

/// For calls of contracts: those that look at `msg.sender` see the account of this key.
Result<GroupReader> reader_as(const Job& job, const crypto::PublicKey& caller) {
    BSN_TRY(reader, reader_of(job));
    BSN_TRY(account, ledger::ethereum::address_of(caller));
    return reader.as(account);
}

/// A number of the JSON-RPC, `0x…` or a JSON number.
std::uint64_t number_of(const Json& object, const char* name) {
    auto member = object.find(name);
    if (member == object.end()) return 0;
    if (member->is_number_unsigned()) return member->get<std::uint64_t>();
    if (!member->is_string()) return 0;
    const auto& text = member->get_ref<const std::string&>();
    std::uint64_t number = 0;
    if (text.starts_with("0x"))
        std::from_chars(text.data() + 2, text.data() + text.size(), number, 16);
    return number;
}

std::string hex_number(std::uint64_t number) { return fmt::format("0x{:x}", number); }

/// Bytes of hexadecimal, `0x` before it or not.
Result<Bytes> bytes_of(std::string_view name, std::string_view text) {
    if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
    auto bytes = from_hex(text);
    if (!bytes) return bytes.error().within(name);
    if (bytes->empty()) return Error{Code::invalid_argument, fmt::format("\"{}\" is empty", name)};
    return bytes;
}

std::string prefixed(const std::string& hash) {
    return hash.starts_with("0x") ? hash : "0x" + hash;
}

// --- what happened ---

Json outcome_of_receipt(const Json& receipt) {
    return {{"constant", false},
            {"queryInfo", ""},
            {"txId", receipt.value("transactionHash", "")},
            {"blockHash", receipt.value("blockHash", "")},
            {"blockNumber", number_of(receipt, "blockNumber")},
            {"gasUsed", number_of(receipt, "gasUsed")},
            {"status", receipt.value("status", "")},
            {"from", receipt.value("from", "")},
            {"to", receipt.value("to", "")},
            {"input", receipt.value("input", "")},
            {"output", receipt.value("output", "")},
            {"logs", receipt.value("logs", Json::array()).dump()}};
}

Json outcome_of_call(std::string result) {
    return {{"constant", true}, {"queryInfo", std::move(result)},
            {"txId", ""},       {"blockHash", ""},
            {"blockNumber", 0}, {"gasUsed", 0},
            {"status", ""},     {"from", ""},
            {"to", ""},         {"input", ""},
            {"output", ""},     {"logs", ""}};
}

/// Takes the answer of a submission to the receipt.
std::function<void(Result<framework::TransactionView>)> to_receipt(const Job& job, std::string hash,
                                                                   const Done& done) {
    return [job, hash = std::move(hash), done](const Result<framework::TransactionView>& answer) {
        if (!answer) return done(answer.error());
        auto ask = [job, hash, done] {
            auto reader = reader_of(job);
            if (!reader) return done(reader.error());
            auto receipt = reader->ask("getTransactionReceipt", Json::array({hash}));
            if (!receipt) return done(receipt.error());
            done(outcome_of_receipt(*receipt));
        };
        job.work->run([job, ask] { job.service.go_on_for(job.app.get(), ask); });
    };
}

std::string hash_text(const ledger::fisco::Transaction& transaction) {
    return "0x" + to_hex(transaction.hash());
}

// --- transactions that users signed, and calls ---

/// A call of a constant function: selector and arguments, unsigned, so that it is the member's
/// whose request it is.
Result<Json> call_constant(const Job& job, const Bytes& data) {
    const Inquiry& asked = job.asked();
    BSN_TRY(reader, reader_as(job, job.caller.key));
    const std::string& address = asked.text("contractAddress");
    const std::string& which = address.empty() ? asked.text("contractName") : prefixed(address);
    BSN_TRY(callee, reader.find(which));
    if (!asked.text("contractAbi").empty()) {
        auto given = abi::Abi::parse(asked.text("contractAbi"));
        if (!given) return given.error().within("contractAbi");
        callee.abi = std::move(*given);
    }
    constexpr std::size_t k_selector = 4;
    if (data.size() < k_selector) {
        return Error{Code::invalid_argument,
                     "\"transData\" is neither a signed transaction nor the data of a call"};
    }
    BSN_TRY(output, reader.call(callee.address, data));
    const abi::Entry* function =
        callee.abi.by_selector(abi::EntryKind::function, ByteView(data).first(k_selector),
                               crypto::suite_hash(job.app->record.suite));
    if (function == nullptr) {  // then as it is, in the form of a result
        return outcome_of_call(Json::array({"0x" + to_hex(output)}).dump());
    }
    BSN_TRY(result, call_result(*function, output));
    return outcome_of_call(std::move(result));
}

void transact(const Job& job, const Done& done) {
    auto data = bytes_of("transData", job.asked().text("transData"));
    if (!data) return done(data.error());
    auto transaction = ledger::fisco::Transaction::decode(*data);
    if (!transaction) return done(call_constant(job, *data));
    submit(job, ledger::Transaction::wrap(ledger::Dialect::fisco, *data),
           to_receipt(job, hash_text(*transaction), done));
}

// --- calls that custody signs ---

/// The elements of a JSON array as texts, numbers as they are spelled.
Result<std::vector<std::string>> parameters_of(const std::string& json) {
    if (json.empty()) return std::vector<std::string>{};
    auto tree = abi::JsonTree::parse(json);
    if (!tree) return tree.error().within("funcParam");
    auto values = Json::parse(json, nullptr, false);
    if (!values.is_array()) {
        return Error{Code::invalid_argument, "\"funcParam\" must be a JSON array"};
    }
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < tree->items.size(); ++i) {
        texts.push_back(values[i].is_structured() ? values[i].dump() : tree->items[i].text);
    }
    return texts;
}

void invoke_as(const Job& job, const SigningUser& user, const Done& done) {
    const Inquiry& asked = job.asked();
    auto texts = parameters_of(asked.text("funcParam"));
    auto reader = reader_as(job, user.caller.key);
    if (!texts || !reader) return done(texts ? reader.error() : texts.error());
    auto callee = reader->find(asked.text("contractName"));
    if (!callee) return done(callee.error());
    auto function = callee->function(asked.text("funcName"), texts->size());
    if (!function) return done(function.error());
    if (function->reads()) {
        auto values = abi::arguments_from_texts(*function, *texts);
        if (!values) return done(values.error());
        auto output = reader->call(
            callee->address,
            abi::encode_call(*function, *values, crypto::suite_hash(job.app->record.suite)));
        auto result = output ? call_result(*function, *output) : output.error();
        return result ? done(outcome_of_call(std::move(*result))) : done(result.error());
    }
    framework::Invocation invocation;
    invocation.contract = asked.text("contractName");
    invocation.function = asked.text("funcName");
    for (const std::string& text : *texts) invocation.arguments.push_back(to_bytes(text));
    invocation.identity = user.signer.get();
    auto bytes = job.chain->make_transaction(invocation);
    if (!bytes) return done(bytes.error());
    auto transaction = ledger::Transaction::decode(*bytes);
    if (!transaction) return done(transaction.error());
    ensure(transaction->fisco() != nullptr, "an app of fisco has transactions of FISCO BCOS");
    const ledger::Payload& call = transaction->payload();
    Backend& backend = job.service.backend();
    auto app = backend.app(job.app->record.name);  // the user may be newer than the job
    Status may =
        backend.may_call(app ? *app : *job.app, &user.caller, call.contract, call.function);
    if (!may) return done(may.error());
    submit_recorded(job, user, {call.contract, call.function}, std::move(*bytes),
                    to_receipt(job, hash_text(*transaction->fisco()), done));
}

void invoke(const Job& job, const Done& done) {
    with_user(job, job.asked().text("userId"), [job, done](const Result<SigningUser>& user) {
        if (!user) return done(user.error());
        invoke_as(job, *user, done);
    });
}

void register_account(const Job& job, const Done& done) {
    const std::string& id = job.asked().text("userId");
    if (job.app->record.gateway.keys != registry::KeyMode::trust) {
        return done(
            not_offered(job, "users of this app have keys of their own; their sponsor adds them"));
    }
    if (id.empty()) return done(Error{Code::invalid_argument, "the user needs a \"userId\""});
    if (Status may = take_transaction(job); !may) return done(may.error());
    register_user(job, id, [id, done](const Result<crypto::PublicKey>& key) {
        if (!key) return done(key.error());
        auto address = ledger::ethereum::address_of(*key);
        if (!address) return done(address.error());
        done(Json{{"userId", id}, {"userAddress", "0x" + to_hex(*address)}});
    });
}

// --- reading ---

Json data_of(std::uint64_t number) { return {{"data", std::to_string(number)}}; }

/// A block with its transactions, by number (which wins) or hash.
Result<Json> block_of(const Job& job, const GroupReader& reader) {
    const std::string& number = job.asked().text("blockNumber");
    if (!number.empty()) {
        auto height = parse_number(number);
        if (!height) {
            return Error{Code::invalid_argument, "\"blockNumber\" must be a decimal number"};
        }
        return reader.ask("getBlockByNumber", Json::array({hex_number(*height), true}));
    }
    const std::string& hash = job.asked().text("blockHash");
    if (hash.empty()) {
        return Error{Code::invalid_argument, "name a block by blockNumber or blockHash"};
    }
    return reader.ask("getBlockByHash", Json::array({prefixed(hash), true}));
}

Result<Json> transaction_of(const GroupReader& reader, const Json& transaction) {
    const std::string hash = transaction.value("hash", "");
    BSN_TRY(receipt, reader.ask("getTransactionReceipt", Json::array({hash})));
    return Json{{"txId", hash},
                {"blockHash", transaction.value("blockHash", "")},
                {"blockNumber", number_of(transaction, "blockNumber")},
                {"gasUsed", number_of(receipt, "gasUsed")},
                {"from", transaction.value("from", "")},
                {"to", transaction.value("to", "")},
                {"value", number_of(transaction, "value")},
                {"input", transaction.value("input", "")}};
}

Result<Json> transaction_info(const Job& job) {
    BSN_TRY(reader, reader_of(job));
    BSN_TRY(transaction, reader.ask("getTransactionByHash",
                                    Json::array({prefixed(job.asked().text("txHash"))})));
    return transaction_of(reader, transaction);
}

Result<Json> receipt_info(const Job& job) {
    BSN_TRY(reader, reader_of(job));
    BSN_TRY(receipt, reader.ask("getTransactionReceipt",
                                Json::array({prefixed(job.asked().text("txHash"))})));
    return Json{{"txId", receipt.value("transactionHash", "")},
                {"blockHash", receipt.value("blockHash", "")},
                {"blockNumber", number_of(receipt, "blockNumber")},
                {"gasUsed", number_of(receipt, "gasUsed")},
                {"from", receipt.value("from", "")},
                {"to", receipt.value("to", "")},
                {"contractAddress", receipt.value("contractAddress", "")},
                {"logs", receipt.value("logs", Json::array()).dump()}};
}

/// The id of the node that proposed a block.
std::string author_of(const Json& block) {
    const Json sealers = block.value("sealerList", Json::array());
    const std::uint64_t sealer = number_of(block, "sealer");
    return sealer < sealers.size() && sealers[sealer].is_string()
               ? sealers[sealer].get<std::string>()
               : std::string();
}

/// Bytes of header and transactions in our own ledger's form.
Result<std::size_t> size_of(framework::Chain& chain, std::uint64_t height) {
    BSN_TRY(block, chain.block(height));
    std::size_t size = block.raw_header.size();
    for (const Bytes& id : block.transaction_ids) {
        BSN_TRY(transaction, chain.transaction(id));
        size += transaction.raw.size();
    }
    return size;
}

Result<Json> block_info(const Job& job) {
    BSN_TRY(reader, reader_of(job));
    BSN_TRY(block, block_of(job, reader));
    const std::uint64_t height = number_of(block, "number");
    BSN_TRY(size, size_of(*job.chain, height));
    Json transactions = Json::array();
    for (const Json& one : block.value("transactions", Json::array())) {
        BSN_TRY(transaction, transaction_of(reader, one));
        transactions.push_back(std::move(transaction));
    }
    return Json{{"blockHash", block.value("hash", "")},
                {"blockNumber", height},
                {"parentBlockHash", block.value("parentHash", "")},
                {"blockSize", size},
                {"blockTime", number_of(block, "timestamp")},
                {"author", author_of(block)},
                {"transactions", std::move(transactions)}};
}

Result<Json> count(const Job& job) {
    BSN_TRY(reader, reader_of(job));
    switch (job.call()) {
        case Call::height: {
            BSN_TRY(height, reader.ask("getBlockNumber"));
            return data_of(number_of({{"height", height}}, "height"));
        }
        case Call::transaction_count: {
            BSN_TRY(total, reader.ask("getTotalTransactionCount"));
            return data_of(number_of(total, "txSum"));
        }
        default: break;
    }
    BSN_TRY(block, block_of(job, reader));
    return data_of(block.value("transactions", Json::array()).size());
}

}  // namespace

void do_fisco(const Job& job, const Done& done) {
    switch (job.call()) {
        case Call::register_user: return register_account(job, done);
        case Call::invoke: return invoke(job, done);
        case Call::transaction: return transact(job, done);
        case Call::block_info: return done(block_info(job));
        case Call::transaction_info: return done(transaction_info(job));
        case Call::transaction_receipt: return done(receipt_info(job));
        case Call::height:
        case Call::transaction_count:
        case Call::block_transaction_count: return done(count(job));
        default: return done(not_offered(job, "it has no such call"));
    }
}

}  // namespace bsn::gateway::published
