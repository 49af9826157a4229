"""Hooks for what schemathesis must know about the simulator and the OpenAPI document can't express; loaded by
scripts/fuzz-api.

No check is switched off and no finding is dropped here; one check is added at the end. The hooks only
- authenticate, again if the run has removed its own token,
- add keywords for rules that the document states only in descriptions (document.py, values.py),
- keep valid requests valid, and invalid ones invalid (corrections.py),
- keep the run from sabotaging itself (limits.py).
Apart from that, requests are sent as they were generated.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import schemathesis

from hooksim_tools.fuzzing import document, values
from hooksim_tools.fuzzing.corrections import MADE_INVALID, MADE_VALID, break_leniencies
from hooksim_tools.fuzzing.limits import LIMITS, limit_reset
from hooksim_tools.fuzzing.session import CLIENT, CLIENT_ID, CLIENT_SECRET, control, deleted, subscribed

BASIC = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
SETTINGS = control("GET", "/settings")

values.register()

# A reset removes every token, so after a 401 a new token is requested and the request is sent once more.


@schemathesis.auth(retry_on=[401]).apply_to(tag="webhooks")
class BearerToken:
    def get(self, case: Any, context: Any) -> str:
        return CLIENT.fetch_token()

    def set(self, case: Any, data: str, context: Any) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.auth(refresh_interval=None).apply_to(operation_id="createToken")
class ClientCredentials:
    def get(self, case: Any, context: Any) -> str:
        return BASIC

    def set(self, case: Any, data: str, context: Any) -> None:
        case.headers["Authorization"] = data


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    document.complete(raw_schema)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    if case.meta is None:
        return
    operation = operation_of(case)
    if operation in LIMITS:
        LIMITS[operation](case)
    if case.meta.generation.mode.is_positive:
        if operation in MADE_VALID:
            MADE_VALID[operation](case)
        if operation == "reset":
            limit_reset(case)
    else:
        break_leniencies(case)
        if operation in MADE_INVALID:
            MADE_INVALID[operation](case)


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    operation = operation_of(case)
    if not 200 <= response.status_code < 300:
        return
    if operation == "updateSettings":
        # With tokens that live for a millisecond, or a rate limit of one request per second, all later requests would
        # fail.
        control("PATCH", "/settings", SETTINGS)
    if operation in ("setClock", "advanceClock"):
        # A frozen clock, or one that is years ahead, would let every token expire and nothing be delivered.
        control("PUT", "/clock", {"mode": "real", "now": datetime.now(UTC).isoformat().replace("+00:00", "Z")})
    if operation == "addFault":
        # The rule would apply to every later request; fault rules have tests of their own.
        control("DELETE", "/faults")
    if operation == "reset":
        subscribed.clear()
        # A reset also restarts the random generator, so the same ids are used again.
        deleted.clear()


def operation_of(case: Any) -> str:
    return str(case.operation.definition.raw["operationId"])


# This check is added: schemathesis lets a repeated DELETE succeed, as HTTP does, but here the response must be 404.


@schemathesis.check
def deleted_stays_deleted(context: Any, response: Any, case: Any) -> None:
    # Emptying a collection deletes no resource that could be deleted twice.
    if case.method != "DELETE" or operation_of(case) == "clearFaults" or not 200 <= response.status_code < 300:
        return
    path = case.formatted_path
    assert path not in deleted, f"{path} was deleted before, and the response to deleting it again is not 404"
    deleted.add(path)
