"""Tornado."""

import asyncio
import os

from inbox import INBOX
from tornado.web import Application, RequestHandler


class Hooks(RequestHandler):
    def post(self):
        self.set_status(INBOX.receive(self.request.headers.get("Authorization"), self.request.body))


class Deliveries(RequestHandler):
    def get(self):
        self.set_header("Content-Type", "application/json")
        self.write(INBOX.list())


async def main():
    Application([("/hooks", Hooks), ("/deliveries", Deliveries)]).listen(int(os.environ["PORT"]), "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
