// Calls of FISCO BCOS's precompiled contracts: any functions with any arguments, well-formed or
// not.
#include "contract/fisco/precompiles.hpp"
#include "fuzz/laws.hpp"

#include <array>
#include <map>

namespace bsn::fuzz {
namespace {

namespace abi = contract::abi;
namespace fisco = contract::fisco;

class MemoryJournal : public fisco::Journal {
  public:
    ledger::Word load(const ledger::Address& account, const ledger::Word& slot) override {
        const auto found = slots.find({account, slot});
        return found == slots.end() ? ledger::Word{} : found->second;
    }
    void store(const ledger::Address& account, const ledger::Word& slot,
               const ledger::Word& word) override {
        slots[{account, slot}] = word;
        if (word.is_zero()) slots.erase({account, slot});
    }
    Bytes get_blob(const ledger::Address& account, const ledger::Word& slot) override {
        const auto found = blobs.find(load(account, slot));
        law(found != blobs.end(), "only blobs that were put are asked for");
        return found->second;
    }
    void put_blob(const ledger::Address& /*account*/, const ledger::Word& /*slot*/,
                  ByteView bytes) override {
        blobs[*ledger::Word::from(crypto::hash(crypto::HashId::keccak256, bytes))] =
            to_bytes(bytes);
    }
    bool has_code(const ledger::Address& account) override { return account.data()[19] % 3 == 0; }
    bool exists(const ledger::Address& account) override { return account.data()[19] % 3 == 1; }

    std::map<std::pair<ledger::Address, ledger::Word>, ledger::Word> slots;
    std::map<ledger::Word, Bytes> blobs;
};

constexpr std::array k_signatures{"openTable(string)",
                                  "createTable(string,string,string)",
                                  "select(string,address)",
                                  "insert(string,address)",
                                  "update(string,address,address)",
                                  "remove(string,address)",
                                  "newEntry()",
                                  "newCondition()",
                                  "get(string)",
                                  "set(string,address)",
                                  "getInt(string)",
                                  "getUInt(string)",
                                  "getAddress(string)",
                                  "getBytes32(string)",
                                  "getBytes64(string)",
                                  "getString(string)",
                                  "set(string,int256)",
                                  "set(string,string)",
                                  "get(int256)",
                                  "size()",
                                  "EQ(string,int256)",
                                  "EQ(string,string)",
                                  "NE(string,string)",
                                  "GT(string,int256)",
                                  "LE(string,int256)",
                                  "limit(int256)",
                                  "limit(int256,int256)",
                                  "desc(string)",
                                  "insert(string,string,string,string)",
                                  "update(string,string,string,string,string)",
                                  "remove(string,string,string,string)",
                                  "select(string,string,string,string)",
                                  "selectByName(string)",
                                  "getContractAddress(string,string)",
                                  "insert(string,string)",
                                  "remove(string,string)",
                                  "queryByName(string)",
                                  "grantWrite(address,address)",
                                  "revokeWrite(address,address)",
                                  "freeze(address)",
                                  "unfreeze(address)",
                                  "getStatus(address)",
                                  "grantManager(address,address)",
                                  "revokeManager(address,address)",
                                  "listManager(address)",
                                  "setValueByKey(string,string)",
                                  "addSealer(string)"};

constexpr std::array<std::uint64_t, 12> k_addresses{0x1000,  0x1001,  0x1002,  0x1004,
                                                    0x1005,  0x1007,  0x1010,  0x10001,
                                                    0x10002, 0x10003, 0x10004, 0x10005};

ledger::Address address(std::uint64_t number) { return abi::Value::of_number(number).address(); }

abi::Value argument(const abi::Type& type, Choices& choices) {
    static constexpr std::array<std::string_view, 10> k_texts{
        "t",
        "k",
        "a",
        "a,b",
        R"({"a":"1"})",
        R"({"a":{"ge":"1","limit":"0,2"}})",
        "{}",
        "0x00000000000000000000000000000000000000aa",
        "_sys_tables_",
        "tx_gas_limit"};
    if (type.kind == abi::Kind::string) {
        const std::size_t choice = choices.below(k_texts.size() + 2);
        return choice < k_texts.size() ? abi::Value::of_text(k_texts[choice])
                                       : abi::Value::of_bytes(choices.take(choices.u8()));
    }
    const std::size_t choice = choices.below(k_addresses.size());
    return abi::Value::of_number(type.kind == abi::Kind::address ? k_addresses[choice] : choice);
}

Bytes input_of(Choices& choices) {
    const std::uint8_t choice = choices.u8();
    if (choice >= 250) return to_bytes(choices.take(choices.u8()));
    const abi::Entry function = *abi::parse_signature(k_signatures[choice % k_signatures.size()]);
    abi::Values values;
    for (const abi::Parameter& input : function.inputs) {
        values.push_back(argument(input.type, choices));
    }
    Bytes input = abi::encode_call(function, values);
    if (choices.u8() == 255) input.resize(choices.u8());
    return input;
}

}  // namespace

void run(ByteView bytes) {
    Choices choices(bytes);
    MemoryJournal journal;
    MemoryJournal again;
    fisco::Settings settings{crypto::HashId::keccak256, 5};
    fisco::Precompiles first(settings);
    fisco::Precompiles second(settings);
    for (int i = 0; i < 200 && !choices.done(); ++i) {
        const ledger::Address to = address(k_addresses[choices.below(k_addresses.size())]);
        const Bytes input = input_of(choices);
        if (!first.has(to)) continue;
        const std::uint8_t flags = choices.u8();
        const fisco::Call call{to,
                               address(0xCC),
                               address(flags % 2 == 0 ? 0xAA : 0xBB),
                               input,
                               flags % 16 == 3 ? 500U : 2'000'000U,
                               flags % 8 == 7};
        const auto before = journal.slots;
        const auto result = first.call(journal, call);
        law(result.gas_used <= call.gas, "no more gas is used than given");
        if (call.is_static) law(journal.slots == before, "a static call writes nothing");
        const auto same = second.call(again, call);
        law(result.end == same.end && result.output == same.output &&
                result.gas_used == same.gas_used,
            "the same call on the same state does the same");
        if (result.end != fisco::CallResult::End::success) journal.slots = before;
        again.slots = journal.slots;
    }
}

}  // namespace bsn::fuzz
