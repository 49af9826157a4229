"""FastAPI with uvicorn."""

import os

import uvicorn
from fastapi import FastAPI, Request, Response
from inbox import INBOX

app = FastAPI()


@app.post("/hooks")
async def receive(request: Request):
    return Response(status_code=INBOX.receive(request.headers.get("Authorization"), await request.body()))


@app.get("/deliveries")
async def deliveries():
    return Response(INBOX.list(), media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]))
