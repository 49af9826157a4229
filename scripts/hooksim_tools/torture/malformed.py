"""Malformed and barely valid HTTP, JSON and YAML: each input is refused or served, and no other client is affected."""

from __future__ import annotations

import json
import socket
import subprocess
import time

from ..project import environment
from ..simulator import Simulator
from .attack import Attack, Broken, check_alive, promise

MAX_MEMORY_MIB = 64


def exchange(simulator: Simulator, data: bytes, seconds: float = 20) -> bytes:
    """Returns the bytes that arrive until the end of the connection, or until no more arrive."""
    response = b""
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=seconds) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                response += part
        except TimeoutError:
            promise(False, f"no end after {seconds} s: {data[:80]!r}")
        except OSError:
            pass
    return response


def http(attack: Attack) -> None:
    simulator = attack.simulator()
    memory = simulator.resident_mib()
    head = b"POST /oauth/token HTTP/1.1\r\nHost: a\r\n"
    # The content contains another request. A server that responds to both has used the wrong length.
    inner = b"GET /__admin/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    smuggled = [
        head + b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" % (5 + len(inner)) + inner,
        head + b"Content-Length: 5\r\nContent-Length: 0\r\n\r\n" + inner,
        head + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + inner,
        head + b"Transfer-Encoding: xchunked\r\n\r\n" + inner,
        head + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + inner,
        head + b"Content-Length: +0\r\n\r\n" + inner,
        head + b"Content-Length: 0x0\r\n\r\n" + inner,
        head + b"Content-Length: -1\r\n\r\n" + inner,
        head + b"Content-Length: 99999999999999999999\r\n\r\n" + inner,
        head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n" + inner,
        head + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + inner,
        head + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n\r\n" + inner,
        head + b"Transfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n0\r\n\r\n" + inner,
        b"GET /webhooks HTTP/1.1\nHost: a\n\n" + inner,
        b"GET /webhooks HTTP/1.1\r\nHost: a\r\nX: y\n\r\n" + inner,
        b"GET /webhooks HTTP/1.1\r\nHost: a\r\n folded: x\r\n\r\n" + inner,
        b"GET /webhooks HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n" + inner,
        b"GET /webhooks HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n" + inner,
    ]
    others = [
        b"",
        b"\r\n\r\n",
        b"\x00" * 10_000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET  / HTTP/1.1\r\n\r\n",
        b"get / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET " + b"/a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X-%d: y\r\n" * 100_000 + b"\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(100_000)) + b"\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"y" * (8 << 20) + b"\r\n\r\n",
        head + b"Content-Length: 2000000\r\n\r\n" + b"x" * 2_000_000,
        head + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 200_000 + b"0\r\n\r\n",
        head + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * 1_000_000 + b"\r\nx\r\n0\r\n\r\n",
        head + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 100_000 + b"\r\n",
        head + b"Expect: 100-continue\r\nContent-Length: 10\r\n\r\n",
        b"CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://169.254.169.254/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /webhooks/%ff%fe HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /__admin/../webhooks HTTP/1.1\r\nHost: a\r\n\r\n",
        inner * 5000,
    ]
    for data in smuggled:
        response = exchange(simulator, data)
        promise(b'"status":"ok"' not in response, f"there is a response to a request within another: {data[:120]!r}")
        check(simulator, data, response)
    for data in others:
        check(simulator, data, exchange(simulator, data))
    for _ in range(20 * attack.count):
        data = mutate(attack, [*smuggled, *others])
        check(simulator, data, exchange(simulator, data))
    grown = simulator.resident_mib() - memory
    promise(grown < MAX_MEMORY_MIB, f"memory grew by {grown:.0f} MiB")
    total = len(smuggled) + len(others) + 20 * attack.count
    attack.say(
        f"{total} malformed requests: 0 crashes, 0 responses of 5xx, 0 requests smuggled; memory {grown:+.0f} MiB"
    )


def mutate(attack: Attack, seeds: list[bytes]) -> bytes:
    data = bytearray(attack.random.choice(seeds)[:3000])
    for _ in range(attack.random.randrange(1, 8)):
        place = attack.random.randrange(len(data) + 1)
        match attack.random.randrange(3):
            case 0:
                data[place:place] = attack.random.choice(
                    [b"\r\n", b"\n", b"\0", b":", b" ", b"\xff", b"0", b"\r", b"chunked"]
                )
            case 1:
                del data[place : place + attack.random.randrange(1, 20)]
            case 2 if place < len(data):
                data[place] = attack.random.randrange(256)
    return bytes(data)


def check(simulator: Simulator, data: bytes, response: bytes) -> None:
    what = repr(data[:200])
    promise(simulator.is_running, f"the process ended after {what}: {simulator.last_words()}")
    statuses = [line.split(b" ")[1] for line in response.split(b"\r\n") if line.startswith(b"HTTP/1.")]
    promise(
        not any(status.startswith(b"5") and status != b"501" for status in statuses),
        f"the responses to {what} have the statuses {statuses}",
    )


def bodies(attack: Attack) -> None:
    simulator = attack.simulator()
    token = simulator.client.token
    memory = simulator.resident_mib()
    targets = [
        ("/webhooks", {"endpoint_url": "https://a.example/", "topic": "invoice_paid", "secret_key": "s3cr3t-4242"}),
        ("/oauth/token", {"grant_type": "client_credentials", "client_id": "sandbox", "client_secret": "x"}),
        (
            "/__admin/events",
            {"topic": "invoice_paid", "data": {"total": 1.5, "line_items": [{"amount": 1}]}, "count": 1},
        ),
        (
            "/__admin/faults",
            {"target": "delivery", "effect": {"delay": "1s"}, "match": {"topic": "payout_paid"}, "times": 1},
        ),
        ("/__admin/expect", {"of": "events", "where": {"topic": "invoice_paid"}, "at_least": 0, "timeout_ms": 10}),
        ("/__admin/partners", {"client_id": "a", "client_secret": "b", "scopes": ["webhooks:read"]}),
        ("/__admin/scenarios", {"name": "a", "steps": [{"trigger": {"topic": "invoice_paid"}}]}),
    ]
    hostile = [
        b"[" * 500_000,
        b'{"a":' * 200_000,
        b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'"' + b"\\u0000" * 100_000 + b'"',
        b'{"topic":' + b"9" * 500_000 + b"}",
        b'{"topic":1e999999999999}',
        b'{"count":-0}',
        b'{"count":1e2}',
        b'{"topic":"\\ud800"}',
        b'{"topic":"\xff\xfe"}',
        b'\xef\xbb\xbf{"topic":"invoice_paid"}',
        b'{"topic":"invoice_paid","topic":"invoice_paid"}',
        b'{"data":{' + b",".join(b'"k%d":1' % n for n in range(50_000)) + b"}}",
        b"nul",
        b"NaN",
        b"-",
        b"0x10",
        b"'a'",
        b"{}x",
        b'{"topic":"invoice_paid","data":{"a":"' + b"x" * 1_000_000 + b'"}}',
        b"",
        b" " * 1_000_000,
        b'{"a":1,}',
        b"\0",
        b"[]",
        b"1",
        b'{"topic":"invoice_paid","count":10001}',
        b'{"topic":"invoice_paid","count":9223372036854775808}',
    ]
    count = 0
    for path, _ in targets:
        for body in hostile:
            send_body(simulator, path, body, token)
            count += 1
    for _ in range(20 * attack.count):
        path, value = attack.random.choice(targets)
        send_body(simulator, path, mutate(attack, [json.dumps(value).encode()]), token)
        count += 1
    yaml(attack, simulator)
    check_alive(simulator, "malformed bodies")
    grown = simulator.resident_mib() - memory
    promise(grown < MAX_MEMORY_MIB, f"memory grew by {grown:.0f} MiB")
    attack.say(
        f"{count} malformed bodies and {len(YAML)} scenarios: 0 responses of 5xx, 0 crashes; memory {grown:+.0f} MiB"
    )


def send_body(simulator: Simulator, path: str, body: bytes, token: str) -> None:
    start = time.monotonic()
    response = simulator.client.send("POST", path, body, token=token)
    took = time.monotonic() - start
    promise(response.status < 500, f"the response to POST {path} with {body[:200]!r} is {response}")
    # A mutated body may be a valid expectation that no row meets, which then waits for its own timeout.
    promise(took < 5 or response.status == 409, f"POST {path} took {took:.1f} s for {body[:200]!r}")


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
)
YAML = [
    BOMB,
    "[" * 100_000,
    "- " * 100_000,
    "&a [*a]",
    "a: &a\n  b: *a",
    "!!binary x",
    "!!python/object/apply:os.system [id]",
    "? " * 10_000,
    "%YAML 9.9\n---\na",
    "a: |\n" + " x\n" * 200_000,
    "{" * 10_000,
    "\0",
    "\ud7ff" * 1000,
    "a: b: c",
    "\t",
    "---\n" * 10_000,
    "name: a\nsteps: [" + "{nonsense: 1s}," * 2_000 + "]",
    "name: a\nsteps:\n" + "  - advance: never\n" * 50_000,
    "*a",
    "name: *b\nsteps: []",
    "name: a\nclock: 0000-01-01T00:00:00+23:59\nsteps: [{advance: 1s}]",
]


def yaml(attack: Attack, simulator: Simulator) -> None:
    """Sends YAML as files of `replay`, which must be refused at once with a message, and to the control API."""
    for number, text in enumerate(YAML):
        file = attack.folder / "hostile.yaml"
        file.write_text(text)
        start = time.monotonic()
        try:
            ended = subprocess.run(
                ["sh", "-c", 'ulimit -v 4000000; exec "$@"', "sh", attack.binary, "replay", str(file)],
                capture_output=True,
                text=True,
                timeout=60,
                env=environment(),
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Broken(f"scenario {number} was not refused: {text[:80]!r}") from None
        took = time.monotonic() - start
        promise(
            ended.returncode in (0, 1, 2),
            f"replay ended with {ended.returncode} for {text[:80]!r}: {ended.stderr[-300:]}",
        )
        promise(took < 30, f"replay took {took:.1f} s for {text[:80]!r}")
        send_body(simulator, "/__admin/scenarios", json.dumps({"scenario": text}).encode(), simulator.client.token)
