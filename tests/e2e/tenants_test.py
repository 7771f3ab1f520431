"""Tenants kept apart: every call there is, of apps of three frameworks, by members of another app and with their ids.

Two apps of each framework, each with a member, a user in custody, a registration for callbacks and a secret. The calls
are those of the OpenAPI document and of the published table; all fields are there and the macs are right, so that what
refuses a call is whose it is. The reason is expected in its words, so that a refusal for another reason fails."""

import json
from typing import NamedTuple

from _network import main, wait_for
from _published import ENDPOINTS, Client, Published
from _receiver import WebSocket
from _tenants import ABI, JSON, MANY, SECRET, TOPIC, Tenant, requests
from _transactions import Key, results

FRAMEWORKS = ("ledger", "fisco", "ethereum")
FAMILIES = {"ledger": "/api/fabric/", "fisco": "/api/fiscobcos/"}

# Answered to everybody.
PUBLIC = {("get", "/healthz"), ("get", "/metrics"), ("get", "/v1/openapi.json"), ("get", "/v1/genesis"),
          ("get", "/v1/status"), ("get", "/v1/nodes"), ("get", "/v1/participants/{id}"), ("get", "/v1/apps"),
          ("get", "/v1/apps/{app}"), ("options", "/rpc/{app}")}
SUBMIT, RPC = "/v1/apps/{app}/transactions", "/rpc/{app}"
NO_MEMBER = (403, "no member of app")
NO_PUBLISHER = (403, "may not publish apps")
NOT_OF_FABRIC = (400, "need neither certificate nor endorsement")  # whoever asks
FOREIGN_APP = {("post", "/v1/packages"): NO_PUBLISHER, ("get", "/v1/packages/{digest}"): (403, "gets this package only where"),
               ("get", "/v1/apps/{app}/certificate"): NOT_OF_FABRIC, ("post", "/v1/apps/{app}/endorsements"): NOT_OF_FABRIC,
               ("get", RPC): (426, "open a WebSocket")}  # of which there is a test of its own
# Signed inside, or asked before anybody is.
UNSIGNED = {("post", SUBMIT), ("get", RPC), ("get", "/v1/apps/{app}/certificate"), ("post", "/v1/apps/{app}/endorsements")}


class Call(NamedTuple):
    method: str
    path: str  # as the document has it
    target: str
    kind: str
    body: bytes

    def __str__(self):
        return f"{self.method} {self.target} {self.kind}"


class Tenants(Published):
    options = ("--callbacks", "127.0.0.0/8")
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.apps = {name: (Tenant(cls.net, name, "one"), Tenant(cls.net, name, "two")) for name in FRAMEWORKS}
        connection = cls.net.connection()
        cls.document = connection.get("/v1/openapi.json").json()
        connection.close()

    def setUp(self):
        self.connection = self.net.connection(1)
        self.addCleanup(self.connection.close)

    def pairs(self, frameworks=FRAMEWORKS):
        """Each app, and the one of the same framework whose member asks."""
        for name in frameworks:
            one, two = self.apps[name]
            yield one, two
            yield two, one

    def ask(self, call, who=None, channel=None):
        headers = {}
        if who:
            headers = channel.authorization(who, call.method.upper(), call.target, call.body,
                                            for_channel=not call.path.startswith("/v1/packages"))
        if call.kind:
            headers["Content-Type"] = call.kind
        return self.connection.request(call.method.upper(), call.target, call.body or None, headers=headers)

    def outcome(self, answer, call):
        """Status and reason, whatever the form."""
        if call.kind == MANY and answer.status == 200:
            [(code, *_, error)] = results(answer.body)
            return {106: 400, 112: 401, 113: 403}.get(code, code), error
        try:
            error = json.loads(answer.body).get("error")
        except (ValueError, AttributeError):
            error = None
        return answer.status, error["message"] if isinstance(error, dict) else answer.body.decode(errors="replace")[:300]

    def refused(self, answer, expected, call, owner):
        self.tells_nothing(answer, owner, call)
        status, reason = self.outcome(answer, call)
        self.assertEqual(status, expected[0], f"{call}: {reason}")
        self.assertIn(expected[1], reason, str(call))

    def tells_nothing(self, answer, owner, what, said=""):
        """`said`: by whoever asks."""
        told = answer.body.decode(errors="replace") if hasattr(answer, "body") else json.dumps(answer)
        self.assertEqual([leak for leak in owner.leaks() if leak in told and leak not in said], [], f"{what}: {told[:300]}")

    def calls(self, app, known, transaction):
        for path, methods in self.document["paths"].items():
            if path.startswith("/api/"):
                continue
            for method, operation in methods.items():
                for request in requests(self.document, path, operation, app.name, known, transaction):
                    yield Call(method, path, *request)

    def nothing_was_left(self, app, height):
        """Nothing that was tried got on the app's chain, or into its node's files."""
        connection = self.net.connection()
        for later in range(height + 1, app.height_now() + 1):
            self.assertEqual(app.get(connection, f"blocks/{later}").json()["transactions"], [], app.name)
        connection.close()
        if app.event:
            self.assertEqual(app.listed(), [app.event], "a registration was removed or added")

    # --- the API of ours ---

    def expected(self, app, call):
        if call.path == SUBMIT:
            return {"ledger": NO_MEMBER, "fisco": (400, "group"), "ethereum": (400, "chain")}[app.framework]
        return FOREIGN_APP.get((call.method, call.path), NO_MEMBER)

    def test_1_another_apps_members_get_nothing_from_any_call(self):
        nobody = Key.new()
        for app, other in self.pairs():
            height, asked, public = app.height_now(), set(), set()
            transaction = other.raw
            if app.framework == "ledger":
                transaction = app.channel.transaction(other.key, "kv", "set", ['{"baseKey":"intruder","baseValue":"1"}'])
            for whose in (app, other):  # with the ids of the app that is asked, and with their own
                for call in self.calls(app, whose.ids() | whose.call(), transaction):
                    operation = (call.method, call.path)
                    answer = self.ask(call, other.key, app.channel)
                    asked.add(operation)
                    if operation in PUBLIC:
                        public.add(operation)
                        self.assertEqual(answer.status, 200 if "{id}" not in call.path else 404, str(call))
                        # The head of every chain is for everybody, as docs/security.md says.
                        self.tells_nothing(answer, app, call, call.target + app.block)
                        if call.path != "/v1/openapi.json":
                            for word in (b'"members":', b'"membership"', b'"held_here"'):
                                self.assertNotIn(word, answer.body, str(call))
                        continue
                    if call.path == SUBMIT and call.kind == JSON:
                        call = call._replace(body=json.dumps({"transaction": other.call()["transaction"]}).encode())
                        answer = self.ask(call)
                        self.assertGreaterEqual(answer.status, 400)
                        self.tells_nothing(answer, app, call)
                        continue
                    self.refused(answer, self.expected(app, call), call, app)
                    if operation in UNSIGNED:
                        continue
                    self.refused(self.ask(call, nobody, app.channel), (401, "no participant"), call, app)
                    self.refused(self.ask(call), (401, "sign"), call, app)
                    if "{app}" in call.path:
                        self.refused(self.ask(call, other.key, other.channel), (401, "does not match this request"), call, app)
            self.assertEqual(public, PUBLIC)
            self.assertEqual(asked, {(method, path) for path, methods in self.document["paths"].items()
                                     for method in methods if not path.startswith("/api/")})
            self.nothing_was_left(app, height)

    def test_2_ids_of_another_app_are_unknown_in_ones_own(self):
        """The same ids are known in their app, to its member."""
        for app, other in self.pairs():
            for ids, status in ((app.ids(), 404), (other.ids(), 200)):
                for path in ("blocks/{height}", "transactions/{id}", "transactions/{id}/receipt"):
                    target = f"/v1/apps/{other.name}/" + path.format(**ids)
                    call = Call("get", target, target, "", b"")
                    answer = self.ask(call, other.key, other.channel)
                    self.assertEqual(answer.status, status, f"{target}: {answer.body[:300]}")
                    if status == 404:
                        self.tells_nothing(answer, app, call, target)
                call = self.call_of(other, "receipts", {"ids": ids["ids"]})
                answer = self.ask(call, other.key, other.channel)
                line = json.loads(answer.body)
                self.assertEqual((answer.status, "bundle" in line), (200, status == 200), f"{call}: {line}")
            for what in ("export", "release", "export/confirm"):
                body = {"export": {}, "release": {"key": "02" + "00" * 32, "proof": "00" * 64}, "export/confirm": {
                    "challenge": "00" * 16, "signature": "00" * 64, "passphrase": "long enough indeed"}}[what]
                call = self.call_of(other, f"users/{app.user}/{what}", body)
                expected = (404, "no such challenge") if what == "export/confirm" else (404, f"user '{app.user}'")
                self.refused(self.ask(call, other.key, other.channel), expected, call, app)
            self.users_and_contracts(app, other)

    def call_of(self, app, path, body):
        target = f"/v1/apps/{app.name}/{path}"
        return Call("post", target, target, JSON, json.dumps(body).encode())

    def users_and_contracts(self, app, other):
        """Those of another app, from within one's own."""
        users = f"/v1/apps/{other.name}/users"
        named = self.ask(Call("get", users, users, "", b""), other.key, other.channel).json()["users"]
        self.assertEqual([user["name"] for user in named], [other.user])
        values = {"contract": app.contract, "function": app.read, "arguments": app.arguments}
        answer = self.ask(self.call_of(other, "query", values), other.key, other.channel)
        self.tells_nothing(answer, app, "query")
        own = self.ask(self.call_of(other, "query", values | {"contract": other.contract, "arguments": other.arguments}),
                       other.key, other.channel)
        self.assertEqual(own.status, 200, own.body)
        self.assertTrue(other.secret in own.body.decode() or other.spelled in own.body.decode(), own.body)
        if other.framework == "ledger":
            body = {"user": app.user, "contract": "kv", "function": "set", "idempotency_key": "of one's own",
                    "arguments": ['{"baseKey":"foreign user","baseValue":"1"}']}
            call = self.call_of(other, "invocations", body)
            self.refused(self.ask(call, other.key, other.channel), (404, f"no user '{app.user}'"), call, app)
            # A key is the member's: what another app did with the same one is neither answered nor in the way.
            first, second = (self.ask(self.call_of(one, "invocations", body | {"user": one.user}), one.key, one.channel)
                             for one in (app, other))
            self.assertEqual((first.status, second.status), (200, 200), second.body)
            self.assertNotEqual(first.json()["id"], second.json()["id"])

    # --- the published protocol ---

    def member_of(self, other, app):
        """The other app's member, who asks for the app."""
        client = Client(self.net, other.name, app.name, other.suite)
        client.user = other.client.user
        return client

    def fails(self, answer, reason, what, owner, said=""):
        self.assertEqual((answer["header"]["code"], answer["body"]), (-1, None), f"{what}: {answer}")
        self.assertIn(reason, answer["header"]["msg"], what)
        self.tells_nothing(answer, owner, what, said)

    def test_3_members_of_another_app_get_nothing_from_any_published_call(self):
        for app, other in self.pairs():
            height, foreign = app.height_now(), self.member_of(other, app)
            forged = self.member_of(other, app)
            forged.user = app.client.user
            for path in ENDPOINTS:
                for whose in (app, other):
                    values = whose.of_published()
                    for node in (0, 1):
                        # Nothing is told of apps that have no such calls at all.
                        known = app.framework in FAMILIES
                        reason = "userCode is no member of the app" if known else "is served by this protocol"
                        self.fails(foreign.ask_whole(path, values, node), reason, f"{app.name} {path}", app)
                    if known and path != "/api/app/getAppInfo":
                        self.fails(forged.ask_whole(path, values), "mac: ", f"{app.name} {path}", app)
            self.nothing_was_left(app, height)

    # By the end of a path: what an app's own member is told of ids of another app.
    FOREIGN_IDS = {
        "fabric": {
            "node/getTransaction": ({}, "is not on the ledger"), "node/getTransdata": ({}, "is not on the ledger"),
            "node/getBlockInfo": ({"blockNumber": 0, "txId": ""}, "no block"),
            "node/getBlockData": ({"blockNumber": 0, "blockHash": ""}, "is not on the ledger"),
            "chainCode/event/remove": ({}, "you have no registration of this eventId in this app"),
            "node/reqChainCode": ({}, "no key"), "node/trans": ({}, "is in key trust mode"),
            "user/enroll": ({}, "is in key trust mode")},
        "fiscobcos": {
            "node/getBlockInfo": ({"blockNumber": ""}, "BlockHash does not exist"),
            "node/getTxCountByBlockNumber": ({"blockNumber": ""}, "BlockHash does not exist"),
            "node/getTxReceiptByTxHash": ({}, "transaction"), "node/getTxInfoByTxHash": ({}, "transaction"),
            "event/remove": ({}, "you have no registration of this eventId in this app"), "node/reqChainCode": ({}, "no key"),
            "node/trans": ({}, "is in key trust mode")}}
    # Those that name nothing of an app, or what the asker may name as they like.
    OF_ONES_OWN = {"user/register", "node/getLedgerInfo", "chainCode/event/register", "chainCode/event/blockRegister",
                   "chainCode/event/query", "node/getBlockHeight", "node/getTxCount", "event/register", "event/query"}

    def test_4_published_calls_do_not_know_another_apps_ids(self):
        for app, other in self.pairs(FAMILIES):
            height = other.height_now()
            prefix = FAMILIES[other.framework] + "v1/"
            for path in ENDPOINTS:
                if path == "/api/app/getAppInfo":
                    continue
                if not path.startswith(prefix):
                    self.fails(other.client.ask_whole(path, app.of_published()), "has the endpoints of", path, app)
                    continue
                end = path.removeprefix(prefix)
                if end in self.OF_ONES_OWN:
                    continue
                change, reason = self.FOREIGN_IDS[prefix.split("/")[2]][end]
                values = app.of_published() | change
                self.fails(other.client.ask_whole(path, values), reason, f"{other.name} {path}", app, json.dumps(values))
                if end not in ("node/trans", "user/enroll", "chainCode/event/remove", "event/remove"):
                    own = other.client.ask_whole(path, other.of_published() | change)
                    self.assertEqual(own["header"]["code"], 0, f"{path}: {own}")
            self.tells_nothing(other.client.ask_whole(other.published("query"), {}), app, "query")

    def test_5_transactions_of_another_group_are_refused(self):
        """In key upload mode clients sign for a group; that of another app is not this one's."""
        app, other = self.apps["fisco"]
        height = other.height_now()
        path = "/api/fiscobcos/v1/node/trans"
        for one in (app, other):
            self.net.bsn("app", "gateway", one.name, "--keys", "upload")
            wait_for("the mode is known", lambda: one.client.ask_whole("/api/app/getAppInfo", {})["body"]["caType"] == 2)
        raw = "0x" + app.raw[4:].hex()
        self.fails(other.client.ask_whole(path, other.of_published() | {"transData": raw}),
                   f"made for group {app.number}, this one is {other.number}", path, app)
        own = app.client.ask_whole(path, app.of_published() | {"transData": raw})
        self.assertEqual((own["header"]["code"], own["body"]["txId"]), (0, "0x" + app.transaction), own)
        # A contract by its address, which in this app has no code.
        call = SECRET + "00" * 32
        asked = other.client.ask_whole(path, {"transData": call, "contractAddress": app.contract, "contractName": "",
                                              "contractAbi": json.dumps(ABI)})
        self.tells_nothing(asked, app, "a call of another app's contract")
        self.nothing_was_left(other, height)
        for one in (app, other):
            self.net.bsn("app", "gateway", one.name, "--keys", "trust")

    # --- JSON-RPC and sockets ---

    def post_rpc(self, app, who, method, *parameters):
        target = f"/rpc/{app.name}"
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
        return self.ask(Call("post", RPC, target, JSON, body), who.key, who.channel)

    def questions(self, app, other):
        """What the other app's member asks their own chain about this one: method, parameters, and what is answered."""
        transaction, secret = "0x" + app.transaction, "0x" + SECRET + "00" * 32
        if app.framework == "ethereum":
            block = self.answered(app, app, "eth_getBlockByNumber", hex(app.height), False)["hash"]
            raw = "0x" + app.raw[4:].hex()
            yield "eth_getTransactionByHash", [transaction], None
            yield "eth_getTransactionReceipt", [transaction], None
            yield "eth_getBlockByHash", [block, True], None
            yield "eth_getLogs", [{"blockHash": block}], "error"
            yield "eth_getLogs", [{"fromBlock": "0x0", "topics": ["0x" + TOPIC], "address": app.contract}], []
            yield "eth_getCode", [app.contract, "latest"], "0x"
            yield "eth_call", [{"to": app.contract, "data": secret}, "latest"], "0x"
            yield "eth_sendRawTransaction", [raw], "error"
        else:
            block = self.answered(app, app, "getBlockByNumber", app.number, str(app.height), False)["hash"]
            call = {"from": "0x" + "11" * 20, "to": app.contract, "value": "0x0", "data": secret}
            yield "getTransactionByHash", [other.number, transaction], None
            yield "getTransactionReceipt", [other.number, transaction], None
            yield "getBlockByHash", [other.number, block, True], "error"
            yield "getCode", [other.number, app.contract], "0x"
            yield "sendRawTransaction", [other.number, "0x" + app.raw[4:].hex()], "error"
            # The group is said in each call: that of another app is none of this node's.
            for method, more in (("getBlockNumber", []), ("getTransactionByHash", [transaction]), ("getCode", [app.contract]),
                                 ("getBlockByNumber", [str(app.height), True]), ("call", [call])):
                yield method, [app.number, *more], "error"

    def answered(self, app, who, method, *parameters):
        answer = self.post_rpc(app, who, method, *parameters)
        self.assertEqual(answer.status, 200, answer.body)
        told = answer.json()
        return "error" if "error" in told else told["result"]

    def test_6_json_rpc(self):
        nobody = Key.new()
        for app, other in self.pairs(("fisco", "ethereum")):
            target = f"/rpc/{app.name}"
            for who, channel, status in ((None, None, 401), (nobody, app.channel, 401), (other.key, other.channel, 401),
                                         (other.key, app.channel, 403), (app.key, app.channel, 101)):
                headers = channel.authorization(who, "GET", target) if who else {}
                socket = WebSocket(self.net.port + 1, target, headers)
                self.assertEqual(socket.status, status, target)
                socket.close()
            own = f"/rpc/{other.name}"
            socket = WebSocket(self.net.port + 1, own, other.channel.authorization(other.key, "GET", own))
            self.assertEqual(socket.status, 101)
            for method, parameters, expected in self.questions(app, other):
                what = f"{other.name} {method} {parameters}"
                answer = self.post_rpc(other, other, method, *parameters)
                self.tells_nothing(answer, app, what, json.dumps(parameters))
                told = answer.json()
                self.assertEqual("error" if "error" in told else told["result"], expected, f"{what}: {answer.body[:300]}")
                if app.framework == "fisco":  # its clients have no WebSockets
                    continue
                socket.send({"jsonrpc": "2.0", "id": 2, "method": method, "params": parameters})
                again = socket.message()
                self.assertEqual("error" if "error" in again else again["result"], expected, f"{what}: {again}")
            socket.close()

    def test_7_events(self):
        nobody = Key.new()
        for app, other in self.pairs():
            target = f"/v1/apps/{app.name}/events?from=0"
            for who, channel, status in ((None, None, 401), (nobody, app.channel, 401), (other.key, other.channel, 401),
                                         (other.key, app.channel, 403)):
                headers = channel.authorization(who, "GET", target) if who else {}
                socket = WebSocket(self.net.port + 1, target, headers)
                body = socket.file.read(2000)
                socket.close()
                self.assertEqual(socket.status, status, target)
                self.assertEqual([leak for leak in app.leaks() if leak.encode() in body], [])
                self.assertEqual(self.connection.get(target, headers=channel.authorization(who, "GET", target) if who
                                                     else {}).status, status)
            # One's own has one's own only: it begins with all there were.
            own = f"/v1/apps/{other.name}/events?from=0"
            socket = WebSocket(self.net.port + 1, own, other.channel.authorization(other.key, "GET", own))
            found = []
            while not found:
                found = socket.message()["events"]
            socket.close()
            self.assertIn(other.transaction, json.dumps(found))
            self.assertEqual([leak for leak in app.leaks() if leak in json.dumps(found)], [])


if __name__ == "__main__":
    main()
