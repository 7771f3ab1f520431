package bsn.fisco;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.fisco.bcos.sdk.abi.ABICodec;
import org.fisco.bcos.sdk.abi.tools.TopicTools;
import org.fisco.bcos.sdk.eventsub.EventLogParams;
import org.fisco.bcos.sdk.eventsub.EventSubscribe;
import org.fisco.bcos.sdk.model.EventLog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Contract events and block numbers that the node pushes. */
class EventsTest {
    private final EventSubscribe subscribe = Node.sdk().getEventSubscribe(Node.GROUP);
    private final List<EventLog> logs = new CopyOnWriteArrayList<>();
    private final List<Integer> answers = new CopyOnWriteArrayList<>();

    EventsTest() {
        subscribe.start();
    }

    @AfterEach
    void stop() {
        subscribe.stop();
    }

    private void hear(int status, List<EventLog> heard) {
        answers.add(status);
        if (heard != null) {
            logs.addAll(heard);
        }
    }

    private static EventLogParams params(String from, String to, List<String> addresses, List<Object> topics) {
        var params = new EventLogParams();
        params.setFromBlock(from);
        params.setToBlock(to);
        params.setAddresses(addresses);
        params.setTopics(topics);
        return params;
    }

    @Test
    void pushedAsTheyHappen() throws Exception {
        var store = Node.deploy("Store", "first");
        String id = subscribe.subscribeEvent(params("latest", "latest", List.of(store.address), new ArrayList<>()), this::hear);
        Node.waitFor("registered", () -> answers.contains(0));
        var receipt = store.send("set", "pushed").getTransactionReceipt();
        store.send("set", "pushed again");
        Node.waitFor("events", () -> logs.size() >= 2);
        EventLog log = logs.get(0);
        assertEquals(receipt.getTransactionHash(), log.getTransactionHash());
        assertEquals(Node.quantity(receipt.getBlockNumber()), log.getBlockNumber());
        assertEquals(receipt.getBlockHash(), log.getBlockHash());
        assertEquals(BigInteger.ZERO, log.getLogIndex());
        assertEquals(store.address, log.getAddress());
        var decoded = new ABICodec(Node.client().getCryptoSuite()).decodeEvent(store.abi, "Changed", log);
        assertTrue(decoded.contains("pushed"), decoded.toString());

        subscribe.unsubscribeEvent(id, (status, heard) -> answers.add(1000 + status));
        Node.waitFor("unregistered", () -> answers.contains(1000));
        int before = logs.size();
        store.send("set", "unheard");
        Thread.sleep(500);
        assertEquals(before, logs.size());
    }

    @Test
    void ofARangeInThePastByTopicThenComplete() throws Exception {
        var store = Node.deploy("Store", "first");
        String first = Node.quantity(store.receipt.getBlockNumber()).toString();
        BigInteger last = BigInteger.ZERO;
        for (int i = 1; i <= 4; ++i) {
            last = Node.quantity(store.send("set", "value " + i).getTransactionReceipt().getBlockNumber());
        }
        var tools = new TopicTools(Node.client().getCryptoSuite());
        List<Object> topics = new ArrayList<>(Collections.nCopies(2, null));
        topics.set(0, tools.stringToTopic("Changed(address,int256,string)"));
        topics.add(List.of(tools.integerToTopic(BigInteger.TWO), tools.integerToTopic(BigInteger.valueOf(4))));
        subscribe.subscribeEvent(params(first, last.toString(), List.of(store.address), topics), this::hear);
        Node.waitFor("complete", () -> answers.contains(1));
        var codec = new ABICodec(Node.client().getCryptoSuite());
        var texts = new ArrayList<Object>();
        // The SDK hands what was pushed in order to several threads.
        var ordered = new ArrayList<EventLog>(logs);
        ordered.sort(Comparator.comparing(EventLog::getBlockNumber));
        for (EventLog log : ordered) {
            texts.add(codec.decodeEvent(store.abi, "Changed", log).get(2));
        }
        assertEquals(List.of("value 2", "value 4"), texts);
    }

    @Test
    void blockNumbersArePushed() throws Exception {
        var numbers = new CopyOnWriteArrayList<BigInteger>();
        var service = Node.sdk().getGroupManagerService();
        String id = service.registerBlockNotifyCallback((peer, told) -> numbers.add(new BigInteger(told.getBlockNumber())));
        try {
            var receipt = Node.deploy("Store", "first").receipt;
            Node.waitFor("block number", () -> numbers.contains(Node.quantity(receipt.getBlockNumber())));
            assertTrue(service.getLatestBlockNumberByGroup(Node.GROUP).compareTo(Node.quantity(receipt.getBlockNumber())) >= 0);
        } finally {
            service.eraseBlockNotifyCallback(id);
        }
    }
}
