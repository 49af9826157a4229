"""Uses the pages of the inspector in a browser as a person does."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from ..receiver import Receiver, response, script
from ..simulator import Simulator
from .browser import Browser
from .checks import PAGES, ROOT, UNFOLD, must, run_shell
from .hostile_texts import HostileTexts

AUDIT = (Path(__file__).parent / "audit.js").read_text()
ACCEPTED = response(200, b"ok")
SECRET, ADMIN_TOKEN = "s3cr3t-4242", "admin-token-1"


class InspectorTest(HostileTexts):
    def __init__(self, browser: Browser, simulator: Simulator, receiver: Receiver) -> None:
        self.browser, self.simulator, self.receiver = browser, simulator, receiver
        # The URLs that a page may send requests to.
        self.own = [simulator.url]

    def audit(self, path: str) -> None:
        for width, scheme in ((360, "light"), (360, "dark"), (1600, "light"), (1600, "dark")):
            self.browser.resize(width)
            self.browser.prefer(scheme)
            self.browser.open(path)
            self.browser.script(UNFOLD)
            problems = self.browser.script(AUDIT)
            must(not problems, f"{path} at {width} px, {scheme}: {'; '.join(problems)}")
        self.browser.resize(1280)

    def audit_pages(self) -> None:
        for path in PAGES:
            self.audit(path)

    def every_page_by_keyboard(self) -> None:
        for path in PAGES:
            self.browser.open(path)
            reached = self.browser.script(
                """
                const all = [...document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary")];
                return all.filter((element) => element.checkVisibility() && element.tabIndex < 0).length
                """
            )
            must(reached == 0, f"{path}: {reached} elements can't be reached with the keyboard")
            self.browser.command(
                "Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9
            )
            outline = self.browser.script("return getComputedStyle(document.activeElement).outlineStyle")
            must(outline != "none", f"{path}: the focus can't be seen")

    def empty_states(self) -> None:
        for path, says in (
            ("/__admin/", "hooksim listen"),
            (PAGES[1], "trigger one"),
            (PAGES[3], "hooksim listen"),
            (PAGES[4], "Point your client at"),
            (PAGES[5], "Add one below"),
            (PAGES[6], "Run the example"),
        ):
            self.browser.open(path)
            must(says in self.browser.text(), f"{path} says nothing of what to do next")

    def trigger(self) -> None:
        self.simulator.client.subscribe(self.receiver.url + "/hooks", secret=SECRET)
        self.browser.open("/__admin/")
        self.browser.choose("select[name=topic]", "invoice_paid")
        self.browser.press("Trigger")
        must("the event was created" in self.browser.text(), self.browser.text())
        self.browser.wait_for_text("Attempt 1: 200")
        must("…4242" in self.browser.text() and SECRET not in self.browser.driver.page_source, "the secret is shown")

    def trigger_with_edited_payload(self) -> None:
        self.browser.open("/__admin/")
        self.browser.press("Edit the payload first")
        self.browser.choose("select[name=topic]", "invoice_paid")
        self.browser.press("Show its payload")
        self.browser.fill("textarea", '{"invoice_id": ')
        self.browser.press("Trigger invoice_paid")
        must("not valid JSON" in self.browser.text(), "bad JSON was taken")
        must(self.browser.find("textarea").get_attribute("value") == '{"invoice_id": ', "what was typed is gone")
        self.browser.fill("textarea", '{"invoice_id": "INV-1", "total": 1.50}')
        self.browser.press("Trigger invoice_paid")
        must('"total": 1.50' in self.browser.text(), self.browser.text())

    def resend(self) -> None:
        event = self.simulator.client.trigger()[0]["id"]
        self.simulator.client.expect("events", {"id": event, "status": "delivered"}, at_least=1)
        self.browser.open(f"{ROOT}/events/{event}")
        self.browser.press("Send once more")
        self.browser.wait_for_text("Attempt 2: 200")

    def retry_failed(self) -> None:
        self.simulator.client.change_settings(retry_schedule=["0s"])
        self.receiver.behave = script(response(500, b'{"why":"because"}', [("X-Why", "because")]))
        event = self.simulator.client.trigger()[0]["id"]
        self.simulator.client.expect("events", {"id": event, "status": "failed"}, at_least=1)
        self.browser.open(f"{ROOT}/events/{event}")
        self.browser.script(UNFOLD)
        text = self.browser.text()
        for shown in (
            "Attempt 1: 500",
            "X-Why: because",
            '"why": "because"',
            "X-Webhook-Attempt: 1",
            "POST http://127.0.0.1",
        ):
            must(shown in text, f"{shown} is not shown: {text}")
        self.receiver.behave = script(ACCEPTED)
        self.browser.open("/__admin/")
        self.browser.press("Retry all failed events")
        must("1 failed event was queued" in self.browser.text(), self.browser.text())
        self.simulator.client.expect("events", {"id": event, "status": "delivered"}, at_least=1)

    def clock(self) -> None:
        self.simulator.client.change_settings(retry_schedule=["0s", "1h"], retry_jitter=0)
        self.receiver.behave = script(response(503))
        self.browser.open("/__admin/")
        self.browser.press("Freeze")
        must("the clock is frozen" in self.browser.text(), self.browser.text())
        event = self.simulator.client.trigger()[0]["id"]
        self.simulator.client.expect("attempts", {"event_id": event}, at_least=1)
        self.browser.open(f"{ROOT}/events/{event}")
        must("in 60 min" in self.browser.text(".timeline .pending"), "the next attempt is not shown")
        self.receiver.behave = script(ACCEPTED)
        self.browser.open("/__admin/")
        self.browser.fill("[name=by]", "soon")
        self.browser.press("Advance")
        must(self.browser.find(".notice.bad"), "a wrong span was taken")
        self.browser.fill("[name=by]", "1m")
        self.browser.press("Advance")
        must("0 attempts, 1 events pending" in self.browser.text(), self.browser.text())
        self.browser.press("Advance until idle")
        must("1 attempts, 0 events pending" in self.browser.text(), self.browser.text())
        self.browser.press("Resume")
        must("the clock runs" in self.browser.text(), self.browser.text())

    def faults(self) -> None:
        self.browser.open(f"{ROOT}/faults")
        self.browser.press("Add duplicates")
        must('"duplicate": 2' in self.browser.text(), "the preset is not in force")
        self.browser.fill("textarea", '{"target": "delivery", "effect": {"explode": true}}')
        self.browser.press("Add the rule")
        must(self.browser.find(".notice.bad") and "explode" in self.browser.find("textarea").get_attribute("value"), "")
        self.browser.fill("textarea", '{"target": "delivery", "effect": {"drop": true}, "times": 1}')
        self.browser.press("Add the rule")
        self.browser.press("Remove rule f1")
        must("f1 was removed" in self.browser.text(), self.browser.text())
        event = self.simulator.client.trigger()[0]["id"]
        self.simulator.client.expect("attempts", {"event_id": event, "fault": "drop"}, at_least=1)
        self.browser.open(f"{ROOT}/events/{event}")
        must("Never sent: the fault drop" in self.browser.text(), self.browser.text())
        self.browser.open(f"{ROOT}/faults")
        self.browser.press("Clear all")
        must("No rules are in force" in self.browser.text(), self.browser.text())

    def scenarios(self) -> None:
        self.browser.open(f"{ROOT}/scenarios")
        self.browser.press("Run")
        must("passed Two failures, then success" in self.browser.text(), self.browser.text())
        self.browser.fill("textarea", "steps: [{ advnace: 1m }]")
        self.browser.press("Run")
        must("did you mean" in self.browser.text(), self.browser.text())
        self.browser.press("Show what was done so far as a scenario")
        must("trigger:" in self.browser.find("textarea").get_attribute("value"), "no recording")

    def lists(self) -> None:
        self.simulator.client.trigger(count=60)
        self.browser.open(f"{ROOT}/events")
        self.browser.choose("[name=topic]", "invoice_paid")
        self.browser.press("Filter")
        first = self.first_link()
        self.browser.press("Older")
        must(self.first_link() != first, "the same page again")
        self.browser.press("Newer")
        must(self.first_link() == first, "another page")
        self.browser.fill("[name=from_date]", "2026-02-30")
        self.browser.press("Filter")
        must("from_date" in self.browser.text(".notice.bad"), "a wrong date was taken")
        self.browser.open(f"{ROOT}/requests?status=404")
        self.browser.press("Show all")
        must("/oauth/token" in self.browser.text(), self.browser.text())

    def first_link(self) -> str:
        return str(self.browser.script("return document.querySelector('tbody a').href"))

    def copy_as_curl(self) -> None:
        """Tests that a shell can run the copied command, and that it sends the same request."""
        self.browser.command("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        marker = 'it\'s "quoted" $HOME `id`'
        self.simulator.client.send(
            "GET",
            "/webhooks?topic=" + quote(marker),
            headers={"Authorization": f"Bearer {self.simulator.client.fetch_token()}"},
        )
        status = run_shell(self.copied(f"{ROOT}/requests"), TOKEN=self.simulator.client.fetch_token())
        must('"validation_errors":{"topic"' in status, status)
        event = self.simulator.client.trigger(entity_id=marker)[0]["id"]
        self.simulator.client.expect("events", {"id": event, "status": "delivered"}, at_least=1)
        text = self.copied(f"{ROOT}/events/{event}")
        must(run_shell(text, SECRET=SECRET) == "ok", text)

    def copied(self, path: str) -> str:
        self.browser.open(path)
        # Live updates are paused, so that they do not replace the part that is read here.
        self.browser.wait_for_text("live", "footer")
        self.browser.script("document.querySelector('#live-pause').click()")
        self.browser.wait_for_text("paused", "footer")
        self.browser.script(
            "[...document.querySelectorAll('details')].find((part) => part.querySelector('[data-copy]')).open = true"
        )
        self.browser.find("details[open] [data-copy]").click()
        self.browser.wait_for_text("Copied", "details[open] [data-copy]")
        return str(self.browser.driver.execute_async_script("navigator.clipboard.readText().then(arguments[0])"))

    def live(self) -> None:
        self.browser.open("/__admin/")
        self.browser.wait_for_text("live", "footer")
        must(self.simulator.client.trigger(entity_id="LIVE-1"), "no event was created")
        self.browser.wait_for_text("LIVE-1", "#live-attempts")

    def pause(self) -> None:
        self.browser.open("/__admin/")
        self.browser.wait_for_text("live", "footer")
        self.browser.find("#live-pause").click()
        self.browser.wait_for_text("paused", "footer")
        self.simulator.client.expect(
            "events",
            {"id": self.simulator.client.trigger(entity_id="LIVE-2")[0]["id"], "status": "delivered"},
            at_least=1,
        )
        must("LIVE-2" not in self.browser.text("#live-attempts"), "the page went on")
        self.browser.find("#live-pause").click()
        self.browser.wait_for_text("live", "footer")
        self.browser.wait_for_text("LIVE-2", "#live-attempts")

    def without_script(self) -> None:
        self.browser.allow_scripts(False)
        try:
            self.browser.driver.get(self.simulator.url + "/")
            must("Latest deliveries" in self.browser.text(), self.browser.text())
            must(not self.browser.find("#live-pause").is_displayed(), "a button that does nothing")
            self.browser.find("form[action$=trigger] button").click()
        finally:
            self.browser.allow_scripts(True)

    def reset(self) -> None:
        self.browser.open("/__admin/")
        self.browser.find("[name=sure]").click()
        self.browser.press("Reset")
        must(
            "everything was removed" in self.browser.text() and "There are no events" in self.browser.text(),
            self.browser.text(),
        )

    def login(self) -> None:
        with Simulator("--admin-token", ADMIN_TOKEN) as guarded:
            self.browser.url = guarded.url
            self.own.append(guarded.url)
            try:
                self.audit("/__admin/")
                must("Log in" in self.browser.text("h1"), self.browser.text())
                self.browser.fill("[name=admin_token]", "guess")
                self.browser.press("Log in")
                must("not the admin token" in self.browser.text(), self.browser.text())
                self.browser.fill("[name=admin_token]", ADMIN_TOKEN)
                self.browser.press("Log in")
                must("Overview" in self.browser.text("h1"), self.browser.text())
                self.browser.wait_for_text("live", "footer")
                cookie = self.browser.driver.get_cookies()[-1]
                must(
                    cookie["httpOnly"] and cookie["sameSite"] == "Strict" and ADMIN_TOKEN not in cookie["value"], cookie
                )
                self.browser.press("Log out", within="footer")
                must("Log in" in self.browser.text("h1"), self.browser.text())
                self.browser.collect()
                # The browser itself logs an error for each refused request.
                self.browser.complaints = [text for text in self.browser.complaints if "status of 403" not in text]
            finally:
                self.browser.url = self.simulator.url

    def nothing_to_complain_of(self) -> None:
        self.browser.collect()
        complaints = [
            text
            for text in self.browser.complaints
            # A page whose form or query was refused has an error status, which the browser logs.
            if not ("Failed to load resource" in text and ("status of 400" in text or "status of 404" in text))
        ]
        must(not complaints, complaints[:5])
        foreign = self.browser.foreign_requests(*self.own)
        must(not foreign, foreign[:5])
        must(len(self.browser.requests) > 100, "the log of requests is empty")
