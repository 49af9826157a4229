"""The rows of the speed table, each measured together with its floor in several rounds."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ..process import Process, wait_until
from ..project import environment
from .load import HERE, DeliveryLatency, Load, Percentiles, Sink, requests_per_second, round_trips
from .simulator import JSON_TYPE, LOSE, OTHER_TOPIC, MeasuredSimulator, trigger_body
from .table import Row, Target, figure_row, ratio_row, worst


@dataclass(frozen=True)
class Plan:
    """The number and the size of the measurements."""

    binary: str
    folder: Path
    rounds: int = 3
    # The duration of each load by wrk.
    seconds: float = 5
    starts: int = 40
    # The number of events in the large store; the small one has 1,000.
    events: int = 1_000_000
    # The number of deliveries in a round, at most as many as one request can trigger.
    deliveries: int = 10_000
    # The number of triggers in a round, sent one at a time.
    triggers: int = 1000


SMALL_STORE = 1000


def progress(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def pairs(plan: Plan, floor: Load, measured: Load) -> list[tuple[float, float]]:
    return [row[0] for row in rounds(plan, floor, [measured])]


def rounds(plan: Plan, floor: Load, measured: list[Load]) -> list[list[tuple[float, float]]]:
    """Measures in each round the floor and then each of `measured`, so that other load on the machine affects all
    alike."""
    found = []
    for _ in range(plan.rounds):
        base = requests_per_second(floor, plan.seconds)
        found.append([(base, requests_per_second(load, plan.seconds)) for load in measured])
    return found


def start(plan: Plan) -> Iterator[Row]:
    times, resident = [], []
    for number in range(plan.starts):
        began = time.monotonic()
        with MeasuredSimulator(plan.binary, plan.folder, "start", on_file=False) as simulator:
            times.append((time.monotonic() - began) * 1000)
            if number < plan.rounds:
                resident.append(idle_mib(simulator))
    yield figure_row("start: process start to ready line", times, "ms", 40, 9)
    yield figure_row("idle memory (RSS)", resident, "MiB", 40, 22)


def idle_mib(process: Process) -> float:
    time.sleep(1)
    return process.resident_mib()


def lists(plan: Plan) -> Iterator[Row]:
    """Measures lists. The simulator of the small store keeps running, so that both stores are measured in the same
    rounds."""
    with ExitStack() as stack:
        small = stack.enter_context(losing_simulator(plan, "small"))
        fill(small, SMALL_STORE)
        yield ratio_row(
            "list page of 20, bearer token checked", "hello", pairs(plan, small.health(), small.page()), 0.45, 0.70
        )
        large = stack.enter_context(losing_simulator(plan, "large"))
        idle = idle_mib(large)
        progress(f"creating {plan.events:,} events")
        fill(large, plan.events)
        yield from large_lists(plan, small, large)
        # The memory is measured after the pages, so that it includes their cost.
        grown = idle_mib(large) - idle
        what = f"memory above idle after {plan.events:,} events"
        yield figure_row(what, [grown], "MiB", 64, 16, floor=f"idle: {idle:.1f} MiB")


def losing_simulator(plan: Plan, name: str) -> MeasuredSimulator:
    """Returns a simulator whose deliveries end without being sent, since the receiver is not measured."""
    return MeasuredSimulator(plan.binary, plan.folder, name, "--fault", LOSE)


def fill(simulator: MeasuredSimulator, events: int) -> None:
    simulator.client.subscribe("http://127.0.0.1:9/")
    simulator.client.trigger(count=events)
    simulator.wait_until_idle(60 + events / 500)


def large_lists(plan: Plan, small: MeasuredSimulator, large: MeasuredSimulator) -> Iterator[Row]:
    size = f"{plan.events:,} events"
    yield ratio_row(f"the same at {size}", f"at {SMALL_STORE:,}", pairs(plan, small.page(), large.page()), 0.85, 1.0)
    filters = {
        "topic": f"&topic={OTHER_TOPIC}",
        "status": "&status=failed",
        "dates": "&from_date=2000-01-01&to_date=2001-01-01",
    }
    found = rounds(plan, large.page(), [large.page(query) for query in filters.values()])
    for number, (name, query) in enumerate(filters.items()):
        if large.client.api("GET", "/webhooks/events?limit=1" + query)["data"]:
            raise RuntimeError(f"the filter {query} was to match nothing")
        what = f"a filter by {name} that matches nothing, at {size}"
        yield ratio_row(what, "plain page", [row[number] for row in found], 0.5, 0.9)


def triggers(plan: Plan) -> Iterator[Row]:
    """Measures triggers. No event falls due during the measurement, so that it does not include the deliveries."""
    with MeasuredSimulator(plan.binary, plan.folder, "triggers", "--retry-schedule", "1h") as simulator:
        # Without jitter all events wait equally long, as they do by default, where the first attempt is immediate.
        simulator.client.change_settings(retry_jitter=0)
        simulator.client.subscribe("http://127.0.0.1:9/")
        found = pairs(plan, simulator.parsing(64), simulator.triggering(64))
    yield ratio_row("trigger one event, durable, 64 connections", "POST that only parses", found, 0.70, 0.90)


def deliveries(plan: Plan) -> Iterator[Row]:
    found = []
    with Sink(plan.folder) as sink, MeasuredSimulator(plan.binary, plan.folder, "deliveries") as simulator:
        simulator.client.change_settings(delivery_concurrency=64)
        # All events of a round are due at one instant, after all of them were created.
        simulator.client.change_settings(retry_schedule=["2s"], retry_jitter=0)
        simulator.client.subscribe(sink.url)
        body = delivery_body(simulator)
        post = Load(sink.url, "POST", body, (JSON_TYPE, ("Authorization", "Bearer s3cr3t-4242")), connections=64)
        for _ in range(plan.rounds):
            floor = requests_per_second(post, plan.seconds)
            found.append((floor, deliveries_per_second(simulator, sink, plan.deliveries)))
    yield ratio_row("deliveries finished, one endpoint, 64 at once", "wrk to the same sink", found, 0.15, 0.50)


def delivery_body(simulator: MeasuredSimulator) -> str:
    """Returns the body of a delivery, so that wrk sends requests of the same size."""
    simulator.client.trigger()
    event = simulator.client.events(limit=1)[0]
    simulator.wait_until_idle(30)
    return json.dumps(event["payload"], separators=(",", ":"))


def deliveries_per_second(simulator: MeasuredSimulator, sink: Sink, count: int) -> float:
    """Returns the rate from the arrival of the first delivery to the instant when the last one is stored."""
    sink.clear()
    simulator.client.trigger(count=count)
    wait_until(lambda: sink.tally["received"] >= count, 60 + count / 100, "all deliveries have arrived")
    simulator.client.expect("events", {"client_id": "sandbox", "status": "pending"}, count=0)
    ended = time.monotonic_ns()
    tally = sink.tally
    if tally["received"] != count:
        raise RuntimeError(f"{tally['received']} deliveries of {count} events")
    return count / ((ended - tally["first_ns"]) / 1e9)


def latency(plan: Plan) -> Iterator[Row]:
    floors, found = [], []
    with Sink(plan.folder) as sink, MeasuredSimulator(plan.binary, plan.folder, "latency") as simulator:
        sink_port = int(sink.url.rsplit(":", 1)[1])
        for _ in range(plan.rounds):
            floors.append(round_trips(sink_port, "/", trigger_body(), plan.triggers))
            found.append(delivery_latency(plan, simulator))
    yield latency_row(floors, found, Target(2, 0.5), Target(10, 2))


def delivery_latency(plan: Plan, simulator: MeasuredSimulator) -> Percentiles:
    receiver = DeliveryLatency(plan.folder, simulator.port, "/__admin/events", trigger_body(), plan.triggers)
    with receiver:
        subscription = simulator.client.subscribe(f"http://127.0.0.1:{receiver.port}/")
        measured = receiver.measure()
    simulator.client.unsubscribe(subscription)
    return measured


def latency_row(floors: list[Percentiles], found: list[Percentiles], p50: Target, p99: Target) -> Row:
    floor, typical = Percentiles.medians(floors), Percentiles.medians(found)
    met = {p50.met(typical.p50), p99.met(typical.p99)}
    return Row(
        "trigger → receiver has it, idle server (p50 / p99)",
        f"round trip: {floor}",
        str(typical),
        f"{typical.p50 / floor.p50:.1f} × at p50",
        f"{p50.must:g} / {p99.must:g} ms",
        f"{p50.aim:g} / {p99.aim:g} ms",
        worst(met),
    )


def scenario(plan: Plan) -> Iterator[Row]:
    seconds = [scenario_seconds(plan) for _ in range(plan.rounds)]
    yield figure_row("a scenario with 24 virtual hours of retries for 1,000 events", seconds, "s", 5, 1, digits=2)


def scenario_seconds(plan: Plan) -> float:
    began = time.monotonic()
    command = [plan.binary, "replay", str(HERE / "day-of-retries.yaml")]
    subprocess.run(command, env=environment(), capture_output=True, timeout=120, check=True)
    return time.monotonic() - began


SECTIONS: dict[str, Callable[[Plan], Iterator[Row]]] = {
    "start": start,
    "lists": lists,
    "triggers": triggers,
    "deliveries": deliveries,
    "latency": latency,
    "scenario": scenario,
}
