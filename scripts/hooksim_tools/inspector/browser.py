"""A headless Chromium, with the requests and errors that it logged."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

CHROMIUM, CHROMEDRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
# With these options, the browser sends requests only to the page's own server.
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
# A limit in seconds, which only ends a wait without end; it is long because of busy machines.
PATIENCE = 120


class Browser:
    def __init__(self, url: str) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            *QUIET,
        ]:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        # A page with a stream never stops loading.
        options.page_load_strategy = "eager"
        self.driver = webdriver.Chrome(options=options, service=Service(CHROMEDRIVER))
        self.url = url
        self.requests: list[str] = []
        self.complaints: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.driver.quit()

    def open(self, path: str) -> None:
        self.driver.get(path if path.startswith("http") else self.url + path)

    def command(self, name: str, **parameters: object) -> dict[str, Any]:
        found: dict[str, Any] = self.driver.execute_cdp_cmd(name, parameters)
        return found

    def script(self, text: str, *arguments: object) -> Any:
        return self.driver.execute_script(text, *arguments)

    def resize(self, width: int, height: int = 900) -> None:
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    def prefer(self, scheme: str) -> None:
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def allow_scripts(self, allowed: bool) -> None:
        self.command("Emulation.setScriptExecutionDisabled", value=not allowed)

    def find(self, selector: str) -> Any:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[Any]:
        found: list[Any] = self.driver.find_elements(By.CSS_SELECTOR, selector)
        return found

    def text(self, selector: str = "main") -> str:
        return str(self.find(selector).text)

    def click(self, selector: str) -> None:
        """Clicks an element, and waits for the next page."""
        self.follow(lambda: self.find(selector).click())

    def press(self, name: str, within: str = "main") -> None:
        """Clicks the button or link of that name."""
        # The element is found and clicked in one script, since the page may replace its parts at any moment.
        found = """
            window.isOld = true;
            const nameOf = (element) => element.getAttribute("aria-label") || element.textContent.trim();
            const named = [...document.querySelectorAll(arguments[0])].find((element) => nameOf(element) === arguments[1]);
            if (named) named.click();
            return named !== undefined;
        """
        if not self.script(found, f"{within} button, {within} a", name):
            raise AssertionError(f"there is no button or link {name!r} in {self.driver.current_url}")
        self.wait(lambda: self.script("return !window.isOld && document.readyState !== 'loading'"), "a new page")

    def follow(self, action: Callable[[], object]) -> None:
        self.script("window.isOld = true")
        action()
        self.wait(lambda: self.script("return !window.isOld && document.readyState !== 'loading'"), "a new page")

    def fill(self, selector: str, text: str) -> None:
        self.script("arguments[0].value = arguments[1]", self.find(selector), text)

    def choose(self, selector: str, value: str) -> None:
        self.fill(selector, value)

    def wait(self, holds: Callable[[], object], what: str) -> None:
        """Returns once a condition holds. The timeout is far longer than a busy machine needs."""
        end = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > end:
                raise AssertionError(f"{what}: never came at {self.driver.current_url}")
            time.sleep(0.02)

    def wait_for_text(self, text: str, selector: str = "main") -> None:
        self.wait(
            lambda: text in self.script("return document.querySelector(arguments[0]).innerText", selector), repr(text)
        )

    @property
    def has_alert(self) -> bool:
        try:
            self.driver.switch_to.alert.dismiss()
            return True
        except NoAlertPresentException:
            return False

    def collect(self) -> None:
        """Reads the browser's logs, which are bounded, and keeps their requests and errors."""
        for entry in self.driver.get_log("browser"):
            if entry["level"] in ("SEVERE", "WARNING"):
                self.complaints.append(entry["message"])
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])

    def foreign_requests(self, *own: str) -> list[str]:
        """Returns the requests to any other host, and those by a scheme that would run code."""
        homes = {urlsplit(url).netloc for url in own}
        return [url for url in self.requests if urlsplit(url).scheme != "data" and urlsplit(url).netloc not in homes]

    def screenshot(self, file: Path, height: int | None = None) -> None:
        width, whole = self.script("return [innerWidth, document.documentElement.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": width, "height": height or min(whole, 3000), "scale": 1}
        found = self.command("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(found["data"]))
