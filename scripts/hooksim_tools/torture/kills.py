"""kill -9 at random moments under load: no acknowledged event is lost, stuck, changed, or sent again after its
delivery."""

from __future__ import annotations

import hashlib
import http.client
import json
import threading
import time

from ..client import TOPIC
from ..receiver import OK, Delivery, Receiver, response
from ..simulator import Simulator
from .attack import Attack, promise, stored

THREADS = 4
# The number of kills for one store; then a new store keeps the checks quick.
LIVES = 25


def run(attack: Attack) -> None:
    killed = acknowledged = sent = repeated = 0
    while killed < attack.count:
        lives = min(LIVES, attack.count - killed)
        store = Store(attack, killed)
        store.live(lives)
        killed += lives
        acknowledged += len(store.acknowledged)
        sent += len(store.receiver.received)
        repeated += store.repeated
    attack.say(
        f"{killed} kills: {acknowledged} events acknowledged, 0 lost, 0 stuck; {sent} attempts arrived, "
        f"{repeated} of them once more for events in flight; every body the same; integrity_check ok each time"
    )


class Store:
    """One store, and the simulators that run on it one after the other."""

    def __init__(self, attack: Attack, number: int) -> None:
        self.attack = attack
        self.path = attack.folder / f"kills-{number}.db"
        self.receiver = attack.keep(Receiver(self.behave))
        self.acknowledged: set[str] = set()
        self.refused: list[tuple[int, object]] = []
        # The events that the store had as delivered when its process was killed, with the number of deliveries that had
        # arrived by then.
        self.delivered: dict[str, int] = {}
        self.repeated = 0

    def behave(self, delivery: Delivery, _: object) -> bytes:
        time.sleep(self.chance(delivery)[0] / 255 * 0.03)
        return OK if self.accepts(delivery) else response(503)

    def accepts(self, delivery: Delivery) -> bool:
        """Returns whether the receiver accepts a delivery. One in eight is refused at first."""
        return delivery.attempt > 1 or self.chance(delivery)[1] >= 32

    def chance(self, delivery: Delivery) -> bytes:
        return hashlib.sha256(f"{self.attack.seed}{delivery.id}".encode()).digest()

    def serve(self) -> Simulator:
        return self.attack.simulator("--retry-schedule", "0s,50ms,50ms,1s,1s", store=self.path)

    def live(self, lives: int) -> None:
        simulator = self.serve()
        simulator.client.subscribe(self.receiver.url + "/hooks")
        for _ in range(lives):
            self.load_and_kill(simulator, self.attack.random.uniform(0.02, 0.6))
            delivered = stored(self.path, self.attack.folder, "SELECT lower(hex(id)) FROM events WHERE status = 1")
            arrived = len(self.receiver.received)
            for (identifier,) in delivered:
                self.delivered.setdefault(identifier, arrived)
            simulator = self.serve()
        simulator.client.expect("events", {"status": "pending"}, count=0, seconds=60)
        simulator.stop()
        promise(simulator.process.returncode == 0, f"a stop ended with {simulator.process.returncode}")
        self.check()

    def load_and_kill(self, simulator: Simulator, seconds: float) -> None:
        threads = [threading.Thread(target=self.load, args=(simulator.port, number)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        simulator.kill()
        for thread in threads:
            thread.join()
        promise(not self.refused, f"the response to a trigger is {self.refused[:1]}")

    def load(self, port: int, number: int) -> None:
        """Triggers events until the connection breaks. Events with a response count as acknowledged."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            while True:
                number += 1
                body = json.dumps({"topic": TOPIC, "count": 1 + number % 3})
                connection.request("POST", "/__admin/events", body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                events = json.loads(response.read())
                if response.status != 201:
                    self.refused.append((response.status, events))
                    return
                self.acknowledged.update(event["id"] for event in events["data"])
                time.sleep(0.002)
        except (OSError, http.client.HTTPException, ValueError):
            return

    def check(self) -> None:
        rows = stored(self.path, self.attack.folder, "SELECT lower(hex(id)), status FROM events")
        status = dict(rows)
        plain = {identifier.replace("-", ""): identifier for identifier in self.acknowledged}
        lost = [identifier for identifier in plain if identifier not in status]
        promise(not lost, f"{len(lost)} acknowledged events are not in the store, one is {lost[:1]}")
        open_ = [identifier for identifier in plain if status[identifier] != 1]
        promise(not open_, f"{len(open_)} acknowledged events were not delivered, one is {open_[:1]}")
        bodies: dict[str, bytes] = {}
        accepted: set[str] = set()
        for index, delivery in enumerate(list(self.receiver.received)):
            identifier = delivery.id.replace("-", "")
            known = bodies.setdefault(identifier, delivery.body)
            promise(known == delivery.body, f"{delivery.id} was sent with another body at attempt {delivery.attempt}")
            before = self.delivered.get(identifier)
            promise(
                before is None or index < before, f"{delivery.id} was sent again after the store had it as delivered"
            )
            self.repeated += identifier in accepted
            if self.accepts(delivery):
                accepted.add(identifier)
        missing = [identifier for identifier in plain if identifier not in bodies]
        promise(not missing, f"{len(missing)} events never arrived, one is {missing[:1]}")
