"""http.server on one thread, with HTTP/1.1: it serves a connection until that is closed, and no other meanwhile."""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer

from inbox import INBOX


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(INBOX.receive(self.headers["Authorization"], body))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        body = INBOX.list().encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        # The one that looks takes its turn like the others.
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Receiver).serve_forever()
