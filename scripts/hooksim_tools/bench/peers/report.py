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
# A server that has not delivered anything for so long is done; one of them waits for a second before each delivery.
QUIET_SECONDS = 2


def report(plan: Plan) -> str:
    """A table with a row for hooksim and for each peer that installs, and the commands that started them."""
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
    """Returns whether what the peer needs is there, or could be installed."""
    if kind.requirements:
        try:
            ensure.virtual_environment(ENVIRONMENT, [name for each in KINDS for name in each.requirements])
        except ensure.Missing as error:
            progress(str(error))
            return False
    return True


def measure(kind: type[Peer], plan: Plan) -> tuple[tuple[str, ...], str]:
    """The peer's row, and how it was started."""
    starts = [started(kind, plan, number)[0] for number in range(plan.rounds)]
    _, server, peer = started(kind, plan, plan.rounds, keep=True)
    try:
        with server, Sink(plan.folder) as sink:
            memory = idle_mib(server)
            peer.prepare()
            # The list first, since some list the slower the more was created.
            listed, created = (loaded(load, plan) for load in (peer.page(), peer.creating()))
            delivered = delivered_per_second(peer, sink, plan)
    finally:
        peer.clean_up()
    cells = (f"{median(starts):.0f} ms", f"{memory:.0f} MiB", *map(per_second, (listed, created, delivered)))
    return (kind.name, *cells), shown(peer)


def loaded(load: Load, plan: Plan) -> float:
    return median(requests_per_second(load, plan.seconds) for _ in range(plan.rounds))


def started(kind: type[Peer], plan: Plan, number: int, keep: bool = False) -> tuple[float, Process, Peer]:
    """Starts it, and returns how many milliseconds later it responded; stops it again unless it is kept."""
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
    """Returns whether there is any response by HTTP."""
    try:
        send(peer.url, "GET", peer.ready_path, timeout=5)
    except (http.client.HTTPException, OSError):
        return False
    return True


def delivered_per_second(peer: Peer, sink: Sink, plan: Plan) -> float:
    """From the first delivery's arrival to the last one's, of what wrk makes the peer create meanwhile."""
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
    """The command as a reader would type it."""
    places = {str(ROOT) + "/": "", str(peer.folder) + "/": ""}
    words = shlex.join(peer.command(PROGRAMS))
    for place, short in places.items():
        words = words.replace(place, short)
    return words
