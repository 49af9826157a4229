"""Names that are never resolved, in a network of the attack's own: they delay only their own deliveries."""

from __future__ import annotations

import socket
import subprocess
import threading

from ..receiver import Receiver
from .attack import Attack, promise

# Together with the name below that is looked up twice, this is one name fewer than the limit of lookups at a time.
DEAD = 30
EACH = 4
TIMEOUT = "5s"


def run(attack: Attack) -> None:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    files = {
        # The name server never responds, and its timeout is longer than that of any delivery.
        "resolv.conf": "nameserver 127.0.0.1\noptions timeout:30 attempts:1\n",
        "hosts": "127.0.0.1 localhost\n127.0.0.1 alive.test\n",
    }
    for name, text in files.items():
        (attack.folder / name).write_text(text)
        subprocess.run(["mount", "--bind", str(attack.folder / name), f"/etc/{name}"], check=True)
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    threading.Thread(target=lambda: [server.recvfrom(600) for _ in iter(int, 1)], daemon=True).start()

    receiver = attack.keep(Receiver())
    simulator = attack.simulator("--retry-schedule", "0s", "--delivery-timeout", TIMEOUT)
    for number in range(DEAD):
        simulator.client.subscribe(f"http://dead{number}.test:3000/")
    simulator.client.trigger(count=EACH)
    for scheme in ("http", "https"):
        simulator.client.subscribe(f"{scheme}://dead.test:3000/", "customer_created")
    simulator.client.trigger("customer_created")
    hosts = ["alive.test", "localhost", "shop.localhost", "127.0.0.1"]
    for host in hosts:
        simulator.client.subscribe(f"http://{host}:{receiver.port}/{host}", "payout_paid")
    simulator.client.trigger("payout_paid", EACH)
    simulator.client.expect("events", {"topic": "payout_paid", "status": "delivered"}, count=EACH * len(hosts))
    simulator.client.expect("events", {"topic": "invoice_paid", "status": "pending"}, count=EACH * DEAD, seconds=0)
    slowest = max(
        attempt["duration_ms"] for attempt in simulator.client.attempts() if attempt["topic"] == "payout_paid"
    )
    simulator.client.expect("attempts", {"topic": "invoice_paid", "failure": "lookup_timeout"}, count=EACH * DEAD)
    simulator.client.expect("attempts", {"topic": "customer_created", "failure": "lookup_timeout"}, count=2)
    promise(len(receiver.received) == EACH * len(hosts), f"{len(receiver.received)} deliveries arrived")
    attack.say(
        f"{DEAD + 1} names that are never resolved: {EACH * len(hosts)} deliveries to {', '.join(hosts)} took {slowest} ms at most"
    )
