"""Shows hostile texts on every page, and expects none of them to run or to break out."""

from __future__ import annotations

import json
from urllib.parse import quote

from ..client import Client
from ..receiver import Receiver, response, script
from ..simulator import Simulator
from .browser import Browser
from .checks import PAGES, ROOT, UNFOLD, must
from .hostile import PAYLOADS


class HostileTexts:
    """A part of the inspector's test. Its subclass has the browser and the simulator."""

    browser: Browser
    simulator: Simulator
    receiver: Receiver

    def hostile_store(self) -> None:
        """Stores all payloads at once, in every field of the store and the logs."""
        client = self.simulator.client
        client.change_settings(retry_schedule=["0s"])
        self.events: list[str] = []
        for number, payload in enumerate(PAYLOADS):
            printable = "".join(character for character in payload if "\x20" <= character <= "\x7e")
            word = printable.replace(" ", "/")
            headers = [("X-Hostile", printable), ("Content-Type", "text/html")]
            self.receiver.behave = script(response(500 + number, payload.encode(), headers))
            path, query = quote(payload), quote(payload)
            url = f"{self.receiver.url}/{path}?{query}"
            subscription = client.subscribe(url, "payout_paid", "secret" + word)
            data = {"memo": payload, payload: payload, "nested": [{payload: [payload]}]}
            self.events.append(client.trigger("payout_paid", entity_id=payload, data=data)[0]["id"])
            client.expect("events", {"id": self.events[-1], "status": "failed"}, at_least=1)
            client.unsubscribe(subscription)
            partner = {"client_id": word.replace(":", ";"), "client_secret": "secret-123"}
            client.control("POST", "/partners", partner)
            token = Client(client.url, partner["client_id"], partner["client_secret"]).fetch_token()
            agent = {"User-Agent": printable, "Authorization": f"Bearer {token}", "X-Forwarded-For": printable}
            client.send("POST", f"/{path}?{query}={query}", {"endpoint_url": payload, payload: payload}, headers=agent)
            client.send("POST", "/webhooks", {"endpoint_url": payload, "topic": payload}, headers=agent)
            effect = {"status": 503, "body": payload}
            client.control("POST", "/faults", {"target": "api", "match": {"client_id": payload}, "effect": effect})
        self.receiver.behave = script(response(200, b"ok"))
        for path in PAGES:
            self.attacked(path)

    def hostile_event(self, number: int) -> None:
        self.attacked(f"{ROOT}/events/{self.events[number]}")

    def hostile_queries(self, payload: str) -> None:
        text = quote(payload)
        names = ["client_id", "topic", "status", "from_date", "to_date", "after", payload]
        self.attacked(f"{ROOT}/events?" + "&".join(f"{quote(name)}={text}" for name in names))
        self.attacked(f"{ROOT}/requests?path={text}&status={text}&below={text}&notice={text}")
        self.attacked(f"{ROOT}/trigger?topic={text}&notice={text}")

    def hostile_forms(self, payload: str) -> None:
        scenario = f"name: {json.dumps(payload)}\nsteps:\n  - trigger: {{ topic: invoice_paid, entity_id: {json.dumps(payload)} }}\n"
        # This step fails, and its message contains the API's own error.
        scenario += (
            f"  - request: {{ method: GET, path: {json.dumps('/webhooks?topic=' + quote(payload))}, status: 200 }}\n"
        )
        for page, field, text, button in (
            ("scenarios", "textarea", payload, "Run"),
            ("scenarios", "textarea", scenario, "Run"),
            ("faults", "textarea", json.dumps({"target": payload, payload: payload}), "Add the rule"),
            ("trigger", "textarea", payload, "Trigger invoice_paid"),
        ):
            self.browser.open(f"{ROOT}/{page}")
            self.browser.fill(field, text)
            self.browser.press(button)
            self.unharmed(f"{page} with {text!r}")

    def attacked(self, path: str) -> None:
        self.browser.open(path)
        self.browser.script(UNFOLD)
        self.unharmed(path)

    def unharmed(self, where: str) -> None:
        must(not self.browser.has_alert, f"an alert at {where}")
        found = self.browser.script(
            """
            const strange = document.querySelectorAll("img, iframe, object, embed, base, script:not([src]), main link, main meta, main svg:not(.chart), main style");
            const handlers = [...document.querySelectorAll("*")].filter((element) => [...element.attributes].some((one) => one.name.startsWith("on")));
            return [window.pwned, strange.length, handlers.length, document.querySelectorAll("main, h1, footer").length];
            """
        )
        must(found == [None, 0, 0, 3], f"{where}: {found}")
