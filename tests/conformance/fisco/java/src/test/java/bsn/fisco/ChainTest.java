package bsn.fisco;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.List;
import org.fisco.bcos.sdk.BcosSDKException;
import org.fisco.bcos.sdk.client.exceptions.ClientException;
import org.fisco.bcos.sdk.client.protocol.response.BcosBlock;
import org.fisco.bcos.sdk.model.CryptoType;
import org.fisco.bcos.sdk.model.MerkleProofUnit;
import org.fisco.bcos.sdk.rlp.RlpEncoder;
import org.fisco.bcos.sdk.rlp.RlpString;
import org.fisco.bcos.sdk.utils.Hex;
import org.junit.jupiter.api.Test;

/** What the SDK reads of a chain: the node, blocks, transactions, proofs; and what it is told of what is not there. */
class ChainTest {
    @Test
    void nodeTellsItsVersionAndSuite() {
        var version = Node.client().getNodeVersion().getNodeVersion();
        assertTrue(version.getSupportedVersion().matches("2\\.\\d+\\.\\d+"), version.toString());
        assertEquals(Node.SM, version.getVersion().contains("gm"));
        assertEquals(Node.SM ? CryptoType.SM_TYPE : CryptoType.ECDSA_TYPE, Node.client().getCryptoType());
        new BigInteger(version.getChainId());
    }

    @Test
    void groupsSealersConfiguration() {
        var client = Node.client();
        assertTrue(client.getGroupList().getGroupList().contains(String.valueOf(Node.GROUP)));
        List<String> sealers = client.getSealerList().getSealerList();
        assertFalse(sealers.isEmpty());
        assertTrue(sealers.stream().allMatch(each -> each.matches("[0-9a-f]{128}")));
        assertNotNull(client.getObserverList().getObserverList());
        assertFalse(client.getNodeIDList().getNodeIDList().isEmpty());
        assertNotNull(client.getGroupPeers().getGroupPeers());
        assertNotNull(client.getPeers().getPeers());
        assertNotNull(client.getSyncStatus().getSyncStatus().getNodeId());
        assertNotNull(client.getConsensusStatus().getConsensusStatus());
        assertTrue(client.getPbftView().getPbftView().signum() >= 0);
        assertTrue(new BigInteger(client.getSystemConfigByKey("tx_count_limit").getSystemConfig()).signum() > 0);
        assertTrue(new BigInteger(client.getSystemConfigByKey("tx_gas_limit").getSystemConfig()).signum() > 0);
        assertEquals(BigInteger.ZERO, client.getPendingTxSize().getPendingTxSize().min(BigInteger.ZERO));
        assertNotNull(client.getPendingTransaction().getPendingTransactions());
    }

    @Test
    void blocksFormAChainWhoseHashesTheSdkComputes() throws Exception {
        var client = Node.client();
        var receipt = Node.deploy("Store", "first").receipt;
        BigInteger number = Node.quantity(receipt.getBlockNumber());
        assertTrue(client.getBlockNumber().getBlockNumber().compareTo(number) >= 0);

        BcosBlock.Block block = client.getBlockByNumber(number, true).getBlock();
        assertEquals(receipt.getBlockHash(), block.getHash());
        assertEquals(number, block.getNumber());
        assertEquals(block.getHash(), block.calculateHash(client.getCryptoSuite()));
        assertEquals(block.getHash(), client.getBlockHashByNumber(number).getBlockHashByNumber());
        assertEquals(block.getHash(), client.getBlockByHash(block.getHash(), false).getBlock().getHash());
        assertEquals(block.getParentHash(), client.getBlockByNumber(number.subtract(BigInteger.ONE), false).getBlock().getHash());
        assertFalse(block.getSignatureList().isEmpty());
        assertTrue(block.getTransactions().stream()
                .map(each -> ((BcosBlock.TransactionObject) each).get().getHash())
                .anyMatch(receipt.getTransactionHash()::equals));

        var header = client.getBlockHeaderByNumber(number, true).getBlockHeader();
        assertEquals(block.getHash(), header.calculateHash(client.getCryptoSuite()));
        assertEquals(block.getHash(), client.getBlockHeaderByHash(block.getHash(), false).getBlockHeader().getHash());
        var total = client.getTotalTransactionCount().getTotalTransactionCount();
        assertTrue(Node.quantity(total.getTxSum()).signum() > 0);
        assertTrue(Node.quantity(total.getBlockNumber()).compareTo(number) >= 0);
    }

    @Test
    void transactionsAndReceiptsWithProofs() throws Exception {
        var client = Node.client();
        var suite = client.getCryptoSuite();
        var store = Node.deploy("Store", "first");
        var receipt = store.send("set", "proved").getTransactionReceipt();
        BigInteger number = Node.quantity(receipt.getBlockNumber());
        BigInteger index = Node.quantity(receipt.getTransactionIndex());

        var transaction = client.getTransactionByHash(receipt.getTransactionHash()).getTransaction().orElseThrow();
        assertEquals(transaction.getHash(), transaction.calculateHash(suite));
        assertEquals(store.address, transaction.getTo());
        assertEquals(Node.ownKey().getAddress(), transaction.getFrom());
        assertEquals(transaction.getHash(),
                client.getTransactionByBlockNumberAndIndex(number, index).getTransaction().orElseThrow().getHash());
        assertEquals(transaction.getHash(),
                client.getTransactionByBlockHashAndIndex(receipt.getBlockHash(), index).getTransaction().orElseThrow().getHash());

        var again = client.getTransactionReceipt(receipt.getTransactionHash()).getTransactionReceipt().orElseThrow();
        assertEquals(receipt.getOutput(), again.getOutput());
        assertEquals("0x0", again.getStatus());

        var block = client.getBlockByNumber(number, false).getBlock();
        var proof = client.getTransactionByHashWithProof(receipt.getTransactionHash()).getTransactionWithProof();
        String leaf = Hex.toHexString(RlpEncoder.encode(RlpString.create(index))) + receipt.getTransactionHash().substring(2);
        assertEquals(block.getTransactionsRoot(), root(leaf, proof.getTransactionProof()));
        var proved = client.getTransactionReceiptByHashWithProof(receipt.getTransactionHash()).getTransactionReceiptWithProof();
        assertEquals(receipt.getTransactionHash(), proved.getReceipt().getTransactionHash());
        assertFalse(proved.getReceiptProof().isEmpty());
    }

    private static String root(String leaf, List<MerkleProofUnit> proof) {
        String node = leaf;
        for (MerkleProofUnit unit : proof) {
            String children = String.join("", unit.getLeft()) + node + String.join("", unit.getRight());
            node = Hex.toHexString(Node.client().getCryptoSuite().hash(Hex.decode(children)));
        }
        return "0x" + node;
    }

    @Test
    void whatIsNotThere() {
        var client = Node.client();
        String unknown = "0x" + "cd".repeat(32);
        assertTrue(client.getTransactionByHash(unknown).getTransaction().isEmpty());
        assertTrue(client.getTransactionReceipt(unknown).getTransactionReceipt().isEmpty());
        assertEquals("0x", client.getCode("0x" + "ab".repeat(20)).getCode());
        assertEquals(-40004, code(() -> client.getBlockByNumber(BigInteger.valueOf(1_000_000_000), false)));
        assertEquals(-40003, code(() -> client.getBlockByHash(unknown, false)));
        assertEquals(-40008, code(() -> client.getSystemConfigByKey("no_such_key")));
        assertEquals(-40005, code(() -> client.getTransactionByBlockNumberAndIndex(BigInteger.ONE, BigInteger.valueOf(100_000))));
    }

    @Test
    void anUnknownGroupIsRefused() {
        assertThrows(BcosSDKException.class, () -> Node.sdk().getClient(32_000));
        String peer = Node.client().getGroupManagerService().getChannel().getAvailablePeer().get(0);
        assertEquals(-40001, code(() -> Node.client().getBlockNumber(32_000, peer)));
    }

    static int code(Runnable asked) {
        return assertThrows(ClientException.class, asked::run).getErrorCode();
    }
}
