"""Full disks, files that can't be written, damaged files, and files that another process owns."""

from __future__ import annotations

import hashlib
import http.client
import os
import subprocess
import time
from pathlib import Path

from ..client import Response
from ..process import NotStarted
from ..receiver import Receiver
from ..simulator import Simulator
from .attack import Attack, check_alive, promise, refusal, stored

SAMPLE_EVENTS = 200


def full_disk(attack: Attack) -> None:
    """Fills a small disk of the attack's own, frees it and fills it again."""
    disk = attack.folder / "disk"
    disk.mkdir()
    mount("-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk))
    receiver = attack.keep(Receiver())
    simulator = attack.simulator(store=disk / "store.db")
    simulator.client.subscribe(receiver.url + "/hooks")
    acknowledged: set[str] = set()
    refused, longest = 0, 0.0
    for _ in range(3):
        # The token is requested while there is space, since the store must write it.
        token = simulator.client.token
        ballast = disk / "ballast"
        ballast.write_bytes(b"x" * (1 << 20))
        refusals, message = fill(simulator, acknowledged)
        refused += refusals
        promise("the store can't be written" in message and "space" in message, f"the message is {message!r}")
        # Requests that only read still work, and the process runs.
        check_alive(simulator, "the disk was full")
        simulator.client.request("GET", "/webhooks/events?limit=1", token=token)
        ballast.unlink()
        start = time.monotonic()
        while (found := trigger(simulator, acknowledged)).status != 201:
            promise(found.status == 503, f"the response to a trigger when there was space again is {found}")
            promise(time.monotonic() - start < 5, "no event was taken within 5 s after there was space again")
            time.sleep(0.05)
        longest = max(longest, time.monotonic() - start)
        # The kill follows successful writes, so that the next round starts from the state on the disk.
        simulator.kill()
        stored(disk / "store.db", attack.folder, "SELECT 1")
        trim(disk)
        simulator = attack.simulator(store=disk / "store.db")
    # The remaining attempts need space to be stored.
    mount("-o", "remount,size=64m", str(disk))
    simulator.client.expect("events", {"status": "pending"}, count=0)
    simulator.stop()
    rows = dict(stored(disk / "store.db", attack.folder, "SELECT lower(hex(id)), status FROM events"))
    lost = [identifier for identifier in acknowledged if rows.get(identifier) != 1]
    promise(not lost, f"{len(lost)} of {len(acknowledged)} acknowledged events are lost or were not delivered")
    attack.say(
        f"a full disk three times: {refused} triggers refused with 503, {len(acknowledged)} events acknowledged, 0 lost; "
        f"taken again {longest * 1000:.0f} ms after there was space"
    )


def fill(simulator: Simulator, acknowledged: set[str]) -> tuple[int, str]:
    """Triggers until ten triggers in a row are refused. Returns the number of refusals, and the message of the last
    one."""
    refused, in_a_row, message = 0, 0, ""
    for _ in range(2000):
        response = trigger(simulator, acknowledged)
        promise(response.status in (201, 503), f"the response to a trigger is {response}")
        if response.status == 503:
            refused, in_a_row, message = refused + 1, in_a_row + 1, response.json["message"]
        else:
            in_a_row = 0
        if in_a_row == 10:
            return refused, message
    promise(False, "the disk never was full")
    return 0, ""


def trigger(simulator: Simulator, acknowledged: set[str]) -> Response:
    body = {"topic": "invoice_paid", "data": {"memo": "x" * 8000}}
    response = simulator.client.send("POST", "/__admin/events", body)
    if response.status == 201:
        acknowledged.update(event["id"].replace("-", "") for event in response.json["data"])
    return response


def trim(disk: Path) -> None:
    """Makes room for a restart by making the disk larger, as an operator would."""
    size = sum(file.stat().st_size for file in disk.iterdir())
    mount("-o", f"remount,size={size // 1024 + 6 * 1024}k", str(disk))


def read_only(attack: Attack) -> None:
    """Uses a file, and a folder, that can't be written."""
    store = sample(attack)
    before = digest(store)
    mount("--bind", str(store), str(store))
    mount("-o", "remount,bind,ro", str(store))
    lines = [refusal(attack, "--store", str(store))]
    subprocess.run(["umount", str(store)], check=True)
    promise(digest(store) == before, "a refused file was changed")

    folder = attack.folder / "read-only"
    folder.mkdir()
    mount("-t", "tmpfs", "tmpfs", str(folder))
    (folder / "old.db").write_bytes(store.read_bytes())
    mount("-o", "remount,ro", str(folder))
    lines += [refusal(attack, "--store", str(folder / name)) for name in ("old.db", "new.db")]
    promise(sorted(os.listdir(folder)) == ["old.db"], f"something was written: {os.listdir(folder)}")
    promise(all("store" in line or ".db" in line for line in lines), f"they said {lines}")
    attack.say(f"read-only file and folder: refused {len(lines)} times, as in: {lines[0]}")


def damaged(attack: Attack) -> None:
    """Uses stores of garbage, cut short, with flipped bits, or of a newer program. Each is refused unchanged, or served
    without a crash."""
    whole = sample(attack).read_bytes()
    refused = served = 0
    statuses: dict[int, int] = {}
    for number in range(max(10, attack.count)):
        store = attack.folder / f"damaged-{number}.db"
        name, data = damage(attack, whole, number)
        store.write_bytes(data)
        if starts(attack, store):
            served += 1
            use(attack, store, name, statuses)
        else:
            refused += 1
            line = refusal(attack, "--store", str(store))
            promise(store.name in line, f"{name}: it does not name the store: {line}")
            promise(store.read_bytes() == data, f"{name}: a refused file was changed")
            left = [file.name for file in attack.folder.glob(f"{store.name}-*")]
            promise(not left, f"{name}: a refusal left {left}")
        store.unlink()
    counts = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
    attack.say(
        f"{refused + served} damaged stores: {refused} refused and unchanged, {served} served without a crash ({counts})"
    )


def damage(attack: Attack, whole: bytes, number: int) -> tuple[str, bytes]:
    chance = attack.random
    kind = ("garbage", "cut", "bits", "newer", "page", "header")[number % 6]
    data = bytearray(whole)
    match kind:
        case "garbage":
            data = bytearray(chance.randbytes(chance.randrange(1, 20_000)))
        case "cut":
            data = data[: chance.randrange(1, len(data))]
        case "bits":
            for _ in range(chance.choice((1, 10, 100))):
                data[chance.randrange(100, len(data))] ^= 1 << chance.randrange(8)
        case "newer":
            data[60:64] = chance.randrange(1000, 1 << 31).to_bytes(4, "big")
        case "page":
            start = 4096 * chance.randrange(1, len(data) // 4096)
            data[start : start + 4096] = chance.randbytes(4096)
        case "header":
            data[chance.randrange(16, 100)] ^= 1 << chance.randrange(8)
    return f"store {number} ({kind})", bytes(data)


def starts(attack: Attack, store: Path) -> bool:
    """Returns whether a simulator starts with a copy of the file."""
    copy = attack.folder / "try.db"
    for suffix in ("", "-wal", "-journal", "-shm"):
        Path(f"{copy}{suffix}").unlink(missing_ok=True)
    copy.write_bytes(store.read_bytes())
    try:
        simulator = Simulator(binary=attack.binary, store=copy, folder=attack.folder)
    except NotStarted:
        return False
    simulator.kill()
    return True


def use(attack: Attack, store: Path, name: str, statuses: dict[int, int]) -> None:
    simulator = attack.simulator("--retry-schedule", "0s", store=store)
    token = ""
    requests: list[tuple[str, str, object]] = [
        (
            "POST",
            "/oauth/token",
            {"grant_type": "client_credentials", "client_id": "sandbox", "client_secret": "sandbox-secret"},
        ),
        ("GET", "/webhooks", None),
        *[("GET", f"/webhooks/events?status={status}", None) for status in ("pending", "delivered", "failed")],
        ("GET", "/webhooks/events?topic=invoice_paid&limit=100", None),
        ("POST", "/__admin/events", {"topic": "invoice_paid"}),
        ("POST", "/webhooks/retry", None),
        ("GET", "/__admin/attempts", None),
        ("GET", "/__admin/metrics", None),
        ("GET", "/__admin/recording", None),
        ("GET", "/__admin/", None),
        ("GET", "/__admin/backup", None),
    ]
    for method, path, body in requests:
        try:
            response = simulator.client.send(method, path, body, token=token or None, timeout=20)
            status = response.status
            if path == "/oauth/token" and status == 200:
                token = response.json["access_token"]
        except (OSError, http.client.HTTPException) as error:
            check_alive(simulator, f"{name}: {method} {path} ({error})")
            status = 0
        statuses[status] = statuses.get(status, 0) + 1
    check_alive(simulator, name)
    simulator.kill()


def two_owners(attack: Attack) -> None:
    """Checks that a second process is told which process owns the file, and that a killed owner leaves no lock
    behind."""
    receiver = attack.keep(Receiver())
    store = attack.folder / "owned.db"
    simulator = attack.simulator(store=store)
    simulator.client.subscribe(receiver.url + "/hooks")
    for _ in range(5):
        line = refusal(attack, "--store", str(store))
        promise(f"process {simulator.pid}" in line, f"it does not name the owner {simulator.pid}: {line}")
        simulator.client.trigger(count=10)
        simulator.client.expect("events", {"status": "pending"}, count=0)
        simulator.kill()
        simulator = attack.simulator(store=store)
    rows = stored(store, attack.folder, "SELECT COUNT(*) FROM events WHERE status = 1")
    promise(rows == [(50,)], f"{rows} of 50 events are delivered")
    attack.say(
        "a second process on a store: refused 5 times with the owner's pid; the next start after a kill took it at once"
    )


def sample(attack: Attack) -> Path:
    """Returns a store with events of each type, closed by its simulator."""
    store = attack.folder / "sample.db"
    simulator = attack.simulator("--retry-schedule", "0s", store=store)
    refusing = attack.keep(Receiver(lambda *_: None))
    accepting = attack.keep(Receiver())
    simulator.client.subscribe(accepting.url + "/hooks")
    simulator.client.subscribe(refusing.url + "/hooks", "payout_failed")
    simulator.client.trigger(count=SAMPLE_EVENTS // 2)
    simulator.client.trigger("payout_failed", SAMPLE_EVENTS // 2)
    simulator.client.expect("events", {"status": "pending"}, count=0)
    simulator.stop()
    promise(not Path(f"{store}-wal").exists(), "a graceful stop left a log behind")
    return store


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)
