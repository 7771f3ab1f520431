"""What an operator looks at: the status, the metrics, and the dashboard and alerts made of them."""

import json
import os
import re
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from _metrics import names_in, parse
from _network import REPOSITORY, main, wait_for
from _operated import OperatedTest

DEPLOY = REPOSITORY / "deploy"


class Operations(OperatedTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for number in range(3):
            file = cls.net.files / f"file{number}"
            file.write_text(f"content {number}")
            cls.net.bsn("evidence", "deposit", file)
        cls.net.heads("evidence")

    def scrape(self, node):
        answer = self.net.ask(node, "/metrics")
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain; version=0.0.4"))
        return parse(answer.body.decode())

    def value(self, families, name, **labels):
        found = [s.value for s in families[name].samples if labels.items() <= s.labels.items()]
        self.assertEqual(len(found), 1, (name, labels, families[name].samples))
        return found[0]

    def test_1_metrics_tell_how_a_node_does(self):
        for node in range(self.net.nodes):
            with self.subTest(node=node):
                families = self.scrape(node)
                value = lambda name, **labels: self.value(families, name, **labels)
                self.assertGreater(value("bsn_ordering_height"), 0)
                self.assertLess(value("bsn_ordering_last_block_age_seconds"), 10)
                self.assertEqual(value("bsn_ordering_healthy"), 1)
                self.assertEqual(value("bsn_ordering_validators"), self.net.nodes)
                self.assertEqual(value("bsn_ordering_is_validator"), 1)
                self.assertEqual(value("bsn_ordering_engine_restarts_total"), 0)
                self.assertGreater(value("bsn_ordering_envelopes_total", channels="app"), 0)
                self.assertGreater(value("bsn_ordering_envelope_bytes_total", channels="system"), 0)
                self.assertEqual(value("bsn_transactions_total", channels="app"), 3)
                self.assertEqual(value("bsn_alarms", channels="app") + value("bsn_alarms", channels="system"), 0)
                self.assertGreater(value("bsn_chain_certified_height", app="evidence"), 0)
                self.assertEqual([s.value for s in families["bsn_peer_link_connected"].samples], [1] * 3)
                for process in ("bsn", "cometbft"):
                    self.assertGreater(value("bsn_process_resident_memory_bytes", process=process), 1 << 20)
                for store in ("state", "batches", "ordering"):
                    counts = [s for s in families["bsn_fsync_seconds"].samples
                              if s.name.endswith("_count") and s.labels["store"] == store]
                    self.assertGreater(counts[0].value, 0, store)
                self.assertLess(value("bsn_disk_free_bytes"), value("bsn_disk_size_bytes"))

    def test_2_dashboard_and_alerts_ask_for_what_there_is(self):
        exported = set(self.scrape(0))
        dashboard = json.loads((DEPLOY / "grafana" / "bsn.json").read_text())
        queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
        self.assertGreater(len(queries), 20)
        self.assertEqual({one["name"] for one in dashboard["templating"]["list"]}, {"source", "node"})
        alerts = re.findall(r"^ +expr: (.+)$", (DEPLOY / "prometheus" / "alerts.yml").read_text(), re.M)
        self.assertGreater(len(alerts), 8)
        for query in queries + alerts:
            self.assertTrue(names_in(query) or "up{" in query, query)
            self.assertLessEqual(names_in(query), exported, query)
        routes = {sample.labels["route"] for sample in self.scrape(0)["bsn_http_requests_total"].samples}
        for query in queries:
            self.assertLessEqual(set(re.findall(r'route="([^"]*)"', query)), routes, query)

    def test_3_metrics_are_documented(self):
        documented = set(re.findall(r"`(bsn_\w+)", (REPOSITORY / "docs" / "operations.md").read_text()))
        self.assertEqual(set(self.scrape(0)), documented)

    def test_4_status_compares_the_nodes(self):
        status = self.net.json("status")
        self.assertLess(status["clock_skew_ms"], 500)
        for node in status["nodes"]:
            said = node["status"]
            self.assertTrue(node["up"])
            self.assertLess(node["order_lag"], 20)
            self.assertLess(abs(node["clock_offset_ms"]), 500)
            self.assertEqual((said["order"]["validators"], said["order"]["is_validator"]), (4, True))
            self.assertNotIn("trouble", said["order"])
            self.assertEqual([link["connected"] for link in said["links"]], [True] * 3)
        self.net.heads("evidence")
        said = self.net.bsn("status").out
        for word in ("LAG", "yes, of 4", "3 of 3", "good", "s ago", "EXECUTED"):
            self.assertIn(word, said)

    def test_5_status_tells_of_clocks_apart(self):
        net = self.net

        class SlowClock(BaseHTTPRequestHandler):
            """Hands on to a node whose clock it takes back by two seconds."""
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                status = net.ask(1, self.path).json()
                status["time"] -= 2000
                body = json.dumps(status).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), SlowClock)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        nodes = ("--node", f"http://127.0.0.1:{net.port}", "--node", f"http://127.0.0.1:{server.server_port}")
        status = net.json(*nodes, "status")
        self.assertGreater(status["clock_skew_ms"], 1000)
        self.assertIn("ms apart", status["findings"][0]["what"])
        self.assertIn("NTP", net.bsn(*nodes, "status").out)

    def test_6_status_tells_of_a_node_that_does_not_answer(self):
        pid = self.net.node_pid(3)
        os.kill(pid, signal.SIGSTOP)
        try:
            ended = self.net.bsn("--json", "status", status=1)
            status = json.loads(ended.out)
            self.assertEqual([node["up"] for node in status["nodes"]], [True, True, True, False])
            self.assertIn(str(self.net.port + 3), status["findings"][0]["node"])
            self.assertIn("is down", ended.error()["message"])
        finally:
            os.kill(pid, signal.SIGCONT)
        wait_for("the node answers again", lambda: self.net.bsn("status", status=None).status == 0)


if __name__ == "__main__":
    main()
