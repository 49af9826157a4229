"""Bottle with its own server, which is that of wsgiref: one request at a time."""

import os

from bottle import HTTPResponse, get, post, request, response, run
from inbox import INBOX


@post("/hooks")
def receive():
    return HTTPResponse(status=INBOX.receive(request.headers.get("Authorization"), request.body.read()))


@get("/deliveries")
def deliveries():
    response.content_type = "application/json"
    return INBOX.list()


if __name__ == "__main__":
    run(host="127.0.0.1", port=int(os.environ["PORT"]), quiet=True)
