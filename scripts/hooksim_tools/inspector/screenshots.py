"""Takes the README's pictures of a simulator in use, or pictures of every page at both widths and schemes in a
folder."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from ..process import end_in_order
from ..project import ROOT
from ..receiver import Receiver, response, script
from ..simulator import Simulator
from .browser import Browser
from .checks import NAMES

IMAGES = ROOT / "docs" / "images"
BUSY = response(503, b'{"error":"busy"}', [("Content-Type", "application/json")])


def main() -> None:
    end_in_order()
    with Simulator("--seed", "7", "--retry-schedule", "0s,2s,10m") as simulator, Receiver() as receiver:
        topics = ("invoice_paid", "payment_succeeded", "customer_created", "payout_paid")
        for topic in topics:
            simulator.client.subscribe(receiver.url + "/hooks", topic, "s3cr3t-4242")
        for round_number in range(8):
            fails = round_number % 3 == 2
            receiver.behave = script(BUSY if fails else response(200, b"ok"))
            for topic in topics[: 1 + round_number % 4]:
                simulator.client.trigger(topic, count=1 + round_number % 3)
            time.sleep(1)
        receiver.behave = script(BUSY)
        event = simulator.client.trigger("invoice_paid")[0]["id"]
        simulator.client.expect("attempts", {"event_id": event}, at_least=2)
        with Browser(simulator.url) as browser:
            if len(sys.argv) > 1:
                simulator.client.control("POST", "/faults", {"preset": "flaky"})
                every_page(browser, event, Path(sys.argv[1]))
                return
            for name, path, scheme, height in (
                ("overview", "/__admin/", "light", 760),
                ("event", f"/__admin/inspector/events/{event}", "dark", 640),
            ):
                browser.resize(1200)
                browser.prefer(scheme)
                browser.open(path)
                browser.wait_for_text("live", "footer")
                if name == "event":
                    browser.script("document.querySelectorAll('[id^=response-]')[0].open = true")
                browser.screenshot(IMAGES / f"{name}.png", height)


def every_page(browser: Browser, event: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    inspector = "/__admin/inspector"
    pages = {
        "overview": "/__admin/",
        "event": f"{inspector}/events/{event}",
        "missing": f"{inspector}/events/{'0' * 8}",
    }
    pages |= {name: f"{inspector}/{name}" for name in NAMES}
    pages["no-events"] = f"{inspector}/events?topic=payout_failed"
    for name, path in pages.items():
        for width in (360, 1600):
            for scheme in ("light", "dark"):
                browser.resize(width)
                browser.prefer(scheme)
                browser.open(path)
                browser.screenshot(folder / f"{name}-{width}-{scheme}.png")


if __name__ == "__main__":
    main()
