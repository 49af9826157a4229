"""Measures the peers and prints their table."""

from __future__ import annotations

import http.client
import shlex
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from statistics import median

from ..load import HERE, Call, Sink, requests_per_second
from ..measurements import Plan, idle_mib, progress
from ..peers.kinds import KINDS, Hooksim, Peer
from ..processes import Background, wait_until
from ..simulator import environment
from ..table import markdown, per_second

HEADINGS = ("what", "start", "memory", "list of 20", "create", "deliver")
VENV = HERE.parent.parent / ".venv-bench"
# A server that has not delivered anything for so long is done; one of them waits for a second before each delivery.
QUIET_SECONDS = 2


def report(plan: Plan) -> str:
    """A table with a row for hooksim and for each peer that installs, and the commands that started them."""
    Hooksim.binary = plan.binary
    rows, commands = [HEADINGS], []
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
        "From process start to the first answer; resident memory once idle; requests a second of "
        f"{loads} that list 20 objects and that create one; deliveries a second at a SwiftNIO sink while {loads} "
        "creates. Started by:"
    )
    return "\n\n".join([markdown(rows), explanation, "\n".join(commands)])


def install(kind: type[Peer]) -> bool:
    """Whether what the peer needs is there, or could be installed."""
    if not kind.requirements:
        return True
    if not (VENV / "bin" / "pip").exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    command = [str(VENV / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", *kind.requirements]
    done = subprocess.run(command, stdout=sys.stderr)
    return done.returncode == 0


def measure(kind: type[Peer], plan: Plan) -> tuple[tuple[str, ...], str]:
    """The peer's row, and how it was started."""
    starts = [started(kind, plan, number)[0] for number in range(plan.rounds)]
    _, server, peer = started(kind, plan, plan.rounds, keep=True)
    try:
        with server, Sink(plan.folder) as sink:
            memory = idle_mib(server)
            peer.prepare()
            # The list first, since some list the slower the more was created.
            listed, created = (loaded(call, plan) for call in (peer.page(), peer.creating()))
            delivered = delivered_per_second(peer, sink, plan)
    finally:
        peer.clean_up()
    cells = (f"{median(starts):.0f} ms", f"{memory:.0f} MiB", *map(per_second, (listed, created, delivered)))
    return (kind.name, *cells), shown(peer)


def loaded(call: Call, plan: Plan) -> float:
    return median(requests_per_second(call, plan.seconds) for _ in range(plan.rounds))


def started(kind: type[Peer], plan: Plan, number: int, keep: bool = False) -> tuple[float, Background, Peer]:
    """Starts it, and says how many milliseconds later it answered; stops it again unless it is kept."""
    folder = plan.folder / f"{kind.__name__}-{number}"
    folder.mkdir()
    peer = kind(free_port(), folder)
    began = time.monotonic()
    server = Background(peer.command(VENV / "bin"), folder / "server.log", environment(), talks=False)
    try:
        wait_until(lambda: answers(peer), 60, f"{kind.name} answers", pause=0.001)
        milliseconds = (time.monotonic() - began) * 1000
    except BaseException:
        server.stop()
        raise
    if not keep:
        server.stop()
    return milliseconds, server, peer


def answers(peer: Peer) -> bool:
    """Whether anything answers by HTTP, whatever it says."""
    try:
        urllib.request.urlopen(peer.url + peer.ready_path, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except (urllib.error.URLError, http.client.HTTPException, OSError):
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


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def shown(peer: Peer) -> str:
    """The command as a reader would type it."""
    places = {str(HERE.parent.parent) + "/": "", str(peer.folder) + "/": ""}
    words = shlex.join(peer.command(Path(".venv-bench/bin")))
    for place, short in places.items():
        words = words.replace(place, short)
    return words
