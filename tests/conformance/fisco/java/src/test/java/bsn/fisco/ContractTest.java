package bsn.fisco;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.fisco.bcos.sdk.model.TransactionReceipt;
import org.fisco.bcos.sdk.model.callback.TransactionCallback;
import org.fisco.bcos.sdk.transaction.builder.TransactionBuilderService;
import org.fisco.bcos.sdk.transaction.model.exception.TransactionBaseException;
import org.junit.jupiter.api.Test;

/** Contracts deployed, called and refused through the SDK. */
class ContractTest {
    @Test
    void deployedCalledChanged() throws Exception {
        var store = Node.deploy("Store", "first");
        assertNotEquals("0x", Node.client().getCode(store.address).getCode());
        assertEquals(List.of("first"), store.call("get"));
        var response = store.send("set", "second");
        // What the SDK calls the return code is the first number that the function returns.
        assertEquals("0x0", response.getTransactionReceipt().getStatus());
        assertEquals(1, response.getReturnCode());
        assertEquals(List.of(BigInteger.ONE), response.getReturnObject());
        assertEquals("second", response.getEventResultMap().get("Changed").get(0).get(0));
        assertEquals(List.of("second"), store.call("get"));
    }

    @Test
    void aRevertTellsItsReasonAndChangesNothing() throws Exception {
        var store = Node.deploy("Store", "first");
        var response = store.send("fail");
        assertEquals("0x16", response.getTransactionReceipt().getStatus());
        assertTrue(response.toString().contains("the reason is this"), response.toString());
        assertEquals(List.of(BigInteger.ZERO), store.call("count"));
    }

    @Test
    void outOfGas() throws Exception {
        var store = Node.deploy("Store", "first");
        assertEquals("0xc", store.send("endless").getTransactionReceipt().getStatus());
    }

    @Test
    void evidence() throws Exception {
        var evidence = Node.deploy("Evidence");
        byte[] hash = new byte[32];
        new SecureRandom().nextBytes(hash);
        var receipt = evidence.send("deposit", hash, "a note").getTransactionReceipt();
        assertEquals("0x0", receipt.getStatus());
        var found = evidence.call("find", hash);
        assertEquals(Node.ownKey().getAddress(), found.get(0));
        assertEquals(Node.quantity(receipt.getBlockNumber()), found.get(2));
        var block = Node.client().getBlockByNumber(Node.quantity(receipt.getBlockNumber()), false).getBlock();
        assertEquals(Node.quantity(block.getTimestamp()), found.get(1));
        assertTrue(evidence.send("deposit", hash, "").toString().contains("deposited already"));
    }

    @Test
    void manyAtOnceOutOfOrder() throws Exception {
        var store = Node.deploy("Store", "first");
        int count = 50;
        var done = new CountDownLatch(count);
        List<TransactionReceipt> receipts = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < count; ++i) {
            Node.processor().sendTransactionAsync(store.address, store.abi, "set", List.of("value " + i),
                    new TransactionCallback() {
                        @Override
                        public void onResponse(TransactionReceipt receipt) {
                            receipts.add(receipt);
                            done.countDown();
                        }
                    });
        }
        assertTrue(done.await(60, TimeUnit.SECONDS));
        assertTrue(receipts.stream().allMatch(each -> "0x0".equals(each.getStatus())));
        assertEquals(List.of(BigInteger.valueOf(count)), store.call("count"));
    }

    @Test
    void thePresetContractKeepsRowsInATable() throws Exception {
        var base = Node.deploy("Base");
        String id = "row" + System.nanoTime();
        var one = BigInteger.ONE;
        assertEquals(List.of(one), base.send("insert", id, BigInteger.valueOf(7), "seven").getReturnObject());
        assertEquals(List.of(one), base.send("insert", id, BigInteger.valueOf(8), "eight").getReturnObject());
        assertEquals(List.of(one), base.send("update", id, BigInteger.valueOf(7), "SEVEN").getReturnObject());
        var rows = base.call("select", id);
        assertEquals(List.of(id, id), rows.get(0));
        assertEquals(List.of(BigInteger.valueOf(7), BigInteger.valueOf(8)), rows.get(1));
        assertEquals(List.of("SEVEN", "eight"), rows.get(2));
        var removed = base.send("remove", id, BigInteger.valueOf(8));
        assertEquals(List.of(one), removed.getReturnObject());
        assertEquals("1", removed.getEventResultMap().get("DeleteResult").get(0).get(0).toString());
        assertEquals(List.of(List.of(id), List.of(BigInteger.valueOf(7)), List.of("SEVEN")), base.call("select", id));
    }

    @Test
    void anAddressWithoutAContractIsNotCalled() throws Exception {
        var store = Node.deploy("Store", "first");
        var nowhere = new Node.Deployed(store.abi, Node.freshKey().getAddress(), store.receipt);
        var response = nowhere.send("set", "lost");
        assertEquals("0x1a", response.getTransactionReceipt().getStatus());
        assertTrue(response.getTransactionReceipt().getLogs().isEmpty());
        assertThrows(TransactionBaseException.class, () -> nowhere.call("get"));
    }

    @Test
    void refusedTransactionsSayWhy() throws Exception {
        var store = Node.deploy("Store", "first");
        var client = Node.client();
        int chain = Integer.parseInt(client.getNodeVersion().getNodeVersion().getChainId());
        BigInteger number = client.getBlockNumber().getBlockNumber();
        BigInteger limit = client.getBlockLimit();

        String good = signed(chain, Node.GROUP, limit, store);
        assertEquals("0x0", client.sendRawTransactionAndGetReceipt(good).getStatus());
        // 10000 when it still waits, 10001 or 15 once it is in a block
        assertTrue(List.of("0x2710", "0x2711", "0xf").contains(client.sendRawTransactionAndGetReceipt(good).getStatus()));
        assertEquals("0x10", client.sendRawTransactionAndGetReceipt(signed(chain, Node.GROUP, number.subtract(BigInteger.ONE), store)).getStatus());
        assertEquals("0x10", client.sendRawTransactionAndGetReceipt(signed(chain, Node.GROUP, number.add(BigInteger.valueOf(100_000)), store)).getStatus());
        assertEquals("0x2712", client.sendRawTransactionAndGetReceipt(signed(chain + 1, Node.GROUP, limit, store)).getStatus());
        assertEquals("0x2713", client.sendRawTransactionAndGetReceipt(signed(chain, Node.GROUP + 1, limit, store)).getStatus());
        assertTrue(client.sendRawTransactionAndGetReceipt("0x1234").getStatus().startsWith("-"));
        assertEquals(List.of(BigInteger.ONE), store.call("count"));
    }

    private static String signed(int chain, int group, BigInteger limit, Node.Deployed store) throws Exception {
        return TransactionBuilderService.createSignedTransaction(
                Node.client().getCryptoSuite(), group, chain, limit, store.abi, store.address, "set", List.of("raw"));
    }
}
