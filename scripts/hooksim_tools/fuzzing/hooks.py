"""What schemathesis has to know about the simulator that the OpenAPI document can't say; loaded by scripts/fuzz-api.

No check is switched off and no finding is dropped here; one check is added at the end. The hooks only
- authenticate, and again whenever the run has made its own token invalid,
- keep *valid* requests valid where JSON Schema has no words for it: a cursor is one that a list gave out, `from_date` is
  not after `to_date`, a URL has a host that can exist,
- keep the run from sabotaging itself: see GUARDS.
Requests that are meant to be invalid are sent as they were generated, but for what is valid (`break_fault`) or is accepted all the same
(`break_leniencies`).
"""

import os
import random
import re
import string
from datetime import datetime, timezone
from urllib.parse import parse_qsl, urlsplit

import requests
import schemathesis
from hypothesis import strategies as st
from requests.auth import _basic_auth_str
from schemathesis.generation.meta import TestPhase
from schemathesis.transport.requests import prepare_query

URL = os.environ["HOOKSIM_URL"].rstrip("/")
CLIENT_ID = os.environ.get("HOOKSIM_CLIENT_ID", "sandbox")
CLIENT_SECRET = os.environ.get("HOOKSIM_CLIENT_SECRET", "sandbox-secret")
BASIC = _basic_auth_str(CLIENT_ID, CLIENT_SECRET)

http = requests.Session()


def admin(method, path, body=None):
    """The hooks' own calls of the control API, which prepare and tidy up and are no part of what is tested."""
    response = http.request(method, f"{URL}/__admin{path}", json=body, timeout=10)
    return response.json() if response.ok else None


def token():
    form = {"grant_type": "client_credentials"}
    response = http.post(f"{URL}/oauth/token", data=form, headers={"Authorization": BASIC}, timeout=10)
    response.raise_for_status()
    return response.json()["access_token"]


def api(method, path, **options):
    """The hooks' own calls of the simulated API."""
    for _ in range(2):
        response = http.request(method, URL + path, timeout=10, **options)
        if response.status_code != 401:
            return response.json() if response.ok else None
        http.headers["Authorization"] = f"Bearer {token()}"
    return None


# Credentials. `reset` takes every token with it, so a 401 fetches a new one and the request is sent once more.


@schemathesis.auth(retry_on=[401]).apply_to(tag="webhooks")
class BearerToken:
    def get(self, case, context):
        return token()

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.auth(refresh_interval=None).apply_to(operation_id="createToken")
class ClientCredentials:
    def get(self, case, context):
        return BASIC

    def set(self, case, data, context):
        case.headers["Authorization"] = data


# What the document says in words, because generators stumble over the keywords. It is said to schemathesis before it reads the document,
# so that all of it is checked.


@schemathesis.hook
def before_load_schema(context, raw_schema):
    components = raw_schema["components"]
    schemas = components["schemas"]
    # A pattern beside a format.
    schemas["Id"]["pattern"] = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
    schemas["Timestamp"]["pattern"] = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"
    # Formats of which generators have no idea, or another one.
    schemas["SubscriptionRequest"]["properties"]["endpoint_url"]["format"] = "uri"
    schemas["Duration"]["format"] = "simple-duration"
    schemas["Instant"]["format"] = "instant"
    schemas["ApiFaultMatch"]["properties"]["path"]["format"] = "fault-path"
    schemas["TokenFaultMatch"]["properties"]["path"]["format"] = "fault-token-path"
    for name in ("After", "Before"):
        components["parameters"][name]["schema"]["format"] = "cursor"
    # A constant that is a boolean.
    for schema in schemas.values():
        for field in schema.get("properties", {}).values():
            always = re.fullmatch("Always `(true|false)`[.]", field.get("description", ""))
            if always:
                field["const"] = always[1] == "true"
    # A pattern of what may be null.
    for name in ("ApiFaultRequest", "TokenFaultRequest", "DeliveryFaultRequest", "FaultRule"):
        schemas[name]["properties"]["for"].update(format="simple-duration", pattern=schemas["Duration"]["pattern"])
    # Paths, of which no name is empty.
    schemas["TriggerRequest"]["properties"]["set"]["propertyNames"] = {"pattern": "^[^.]+([.][^.]+)*$"}
    # Variants that differ only in what is required.
    for name in ("EventExpectation", "AttemptExpectation", "RequestExpectation"):
        schemas[name]["oneOf"] = [{"required": [bound]} for bound in ("count", "at_least", "at_most")]
    # Each event of a stream: OpenAPI has a keyword for it from 3.2 on.
    raw_schema["paths"]["/__admin/stream"]["get"]["responses"]["200"]["content"]["text/event-stream"]["schema"] = {
        "type": "object", "required": ["event", "data"],
        "properties": {
            "event": {"type": "string", "enum": ["attempt", "event", "request", "state"]},
            "data": {"type": "string", "contentMediaType": "application/json"},
        },
    }


# Values of these formats.

# Nothing listens there and no name server knows them: deliveries fail at once, and no traffic leaves the machine.
SAFE_HOSTS = ["receiver.invalid", "Receiver.INVALID:8443", "a-b.c.invalid", "127.0.0.1:1", "localhost:1", "[::1]:1"]
LOCAL_HOSTS = ["127.0.0.1:1", "localhost:1", "[::1]:1", "LOCALHOST:65535"]
URL_TEXT = st.text(string.ascii_letters + string.digits + "-._~!$&'()*+,;=:@/", max_size=30)
TAIL = st.builds("{}{}{}".format, URL_TEXT.map("/{}".format), st.just("") | URL_TEXT.map("?{}".format),
                 st.sampled_from(["", "%20", "%C3%A9", "#f"]))
endpoint_urls = st.one_of(
    st.builds("{}://{}{}".format, st.sampled_from(["https", "HTTPS", "Https"]), st.sampled_from(SAFE_HOSTS), TAIL),
    st.builds("http://{}{}".format, st.sampled_from(LOCAL_HOSTS), TAIL),
    st.sampled_from(SAFE_HOSTS).map("https://{}".format),
)
durations = st.one_of(
    st.builds("{}{}".format, st.integers(0, 300), st.sampled_from(["ms", "s", "m", "h", "d"])),
    st.builds("{}.{}{}".format, st.integers(1, 99), st.integers(0, 999), st.sampled_from(["s", "m", "h"])),
    st.builds("{}h{}m{}s".format, st.integers(0, 99), st.integers(0, 99), st.integers(1, 99)),
    st.sampled_from(["365d", "8760h", "31536000000ms"]),
)
schemathesis.openapi.format("uri", endpoint_urls)
schemathesis.openapi.format("simple-duration", durations)
# Cursors are made by the server; these are only well-formed, and live ones take their place before they are sent.
schemathesis.openapi.format("cursor", st.text(string.ascii_letters + string.digits, min_size=21, max_size=21)
                            .map("gaFpxBA{}".format))


# Instants within what a test would use: a clock moved by thousands of years finds nothing but the end of the calendar.
schemathesis.openapi.format("instant", st.builds(
    "20{}-{:02}-{:02}{}".format, st.integers(20, 39), st.integers(1, 12), st.integers(1, 28),
    st.sampled_from(["", "T09:30:00Z", "T23:59:59.999+02:00", "T00:00Z"])))
schemathesis.openapi.format("fault-path", st.sampled_from(["/webhooks", "/webhooks/events", "/webhooks/retry", "/web*", "*"]))
schemathesis.openapi.format("fault-token-path", st.sampled_from(["/oauth/token", "/oauth/*", "*"]))


# Valid requests that have to be valid in a way that no schema tells.


def seconds(duration):
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([0-9.]+)(ms|s|m|h|d)", duration))


def instant(text):
    parsed = datetime.fromisoformat(re.sub(r"\.([0-9]{1,6})", lambda m: "." + m[1].ljust(6, "0"), text.replace("Z", "+00:00")))
    naive = parsed.replace(tzinfo=None)
    offset = parsed.utcoffset() or datetime.now(timezone.utc).utcoffset()
    # Not a datetime: the first day of the year 1 minus an offset is none.
    return (naive - datetime.min).total_seconds() - offset.total_seconds()


def is_safe_url(url):
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if re.search(r"%(?![0-9A-Fa-f]{2})", url) or "@" in parts.netloc or parts.netloc.endswith(":") or port == 0:
        return False
    host = (parts.hostname or "").lower()
    is_local = host in ("127.0.0.1", "localhost", "::1")
    return is_local if parts.scheme == "http" else is_local or bool(re.fullmatch(r"([a-z-]*[a-z]\.)+invalid", host))


def live_cursor(path):
    """A cursor that the list gave out, of a list that has rows."""
    for _ in range(2):
        page = api("GET", path, params={"limit": random.randint(1, 5)})
        if page and page["data"]:
            return random.choice([page["start_cursor"], page["end_cursor"]])
        subscribe("invoice_paid")
        admin("POST", "/events", {"topic": "invoice_paid", "client_id": CLIENT_ID})
    return None


def with_live_cursors(case, path=None):
    cursors = [name for name in ("after", "before") if name in case.query]
    if len(cursors) == 2:
        del case.query[cursors.pop(random.randrange(2))]
    for name in cursors:
        cursor = live_cursor(path or case.path)
        if cursor:
            case.query[name] = cursor
        else:
            del case.query[name]


def list_events(case):
    with_live_cursors(case, "/webhooks/events")
    start, end = case.query.get("from_date"), case.query.get("to_date")
    if isinstance(start, str) and isinstance(end, str) and instant(start) > instant(end):
        case.query["from_date"], case.query["to_date"] = end, start


def list_all_events(case):
    # Cursors belong to one partner; another client's list is asked for without.
    if "client_id" in case.query and {"after", "before"} & case.query.keys():
        case.query["client_id"] = CLIENT_ID
    list_events(case)


def create_token(case):
    # With random ones every answer would be 403. The credentials in the body are used half of the time, the header otherwise.
    if isinstance(case.body, dict) and {"client_id", "client_secret"} & case.body.keys():
        case.body.update(client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
        case.headers.pop("Authorization", None)


def create_subscription(case):
    url = case.body["endpoint_url"]
    if not is_safe_url(url):
        case.body["endpoint_url"] = "https://receiver.invalid/".ljust(len(url), "a")


def update_settings(case):
    for name, longest in (("delivery_timeout", "1h"), ("token_ttl", "365d")):
        value = case.body.get(name)
        if value is not None and not 0.001 <= seconds(value) <= seconds(longest):
            case.body[name] = longest
    if "retry_schedule" in case.body:
        case.body["retry_schedule"] = [d if seconds(d) <= seconds("365d") else "365d" for d in case.body["retry_schedule"]]


subscribed = set()


def subscribe(topic):
    api("POST", "/webhooks", json={"endpoint_url": "https://receiver.invalid/hooks", "topic": topic})
    subscribed.add(topic)


def trigger_event(case):
    # An event that nobody subscribed to makes no row, and every later look at it would be a 404.
    if case.body["topic"] not in subscribed:
        subscribe(case.body["topic"])
    # A path that goes through a text or outside of an array is refused, so each goes through an object of its own.
    if "set" in case.body:
        case.body["set"] = {f"fuzz{index}.{path}": value for index, (path, value) in enumerate(case.body["set"].items())}


def add_fault(case):
    # Each condition may exclude all that another one leaves, so a valid rule has at most one of them.
    match = case.body.get("match") or {}
    for name in [name for name in ("operation", "path", "method") if name in match][1:]:
        del match[name]
    paths = PATHS.get(case.body.get("target"))
    if "path" in match and match["path"] not in paths:
        match["path"] = paths[0]
    delay = case.body.get("effect", {}).get("delay")
    if isinstance(delay, dict) and "uniform" in delay:
        ends = sorted(delay["uniform"].values(), key=seconds)
        delay["uniform"] = {"min": ends[0], "max": ends[1]}


PATHS = {"api": ["/webhooks", "/webhooks/events", "/webhooks/retry", "/web*", "*"], "token": ["/oauth/token", "/oauth/*", "*"]}


def advance_clock(case):
    # Only a frozen clock can be advanced, and only forward.
    admin("PUT", "/clock", {"mode": "frozen", "now": "2020-01-01T00:00:00Z"})


def run_scenario(case):
    case.body = {
        "name": "fuzz", "receivers": {"shop": {}},
        "steps": [{"subscribe": {"topic": "invoice_paid", "to": "shop"}}, {"trigger": {"topic": "invoice_paid"}},
                  {"expect": {"of": "events", "where": {"status": "delivered"}, "count": 1}}],
    }


MADE_VALID = {
    "addFault": add_fault,
    "advanceClock": advance_clock,
    "runScenario": run_scenario,
    "createToken": create_token,
    "listSubscriptions": with_live_cursors,
    "createSubscription": create_subscription,
    "listEvents": list_events,
    "listAllEvents": list_all_events,
    "triggerEvent": trigger_event,
    "updateSettings": update_settings,
}


def break_fault(case):
    # Schemathesis can't tell that null, which it takes now and then to violate the format within an object, is valid in its place.
    if isinstance(case.body, dict) and "match" in case.body and case.body["match"] is None:
        case.body["match"] = {"path": "no path"}


MADE_INVALID = {"addFault": break_fault}


# What is accepted although the document, which is strict, does not say so: values as common serializers write them. These are all there
# are. A request that is meant to be invalid gets a value in the place of such a one that is refused.

BOOLEANS = ("true", "false", "1", "0")


def is_lenient(name, text):
    """Whether a query parameter counts as not given because it is empty, or is a boolean in another spelling."""
    return text == "" or (name == "is_active" and text.lower() in BOOLEANS)


def break_leniencies(case):
    # As it is sent, since that is how arrays and objects become texts.
    sent = requests.Request("GET", URL, params=prepare_query(case)).prepare().url
    for name, text in parse_qsl(urlsplit(sent).query, keep_blank_values=True):
        if name in case.query and is_lenient(name, text):
            case.query[name] = "no such value"
    if case.operation.definition.raw["operationId"] == "createSubscription" and isinstance(case.body, dict):
        # A secret that is null or empty counts as not given, too.
        if case.body.get("secret_key", "given") in (None, ""):
            case.body["secret_key"] = 7


# Requests that are all right, and would be the end of a useful run.

QUIET = "fuzz-quiet"


def number(value, least, most):
    """Whether it is a number in the range; 530.0 is an integer to JSON Schema, true is none."""
    return type(value) in (int, float) and least <= value <= most


def guard_expect(case):
    """Waiting ten minutes for what can't come tests no more than waiting 50 ms; only the omitted default waits its 5 s, thrice."""
    if not isinstance(case.body, dict):
        return
    if "timeout_ms" not in case.body and guard_expect.defaults:
        guard_expect.defaults -= 1
    elif number(case.body.get("timeout_ms", 5000), 51, 600_000):
        case.body["timeout_ms"] = 50


guard_expect.defaults = 3


def guard_trigger_event(case):
    """Ten thousand events for every subscription there is are left to the load tests; large counts go to a partner without any."""
    if isinstance(case.body, dict) and number(case.body.get("count"), 21, 10_000):
        admin("POST", "/partners", {"client_id": QUIET})
        case.body["client_id"] = QUIET


def guard_reset(case):
    """While schemathesis follows what it created, a reset would make each 404 look like a resource lost
    (`ensure_resource_availability`), so there it empties another partner. Elsewhere it empties everything."""
    if case.meta.phase.name == TestPhase.STATEFUL:
        admin("POST", "/partners", {"client_id": QUIET})
        case.body, case.media_type = {"client_id": QUIET}, "application/json"


def guard_advance_clock(case):
    """An advance waits for receivers as long as it takes; a second is enough to see it work."""
    if isinstance(case.body, dict) and ("timeout_ms" not in case.body or number(case.body["timeout_ms"], 1001, 600_000)):
        case.body["timeout_ms"] = 1000


GUARDS = {
    "advanceClock": guard_advance_clock,
    "expect": guard_expect,
    "triggerEvent": guard_trigger_event,
}


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None:
        return
    operation = case.operation.definition.raw["operationId"]
    if operation in GUARDS:
        GUARDS[operation](case)
    if case.meta.generation.mode.is_positive:
        if operation in MADE_VALID:
            MADE_VALID[operation](case)
        if operation == "reset":
            guard_reset(case)
    else:
        break_leniencies(case)
        if operation in MADE_INVALID:
            MADE_INVALID[operation](case)


settings = admin("GET", "/settings")


@schemathesis.hook
def after_call(context, case, response):
    operation = case.operation.definition.raw["operationId"]
    if not 200 <= response.status_code < 300:
        return
    if operation == "updateSettings":
        # Tokens that live for a millisecond or one request a second would hide all that comes after.
        admin("PATCH", "/settings", settings)
    if operation in ("setClock", "advanceClock"):
        # A clock that stands still, or years ahead, would let every token expire and nothing be delivered.
        admin("PUT", "/clock", {"mode": "real", "now": datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")})
    if operation == "addFault":
        # Every later call would meet it; the rules have tests of their own.
        admin("DELETE", "/faults")
    if operation == "reset":
        subscribed.clear()
        # The random source starts again too, and with it the ids.
        deleted.clear()


# One check more: schemathesis lets a repeated DELETE succeed, as HTTP does; here it has to be answered with 404.

deleted = set()


@schemathesis.check
def deleted_stays_deleted(context, response, case):
    # Emptying a collection deletes no resource that could be deleted twice.
    if case.method != "DELETE" or case.operation.definition.raw["operationId"] == "clearFaults" or not 200 <= response.status_code < 300:
        return
    path = case.formatted_path
    assert path not in deleted, f"{path} was deleted before, and deleting it again is not answered with 404"
    deleted.add(path)
