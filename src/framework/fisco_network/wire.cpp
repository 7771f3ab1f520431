#include "framework/fisco_network/wire.hpp"

#include "framework/fisco/parameters.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>

namespace bsn::framework::fisco_network {
namespace {

using ledger::Address;
using ledger::Hash;
using ledger::Word;

constexpr std::size_t k_max_side = 16;   ///< children of a node of the tree
constexpr std::size_t k_max_steps = 17;  ///< as `check_merkle_proof` bounds them
constexpr std::uint8_t k_least_v = 27;

Error malformed(std::string_view what) {
    return {Code::unavailable,
            fmt::format("a node of the FISCO BCOS network answered no {}", what)};
}

/// The members of an object; the first failure is kept, so that a reader asks once.
class Members {
  public:
    Members(const Json& json, std::string_view what) : json_(json), what_(what) {
        if (!json.is_object()) fail("object");
    }

    const Json* find(const char* name) {
        if (!json_.is_object()) return nullptr;
        auto found = json_.find(name);
        return found == json_.end() || found->is_null() ? nullptr : &*found;
    }
    bool has(const char* name) { return find(name) != nullptr; }

    Bytes data(const char* name) {
        const Json* json = find(name);
        if (json != nullptr && json->is_string()) {
            auto bytes = fisco::loose_data(json->get_ref<const std::string&>());
            if (bytes) return std::move(*bytes);
        }
        fail(name);
        return {};
    }
    template <typename Value>
    Value fixed(const char* name) {
        auto value = Value::from(data(name));
        if (value) return *value;
        fail(name);
        return {};
    }
    /// A number of 256 bits, as a text of hexadecimal digits or a JSON integer.
    Word word(const char* name) {
        const Json* json = find(name);
        if (json != nullptr && json->is_number_unsigned()) {
            return ledger::word_of(json->get<std::uint64_t>());
        }
        if (json != nullptr && json->is_string()) {
            auto word = word_of_text(json->get_ref<const std::string&>());
            if (word) return *word;
        }
        fail(name);
        return {};
    }
    std::uint64_t number(const char* name) {
        const Json* json = find(name);
        auto number =
            json == nullptr ? Result<std::uint64_t>(malformed(name)) : number_from_json(*json);
        if (number) return *number;
        fail(name);
        return 0;
    }
    const Json::array_t& list(const char* name) {
        static const Json::array_t none;
        const Json* json = find(name);
        if (json != nullptr && json->is_array()) return json->get_ref<const Json::array_t&>();
        fail(name);
        return none;
    }

    void fail(std::string_view member) {
        if (error_.empty()) error_ = member;
    }
    Status finish() const {
        if (error_.empty()) return {};
        return malformed(fmt::format("{}: '{}' is missing or malformed", what_, error_));
    }

    static Result<Word> word_of_text(std::string_view text) {
        if (!text.starts_with("0x")) {
            BSN_TRY(number, fisco::number_from(text));
            return ledger::word_of(number);
        }
        const std::string_view digits = text.substr(2);
        if (digits.empty() || digits.size() > 2 * Word::k_size) return malformed("number");
        return fixed_from_hex<Word>(std::string(2 * Word::k_size - digits.size(), '0') +
                                    std::string(digits));
    }

  private:
    const Json& json_;
    const std::string_view what_;
    std::string error_;
};

void read_signatures(Members& members, SignedHeader& block) {
    if (!members.has("signatureList")) return;
    for (const Json& json : members.list("signatureList")) {
        Members one(json, "signature");
        SealerSignature signature{one.word("index"), one.data("signature")};
        if (!one.finish()) return members.fail("signatureList");
        block.signatures.push_back(std::move(signature));
    }
}

void read_sealers(Members& members, Header& header) {
    for (const Json& json : members.list("sealerList")) {
        auto bytes = json.is_string() ? fisco::loose_data(json.get_ref<const std::string&>())
                                      : Result<Bytes>(malformed("sealer"));
        auto point = bytes ? crypto::PublicPoint::from(*bytes)
                           : Result<crypto::PublicPoint>(malformed("sealer"));
        if (!point) return members.fail("sealerList");
        header.sealer_list.push_back(*point);
    }
}

void read_extra(Members& members, Header& header) {
    for (const Json& json : members.list("extraData")) {
        auto bytes = json.is_string() ? fisco::loose_data(json.get_ref<const std::string&>())
                                      : Result<Bytes>(malformed("extraData"));
        if (!bytes) return members.fail("extraData");
        header.extra_data.push_back(std::move(*bytes));
    }
}

/// Recovery id or public key, as the encoding has it.
void read_signature(Members& members, ledger::fisco::Transaction& transaction) {
    const Json* json = members.find("signature");
    if (json == nullptr) return members.fail("signature");
    Members signature(*json, "signature");
    transaction.r = signature.word("r");
    transaction.s = signature.word("s");
    if (transaction.suite == crypto::SuiteId::sm2) {
        transaction.v = signature.data("v");
        if (transaction.v.size() != crypto::PublicPoint::k_size) signature.fail("v");
    } else {
        const std::uint64_t v = signature.number("v");
        // Some versions tell it as it is encoded, others without the 27.
        const std::uint64_t bit = v >= k_least_v ? v - k_least_v : v;
        if (bit > 1) signature.fail("v");
        transaction.v = {static_cast<std::uint8_t>(k_least_v + bit)};
    }
    if (!signature.finish()) members.fail("signature");
}

std::vector<ledger::ethereum::Log> read_logs(Members& members) {
    std::vector<ledger::ethereum::Log> logs;
    for (const Json& json : members.list("logs")) {
        Members one(json, "log");
        ledger::ethereum::Log log;
        log.address = one.fixed<Address>("address");
        log.data = one.data("data");
        for (const Json& topic : one.list("topics")) {
            auto word = topic.is_string()
                            ? Members::word_of_text(topic.get_ref<const std::string&>())
                            : Result<Word>(malformed("topic"));
            if (!word) one.fail("topics");
            if (word) log.topics.push_back(*word);
        }
        if (!one.finish()) members.fail("logs");
        logs.push_back(std::move(log));
    }
    return logs;
}

Result<std::vector<Bytes>> side_from(Members& members, const char* name) {
    std::vector<Bytes> nodes;
    const auto& list = members.list(name);
    if (list.size() > k_max_side) return malformed("Merkle proof");
    for (const Json& json : list) {
        if (!json.is_string()) return malformed("Merkle proof");
        BSN_TRY(bytes, fisco::loose_data(json.get_ref<const std::string&>()));
        nodes.push_back(std::move(bytes));
    }
    return nodes;
}

}  // namespace

Result<std::uint64_t> number_from_json(const Json& json) {
    if (json.is_number_unsigned()) return json.get<std::uint64_t>();
    if (json.is_string()) {
        auto number = fisco::number_from(json.get_ref<const std::string&>());
        if (number) return number;
    }
    return malformed("number");
}

Result<SignedHeader> header_from_json(const Json& json) {
    Members members(json, "header");
    SignedHeader block;
    Header& header = block.header;
    header.parent = members.fixed<Hash>("parentHash");
    header.state_root = members.fixed<Hash>("stateRoot");
    header.transactions_root = members.fixed<Hash>("transactionsRoot");
    header.receipts_root = members.fixed<Hash>("receiptsRoot");
    header.db_hash = members.fixed<Hash>("dbHash");
    header.bloom = members.fixed<ledger::ethereum::Bloom>("logsBloom");
    header.number = members.number("number");
    header.gas_limit = members.word("gasLimit");
    header.gas_used = members.word("gasUsed");
    header.timestamp = members.number("timestamp");
    header.sealer = members.word("sealer");
    read_extra(members, header);
    read_sealers(members, header);
    read_signatures(members, block);
    BSN_CHECK(members.finish());
    return block;
}

Result<std::vector<Hash>> hashes_from_json(const Json& block) {
    Members members(block, "block");
    std::vector<Hash> hashes;
    for (const Json& json : members.list("transactions")) {
        auto bytes = json.is_string() ? fisco::loose_data(json.get_ref<const std::string&>())
                                      : Result<Bytes>(malformed("hash"));
        auto hash = bytes ? Hash::from(*bytes) : Result<Hash>(malformed("hash"));
        if (!hash) members.fail("transactions");
        if (hash) hashes.push_back(*hash);
    }
    BSN_CHECK(members.finish());
    return hashes;
}

Result<ledger::fisco::Transaction> transaction_from_json(const Json& json, crypto::SuiteId suite) {
    Members members(json, "transaction");
    ledger::fisco::Transaction transaction;
    transaction.suite = suite;
    transaction.nonce = members.word("nonce");
    transaction.gas_price = members.word("gasPrice");
    transaction.gas = members.word("gas");
    transaction.block_limit = members.number("blockLimit");
    const auto to = members.has("to") ? members.fixed<Address>("to") : Address();
    transaction.value = members.word("value");
    transaction.data = members.data("input");
    transaction.chain_id = members.number("chainId");
    transaction.group_id = members.number("groupId");
    transaction.extra_data = members.data("extraData");
    const auto wanted = members.fixed<Hash>("hash");
    read_signature(members, transaction);
    BSN_CHECK(members.finish());
    // The JSON does not tell a creation from a call of address 0, nor whether a client left zeros
    // at the front of a key away; the hash does.
    Bytes short_v = transaction.v;
    while (short_v.size() > 1 && short_v.front() == 0) short_v.erase(short_v.begin());
    for (const Bytes& v : {transaction.v, short_v}) {
        transaction.v = v;
        transaction.to = to;
        if (transaction.hash() == wanted) return transaction;
        transaction.to.reset();
        if (to == Address() && transaction.hash() == wanted) return transaction;
    }
    return malformed("transaction: its hash is not that of its fields");
}

Result<ledger::fisco::Receipt> receipt_from_json(const Json& json) {
    Members members(json, "receipt");
    ledger::fisco::Receipt receipt;
    receipt.state_root = members.fixed<Hash>("root");
    receipt.gas_used = members.word("gasUsed");
    receipt.contract = members.fixed<Address>("contractAddress");
    receipt.bloom = members.fixed<ledger::ethereum::Bloom>("logsBloom");
    const std::uint64_t status = members.number("status");
    if (status > std::numeric_limits<std::uint32_t>::max()) members.fail("status");
    receipt.status = static_cast<std::uint32_t>(status);
    receipt.output = members.data("output");
    receipt.logs = read_logs(members);
    if (members.has("remainGas")) {
        receipt.form = ledger::fisco::ReceiptForm::since_2_9;
        receipt.remain_gas = members.word("remainGas");
    }
    BSN_CHECK(members.finish());
    return receipt;
}

Result<MerkleWay> way_from_json(const Json& json) {
    if (!json.is_array() || json.size() > k_max_steps) return malformed("Merkle proof");
    MerkleWay way;
    for (const Json& step : json) {
        Members members(step, "Merkle proof");
        BSN_TRY(left, side_from(members, "left"));
        BSN_TRY(right, side_from(members, "right"));
        BSN_CHECK(members.finish());
        way.push_back({std::move(left), std::move(right)});
    }
    return way;
}

Result<Place> place_from_json(const Json& json) {
    Members members(json, "receipt");
    Place place;
    place.height = members.number("blockNumber");
    const std::uint64_t index = members.number("transactionIndex");
    if (index > std::numeric_limits<std::uint32_t>::max()) members.fail("transactionIndex");
    place.index = static_cast<std::uint32_t>(index);
    BSN_CHECK(members.finish());
    return place;
}

Result<CallResult> call_result_from_json(const Json& json) {
    Members members(json, "result of a call");
    CallResult result;
    const std::uint64_t status = members.number("status");
    if (status > std::numeric_limits<std::uint32_t>::max()) members.fail("status");
    result.status = static_cast<std::uint32_t>(status);
    result.output = members.data("output");
    BSN_CHECK(members.finish());
    return result;
}

Error refusal_from(const rpc::Failure& failure) {
    struct Words {
        std::string_view part;
        Code code;
    };
    // Versions spell them differently; these parts are common to all.
    static constexpr std::array<Words, 11> k_words{{
        {"NonceCheckFail", Code::duplicate},
        {"BlockLimitCheckFail", Code::expired},
        {"AlreadyK", Code::already_exists},
        {"AlreadyInChain", Code::already_exists},
        {"PoolIsFull", Code::overloaded},
        {"OverGroupMemoryLimit", Code::overloaded},
        {"InvalidChainId", Code::wrong_network},
        {"InvalidGroupId", Code::wrong_channel},
        {"InvalidSignature", Code::bad_signature},
        {"Permission", Code::forbidden},
        {"RLP", Code::invalid_argument},
    }};
    for (const Words& words : k_words) {
        if (failure.message.find(words.part) == std::string::npos) continue;
        return {words.code, "the FISCO BCOS network refused it: " + failure.message};
    }
    return {Code::invalid_argument, "the FISCO BCOS network refused it: " + failure.message};
}

}  // namespace bsn::framework::fisco_network
