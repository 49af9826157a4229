"""Every way in which a receiver can respond or fail to: the exact outcome, in time, with bounded memory."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from ..receiver import Delivery, Receiver, response
from .attack import Attack, promise

TIMEOUT = 2.0
ROUNDS = 10
TIMED_OUT = "no complete response within 2s"
INVALID = "the receiver's response is not valid HTTP"
CUT = "the receiver closed the connection before the response was complete"
NO_RESPONSE = "the receiver closed the connection without a response"
MAX_MEMORY_MIB = 20


class Sender(Protocol):
    """The methods of a socket that a case needs."""

    def sendall(self, data: bytes, /) -> None: ...

    def setsockopt(self, level: int, name: int, value: bytes, /) -> None: ...


Act = Callable[[Sender, Receiver], bytes | None]


@dataclass(frozen=True)
class Case:
    act: Act
    # The status and the error of the attempt; the error of a delivered attempt is `None`.
    status: int | None = None
    error: str | None = None


def keep(data: bytes) -> Act:
    """Sends a complete response, after which the connection persists."""

    def act(connection: Sender, _: Receiver) -> bytes:
        connection.sendall(data)
        return b""

    return act


def send(data: bytes) -> Act:
    """Sends these bytes, then ends the connection."""

    def act(connection: Sender, _: Receiver) -> None:
        connection.sendall(data)

    return act


def then_hang(data: bytes = b"") -> Act:
    def act(connection: Sender, receiver: Receiver) -> None:
        connection.sendall(data)
        receiver.is_stopped.wait(30)

    return act


def again_and_again(head: bytes, data: bytes, pause: float) -> Act:
    def act(connection: Sender, receiver: Receiver) -> None:
        connection.sendall(head)
        for _ in range(int(30 / pause) if pause else 1 << 30):
            connection.sendall(data)
            if pause and receiver.is_stopped.wait(pause):
                return

    return act


def reset(connection: Sender, _: Receiver) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def statuses() -> dict[str, Case]:
    cases = {}
    for status in [*range(200, 209), 226, 250, 299]:
        head = b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status
        cases[f"{status}"] = Case(keep(head), status)
    others = [*range(300, 309), *range(400, 410), *range(411, 419), 421, 422, 425, 429, 431, 451, *range(500, 512), 599]
    for status in others:
        hint = "; redirects are not followed" if status < 400 else ""
        error = f"the receiver responded with status {status}{hint}"
        cases[f"{status}"] = Case(keep(response(status, headers=[("Location", "TRAP")])), status, error)
    return cases


def misbehaviours() -> dict[str, Case]:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    return {
        "hang-before-head": Case(then_hang(), None, TIMED_OUT),
        "hang-in-head": Case(then_hang(b"HTTP/1.1 200 OK\r\nContent-"), None, TIMED_OUT),
        "hang-after-head": Case(then_hang(head), None, TIMED_OUT),
        "byte-a-second-head": Case(again_and_again(b"HTTP/1.1 200 OK\r\nX: ", b"x", 1.0), None, TIMED_OUT),
        "byte-a-second-body": Case(again_and_again(head, b"x", 1.0), None, TIMED_OUT),
        "endless-interim": Case(again_and_again(b"", b"HTTP/1.1 103 X\r\n\r\n", 0.05), None, TIMED_OUT),
        # The simulator reads as much of the body as it keeps, and the response counts.
        "endless-body": Case(again_and_again(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536, 0), 200),
        "endless-chunks": Case(
            again_and_again(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4096 + b"\r\n", 0
            ),
            200,
        ),
        "endless-head": Case(again_and_again(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65536, 0), None, INVALID),
        "endless-head-fields": Case(again_and_again(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 5000, 0), None, INVALID),
        "cut-in-head": Case(send(b"HTTP/1.1 200 OK\r\nContent-"), None, NO_RESPONSE),
        "cut-in-body": Case(send(head + b"thanks"), 200, CUT),
        "nothing": Case(send(b""), None, NO_RESPONSE),
        "reset": Case(reset, None, "connection reset by the receiver"),
        "garbage": Case(send(b"\x00\xff\xfe garbage\r\n\r\n"), None, INVALID),
        "another-protocol": Case(send(b"SSH-2.0-OpenSSH_9.2\r\n"), None, INVALID),
        "two-lengths": Case(
            send(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"), None, INVALID
        ),
        "bad-chunk": Case(send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), 200, INVALID),
        "until-close": Case(send(b"HTTP/1.1 200 OK\r\n\r\nthanks"), 200),
    }


def run(attack: Attack) -> None:
    cases = {**statuses(), **misbehaviours()}
    trap = attack.keep(Receiver())

    def behave(delivery: Delivery, connection: socket.socket) -> bytes | None:
        case = cases[delivery.path.strip("/")]
        return case.act(TrapSocket(connection, trap.url), receiver)

    receiver = attack.keep(Receiver(behave))
    # The number of attempts at a time is limited, since the memory would otherwise depend on it.
    simulator = attack.simulator("--retry-schedule", "0s", "--delivery-timeout", "2s", "--delivery-concurrency", "2")
    for name in cases:
        simulator.client.subscribe(f"{receiver.url}/{name}")
    simulator.client.trigger()
    simulator.client.expect("events", {"status": "pending"}, count=0)
    check(simulator.client.attempts(), cases, 1)
    memory = simulator.resident_mib()
    for _ in range(ROUNDS - 1):
        simulator.client.trigger()
    simulator.client.expect("events", {"status": "pending"}, count=0, seconds=120)
    attempts = simulator.client.attempts()
    check(attempts, cases, ROUNDS)
    longest = max(attempt["duration_ms"] for attempt in attempts)
    grown = simulator.resident_mib() - memory
    promise(trap.connections == 0, f"a redirect was followed {trap.connections} times")
    promise(grown <= MAX_MEMORY_MIB, f"memory grew by {grown:.1f} MiB")
    gone(attack)
    attack.say(
        f"{len(cases)} receivers × {ROUNDS}: every outcome exact; longest attempt {longest} ms of {TIMEOUT:.0f} s; "
        f"memory {grown:+.1f} MiB; 0 redirects followed"
    )


class TrapSocket:
    """A socket that replaces the target of redirects by the trap."""

    def __init__(self, connection: socket.socket, trap: str) -> None:
        self._connection = connection
        self._trap = trap.encode()

    def sendall(self, data: bytes) -> None:
        self._connection.sendall(data.replace(b"TRAP", self._trap))

    def setsockopt(self, level: int, name: int, value: bytes) -> None:
        self._connection.setsockopt(level, name, value)


def check(attempts: list[dict[str, Any]], cases: dict[str, Case], rounds: int) -> None:
    seen: dict[str, int] = {}
    for attempt in attempts:
        name = attempt["endpoint_url"].rsplit("/", 1)[1]
        case = cases[name]
        seen[name] = seen.get(name, 0) + 1
        outcome = "failed" if case.error else "delivered"
        found = (attempt["outcome"], attempt["status_code"], attempt["error"])
        promise(
            found == (outcome, case.status, case.error), f"{name}: {found}, not {(outcome, case.status, case.error)}"
        )
        promise(attempt["duration_ms"] <= (TIMEOUT + 1) * 1000, f"{name} took {attempt['duration_ms']} ms")
    promise(
        all(seen.get(name) == rounds for name in cases), f"attempts of {[n for n in cases if seen.get(n) != rounds]}"
    )


def gone(attack: Attack) -> None:
    """Checks that 410 ends the subscription, and that a requested wait is respected, up to an hour."""
    responses = {"/gone": response(410), "/wait": response(503, headers=[("Retry-After", "99999999")])}
    receiver = attack.keep(Receiver(lambda delivery, _: responses[delivery.path]))
    simulator = attack.simulator()
    for path in responses:
        simulator.client.subscribe(receiver.url + path)
    simulator.client.trigger()
    simulator.client.expect("attempts", {}, count=2)
    active = [
        s["endpoint_url"]
        for s in simulator.client.request("GET", "/webhooks?is_active=true", token=simulator.client.token)["data"]
    ]
    promise(active == [receiver.url + "/wait"], f"after a 410 there are {active}")
    time.sleep(0.5)
    promise(len(receiver.received) == 2, "a wait that was asked for was not respected")
