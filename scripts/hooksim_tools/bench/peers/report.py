"""Measures the peers and prints their table."""

from __future__ import annotations

import http.client
import shlex
import time
from statistics import median

from ... import ensure
from ...client import send
from ...process import Process, free_port, wait_until
from ...project import ROOT, TOOLS, environment
from ..load import Load, Sink, requests_per_second
from ..measurements import Plan, idle_mib, progress
from ..table import markdown, per_second
from .kinds import KINDS, Hooksim, Peer

HEADINGS = ("what", "start", "memory", "list of 20", "create", "deliver")
ENVIRONMENT = "bench-peers"
PROGRAMS = TOOLS / "environments" / ENVIRONMENT / "bin"
# A server that has not delivered for this time is idle; one of them waits for a second before each delivery.
QUIET_SECONDS = 2


def report(plan: Plan) -> str:
    """Returns a table with a row for hooksim and each peer that can be installed, and the commands that started
    them."""
    Hooksim.binary = plan.binary
    rows: list[tuple[str, ...]] = [HEADINGS]
    commands: list[str] = []
    for kind in KINDS:
        if not install(kind):
            rows.append((kind.name, *["–"] * (len(HEADINGS) - 1)))
            continue
        progress(kind.name)
        row, command = measure(kind, plan)
        rows.append(row)
        commands.append(f"    {command}")
    loads = f"`wrk -t1 -c16 -d{plan.seconds:.0f}s`"
    explanation = (
        "From process start to the first response; resident memory once idle; requests a second of "
        f"{loads} that list 20 objects and that create one; deliveries a second at a SwiftNIO sink while {loads} "
        "creates. Started by:"
    )
    return "\n\n".join([markdown(rows), explanation, "\n".join(commands)])


def install(kind: type[Peer]) -> bool:
    """Returns whether the packages that the peer needs are installed."""
    if kind.requirements:
        try:
            ensure.virtual_environment(ENVIRONMENT, [name for each in KINDS for name in each.requirements])
        except ensure.Missing as error:
            progress(str(error))
            return False
    return True


def measure(kind: type[Peer], plan: Plan) -> tuple[tuple[str, ...], str]:
    """Returns the peer's row, and the command that started it."""
    starts = [started(kind, plan, number)[0] for number in range(plan.rounds)]
    _, server, peer = started(kind, plan, plan.rounds, keep=True)
    try:
        with server, Sink(plan.folder) as sink:
            memory = idle_mib(server)
            peer.prepare()
            # The list is measured first, since some peers list more slowly the more objects they have.
            listed, created = (loaded(load, plan) for load in (peer.page(), peer.creating()))
            delivered = delivered_per_second(peer, sink, plan)
    finally:
        peer.clean_up()
    cells = (f"{median(starts):.0f} ms", f"{memory:.0f} MiB", *map(per_second, (listed, created, delivered)))
    return (kind.name, *cells), shown(peer)


def loaded(load: Load, plan: Plan) -> float:
    return median(requests_per_second(load, plan.seconds) for _ in range(plan.rounds))


def started(kind: type[Peer], plan: Plan, number: int, keep: bool = False) -> tuple[float, Process, Peer]:
    """Starts a peer, and returns the milliseconds until it responded. Stops it again unless `keep` is set."""
    folder = plan.folder / f"{kind.__name__}-{number}"
    folder.mkdir()
    peer = kind(free_port(), folder)
    began = time.monotonic()
    server = Process(peer.command(PROGRAMS), folder / "server.log", environment(), speaks=False)
    try:
        wait_until(lambda: responds(peer), 60, f"{kind.name} responds", pause=0.001)
        milliseconds = (time.monotonic() - began) * 1000
    except BaseException:
        server.stop()
        raise
    if not keep:
        server.stop()
    return milliseconds, server, peer


def responds(peer: Peer) -> bool:
    """Returns whether the server sends any HTTP response."""
    try:
        send(peer.url, "GET", peer.ready_path, timeout=5)
    except (http.client.HTTPException, OSError):
        return False
    return True


def delivered_per_second(peer: Peer, sink: Sink, plan: Plan) -> float:
    """Returns the rate from the arrival of the first delivery to that of the last one, while wrk lets the peer create
    objects."""
    peer.subscribe(sink.url + "/")
    sink.clear()
    requests_per_second(peer.delivering(), plan.seconds)
    wait_until_quiet(sink)
    tally = sink.tally
    return tally["received"] / ((tally["last_ns"] - tally["first_ns"]) / 1e9)


def wait_until_quiet(sink: Sink) -> None:
    wait_until(
        lambda: time.monotonic_ns() - sink.tally["last_ns"] > QUIET_SECONDS * 1e9, 300, "the deliveries end", pause=0.1
    )


def shown(peer: Peer) -> str:
    """Returns the command as a reader would type it."""
    places = {str(ROOT) + "/": "", str(peer.folder) + "/": ""}
    words = shlex.join(peer.command(PROGRAMS))
    for place, short in places.items():
        words = words.replace(place, short)
    return words
