"""Uses the inspector in a browser as a person would, with the texts of an attacker, too."""

from __future__ import annotations

import sys

from ..process import end_in_order
from ..receiver import Receiver, script
from ..simulator import Simulator
from .browser import Browser
from .checks import PAGES, ROOT, Checks
from .hostile import PAYLOADS
from .pages import ACCEPTED, InspectorTest

# The uses of a person, in this order, since a later one needs the results of an earlier one.
USES = (
    "trigger", "trigger_with_edited_payload", "resend", "retry_failed", "clock", "faults", "scenarios", "lists",
    "copy_as_curl", "live", "pause", "without_script", "every_page_by_keyboard",
)  # fmt: skip


def main() -> None:
    end_in_order()
    checks = Checks()
    with (
        Simulator("--seed", "7") as simulator,
        Receiver(script(ACCEPTED)) as receiver,
        Browser(simulator.url) as browser,
    ):
        test = InspectorTest(browser, simulator, receiver)
        checks.run("an empty page says what to do next", test.empty_states)
        for name in USES:
            checks.run(name.replace("_", " "), getattr(test, name))
        event = simulator.client.trigger()[0]["id"]
        for path in [*PAGES, f"{ROOT}/events/{event}", f"{ROOT}/events/{'0' * 8}-0000-4000-8000-{'0' * 12}"]:
            checks.run(f"audit of {path}", test.audit, path)
        checks.run("hostile texts in the store", test.hostile_store)
        for number, payload in enumerate(PAYLOADS):
            checks.run(f"hostile event {payload!r}", test.hostile_event, number)
            checks.run(f"hostile query {payload!r}", test.hostile_queries, payload)
            checks.run(f"hostile form {payload!r}", test.hostile_forms, payload)
        checks.run("audit of hostile lists", test.audit_pages)
        checks.run("reset", test.reset)
        checks.run("login", test.login)
        checks.run("no complaint and no request to another host", test.nothing_to_complain_of)
    print(f"inspector: {checks.passed} passed, {len(checks.failed)} failed")
    sys.exit(1 if checks.failed else 0)


if __name__ == "__main__":
    main()
