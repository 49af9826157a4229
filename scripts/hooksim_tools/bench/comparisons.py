"""The rows of a comparison of two builds, each with the repeated measurement of one figure on a running simulator."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from .load import Sink, requests_per_second
from .measurements import (
    SMALL_STORE,
    Plan,
    deliveries_per_second,
    delivery_latency,
    fill,
    idle_mib,
    losing_simulator,
    scenario_seconds,
)
from .simulator import OTHER_TOPIC, MeasuredSimulator

# A function that measures one figure of a row.
Opened = Callable[[], float]


@dataclass(frozen=True)
class Comparison:
    """One row of the table."""

    name: str
    unit: str
    # Whether a lower figure is better.
    is_cost: bool
    open: Callable[[ExitStack, Plan], Opened]
    # The number of measurements for one pair. A quick row is measured several times, in turn, and the median counts.
    repeats: int = 1

    def ratio(self, base: float, head: float) -> float:
        """Returns a ratio that is above 1 if the second of two figures is the better one."""
        return base / head if self.is_cost else head / base


def start(stack: ExitStack, plan: Plan) -> Opened:
    def measure() -> float:
        began = time.monotonic()
        with MeasuredSimulator(plan.binary, plan.folder, "start", on_file=False):
            return (time.monotonic() - began) * 1000

    return measure


def memory(stack: ExitStack, plan: Plan) -> Opened:
    def measure() -> float:
        with MeasuredSimulator(plan.binary, plan.folder, "memory", on_file=False) as simulator:
            time.sleep(1)
            return simulator.anonymous_mib()

    return measure


def page(events: Callable[[Plan], int], query: str = "") -> Callable[[ExitStack, Plan], Opened]:
    def open_row(stack: ExitStack, plan: Plan) -> Opened:
        simulator = stack.enter_context(losing_simulator(plan, "page"))
        fill(simulator, events(plan))
        return lambda: requests_per_second(simulator.page(query), plan.seconds)

    return open_row


def memory_after_events(stack: ExitStack, plan: Plan) -> Opened:
    def measure() -> float:
        # Each measurement has its own store, since a process does not release memory that a later measurement would
        # use.
        with losing_simulator(plan, f"memory-{time.monotonic_ns()}") as simulator:
            fill(simulator, plan.events)
            return idle_mib(simulator)

    return measure


def trigger(stack: ExitStack, plan: Plan) -> Opened:
    simulator = stack.enter_context(MeasuredSimulator(plan.binary, plan.folder, "triggers", "--retry-schedule", "1h"))
    simulator.client.change_settings(retry_jitter=0)
    simulator.client.subscribe("http://127.0.0.1:9/")
    return lambda: requests_per_second(simulator.triggering(64), plan.seconds)


def deliveries(stack: ExitStack, plan: Plan) -> Opened:
    sink = stack.enter_context(Sink(plan.folder))
    simulator = stack.enter_context(MeasuredSimulator(plan.binary, plan.folder, "deliveries"))
    simulator.client.change_settings(delivery_concurrency=64, retry_schedule=["2s"], retry_jitter=0)
    simulator.client.subscribe(sink.url)
    return lambda: deliveries_per_second(simulator, sink, plan.deliveries)


def latency(percentile: str) -> Callable[[ExitStack, Plan], Opened]:
    def open_row(stack: ExitStack, plan: Plan) -> Opened:
        simulator = stack.enter_context(MeasuredSimulator(plan.binary, plan.folder, "latency"))
        return lambda: float(getattr(delivery_latency(plan, simulator), percentile))

    return open_row


def scenario(stack: ExitStack, plan: Plan) -> Opened:
    return lambda: scenario_seconds(plan)


def small(plan: Plan) -> int:
    return SMALL_STORE


def large(plan: Plan) -> int:
    return plan.events


COMPARISONS = [
    Comparison("start", "ms", True, start, repeats=9),
    Comparison("memory", "MiB", True, memory),
    Comparison("page", "/s", False, page(small)),
    Comparison("page-large", "/s", False, page(large)),
    Comparison("filter-topic", "/s", False, page(large, f"&topic={OTHER_TOPIC}")),
    Comparison("filter-status", "/s", False, page(large, "&status=failed")),
    Comparison("filter-dates", "/s", False, page(large, "&from_date=2000-01-01&to_date=2001-01-01")),
    Comparison("memory-large", "MiB", True, memory_after_events),
    Comparison("trigger", "/s", False, trigger),
    Comparison("deliveries", "/s", False, deliveries),
    Comparison("latency-p50", "ms", True, latency("p50")),
    Comparison("latency-p99", "ms", True, latency("p99")),
    Comparison("scenario", "s", True, scenario),
]
