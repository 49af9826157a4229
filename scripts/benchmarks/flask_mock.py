"""A mock of the API as people write it by hand: Flask and SQLite, one file, no retries. flask_mock.py PORT FILE"""

import json
import sqlite3
import sys
import uuid
from datetime import UTC, datetime

import requests
from flask import Flask, abort, g, jsonify, request

app = Flask(__name__)
endpoints = []


def database():
    if "database" not in g:
        g.database = sqlite3.connect(sys.argv[2], timeout=60)
        g.database.row_factory = sqlite3.Row
    return g.database


@app.post("/webhooks")
def subscribe():
    endpoints.append(request.json["endpoint_url"])
    return jsonify(endpoint_url=endpoints[-1]), 201


@app.get("/webhooks/events")
def events():
    if request.headers.get("Authorization") != "Bearer token":
        abort(401)
    limit = int(request.args.get("limit", 100))
    rows = database().execute("SELECT * FROM events ORDER BY created_at DESC LIMIT ?", (limit,))
    return jsonify(data=[{**row, "payload": json.loads(row["payload"])} for row in rows])


@app.post("/events")
def trigger():
    event = {"id": str(uuid.uuid4()), "created_at": datetime.now(UTC).isoformat(), **request.json}
    values = (event["id"], event["created_at"], event["topic"], json.dumps(event))
    with database() as connection:
        connection.execute("INSERT INTO events VALUES (?, ?, ?, ?)", values)
    for endpoint in endpoints:
        requests.post(endpoint, json=event, timeout=10)
    return jsonify(event), 201


if __name__ == "__main__":
    with sqlite3.connect(sys.argv[2]) as connection:
        connection.execute("CREATE TABLE events (id TEXT PRIMARY KEY, created_at TEXT, topic TEXT, payload TEXT)")
    app.run(port=int(sys.argv[1]), threaded=True)
