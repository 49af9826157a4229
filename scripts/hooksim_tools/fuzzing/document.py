"""Adds keywords to the document for rules that it states only in descriptions, since generators fail on the keywords.

The keywords are added before schemathesis reads the document, so that it checks these rules too.
"""

from __future__ import annotations

import re
from typing import Any


def complete(document: dict[str, Any]) -> None:
    """Adds to a document the keywords for the rules in its descriptions."""
    components = document["components"]
    schemas = components["schemas"]
    # The document has only the format, not the pattern.
    schemas["Id"]["pattern"] = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
    schemas["Timestamp"]["pattern"] = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"
    # Generators do not know these formats, or interpret them differently.
    schemas["SubscriptionRequest"]["properties"]["endpoint_url"]["format"] = "uri"
    schemas["Duration"]["format"] = "simple-duration"
    schemas["Instant"]["format"] = "instant"
    schemas["ApiFaultMatch"]["properties"]["path"]["format"] = "fault-path"
    schemas["TokenFaultMatch"]["properties"]["path"]["format"] = "fault-token-path"
    for name in ("After", "Before"):
        components["parameters"][name]["schema"]["format"] = "cursor"
    # The document states a boolean constant only in the description.
    for schema in schemas.values():
        for field in schema.get("properties", {}).values():
            always = re.fullmatch("Always `(true|false)`[.]", field.get("description", ""))
            if always:
                field["const"] = always[1] == "true"
    # The document has no pattern for a duration that may be null.
    for name in ("ApiFaultRequest", "TokenFaultRequest", "DeliveryFaultRequest", "FaultRule"):
        schemas[name]["properties"]["for"].update(format="simple-duration", pattern=schemas["Duration"]["pattern"])
    # The names are paths, in which no part is empty.
    schemas["TriggerRequest"]["properties"]["set"]["propertyNames"] = {"pattern": "^[^.]+([.][^.]+)*$"}
    # These variants differ only in their required members.
    for name in ("EventExpectation", "AttemptExpectation", "RequestExpectation"):
        schemas[name]["oneOf"] = [{"required": [bound]} for bound in ("count", "at_least", "at_most")]
    # The schema is that of each event of a stream, for which OpenAPI has a keyword only since 3.2.
    streams = {
        ("/__admin/stream", "get"): ["attempt", "event", "request", "state"],
        ("/__admin/listeners", "post"): ["listener", "delivery", "abandoned", "changed", "replaced", "heartbeat"],
    }
    for (path, method), events in streams.items():
        document["paths"][path][method]["responses"]["200"]["content"]["text/event-stream"]["schema"] = {
            "type": "object",
            "required": ["event", "data"],
            "properties": {
                "event": {"type": "string", "enum": events},
                "data": {"type": "string", "contentMediaType": "application/json"},
            },
        }
