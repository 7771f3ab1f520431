#include "fisco_fixture.hpp"

#include <random>

namespace bsn::contract::fisco {
namespace {

class FiscoTable : public FiscoTest {
  protected:
    /// Creates the table of the tests and opens it.
    ledger::Address create_and_open() {
        EXPECT_EQ(number(0x1001, "createTable(string,string,string)",
                         {str("goods"), str("name"), str("item_id, price,owner")}),
                  0);
        return open();
    }
    ledger::Address open(std::string_view name = "goods") {
        return address(send(address_of(0x1001), "openTable(string)", {str(name)}));
    }
    ledger::Address entry(const ledger::Address& table, std::int64_t id, std::int64_t price) {
        const auto entry = address(send(table, "newEntry()", {}));
        send(entry, "set(string,int256)", {str("item_id"), num(id)});
        send(entry, "set(string,int256)", {str("price"), num(price)});
        return entry;
    }
    ledger::Address condition(const ledger::Address& table) {
        return address(send(table, "newCondition()", {}));
    }
    std::int64_t insert(const ledger::Address& table, std::string_view key, std::int64_t id,
                        std::int64_t price) {
        return number(
            send(table, "insert(string,address)", {str(key), at(entry(table, id, price))}));
    }
    /// The `item_id` of the rows that match.
    std::string select(const ledger::Address& table, std::string_view key,
                       const ledger::Address& condition) {
        const auto entries =
            address(send(table, "select(string,address)", {str(key), at(condition)}));
        std::string ids;
        const auto size = number(send(entries, "size()", {}));
        for (std::int64_t i = 0; i < size; ++i) {
            const auto entry = address(send(entries, "get(int256)", {num(i)}));
            ids += (i == 0 ? "" : ",") +
                   std::to_string(number(send(entry, "getInt(string)", {str("item_id")})));
        }
        return ids;
    }
    std::string select(const ledger::Address& table, std::string_view key) {
        return select(table, key, condition(table));
    }
};

TEST_F(FiscoTable, SelectorsAreThoseOfTheChainsHash) {
    EXPECT_EQ(to_hex(abi::selector("openTable(string)")), "f23f63c9");
    EXPECT_EQ(to_hex(abi::selector("createTable(string,string,string)")), "56004b6a");
    settings_.hash = crypto::HashId::sm3;
    next_block();
    EXPECT_EQ(select(create_and_open(), "apple"), "");
}

TEST_F(FiscoTable, RowsAreInsertedSelectedUpdatedAndRemovedInTheirOrder) {
    const auto table = create_and_open();
    EXPECT_EQ(to_hex(table), "0000000000000000000000000000000000010001");
    for (int i = 3; i > 0; --i) EXPECT_EQ(insert(table, "apple", i, 10 * i), 1);
    EXPECT_EQ(insert(table, "pear", 9, 1), 1);
    EXPECT_EQ(select(table, "apple"), "3,2,1") << "as they were inserted";
    EXPECT_EQ(select(table, "pear"), "9");
    EXPECT_EQ(select(table, "plum"), "");

    next_block();
    const auto again = open();
    const auto two = condition(again);
    send(two, "EQ(string,int256)", {str("item_id"), num(2)});
    const auto cheaper = address(send(again, "newEntry()", {}));
    send(cheaper, "set(string,int256)", {str("price"), num(1)});
    EXPECT_EQ(
        number(send(again, "update(string,address,address)", {str("apple"), at(cheaper), at(two)})),
        1);
    const auto cheap = condition(again);
    send(cheap, "LT(string,int256)", {str("price"), num(15)});
    EXPECT_EQ(select(again, "apple", cheap), "2,1");
    EXPECT_EQ(number(send(again, "remove(string,address)", {str("apple"), at(two)})), 1);
    EXPECT_EQ(select(again, "apple"), "3,1");
    EXPECT_EQ(number(send(again, "remove(string,address)", {str("apple"), at(two)})), 0);
    EXPECT_EQ(insert(again, "apple", 7, 7), 1);
    EXPECT_EQ(select(again, "apple"), "3,1,7");
}

TEST_F(FiscoTable, EmptiedKeysLeaveNothingBehind) {
    const auto table = create_and_open();
    const auto before = journal_.slots;
    insert(table, "apple", 1, 1);
    insert(table, "apple", 2, 2);
    EXPECT_EQ(number(send(table, "remove(string,address)", {str("apple"), at(condition(table))})),
              2);
    EXPECT_EQ(journal_.slots, before);
}

TEST_F(FiscoTable, ConditionsCompareAndLimit) {
    const auto table = create_and_open();
    for (int i = 1; i <= 5; ++i) insert(table, "k", i, i);
    auto with = [&](const std::vector<std::pair<std::string, int>>& conditions) {
        const auto made = condition(table);
        for (const auto& [operation, number] : conditions) {
            send(made, operation + "(string,int256)", {str("price"), num(number)});
        }
        return select(table, "k", made);
    };
    EXPECT_EQ(with({{"EQ", 3}}), "3");
    EXPECT_EQ(with({{"NE", 3}}), "1,2,4,5");
    EXPECT_EQ(with({{"GT", 3}}), "4,5");
    EXPECT_EQ(with({{"GE", 3}}), "3,4,5");
    EXPECT_EQ(with({{"LT", 3}}), "1,2");
    EXPECT_EQ(with({{"LE", 3}}), "1,2,3");
    EXPECT_EQ(with({{"GT", 1}, {"LE", 4}}), "2,3,4");
    EXPECT_EQ(with({{"GE", 3}, {"LE", 3}}), "3");
    EXPECT_EQ(with({{"GT", 3}, {"LT", 3}}), "1,2,4,5") << "as in FISCO BCOS";
    EXPECT_EQ(with({{"GT", 3}, {"EQ", 2}}), "2") << "the later one replaces";

    const auto two = condition(table);
    send(two, "limit(int256)", {num(2)});
    EXPECT_EQ(select(table, "k", two), "1,2");
    send(two, "limit(int256,int256)", {num(3), num(9)});
    EXPECT_EQ(select(table, "k", two), "4,5");
    send(two, "limit(int256,int256)", {num(7), num(1)});
    EXPECT_EQ(select(table, "k", two), "");
    EXPECT_EQ(reason(send(two, "limit(int256)", {num(-1)})), "limit takes numbers from 0 on");

    const auto other = condition(table);
    send(other, "EQ(string,string)", {str("owner"), str("alice")});
    EXPECT_EQ(select(table, "k", other), "") << "no row has the field";
    const auto hidden = condition(table);
    send(hidden, "EQ(string,string)", {str("_id_"), str("1")});
    EXPECT_EQ(select(table, "k", hidden), "1,2,3,4,5");
    const auto text = condition(table);
    send(text, "NE(string,string)", {str("price"), str("5")});
    EXPECT_EQ(select(table, "k", text), "1,2,3,4");
}

TEST_F(FiscoTable, FieldsOfEntriesAreReadAsTheirTypes) {
    const auto table = create_and_open();
    const auto entry = address(send(table, "newEntry()", {}));
    send(entry, "set(string,address)", {str("owner"), at(k_bob)});
    send(entry, "set(string,int256)", {str("price"), num(-5)});
    send(entry, "set(string,string)", {str("item_id"), str("abc")});
    EXPECT_EQ(address(send(entry, "getAddress(string)", {str("owner")})), k_bob);
    EXPECT_EQ(text(send(entry, "getString(string)", {str("owner")})), to_hex(k_bob));
    EXPECT_EQ(number(send(entry, "getInt(string)", {str("price")})), -5);
    EXPECT_EQ(reason(send(entry, "getUInt(string)", {str("price")})), "field 'price' is no number");
    EXPECT_EQ(reason(send(entry, "getInt(string)", {str("item_id")})),
              "field 'item_id' is no number");
    EXPECT_EQ(reason(send(entry, "getAddress(string)", {str("price")})),
              "field 'price' is no address");
    EXPECT_EQ(to_hex(send(entry, "getBytes32(string)", {str("item_id")}).output),
              "616263" + std::string(58, '0'));
    EXPECT_EQ(to_hex(send(entry, "getBytes64(string)", {str("item_id")}).output),
              "616263" + std::string(122, '0'));
    EXPECT_EQ(text(send(entry, "getString(string)", {str("none")})), "");
    send(entry, "set(string,uint256)", {str("price"), abi::Value::of_bytes(Bytes(32, 0xFF))});
    EXPECT_EQ(
        json("(uint256)", send(entry, "getUInt(string)", {str("price")})),
        R"(["115792089237316195423570985008687907853269984665640564039457584007913129639935"])");
    EXPECT_EQ(reason(send(entry, "set(string,string)", {str(""), str("x")})), "a field has a name");
}

TEST_F(FiscoTable, WhatIsSelectedIsACopy) {
    const auto table = create_and_open();
    insert(table, "k", 1, 1);
    const auto entries =
        address(send(table, "select(string,address)", {str("k"), at(condition(table))}));
    const auto entry = address(send(entries, "get(int256)", {num(0)}));
    EXPECT_EQ(text(send(entry, "getString(string)", {str("name")})), "k") << "the key is a field";
    send(entry, "set(string,int256)", {str("item_id"), num(2)});
    EXPECT_EQ(select(table, "k"), "1");
    EXPECT_EQ(reason(send(entries, "get(int256)", {num(1)})),
              "there are 1 entries, counted from 0");
    EXPECT_EQ(reason(send(entries, "get(int256)", {num(-1)})),
              "there are 1 entries, counted from 0");
}

TEST_F(FiscoTable, NamesHaveLimits) {
    auto create = [&](std::string_view table, std::string_view key, std::string_view fields) {
        const auto result = send(address_of(0x1001), "createTable(string,string,string)",
                                 {str(table), str(key), str(fields)});
        return result.end == End::success ? std::to_string(number(result)) : reason(result);
    };
    EXPECT_EQ(create("t", "k", "a"), "0");
    EXPECT_EQ(create("t", "k", "a"), "-50001") << "it exists";
    EXPECT_EQ(create(std::string(48, 'x'), "k", "a"), "0");
    EXPECT_EQ(create(std::string(49, 'x'), "k", "a"),
              "the name of a table, with the two before it, has at most 50 bytes, not 51");
    EXPECT_EQ(create("a b", "k", "a"), "'a b' is no name of a table: letters, digits, $, _ and @");
    EXPECT_EQ(create("b", " k ", std::string(64, 'f')), "0");
    EXPECT_EQ(create("c", "k", std::string(65, 'f')),
              "the name of a field has at most 64 bytes, not 65");
    EXPECT_EQ(create("c", "_k", "a").substr(0, 4), "'_k'");
    EXPECT_EQ(create("c", "k", "a,,b").substr(0, 2), "''");
    EXPECT_EQ(create("c", "k", "a,k"), "field 'k' comes twice");
    std::string many = "a0";
    for (int i = 1; i < 300; ++i) many += ",a" + std::to_string(i);
    EXPECT_EQ(create("c", "k", many), "the names of the fields have at most 1024 bytes together");
    EXPECT_EQ(open("none"), ledger::Address{});

    const auto table = open("t");
    const auto entry = address(send(table, "newEntry()", {}));
    EXPECT_EQ(
        number(send(table, "insert(string,address)", {str(std::string(255, 'k')), at(entry)})), 1);
    EXPECT_EQ(
        reason(send(table, "insert(string,address)", {str(std::string(256, 'k')), at(entry)})),
        "a key has at most 255 bytes, not 256");
    send(entry, "set(string,string)", {str("b"), str("x")});
    EXPECT_EQ(reason(send(table, "insert(string,address)", {str("k"), at(entry)})),
              "table u_t has no field 'b'");
}

TEST_F(FiscoTable, ObjectsAreOfTheirKindAndOfTheirTransaction) {
    const auto table = create_and_open();
    const auto made = condition(table);
    EXPECT_EQ(reason(send(table, "insert(string,address)", {str("k"), at(made)})),
              "no entry of this transaction has that address");
    EXPECT_EQ(reason(send(table, "select(string,address)", {str("k"), at(table)})),
              "no condition of this transaction has that address");
    EXPECT_TRUE(transaction_->has(made));
    EXPECT_FALSE(transaction_->has(address_of(0x10003)));
    EXPECT_FALSE(transaction_->has(address_of(0x1008)));
    EXPECT_TRUE(transaction_->has(address_of(0x1010)));
    next_block();
    EXPECT_FALSE(transaction_->has(made));
}

TEST_F(FiscoTable, StaticCallsReadAndDoNotWrite) {
    const auto table = create_and_open();
    insert(table, "k", 1, 1);
    is_static_ = true;
    EXPECT_EQ(select(table, "k"), "1");
    EXPECT_EQ(reason(send(table, "insert(string,address)", {str("k"), at(table)})),
              "insert(string,address) writes, in a call that may not");
    EXPECT_EQ(reason(send(address_of(0x1001), "createTable(string,string,string)",
                          {str("x"), str("k"), str("a")})),
              "createTable(string,string,string) writes, in a call that may not");
}

TEST_F(FiscoTable, MalformedCallsAreUndone) {
    const auto table = create_and_open();
    EXPECT_TRUE(send(table, Bytes{}, 1000).output.empty());
    EXPECT_TRUE(send(table, Bytes{1, 2, 3, 4}, 1000).output.empty());
    Bytes call =
        abi::encode_call(*abi::parse_signature("select(string,address)"), {str("k"), at(table)});
    call.resize(40);
    EXPECT_EQ(send(table, call, 1000).end, End::reverted);
    EXPECT_EQ(send(address_of(0x1001), Bytes{1, 2, 3, 4}, 1000).end, End::success);
}

TEST_F(FiscoTable, GasBoundsTheWork) {
    const auto table = create_and_open();
    for (int i = 0; i < 10; ++i) insert(table, "k", i, i);
    const auto all = condition(table);
    const abi::Values arguments{str("k"), at(all)};
    const auto result = send(table, "select(string,address)", arguments);
    EXPECT_GE(result.gas_used, 10 * k_gas_load);
    const auto starved = send(table, "select(string,address)", arguments, result.gas_used - 1);
    EXPECT_EQ(starved.end, End::out_of_gas);
    EXPECT_EQ(starved.gas_used, result.gas_used - 1);
    EXPECT_EQ(send(table, "select(string,address)", arguments, result.gas_used).end, End::success);
    const auto none = condition(table);
    send(none, "EQ(string,int256)", {str("price"), num(99)});
    EXPECT_GE(send(table, "select(string,address)", {str("k"), at(none)}).gas_used, 10 * k_gas_load)
        << "rows that do not match were read, too";
    EXPECT_EQ(send(table, "newEntry()", {}, 2).end, End::out_of_gas);
}

TEST_F(FiscoTable, ValuesThatHashAlikeDoNotShareTheirRows) {
    const auto table = create_and_open();
    insert(table, "k", 1, 1);
    insert(table, "l", 1, 1);
    EXPECT_EQ(select(table, "k"), "1");
    send(table, "remove(string,address)", {str("l"), at(condition(table))});
    EXPECT_EQ(select(table, "k"), "1");
}

/// The same calls lead to the same state, whatever was undone in between.
TEST_F(FiscoTable, StateFollowsFromTheCallsThatSucceeded) {
    std::mt19937 random(7);  // NOLINT: the same choices in every run
    FakeJournal clean;
    Precompiles other(settings_);
    auto both = [&](const ledger::Address& to, std::string_view signature, abi::Values arguments) {
        const Bytes input = abi::encode_call(*abi::parse_signature(signature), arguments);
        const auto result = send(to, input, 1'000'000);
        const auto same = other.call(clean, Call{to, caller_, origin_, input, 1'000'000, false});
        EXPECT_EQ(result.output, same.output);
        EXPECT_EQ(result.gas_used, same.gas_used);
        return result;
    };
    both(address_of(0x1001), "createTable(string,string,string)", {str("t"), str("k"), str("a")});
    const auto table = address(both(address_of(0x1001), "openTable(string)", {str("t")}));
    const auto entry = address(both(table, "newEntry()", {}));
    const auto made = address(both(table, "newCondition()", {}));
    for (int i = 0; i < 200; ++i) {
        const std::string key(1, static_cast<char>('a' + random() % 4));
        both(entry, "set(string,int256)", {str("a"), num(static_cast<int>(random() % 5))});
        both(made, "EQ(string,int256)", {str("a"), num(static_cast<int>(random() % 5))});
        if (random() % 4 == 0) {
            const auto before = journal_.slots;  // a call that is undone by who called it
            send(table, "insert(string,address)", {str(key), at(entry)});
            send(table, "remove(string,address)", {str(key), at(made)});
            journal_.slots = before;
        }
        switch (random() % 3) {
            case 0: both(table, "insert(string,address)", {str(key), at(entry)}); break;
            case 1: both(table, "remove(string,address)", {str(key), at(made)}); break;
            default: both(table, "update(string,address,address)", {str(key), at(entry), at(made)});
        }
    }
    EXPECT_EQ(journal_.slots, clean.slots);
}

class FiscoKvTable : public FiscoTest {};

TEST_F(FiscoKvTable, HasOneRowForEachKey) {
    const auto factory = address_of(0x1010);
    EXPECT_EQ(reason(send(factory, "openTable(string)", {str("kv")})), "there is no table u_kv");
    EXPECT_EQ(number(send(factory, "createTable(string,string,string)",
                          {str("kv"), str("id"), str("price,name")})),
              0);
    const auto table = address(send(factory, "openTable(string)", {str("kv")}));
    EXPECT_EQ(json("(bool,address)", send(table, "get(string)", {str("a")})),
              R"([false,"0x0000000000000000000000000000000000000000"])");
    const auto entry = address(send(table, "newEntry()", {}));
    send(entry, "set(string,int256)", {str("price"), num(1)});
    send(entry, "set(string,string)", {str("name"), str("pear")});
    EXPECT_EQ(number(send(table, "set(string,address)", {str("a"), at(entry)})), 1);
    const auto other = address(send(table, "newEntry()", {}));
    send(other, "set(string,int256)", {str("price"), num(2)});
    EXPECT_EQ(number(send(table, "set(string,address)", {str("a"), at(other)})), 1);
    const auto found = send(table, "get(string)", {str("a")});
    const auto values = *abi::decode(*abi::parse_parameters("(bool,address)"), found.output);
    EXPECT_EQ(values[0].number(), 1U);
    EXPECT_EQ(number(send(values[1].address(), "getInt(string)", {str("price")})), 2);
    EXPECT_EQ(text(send(values[1].address(), "getString(string)", {str("name")})), "pear")
        << "fields that are not set stay";
}

}  // namespace
}  // namespace bsn::contract::fisco
