"""What the receivers share: each hands over the bearer secret and the body, and gets the status of its response."""

import hmac
import json
import os
import threading

SECRET = os.environ.get("WEBHOOK_SECRET", "python-s3cret-4242")


class Inbox:
    def __init__(self):
        self.lock = threading.Lock()
        self.deliveries = []
        self.seen = set()

    def receive(self, authorization, body):
        """Returns the status: 401, 400, 500 for the first attempt of each payout_failed, and otherwise 200."""
        if not hmac.compare_digest(authorization or "", f"Bearer {SECRET}"):
            return 401
        try:
            key, topic = (json.loads(body)[name] for name in ("idempotency_key", "topic"))
        except (ValueError, KeyError, TypeError):
            return 400
        # Some of the servers receive on several threads.
        with self.lock:
            status = 500 if topic == "payout_failed" and key not in self.seen else 200
            self.seen.add(key)
            self.deliveries.append({"key": key, "status": status, "body": body.decode()})
            return status

    def list(self):
        """Returns all deliveries as JSON text."""
        with self.lock:
            return json.dumps(self.deliveries)


INBOX = Inbox()
