package asset;

import org.hyperledger.fabric.contract.Context;
import org.hyperledger.fabric.contract.ContractInterface;
import org.hyperledger.fabric.contract.annotation.Contract;
import org.hyperledger.fabric.contract.annotation.Default;
import org.hyperledger.fabric.contract.annotation.Transaction;
import org.hyperledger.fabric.shim.ChaincodeException;

/** Who owns which thing. Functions of the contract are what apps call: asset.register and so on. */
@Contract(name = "asset")
@Default
public final class Asset implements ContractInterface {
    /** Makes a thing, described by a text. */
    @Transaction
    public String register(final Context context, final String id, final String description) {
        if (!context.getStub().getStringState(id).isEmpty()) {
            throw new ChaincodeException("there is a thing " + id + " already");
        }
        context.getStub().putStringState(id, description);
        context.getStub().setEvent("registered", id.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return description;
    }

    @Transaction(intent = Transaction.TYPE.EVALUATE)
    public String read(final Context context, final String id) {
        final String description = context.getStub().getStringState(id);
        if (description.isEmpty()) {
            throw new ChaincodeException("there is no thing " + id);
        }
        return description;
    }
}
