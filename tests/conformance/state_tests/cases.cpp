#include "cases.hpp"

#include "crypto/hash.hpp"
#include "ledger/ethereum/account.hpp"
#include "ledger/ethereum/address.hpp"
#include "ledger/merkle_patricia.hpp"
#include "ledger/rlp.hpp"
#include "support/nodes_in_memory.hpp"

#include <fmt/format.h>

#include <fstream>
#include <map>

namespace bsn::state_tests {

using evm::Account;
using evm::Address;
using evm::Message;
using ledger::Hash;
using ledger::Word;
using nlohmann::json;

namespace {

const std::map<std::string, evm::Fork> k_forks{
    {"Istanbul", evm::Fork::istanbul}, {"Berlin", evm::Fork::berlin},
    {"London", evm::Fork::london},     {"Paris", evm::Fork::paris},
    {"Shanghai", evm::Fork::shanghai}, {"Cancun", evm::Fork::cancun},
    {"Prague", evm::Fork::prague},
};

template <typename Value>
Value padded(const json& text) {
    const Bytes bytes = bytes_of(text);
    ensure(bytes.size() <= Value::k_size, "a value of a state test is too long");
    Value value;
    std::copy(bytes.begin(), bytes.end(), value.data() + Value::k_size - bytes.size());
    return value;
}

Message blob_message(const Case& test) {
    const json& transaction = test.test->at("transaction");
    const json& indexes = test.expected->at("indexes");
    const auto chosen = [&](const char* field, const char* index) -> const json& {
        return transaction.at(field).at(indexes.at(index).get<std::size_t>());
    };
    Message message;
    message.type = 3;
    message.from = address_of(transaction.at("sender"));
    const std::string to = transaction.at("to");
    if (!to.empty()) message.to = address_of(to);
    message.value = word_of(chosen("value", "value"));
    message.data = bytes_of(chosen("data", "data"));
    message.gas = number_of(chosen("gasLimit", "gas"));
    message.gas_price = word_of(transaction.at("maxFeePerGas"));
    message.max_priority_fee = word_of(transaction.at("maxPriorityFeePerGas"));
    message.nonce = number_of(transaction.at("nonce"));
    message.max_blob_fee = word_of(transaction.at("maxFeePerBlobGas"));
    for (const json& hash : transaction.at("blobVersionedHashes")) {
        message.blob_hashes.push_back(padded<Hash>(hash));
    }
    if (transaction.contains("accessLists")) {
        const json& list = chosen("accessLists", "data");
        for (const json& entry : list) {
            auto& access = message.access_list.emplace_back();
            access.address = address_of(entry.at("address"));
            for (const json& slot : entry.at("storageKeys")) access.slots.push_back(word_of(slot));
        }
    }
    return message;
}

}  // namespace

File::File(const std::filesystem::path& root, const std::filesystem::path& path)
    : name_(std::filesystem::relative(path, root).replace_extension().string()),
      tests_(json::parse(std::ifstream(path))) {}

std::vector<Case> File::cases(std::size_t& others) const {
    std::vector<Case> cases;
    for (const auto& [title, test] : tests_.items()) {
        // Python's tests hold several of the kind in a file: told apart by what stands in brackets.
        std::string suffix;
        if (const auto bracket = title.find('['); bracket != std::string::npos) {
            suffix = title.substr(bracket);
        }
        for (const auto& [fork, posts] : test.at("post").items()) {
            const auto known = k_forks.find(fork);
            if (known == k_forks.end()) {
                others += posts.size();
                continue;
            }
            for (std::size_t i = 0; i < posts.size(); ++i) {
                cases.push_back({.name = fmt::format("{}{} {} {}", name_, suffix, fork, i),
                                 .fork = known->second,
                                 .test = &test,
                                 .expected = &posts[i]});
            }
        }
    }
    return cases;
}

Bytes bytes_of(const json& text) {
    std::string digits = text.get<std::string>();
    ensure(digits.substr(0, 2) == "0x", "a value of a state test has no 0x");
    digits.erase(0, 2);
    if (digits.size() % 2 == 1) digits.insert(0, 1, '0');
    return *from_hex(digits);
}

Word word_of(const json& text) { return padded<Word>(text); }

std::uint64_t number_of(const json& text) { return *ledger::number_of_word(word_of(text)); }

Address address_of(const json& text) { return padded<Address>(text); }

evm::BlockEnvironment block_of(const Case& test) {
    const json& env = test.test->at("env");
    evm::BlockEnvironment block;
    block.number = number_of(env.at("currentNumber"));
    block.time = number_of(env.at("currentTimestamp"));
    block.beneficiary = address_of(env.at("currentCoinbase"));
    block.gas_limit = number_of(env.at("currentGasLimit"));
    block.difficulty = word_of(env.at("currentDifficulty"));
    if (test.fork >= evm::Fork::london) block.base_fee = number_of(env.at("currentBaseFee"));
    if (test.fork >= evm::Fork::paris) block.prev_randao = word_of(env.at("currentRandom"));
    if (env.contains("currentExcessBlobGas")) {
        block.excess_blob_gas = number_of(env.at("currentExcessBlobGas"));
    }
    // By the tests' convention a block's hash is that of its number in digits.
    block.block_hash = [](std::uint64_t number) -> Result<Hash> {
        return crypto::hash(ledger::HashId::keccak256, as_bytes(std::to_string(number)));
    };
    return block;
}

void put_world(const Case& test, ledger::StateOverlay& state) {
    for (const auto& [name, fields] : test.test->at("pre").items()) {
        const Address address = address_of(name);
        Account account{.nonce = number_of(fields.at("nonce")),
                        .balance = word_of(fields.at("balance"))};
        const Bytes code = bytes_of(fields.at("code"));
        if (!code.empty()) {
            account.code_hash = crypto::hash(ledger::HashId::keccak256, code);
            evm::put_code(account.code_hash, code, state);
        }
        if (!account.is_empty()) evm::put_account(address, account, state);
        for (const auto& [slot, value] : fields.at("storage").items()) {
            evm::put_slot(address, word_of(slot), word_of(value), state);
        }
    }
}

Result<Message> message_of(const Case& test) {
    const Bytes bytes = bytes_of(test.expected->at("txbytes"));
    if (!bytes.empty() && bytes[0] == 3) return blob_message(test);
    BSN_TRY(transaction, ledger::ethereum::Transaction::decode(bytes));
    if (transaction.chain_id.value_or(1) != 1) {
        return Error{Code::invalid_argument, "invalid chain id for signer"};
    }
    BSN_TRY(key, transaction.recover());
    BSN_TRY(sender, ledger::ethereum::address_of(key));
    ensure(sender == address_of(test.test->at("transaction").at("sender")),
           "the sender was recovered wrongly");
    Message message;
    message.type = static_cast<std::uint8_t>(transaction.type);
    message.from = sender;
    message.to = transaction.to;
    message.value = transaction.value;
    message.data = transaction.data;
    message.gas = transaction.gas;
    message.gas_price = transaction.max_fee;
    if (transaction.type == ledger::ethereum::TransactionType::dynamic_fee) {
        message.max_priority_fee = transaction.max_priority_fee;
    }
    message.nonce = transaction.nonce;
    message.access_list = transaction.access_list;
    return message;
}

Result<Hash> root_of(const ledger::StateReader& state) {
    std::map<Address, ledger::AccountChange> accounts;
    Status status;
    BSN_CHECK(state.scan(ledger::ethereum::k_evm, {}, {}, [&](ByteView key, ByteView value) {
        if (key[0] == 'c') return true;
        const Address address = *Address::from(key.subspan(1, Address::k_size));
        ledger::AccountChange& change = accounts[address];
        change.address = address;
        if (key[0] == 'a') {
            const auto account = Account::decode(value);
            if (!account) {
                status = account.error();
                return false;
            }
            change.fields =
                ledger::AccountFields{account->nonce, account->balance, account->code_hash};
        } else {
            change.storage.emplace_back(*Word::from(key.subspan(1 + Address::k_size)),
                                        *ledger::ethereum::decode_slot(value));
        }
        return true;
    }));
    BSN_CHECK(status);
    std::vector<ledger::AccountChange> changes;
    for (auto& [address, change] : accounts) changes.push_back(std::move(change));
    testing::NodesInMemory nodes;
    ledger::MerklePatricia tree(nodes);
    BSN_CHECK(tree.apply(changes));
    return tree.root();
}

Hash hash_of_logs(const std::vector<ledger::LogEntry>& logs) {
    ledger::rlp::Writer writer;
    writer.list([&] {
        for (const ledger::LogEntry& log : logs) {
            writer.list([&] {
                writer.string(*from_hex(log.contract));
                writer.list([&] {
                    for (const Bytes& topic : log.topics) writer.string(topic);
                });
                writer.string(log.data);
            });
        }
    });
    return crypto::hash(ledger::HashId::keccak256, writer.take());
}

}  // namespace bsn::state_tests
