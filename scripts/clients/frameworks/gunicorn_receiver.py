"""A WSGI application for gunicorn with its one worker: gunicorn gunicorn_receiver:app"""

from http import HTTPStatus

from inbox import INBOX


def app(environ, start_response):
    if environ["PATH_INFO"] == "/hooks" and environ["REQUEST_METHOD"] == "POST":
        status = HTTPStatus(INBOX.receive(environ.get("HTTP_AUTHORIZATION"), environ["wsgi.input"].read()))
        body = b""
    elif environ["PATH_INFO"] == "/deliveries":
        status, body = HTTPStatus.OK, INBOX.list().encode()
    else:
        status, body = HTTPStatus.NOT_FOUND, b""
    start_response(
        f"{status.value} {status.phrase}", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    )
    return [body]
