package bsn.fisco;

import java.io.File;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.fisco.bcos.sdk.BcosSDK;
import org.fisco.bcos.sdk.client.Client;
import org.fisco.bcos.sdk.crypto.CryptoSuite;
import org.fisco.bcos.sdk.crypto.keypair.CryptoKeyPair;
import org.fisco.bcos.sdk.model.CryptoType;
import org.fisco.bcos.sdk.model.TransactionReceipt;
import org.fisco.bcos.sdk.transaction.manager.AssembleTransactionProcessor;
import org.fisco.bcos.sdk.transaction.manager.TransactionProcessorFactory;
import org.fisco.bcos.sdk.transaction.model.dto.TransactionResponse;
import org.fisco.solc.compiler.CompilationResult;
import org.fisco.solc.compiler.SolidityCompiler;

/**
 * The node under test, as the SDK reaches it. One connection serves all tests.
 *
 * <p>From the environment: FISCO_NODE (host:port), FISCO_CONF (folder with ca.crt, sdk.crt, sdk.key),
 * FISCO_GROUP (1), FISCO_SM (true for SM2 and SM3), FISCO_CONTRACTS (folder of .sol files), FISCO_COMPILED (folder
 * of .abi and .bin files of the npm compiler).
 */
final class Node {
    static final int GROUP = Integer.parseInt(environment("FISCO_GROUP", "1"));
    static final boolean SM = Boolean.parseBoolean(environment("FISCO_SM", "false"));

    private static BcosSDK sdk;

    private Node() {}

    static synchronized BcosSDK sdk() {
        if (sdk == null) {
            sdk = connect();
        }
        return sdk;
    }

    static Client client() {
        return sdk().getClient(GROUP);
    }

    /** Another key than the client's own. */
    static CryptoKeyPair freshKey() {
        return new CryptoSuite(SM ? CryptoType.SM_TYPE : CryptoType.ECDSA_TYPE).createKeyPair();
    }

    static CryptoKeyPair ownKey() {
        return client().getCryptoSuite().getCryptoKeyPair();
    }

    static AssembleTransactionProcessor processor() throws Exception {
        return TransactionProcessorFactory.createAssembleTransactionProcessor(client(), ownKey());
    }

    /** A deployed contract. */
    static final class Deployed {
        final String abi;
        final String address;
        final TransactionReceipt receipt;

        Deployed(String abi, String address, TransactionReceipt receipt) {
            this.abi = abi;
            this.address = address;
            this.receipt = receipt;
        }

        TransactionResponse send(String function, Object... values) throws Exception {
            return processor().sendTransactionAndGetResponse(address, abi, function, Arrays.asList(values));
        }

        List<Object> call(String function, Object... values) throws Exception {
            var response = processor().sendCall(ownKey().getAddress(), address, abi, function, Arrays.asList(values));
            if (response.getReturnCode() != 0) {
                throw new IllegalStateException(function + ": " + response.getReturnCode() + " " + response.getReturnMessage());
            }
            return response.getReturnObject();
        }
    }

    static Deployed deploy(String name, Object... values) throws Exception {
        var compiled = compile(name);
        var response = processor().deployAndGetResponse(compiled.abi, compiled.bin, Arrays.asList(values));
        if (response.getReturnCode() != 0) {
            throw new IllegalStateException("deploy " + name + ": " + response.getReturnCode() + " " + response.getReturnMessage());
        }
        return new Deployed(compiled.abi, response.getContractAddress(), response.getTransactionReceipt());
    }

    /** What the npm compiler made; in an SM group what the ecosystem's own compiler makes, with SM3 selectors. */
    static CompilationResult.ContractMetadata compile(String name) throws IOException {
        if (!SM) {
            var made = new CompilationResult.ContractMetadata();
            made.abi = Files.readString(Path.of(environment("FISCO_COMPILED", "../compiled"), name + ".abi"));
            made.bin = Files.readString(Path.of(environment("FISCO_COMPILED", "../compiled"), name + ".bin"));
            return made;
        }
        var source = new File(environment("FISCO_CONTRACTS", "../contracts"), name + ".sol");
        var result = SolidityCompiler.compile(
                source, true, true, SolidityCompiler.Options.ABI, SolidityCompiler.Options.BIN);
        if (result.isFailed()) {
            throw new IllegalStateException(result.getErrors());
        }
        return CompilationResult.parse(result.getOutput()).getContract(name);
    }

    static void waitFor(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + 30_000_000_000L;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(what + ": not within 30 s");
            }
            Thread.sleep(20);
        }
    }

    static BigInteger quantity(String hex) {
        return new BigInteger(hex.substring(2), 16);
    }

    static String environment(String name, String otherwise) {
        return System.getenv().getOrDefault(name, otherwise);
    }

    private static BcosSDK connect() {
        try {
            Path folder = Files.createTempDirectory("bsn-fisco");
            Path config = folder.resolve("config.toml");
            Files.writeString(
                    config,
                    String.join(
                            "\n",
                            "[cryptoMaterial]",
                            "certPath = \"" + environment("FISCO_CONF", "conf") + "\"",
                            "[network]",
                            "peers = [\"" + environment("FISCO_NODE", "127.0.0.1:20200") + "\"]",
                            "[account]",
                            "keyStoreDir = \"" + folder.resolve("account") + "\"",
                            "[threadPool]",
                            "maxBlockingQueueSize = \"102400\"",
                            ""));
            return BcosSDK.build(config.toString());
        } catch (IOException fault) {
            throw new IllegalStateException(fault);
        }
    }
}
