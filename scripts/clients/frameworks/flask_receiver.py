"""Flask with its own server."""

import os

from flask import Flask, Response, request
from inbox import INBOX

app = Flask(__name__)


@app.post("/hooks")
def receive():
    return "", INBOX.receive(request.headers.get("Authorization"), request.get_data())


@app.get("/deliveries")
def deliveries():
    return Response(INBOX.list(), mimetype="application/json")


if __name__ == "__main__":
    app.run(port=int(os.environ["PORT"]))
