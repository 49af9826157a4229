"""Tests that the receiver responds as scripted and keeps deliveries, that the client requests tokens, and that no
process is left behind."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import ssl
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
from pathlib import Path

from .. import ensure
from ..client import Client, RequestFailed, send
from ..process import NotStarted, Process, wait_until
from ..project import SCRIPTS, program
from ..receiver import Delivery, Receiver, response, script


def json_response(status: int, value: object) -> bytes:
    return response(status, json.dumps(value).encode(), [("Content-Type", "application/json")])


def certificate(folder: Path) -> Path:
    """Returns a file with a self-signed certificate for 127.0.0.1 and its key."""
    ensure.command("openssl", "openssl")
    file = folder / "certificate.pem"
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", str(file), "-out", str(file) + ".crt"]
    subprocess.run(["openssl", "req", *options, *names], check=True, capture_output=True)
    file.write_bytes(file.read_bytes() + Path(f"{file}.crt").read_bytes())
    return file


class ReceiverTests(unittest.TestCase):
    def test_responses_follow_the_script_and_the_last_one_repeats(self) -> None:
        with Receiver(script(response(503), response(200, b"ok"))) as receiver:
            found = [send(receiver.url, "POST", "/hooks") for _ in range(3)]
        self.assertEqual([one.status for one in found], [503, 200, 200])
        self.assertEqual([one.body for one in found], [b"", b"ok", b"ok"])

    def test_a_delivery_is_recorded_with_its_headers_and_body(self) -> None:
        headers = {"X-Webhook-Id": "e1", "X-Webhook-Attempt": "2"}
        with Receiver() as receiver:
            send(receiver.url, "POST", "/hooks?a=1", {"topic": "invoice_paid"}, headers)
        (delivery,) = receiver.received
        self.assertEqual((delivery.path, delivery.id, delivery.attempt), ("/hooks?a=1", "e1", 2))
        self.assertEqual(json.loads(delivery.body), {"topic": "invoice_paid"})

    def test_a_behavior_may_end_the_connection_without_a_response(self) -> None:
        with Receiver(lambda *_: None) as receiver, self.assertRaises(ConnectionError):
            send(receiver.url, "POST", "/hooks")

    def test_tls_is_served_to_a_client_that_trusts_the_certificate(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = certificate(Path(folder))
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(file)
            with Receiver(tls=context) as receiver:
                self.assertEqual(send(receiver.url, "POST", "/hooks", ca_file=file).status, 200)
                with self.assertRaises(ssl.SSLCertVerificationError):
                    send(receiver.url, "POST", "/hooks")
        self.assertEqual(len(receiver.received), 1)

    def test_a_stopped_receiver_takes_no_connection(self) -> None:
        receiver = Receiver()
        receiver.stop()
        with self.assertRaises(ConnectionRefusedError):
            send(receiver.url, "POST", "/hooks")


class ClientTests(unittest.TestCase):
    def test_a_token_is_fetched_once_and_again_after_a_401(self) -> None:
        tokens = iter(("first", "second"))

        def serve(delivery: Delivery, _: object) -> bytes:
            if delivery.path == "/oauth/token":
                return json_response(200, {"access_token": next(tokens)})
            if delivery.headers["authorization"] == "Bearer first" and len(receiver.received) > 3:
                return json_response(401, {"code": "unauthorized"})
            return json_response(200, {"data": []})

        with Receiver(serve) as receiver:
            client = Client(receiver.url)
            for _ in range(3):
                self.assertEqual(client.subscriptions(), [])
        paths = [delivery.path for delivery in receiver.received]
        self.assertEqual(paths, ["/oauth/token", *["/webhooks"] * 3, "/oauth/token", "/webhooks"])

    def test_a_refusal_is_an_error_that_says_what_was_asked(self) -> None:
        with Receiver(lambda *_: json_response(422, {"message": "no such topic"})) as receiver:
            with self.assertRaises(RequestFailed) as caught:
                Client(receiver.url).control("POST", "/events", {"topic": "none"})
        self.assertEqual(caught.exception.response.status, 422)
        self.assertIn("POST /__admin/events", str(caught.exception))
        self.assertIn("no such topic", str(caught.exception))

    def test_many_events_are_created_by_requests_of_the_largest_count(self) -> None:
        with Receiver(lambda *_: json_response(201, {"data": [{"id": "e1"}]})) as receiver:
            self.assertEqual(len(Client(receiver.url).trigger(count=20_001)), 3)
        counts = [json.loads(delivery.body)["count"] for delivery in receiver.received]
        self.assertEqual(counts, [10_000, 10_000, 1])


class ProcessTests(unittest.TestCase):
    def run_python(self, folder: str, text: str) -> Process:
        return Process([sys.executable, "-c", text], Path(folder) / "log")

    def test_the_first_line_says_where_a_server_is_and_leaving_ends_it(self) -> None:
        text = 'import time; print(\'{"url": "here"}\', flush=True); time.sleep(600)'
        with tempfile.TemporaryDirectory() as folder:
            with self.run_python(folder, text) as process:
                self.assertEqual(process.first_line(), {"url": "here"})
                self.assertTrue(process.is_running)
            self.assertFalse(process.is_running)

    def test_a_program_that_ends_at_once_is_an_error_with_its_log(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            process = self.run_python(folder, "import sys; sys.exit('the port is taken')")
            with self.assertRaisesRegex(NotStarted, "the port is taken"):
                process.first_line()

    def test_waiting_ends_when_the_time_is_up(self) -> None:
        with self.assertRaisesRegex(TimeoutError, "the event: not within 0 s"):
            wait_until(lambda: False, 0.05, "the event")

    def test_a_named_program_that_is_not_there_is_no_reason_to_start_another(self) -> None:
        with unittest.mock.patch.dict("os.environ", {"HOOKSIM_BIN": "/nonexistent/hooksim"}):
            with contextlib.redirect_stderr(io.StringIO()) as said, self.assertRaises(SystemExit):
                program()
        self.assertIn("there is no hooksim to start", said.getvalue())


class IndexTests(unittest.TestCase):
    def test_the_index_lists_each_command_and_nothing_else(self) -> None:
        rows = re.findall(r"^\| `([\w/.-]+)` \|", (SCRIPTS / "README.md").read_text(), re.MULTILINE)
        listed = {name for name in rows if not name.endswith(".py")}
        commands = {file.name for file in SCRIPTS.iterdir() if file.is_file() and os.access(file, os.X_OK)}
        self.assertEqual(listed, commands | {"clients/run.sh"})
