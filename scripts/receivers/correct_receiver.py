"""A receiver that books each payment once, however often it arrives.

Run by fixtures/receivers/correct.yaml; on its own: PORT=3000 WEBHOOK_SECRET=ledger-7781 python3 correct_receiver.py
"""

import hmac
import json
import os
import threading
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ.get("WEBHOOK_SECRET", "ledger-7781")


class Books:
    """The payments taken in since the last payout."""

    def __init__(self):
        self.lock = threading.Lock()
        self.total = Decimal(0)
        self.seen = set()

    def book(self, key, topic, data):
        """Returns the status and the text of the response."""
        # Deliveries arrive at once, also those of one event: look, book and remember in one go.
        with self.lock:
            if key in self.seen:
                return 200, "known already"
            amount = Decimal(data.get("total", 0))
            if topic == "payment_succeeded":
                self.total += amount
            elif topic == "payout_paid":
                if amount != self.total:
                    return 500, f"the books are wrong: {self.total} was booked, {amount} is paid out"
                self.total = Decimal(0)
            # Only now: an event that could not be booked may come again.
            self.seen.add(key)
            return 200, "booked"


BOOKS = Books()


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not hmac.compare_digest(self.headers.get("Authorization", ""), f"Bearer {SECRET}"):
            return self.respond(401, "wrong secret")
        try:
            event = json.loads(body, parse_float=Decimal)
            key, topic, data = event["idempotency_key"], event["topic"], event["data"]
        except (ValueError, KeyError, TypeError):
            return self.respond(400, "not an event with an idempotency_key, a topic and data")
        return self.respond(*BOOKS.book(key, topic, data))

    def do_GET(self):
        if self.path == "/total":
            self.respond(200, str(BOOKS.total))
        else:
            self.respond(404, "there is only /total")

    def respond(self, status, text):
        body = (text + "\n").encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if status == 500:
            print(text, flush=True)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Receiver).serve_forever()
