#include "fisco_fixture.hpp"

namespace bsn::contract::fisco {
namespace {

class FiscoCrud : public FiscoTest {
  protected:
    void SetUp() override {
        caller_ = origin_;
        EXPECT_EQ(number(0x1001, "createTable(string,string,string)",
                         {str("goods"), str("name"), str("item_id,price")}),
                  0);
    }
    std::int64_t insert(std::string_view key, std::string_view entry) {
        return number(0x1002, "insert(string,string,string,string)",
                      {str("goods"), str(key), str(entry), str("")});
    }
    CallResult select(std::string_view table, std::string_view key, std::string_view condition) {
        return send(address_of(0x1002), "select(string,string,string,string)",
                    {str(table), str(key), str(condition), str("")});
    }
};

TEST_F(FiscoCrud, RowsAreJson) {
    EXPECT_EQ(json("(string,string)", send(address_of(0x1002), "desc(string)", {str("goods")})),
              R"(["name","item_id,price"])");
    EXPECT_EQ(json("(string,string)", send(address_of(0x1002), "desc(string)", {str("none")})),
              R"(["",""])");
    EXPECT_EQ(insert("fruit", R"({"item_id":"1","price":10})"), 1);
    EXPECT_EQ(insert("fruit", R"({"price":"20","item_id":"2"})"), 1);
    EXPECT_EQ(text(select("goods", "fruit", "{}")),
              "[\n   {\n      \"item_id\" : \"1\",\n      \"name\" : \"fruit\",\n      \"price\" : "
              "\"10\"\n   },\n   {\n      \"item_id\" : \"2\",\n      \"name\" : \"fruit\",\n      "
              "\"price\" : \"20\"\n   }\n]\n");
    EXPECT_EQ(text(select("goods", "other", "{}")), "[]\n");
    EXPECT_EQ(nlohmann::json::parse(text(select("goods", "fruit", R"({"price":{"gt":"10"}})")))
                  .at(0)["item_id"],
              "2");
    EXPECT_EQ(number(0x1002, "update(string,string,string,string,string)",
                     {str("goods"), str("fruit"), str(R"({"price":"5"})"),
                      str(R"({"item_id":{"eq":"2"}})"), str("")}),
              1);
    EXPECT_EQ(
        nlohmann::json::parse(text(select("goods", "fruit", R"({"price":{"lt":"6"}})"))).size(),
        1U);
    EXPECT_EQ(nlohmann::json::parse(text(select("goods", "fruit", R"({"price":{"limit":"1,1"}})")))
                  .at(0)["item_id"],
              "2");
    EXPECT_EQ(number(0x1002, "remove(string,string,string,string)",
                     {str("goods"), str("fruit"), str("{}"), str("")}),
              2);
    EXPECT_EQ(text(select("goods", "fruit", "{}")), "[]\n");
    EXPECT_EQ(
        nlohmann::json::parse(text(select("_sys_tables_", "u_goods", "{}"))).at(0),
        nlohmann::json(
            {{"table_name", "u_goods"}, {"key_field", "name"}, {"value_field", "item_id,price"}}));
}

TEST_F(FiscoCrud, SaysByNumbersWhatIsWrong) {
    EXPECT_EQ(insert("k", "{"), entry_malformed);
    EXPECT_EQ(insert("k", "[]"), entry_malformed);
    EXPECT_EQ(insert("k", R"({"price":{}})"), entry_malformed);
    EXPECT_EQ(number(select("goods", "k", "x")), condition_malformed);
    EXPECT_EQ(number(select("goods", "k", R"({"price":5})")), condition_malformed);
    EXPECT_EQ(number(select("goods", "k", R"({"price":{"limit":"1"}})")), condition_malformed);
    EXPECT_EQ(number(select("goods", "k", R"({"price":{"like":"1"}})")),
              condition_operation_unknown);
    EXPECT_EQ(number(select("none", "k", "{}")), table_not_exist);
    EXPECT_EQ(number(0x1002, "insert(string,string,string,string)",
                     {str("none"), str("k"), str("{}"), str("")}),
              table_not_exist);
    EXPECT_EQ(number(0x1002, "remove(string,string,string,string)",
                     {str("none"), str("k"), str("{}"), str("")}),
              table_not_exist);
    EXPECT_EQ(number(0x1002, "remove(string,string,string,string)",
                     {str("goods"), str("k"), str("?"), str("")}),
              condition_malformed);
    EXPECT_EQ(number(0x1002, "update(string,string,string,string,string)",
                     {str("goods"), str("k"), str(R"({"name":"x"})"), str("{}"), str("")}),
              update_of_key);
    EXPECT_EQ(number(0x1002, "nothing()", {}), unknown_function);
    EXPECT_EQ(reason(send(address_of(0x1002), "insert(string,string,string,string)",
                          {str("goods"), str("k"), str(R"({"colour":"red"})"), str("")})),
              "table u_goods has no field 'colour'");
}

class FiscoCns : public FiscoTest {};

TEST_F(FiscoCns, FindsContractsByNameAndVersion) {
    const std::string insert = "insert(string,string,string,string)";
    const std::string where = "0x" + to_hex(k_contract);
    EXPECT_EQ(number(0x1004, insert, {str("Hello"), str("1.0"), str(where), str("[\"x\"]")}), 1);
    EXPECT_EQ(number(0x1004, insert, {str("Hello"), str("1.0"), str(where), str("[]")}),
              name_and_version_exist);
    EXPECT_EQ(number(0x1004, insert, {str("Hello"), str("2.0"), str("nowhere"), str("[]")}),
              address_invalid);
    EXPECT_EQ(number(0x1004, insert, {str("Hello"), str("2.0"), str(to_hex(k_bob)), str("[]")}), 1);
    EXPECT_EQ(
        number(0x1004, insert, {str("Hello"), str(std::string(129, '1')), str(where), str("")}),
        version_too_long);
    EXPECT_EQ(reason(send(address_of(0x1004), insert,
                          {str(std::string(129, 'n')), str("1"), str(where), str("")})),
              "the name of a contract has at most 128 bytes, not 129");
    EXPECT_EQ(text(send(address_of(0x1004), "selectByName(string)", {str("Hello")})),
              R"([{"abi":"[\"x\"]","address":")" + where +
                  R"(","name":"Hello","version":"1.0"},{"abi":"[]","address":")" + to_hex(k_bob) +
                  "\",\"name\":\"Hello\",\"version\":\"2.0\"}]\n");
    EXPECT_EQ(text(send(address_of(0x1004), "selectByNameAndVersion(string,string)",
                        {str("Hello"), str("2.0")})),
              R"([{"abi":"[]","address":")" + to_hex(k_bob) +
                  "\",\"name\":\"Hello\",\"version\":\"2.0\"}]\n");
    EXPECT_EQ(text(send(address_of(0x1004), "selectByName(string)", {str("Bye")})), "[]\n");
    EXPECT_EQ(address(send(address_of(0x1004), "getContractAddress(string,string)",
                           {str("Hello"), str("1.0")})),
              k_contract);
    EXPECT_EQ(reason(send(address_of(0x1004), "getContractAddress(string,string)",
                          {str("Hello"), str("3")})),
              "no contract is registered as Hello 3");
}

class FiscoPermission : public FiscoTest {
  protected:
    std::int64_t create(std::string_view name) {
        return number(0x1001, "createTable(string,string,string)", {str(name), str("k"), str("a")});
    }
    std::int64_t crud_insert() {
        return number(0x1002, "insert(string,string,string,string)",
                      {str("t"), str("x"), str(R"({"a":"1"})"), str("")});
    }
};

TEST_F(FiscoPermission, TablesAreWrittenByThoseNamedFromTheNextBlockOn) {
    const std::string bob = "0x" + to_hex(k_bob);
    EXPECT_EQ(create("t"), 0);
    EXPECT_EQ(number(0x1005, "insert(string,string)", {str("t"), str(bob)}), 1);
    EXPECT_EQ(number(0x1005, "insert(string,string)", {str("t"), str(bob)}), permission_exists);
    EXPECT_EQ(crud_insert(), 1) << "not yet in force";
    next_block();
    EXPECT_EQ(crud_insert(), no_authorized);
    const auto table = address(send(address_of(0x1001), "openTable(string)", {str("t")}));
    const auto entry = address(send(table, "newEntry()", {}));
    const auto made = address(send(table, "newCondition()", {}));
    EXPECT_EQ(number(send(table, "insert(string,address)", {str("x"), at(entry)})), no_authorized);
    EXPECT_EQ(number(send(table, "remove(string,address)", {str("x"), at(made)})), no_authorized);
    EXPECT_EQ(
        number(send(table, "update(string,address,address)", {str("x"), at(entry), at(made)})),
        no_authorized);
    const auto kv = address(send(address_of(0x1010), "openTable(string)", {str("t")}));
    EXPECT_EQ(reason(send(kv, "set(string,address)", {str("x"), at(entry)})),
              "permission denied: " + to_hex(k_alice) + " may not write u_t");
    origin_ = k_bob;
    EXPECT_EQ(crud_insert(), 1);
    EXPECT_EQ(text(send(address_of(0x1005), "queryByName(string)", {str("t")})),
              R"([{"address":")" + bob + "\",\"enable_num\":\"10\",\"table_name\":\"u_t\"}]\n");
    EXPECT_EQ(number(0x1005, "remove(string,string)", {str("t"), str(bob)}), 1);
    EXPECT_EQ(number(0x1005, "remove(string,string)", {str("t"), str(bob)}), permission_not_exist);
    origin_ = k_alice;
    EXPECT_EQ(crud_insert(), 1);
}

TEST_F(FiscoPermission, SystemTablesDecideWhoCreatesAndNames) {
    const std::string bob = "0x" + to_hex(k_bob);
    EXPECT_EQ(number(0x1005, "insert(string,string)", {str("_sys_tables_"), str(bob)}), 1);
    EXPECT_EQ(number(0x1005, "insert(string,string)", {str("_sys_cns_"), str(bob)}), 1);
    EXPECT_EQ(number(0x1005, "insert(string,string)", {str("_sys_config_"), str(bob)}), 1);
    EXPECT_EQ(number(0x1005, "insert(string,string)", {str("_sys_table_access_"), str(bob)}),
              committee_permission);
    EXPECT_EQ(number(0x1005, "remove(string,string)", {str("_sys_table_access_"), str(bob)}),
              committee_permission);
    EXPECT_EQ(number(0x1005, "insert(string,string)", {str("t"), str("nobody")}), address_invalid);
    EXPECT_EQ(number(0x1005, "insert(string,string)", {str(std::string(63, 't')), str(bob)}),
              permission_table_name_too_long);
    EXPECT_TRUE(transaction_->may_create(journal_, k_alice));
    next_block();
    EXPECT_EQ(create("t"), no_authorized);
    EXPECT_EQ(reason(send(address_of(0x1010), "createTable(string,string,string)",
                          {str("t"), str("k"), str("a")})),
              "permission denied: " + to_hex(k_alice) + " may not create tables");
    EXPECT_EQ(number(0x1004, "insert(string,string,string,string)",
                     {str("n"), str("1"), str(bob), str("")}),
              no_authorized);
    EXPECT_EQ(number(0x1000, "setValueByKey(string,string)", {str("tx_count_limit"), str("5")}),
              no_authorized);
    EXPECT_FALSE(transaction_->may_create(journal_, k_alice));
    EXPECT_TRUE(transaction_->may_create(journal_, k_bob));
    origin_ = k_bob;
    EXPECT_EQ(create("t"), 0);
}

TEST_F(FiscoPermission, ManagersSayWhoWritesAContract) {
    const abi::Values bob{at(k_contract), at(k_bob)};
    EXPECT_EQ(number(0x1005, "grantWrite(address,address)", bob), contract_not_exist);
    journal_.code.insert(k_contract);
    EXPECT_EQ(number(0x1005, "grantWrite(address,address)", bob), no_authorized);
    transaction_->created(journal_, k_contract, k_alice, k_alice);
    EXPECT_EQ(number(0x1005, "grantWrite(address,address)", bob), 1);
    EXPECT_EQ(number(0x1005, "grantWrite(address,address)", bob), permission_exists);
    EXPECT_TRUE(transaction_->may_write(journal_, k_contract, k_alice));
    next_block();
    EXPECT_FALSE(transaction_->may_write(journal_, k_contract, k_alice));
    EXPECT_TRUE(transaction_->may_write(journal_, k_contract, k_bob));
    EXPECT_EQ(
        reason(send(address_of(0x1001), "createTable(string,string,string)",
                    {str("t"), str("k"), str("a")})),
        "permission denied: " + to_hex(k_alice) + " may not use contract " + to_hex(k_contract));
    EXPECT_EQ(text(send(address_of(0x1005), "queryPermission(address)", {at(k_contract)})),
              "[{\"address\":\"0x" + to_hex(k_bob) +
                  "\",\"enable_num\":\"10\",\"table_name\":\"c_" + to_hex(k_contract) + "\"}]\n");
    origin_ = k_bob;
    EXPECT_EQ(number(0x1005, "revokeWrite(address,address)", bob), no_authorized);
    EXPECT_EQ(create("t"), 0);
    origin_ = k_alice;
    EXPECT_EQ(number(0x1005, "revokeWrite(address,address)", bob), 1);
    EXPECT_EQ(number(0x1005, "revokeWrite(address,address)", bob), permission_not_exist);
    EXPECT_TRUE(transaction_->may_write(journal_, k_contract, k_alice));
}

class FiscoLifeCycle : public FiscoTest {
  protected:
    std::int64_t ask(std::string_view function, const ledger::Address& contract) {
        return number(0x1007, std::string(function) + "(address)", {at(contract)});
    }
};

TEST_F(FiscoLifeCycle, ManagersFreezeAndUnfreeze) {
    EXPECT_EQ(ask("freeze", k_contract), no_such_contract);
    journal_.used.insert(k_contract);
    EXPECT_EQ(ask("freeze", k_contract), not_a_contract);
    journal_.code.insert(k_contract);
    EXPECT_EQ(ask("freeze", k_contract), not_a_manager);
    transaction_->created(journal_, k_contract, k_alice, k_alice);
    EXPECT_EQ(ask("unfreeze", k_contract), contract_is_available);
    EXPECT_FALSE(transaction_->frozen(journal_, k_contract));
    EXPECT_EQ(ask("freeze", k_contract), 1);
    EXPECT_TRUE(transaction_->frozen(journal_, k_contract));
    EXPECT_EQ(ask("freeze", k_contract), contract_is_frozen);
    EXPECT_NE(
        json("(uint256,string)", send(address_of(0x1007), "getStatus(address)", {at(k_contract)}))
            .find("frozen"),
        std::string::npos);
    EXPECT_EQ(ask("unfreeze", k_contract), 1);
    EXPECT_EQ(
        json("(uint256,string)", send(address_of(0x1007), "getStatus(address)", {at(k_contract)})),
        R"(["0","The contract is available."])");
    EXPECT_EQ(json("(uint256,string)", send(address_of(0x1007), "getStatus(address)", {at(k_bob)})),
              R"(["0","The address is nonexistent."])");
}

TEST_F(FiscoLifeCycle, ManagersNameManagers) {
    journal_.code = {k_contract, address_of(77)};
    transaction_->created(journal_, k_contract, k_alice, k_alice);
    const abi::Values bob{at(k_contract), at(k_bob)};
    EXPECT_EQ(number(0x1007, "revokeManager(address,address)", {at(k_contract), at(k_alice)}),
              last_manager);
    EXPECT_EQ(number(0x1007, "grantManager(address,address)", bob), 1);
    EXPECT_EQ(number(0x1007, "grantManager(address,address)", bob), manager_exists);
    EXPECT_EQ(number(0x1007, "revokeManager(address,address)", {at(k_contract), at(k_contract)}),
              manager_not_exist);
    origin_ = k_bob;
    EXPECT_EQ(ask("freeze", k_contract), 1);
    EXPECT_EQ(number(0x1007, "revokeManager(address,address)", {at(k_contract), at(k_alice)}), 1);
    EXPECT_EQ(json("(int256,address[])",
                   send(address_of(0x1007), "listManager(address)", {at(k_contract)})),
              "[\"0\",[\"" + abi::address_text(k_bob) + "\"]]");
    EXPECT_EQ(
        json("(int256,address[])", send(address_of(0x1007), "listManager(address)", {at(k_bob)})),
        R"(["-51904",[]])");
    transaction_->created(journal_, address_of(77), k_contract, k_alice);
    EXPECT_EQ(
        json("(int256,address[])",
             send(address_of(0x1007), "listManager(address)", {at(address_of(77))})),
        "[\"0\",[\"" + abi::address_text(k_alice) + "\",\"" + abi::address_text(k_bob) + "\"]]")
        << "the signer, and who manages the creator";
}

class FiscoSystem : public FiscoTest {};

TEST_F(FiscoSystem, SettingsAreCheckedAndHoldFromTheNextBlockOn) {
    auto set = [&](std::string_view key, std::string_view value) {
        return number(0x1000, "setValueByKey(string,string)", {str(key), str(value)});
    };
    EXPECT_EQ(set("TX_Gas_limit", "400000"), 1);
    EXPECT_EQ(system_config(journal_, "tx_gas_limit", 10), std::nullopt);
    EXPECT_EQ(system_config(journal_, "tx_gas_limit", 11), "400000");
    next_block();
    EXPECT_EQ(set("tx_gas_limit", "500000"), 1);
    EXPECT_EQ(system_config(journal_, "tx_gas_limit", 12), "500000");
    EXPECT_EQ(set("tx_gas_limit", "99999"), config_value_invalid);
    EXPECT_EQ(set("tx_count_limit", "0"), config_value_invalid);
    EXPECT_EQ(set("tx_count_limit", "many"), config_value_invalid);
    EXPECT_EQ(set("consensus_timeout", "2"), config_value_invalid);
    EXPECT_EQ(set("anything", "5"), config_value_invalid);
    EXPECT_EQ(number(0x1000, "nothing()", {}), 0);
}

TEST_F(FiscoSystem, NodesAreNotChangedHere) {
    const std::string id(128, 'a');
    for (const char* function : {"addSealer(string)", "addObserver(string)", "remove(string)"}) {
        EXPECT_EQ(number(0x1003, function, {str(id)}), no_authorized);
        EXPECT_EQ(number(0x1003, function, {str("short")}), node_id_invalid);
    }
    EXPECT_EQ(number(0x1006, "registerParallelFunctionInternal(address,string,uint256)",
                     {at(k_contract), str("transfer(string,string,uint256)"), num(2)}),
              0);
}

}  // namespace
}  // namespace bsn::contract::fisco
