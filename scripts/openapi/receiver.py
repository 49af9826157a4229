"""The receiver of all clients: keeps the body of each delivery in a file, and refuses the first one to /NAME/refusing.

    receiver.py READY_FILE FOLDER

A client subscribes RECEIVER_URL/NAME/accepting and finds the last body in FOLDER/NAME-accepting.json.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

READY, FOLDER = Path(sys.argv[1]), Path(sys.argv[2])


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        file = FOLDER / (self.path.strip("/").replace("/", "-") + ".json")
        is_first = not file.exists()
        # In one step, so that a client never reads half of it.
        part = file.with_suffix(f".{os.urandom(4).hex()}")
        part.write_bytes(body)
        part.replace(file)
        self.send_response(500 if is_first and self.path.endswith("/refusing") else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()


FOLDER.mkdir(parents=True)
server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
READY.write_text(f"http://127.0.0.1:{server.server_port}")
server.serve_forever()
