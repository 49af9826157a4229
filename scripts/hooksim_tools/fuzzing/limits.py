"""Limits valid requests that would make the rest of a run useless."""

from __future__ import annotations

from typing import Any

from schemathesis.generation.meta import TestPhase

from .session import control

Case = Any
QUIET = "fuzz-quiet"
# One value for each expectation that keeps the default timeout; afterwards, the iterator has none.
DEFAULTS = iter([True] * 3)


def is_number(value: object, least: float, most: float) -> bool:
    """Returns whether a value is a number in the range. In JSON Schema, 530.0 is an integer, and true is not."""
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def limit_expect(case: Case) -> None:
    """Limits the timeout to 50 ms, since a longer wait tests nothing more. The default of 5 s is kept three times."""
    if not isinstance(case.body, dict):
        return
    if "timeout_ms" not in case.body and next(DEFAULTS, False):
        return
    if is_number(case.body.get("timeout_ms", 5000), 51, 600_000):
        case.body["timeout_ms"] = 50


def limit_trigger_event(case: Case) -> None:
    """Sends large counts to a partner without subscriptions, since ten thousand events are a matter of the load
    tests."""
    if isinstance(case.body, dict) and is_number(case.body.get("count"), 21, 10_000):
        control("POST", "/partners", {"client_id": QUIET})
        case.body["client_id"] = QUIET


def limit_reset(case: Case) -> None:
    """In the stateful phase, resets only another partner, since schemathesis would report each created resource that
    the reset removes as lost (`ensure_resource_availability`). In other phases, resets everything."""
    if case.meta.phase.name == TestPhase.STATEFUL:
        control("POST", "/partners", {"client_id": QUIET})
        case.body, case.media_type = {"client_id": QUIET}, "application/json"


def limit_advance_clock(case: Case) -> None:
    """Limits the timeout to a second, since an advance waits for receivers and a second is enough to test it."""
    if isinstance(case.body, dict) and (
        "timeout_ms" not in case.body or is_number(case.body["timeout_ms"], 1001, 600_000)
    ):
        case.body["timeout_ms"] = 1000


LIMITS = {
    "advanceClock": limit_advance_clock,
    "expect": limit_expect,
    "triggerEvent": limit_trigger_event,
}
