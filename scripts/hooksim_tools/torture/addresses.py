"""Deliveries to forbidden addresses, by URLs in any spelling, redirects and names that resolve to them."""

from __future__ import annotations

import subprocess

from ..receiver import Delivery, Receiver, response
from .attack import Attack, promise

METADATA = "169.254.169.254"
# Other addresses that the attack adds to its own network.
FORBIDDEN = [METADATA, "169.254.1.1", "100.100.100.200", "192.0.0.192"]
SPELLINGS = [
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "0xa9.0xfe.0xa9.0xfe",
    "169.254.43518",
    "169.16689662",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::1]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "100.100.100.200",
    "192.0.0.192",
    "224.0.0.1",
    "255.255.255.255",
    "[ff02::1]",
    "[::169.254.169.254]",
    "169.254.169.254.",
]


def run(attack: Attack) -> None:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in FORBIDDEN:
        subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
    subprocess.run(["ip", "-6", "address", "add", "fd00:ec2::254/128", "dev", "lo"], check=False)
    traps = {address: attack.keep(Receiver(host=address, port=80)) for address in FORBIDDEN}
    names = {
        "metadata.internal": [METADATA],
        "linklocal.test": ["169.254.1.1"],
        "cloud.local": ["100.100.100.200"],
        "both.internal": ["127.0.0.1", METADATA],
        "behind.internal": [METADATA, "127.0.0.1"],
        "mapped.test": [f"::ffff:{METADATA}"],
        "fine.internal": ["127.0.0.1"],
    }
    hosts = attack.folder / "hosts"
    hosts.write_text("127.0.0.1 localhost\n" + "".join(f"{a} {n}\n" for n, all_ in names.items() for a in all_))
    subprocess.run(["mount", "--bind", str(hosts), "/etc/hosts"], check=True)

    def redirect(delivery: Delivery, _: object) -> bytes:
        return response(int(delivery.path[1:4]), headers=[("Location", f"http://{METADATA}/latest/meta-data")])

    redirecting = attack.keep(Receiver(redirect))
    fine = attack.keep(Receiver(port=80))
    simulator = attack.simulator("--retry-schedule", "0s")
    refused = 0
    for spelling in SPELLINGS:
        body = {"endpoint_url": f"https://{spelling}/", "topic": "invoice_paid"}
        found = simulator.client.send("POST", "/webhooks", body, token=simulator.client.token)
        promise(found.status == 422, f"the response to an endpoint at {spelling} is {found}")
        refused += 1
    for name in names:
        simulator.client.subscribe(f"http://{name}/hooks")
    for status in (301, 302, 303, 307, 308, 300):
        simulator.client.subscribe(f"{redirecting.url}/{status}")
    simulator.client.trigger(count=5)
    simulator.client.expect("events", {"status": "pending"}, count=0)
    outcomes: dict[str, set[tuple[str, str | None]]] = {}
    for attempt in simulator.client.attempts():
        outcomes.setdefault(attempt["endpoint_url"], set()).add((attempt["outcome"], attempt["error"]))
    for address, trap in traps.items():
        promise(not trap.received, f"{len(trap.received)} requests arrived at {address}: {outcomes}")
    promise(outcomes["http://fine.internal/hooks"] == {("delivered", None)}, f"a name of this machine: {outcomes}")
    for name in ("both.internal", "behind.internal"):
        reached = outcomes[f"http://{name}/hooks"]
        promise(reached == {("delivered", None)}, f"{name}, of which one address is this machine's: {reached}")
    for name in ("metadata.internal", "linklocal.test", "cloud.local", "mapped.test"):
        refusals = outcomes[f"http://{name}/hooks"]
        is_refused = all(o == "failed" and str(e).startswith("not sent: the receiver is at") for o, e in refusals)
        promise(is_refused, f"{name}: {refusals}")
    connected = sum(trap.connections for trap in traps.values())
    promise(connected == 0, f"{connected} connections were established to forbidden addresses")
    attack.say(
        f"{refused} spellings refused, {len(names) - 1} names and 6 redirects to forbidden addresses: never connected to one"
    )
    promise(len(fine.received) == 15, "deliveries to this machine did not arrive")
