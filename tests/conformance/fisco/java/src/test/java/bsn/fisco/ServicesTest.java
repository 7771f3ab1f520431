package bsn.fisco;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.fisco.bcos.sdk.contract.precompiled.cns.CnsService;
import org.fisco.bcos.sdk.contract.precompiled.consensus.ConsensusService;
import org.fisco.bcos.sdk.contract.precompiled.crud.TableCRUDService;
import org.fisco.bcos.sdk.contract.precompiled.crud.common.Condition;
import org.fisco.bcos.sdk.contract.precompiled.crud.common.Entry;
import org.fisco.bcos.sdk.contract.precompiled.permission.PermissionService;
import org.fisco.bcos.sdk.contract.precompiled.sysconfig.SystemConfigService;
import org.fisco.bcos.sdk.transaction.model.exception.ContractException;
import org.junit.jupiter.api.Test;

/** The SDK's services over the node's precompiled contracts. */
class ServicesTest {
    private static String fresh(String prefix) {
        return prefix + System.nanoTime();
    }

    private static Condition equal(String field, String value) {
        var condition = new Condition();
        condition.EQ(field, value);
        return condition;
    }

    @Test
    void rowsOfATable() throws Exception {
        var tables = new TableCRUDService(Node.client(), Node.ownKey());
        String name = fresh("t");
        assertEquals(0, tables.createTable(name, "id", List.of("item", "amount")).getCode());
        assertEquals(-50001, tables.createTable(name, "id", List.of("item", "amount")).getCode());
        var described = tables.desc(name).get(0);
        assertEquals("id", described.get("key_field"));
        assertEquals("item,amount", described.get("value_field"));

        assertEquals(1, tables.insert(name, "apple", new Entry(Map.of("item", "red", "amount", "3"))).getCode());
        assertEquals(1, tables.insert(name, "apple", new Entry(Map.of("item", "green", "amount", "5"))).getCode());
        assertEquals(2, tables.select(name, "apple", new Condition()).size());
        var green = tables.select(name, "apple", equal("item", "green"));
        assertEquals("5", green.get(0).get("amount"));
        assertEquals("apple", green.get(0).get("id"));

        var more = new Condition();
        more.GT("amount", "3");
        assertEquals(1, tables.select(name, "apple", more).size());
        var limited = new Condition();
        limited.Limit(1, 1);
        assertEquals("green", tables.select(name, "apple", limited).get(0).get("item"));

        assertEquals(1, tables.update(name, "apple", new Entry(Map.of("amount", "9")), equal("item", "red")).getCode());
        assertEquals("9", tables.select(name, "apple", equal("item", "red")).get(0).get("amount"));
        assertEquals(0, tables.update(name, "apple", new Entry(Map.of("amount", "1")), equal("item", "blue")).getCode());
        assertEquals(1, tables.remove(name, "apple", equal("item", "red")).getCode());
        assertEquals(1, tables.select(name, "apple", new Condition()).size());
        assertEquals(-50100, tables.insert(fresh("none"), "x", new Entry(Map.of("item", "y"))).getCode());
        assertEquals(-51503, tables.update(name, "apple", new Entry(Map.of("id", "pear")), new Condition()).getCode());
    }

    @Test
    void namesOfContracts() throws Exception {
        var names = new CnsService(Node.client(), Node.ownKey());
        var store = Node.deploy("Store", "named");
        String name = fresh("Store");
        assertTrue(names.registerCNS(name, "1.0", store.address, store.abi).getCode() >= 0);
        assertEquals(-51200, names.registerCNS(name, "1.0", store.address, store.abi).getCode());
        assertTrue(names.registerCNS(name, "2.0", store.address, store.abi).getCode() >= 0);
        assertEquals(2, names.selectByName(name).size());
        var found = names.selectByNameAndVersion(name, "2.0").get(0);
        assertEquals(store.address, found.getAddress());
        assertEquals(store.abi, found.getAbi());
        assertEquals(store.address, names.getContractAddress(name, "1.0"));
        assertTrue(names.selectByName(fresh("none")).isEmpty());
        // As of FISCO BCOS: there is no entry, and the call fails.
        assertThrows(ContractException.class, () -> names.getContractAddress(fresh("none"), "1.0"));
    }

    @Test
    void permissionsOfATable() throws Exception {
        var tables = new TableCRUDService(Node.client(), Node.ownKey());
        var permissions = new PermissionService(Node.client(), Node.ownKey());
        String name = fresh("p");
        assertEquals(0, tables.createTable(name, "id", List.of("item")).getCode());
        String own = Node.ownKey().getAddress();
        assertEquals(1, permissions.grantPermission(name, own).getCode());
        assertEquals(-51000, permissions.grantPermission(name, own).getCode());
        assertEquals(own, permissions.queryPermissionByTableName(name).get(0).getAddress());
        assertEquals(1, tables.insert(name, "a", new Entry(Map.of("item", "mine"))).getCode());

        var stranger = new TableCRUDService(Node.client(), Node.freshKey());
        assertEquals(-50000, stranger.insert(name, "b", new Entry(Map.of("item", "not mine"))).getCode());
        assertEquals(1, permissions.revokePermission(name, own).getCode());
        assertEquals(-51001, permissions.revokePermission(name, own).getCode());
        assertTrue(permissions.queryPermissionByTableName(name).isEmpty());
        assertEquals(1, stranger.insert(name, "b", new Entry(Map.of("item", "anyone's"))).getCode());
    }

    @Test
    void sealersAndConfigurationAreNotTheSdksToChange() throws Exception {
        // Nodes of an app are the network's affair.
        var consensus = new ConsensusService(Node.client(), Node.ownKey());
        assertEquals(-51100, consensus.addObserver("00").getCode());
        assertEquals(-50000, consensus.removeNode(Node.client().getSealerList().getSealerList().get(0)).getCode());
        assertThrows(ContractException.class, () -> consensus.addSealer("00"));  // by the SDK itself
        var config = new SystemConfigService(Node.client(), Node.ownKey());
        assertEquals(-51300, config.setValueByKey("no_such_key", "1").getCode());
    }
}
