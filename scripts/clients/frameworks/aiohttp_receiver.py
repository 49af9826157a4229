"""aiohttp.web."""

import os

from aiohttp import web
from inbox import INBOX

routes = web.RouteTableDef()


@routes.post("/hooks")
async def receive(request):
    return web.Response(status=INBOX.receive(request.headers.get("Authorization"), await request.read()))


@routes.get("/deliveries")
async def deliveries(request):
    return web.Response(text=INBOX.list(), content_type="application/json")


if __name__ == "__main__":
    app = web.Application()
    app.add_routes(routes)
    web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]))
