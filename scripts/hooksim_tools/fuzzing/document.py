"""What the document says in words, because generators stumble over the keywords.

It is said to schemathesis before it reads the document, so that all of it is checked.
"""

from __future__ import annotations

import re
from typing import Any


def complete(document: dict[str, Any]) -> None:
    """Adds to a document what it says in words."""
    components = document["components"]
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
    document["paths"]["/__admin/stream"]["get"]["responses"]["200"]["content"]["text/event-stream"]["schema"] = {
        "type": "object",
        "required": ["event", "data"],
        "properties": {
            "event": {"type": "string", "enum": ["attempt", "event", "request", "state"]},
            "data": {"type": "string", "contentMediaType": "application/json"},
        },
    }
