"""The state of the hooks during a run: a client of the simulator, and what they know of its state."""

from __future__ import annotations

import os
from typing import Any

from ..client import Client, RequestFailed

CLIENT_ID = os.environ.get("HOOKSIM_CLIENT_ID", "sandbox")
CLIENT_SECRET = os.environ.get("HOOKSIM_CLIENT_SECRET", "sandbox-secret")
CLIENT = Client(os.environ["HOOKSIM_URL"], CLIENT_ID, CLIENT_SECRET)

# The topics that were subscribed, and the paths that were deleted, since the last reset.
subscribed: set[str] = set()
deleted: set[str] = set()


def control(method: str, path: str, body: object = None) -> Any:
    """Sends a request to the control API that is not part of the test. Returns `None` if it fails."""
    try:
        return CLIENT.control(method, path, body)
    except RequestFailed:
        return None


def api(method: str, path: str, body: object = None) -> Any:
    """Sends a request to the simulated API that is not part of the test. Returns `None` if it fails."""
    try:
        return CLIENT.api(method, path, body)
    except RequestFailed:
        return None


def subscribe(topic: str) -> None:
    api("POST", "/webhooks", {"endpoint_url": "https://receiver.invalid/hooks", "topic": topic})
    subscribed.add(topic)
