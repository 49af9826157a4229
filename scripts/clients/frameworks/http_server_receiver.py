"""http.server of the standard library."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from inbox import INBOX


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(INBOX.receive(self.headers["Authorization"], body))
        self.end_headers()

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(INBOX.list().encode())


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Receiver).serve_forever()
