"""Limits requests that are valid, and would be the end of a useful run."""

from __future__ import annotations

from typing import Any

from schemathesis.generation.meta import TestPhase

from .session import control

Case = Any
QUIET = "fuzz-quiet"
# How often an expectation waits as long as it does by default.
DEFAULTS = iter([True] * 3)


def is_number(value: object, least: float, most: float) -> bool:
    """Whether it is a number in the range; 530.0 is an integer to JSON Schema, true is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def limit_expect(case: Case) -> None:
    """Waiting ten minutes for what can't come tests no more than waiting 50 ms; the omitted default waits its 5 s thrice."""
    if not isinstance(case.body, dict):
        return
    if "timeout_ms" not in case.body and next(DEFAULTS, False):
        return
    if is_number(case.body.get("timeout_ms", 5000), 51, 600_000):
        case.body["timeout_ms"] = 50


def limit_trigger_event(case: Case) -> None:
    """Ten thousand events for every subscription are left to the load tests; large counts go to a partner without any."""
    if isinstance(case.body, dict) and is_number(case.body.get("count"), 21, 10_000):
        control("POST", "/partners", {"client_id": QUIET})
        case.body["client_id"] = QUIET


def limit_reset(case: Case) -> None:
    """While schemathesis follows what it created, a reset would make each 404 look like a resource lost
    (`ensure_resource_availability`), so there it empties another partner. Elsewhere it empties everything."""
    if case.meta.phase.name == TestPhase.STATEFUL:
        control("POST", "/partners", {"client_id": QUIET})
        case.body, case.media_type = {"client_id": QUIET}, "application/json"


def limit_advance_clock(case: Case) -> None:
    """An advance waits for receivers as long as it takes; a second is enough to see it work."""
    if isinstance(case.body, dict) and (
        "timeout_ms" not in case.body or is_number(case.body["timeout_ms"], 1001, 600_000)
    ):
        case.body["timeout_ms"] = 1000


LIMITS = {
    "advanceClock": limit_advance_clock,
    "expect": limit_expect,
    "triggerEvent": limit_trigger_event,
}
