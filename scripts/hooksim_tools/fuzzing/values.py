"""Values of formats that schemathesis does not know, or interprets differently."""

from __future__ import annotations

import string

import schemathesis
from hypothesis import strategies as st

# Nothing listens on these ports and no name server knows these names, so deliveries fail at once, and no traffic leaves
# the machine.
SAFE_HOSTS = ["receiver.invalid", "Receiver.INVALID:8443", "a-b.c.invalid", "127.0.0.1:1", "localhost:1", "[::1]:1"]
LOCAL_HOSTS = ["127.0.0.1:1", "localhost:1", "[::1]:1", "LOCALHOST:65535"]
URL_TEXT = st.text(string.ascii_letters + string.digits + "-._~!$&'()*+,;=:@/", max_size=30)
TAIL = st.builds(
    "{}{}{}".format,
    URL_TEXT.map("/{}".format),
    st.just("") | URL_TEXT.map("?{}".format),
    st.sampled_from(["", "%20", "%C3%A9", "#f"]),
)
ENDPOINT_URLS = st.one_of(
    st.builds("{}://{}{}".format, st.sampled_from(["https", "HTTPS", "Https"]), st.sampled_from(SAFE_HOSTS), TAIL),
    st.builds("http://{}{}".format, st.sampled_from(LOCAL_HOSTS), TAIL),
    st.sampled_from(SAFE_HOSTS).map("https://{}".format),
)
DURATIONS = st.one_of(
    st.builds("{}{}".format, st.integers(0, 300), st.sampled_from(["ms", "s", "m", "h", "d"])),
    st.builds("{}.{}{}".format, st.integers(1, 99), st.integers(0, 999), st.sampled_from(["s", "m", "h"])),
    st.builds("{}h{}m{}s".format, st.integers(0, 99), st.integers(0, 99), st.integers(1, 99)),
    st.sampled_from(["365d", "8760h", "31536000000ms"]),
)
# These cursors are only well-formed; they are replaced by cursors of the server before they are sent.
CURSOR_TEXT = st.text(string.ascii_letters + string.digits, min_size=21, max_size=21)
# Instants in the range that a test would use. A clock that is thousands of years ahead would only find the end of the
# calendar.
INSTANTS = st.builds(
    "20{}-{:02}-{:02}{}".format,
    st.integers(20, 39),
    st.integers(1, 12),
    st.integers(1, 28),
    st.sampled_from(["", "T09:30:00Z", "T23:59:59.999+02:00", "T00:00Z"]),
)
# Paths that a fault may match, by its target.
FAULT_PATHS = {
    "api": ["/webhooks", "/webhooks/events", "/webhooks/retry", "/web*", "*"],
    "token": ["/oauth/token", "/oauth/*", "*"],
}
FORMATS = {
    "uri": ENDPOINT_URLS,
    "simple-duration": DURATIONS,
    "cursor": CURSOR_TEXT.map("gaFpxBA{}".format),
    "instant": INSTANTS,
    "fault-path": st.sampled_from(FAULT_PATHS["api"]),
    "fault-token-path": st.sampled_from(FAULT_PATHS["token"]),
}


def register() -> None:
    for name, strategy in FORMATS.items():
        schemathesis.openapi.format(name, strategy)
