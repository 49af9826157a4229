"""The imports that are allowed: between targets, of packages, and in the folders of the server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    # Targets of this package.
    targets: tuple[str, ...]
    # Everything else.
    modules: tuple[str, ...]


FOUNDATION = ("FoundationEssentials", "Foundation", "Synchronization")
LOOPS = ("NIOCore", "NIOPosix", "NIOHTTP1", "NIOSSL")

TARGETS = {
    "CSQLite": Target((), ()),
    # NIOPosix for its thread pool.
    "SQLite": Target(("CSQLite",), ("NIOPosix", "Synchronization")),
    # It knows nothing of anything else.
    "StrictJSON": Target((), ()),
    # Values and pure functions, without I/O.
    "Webhooks": Target(("StrictJSON",), ("Crypto", "FoundationEssentials", "Synchronization")),
    # A client knows the values of the API, and nothing of the server.
    "HooksimClient": Target(
        ("StrictJSON", "Webhooks"),
        ("FoundationEssentials", "Synchronization", "NIOCore", "NIOHTTP1", "NIOSSL", "AsyncHTTPClient"),
    ),
    # A scenario is a client of the simulator that it runs against.
    "HooksimScenarios": Target(
        ("HooksimClient", "StrictJSON", "Webhooks"), (*FOUNDATION, "NIOCore", "NIOHTTP1", "Yams")
    ),
    "HooksimServer": Target(
        ("HooksimClient", "HooksimScenarios", "SQLite", "StrictJSON", "Webhooks"),
        (
            *FOUNDATION,
            *LOOPS,
            "Crypto",
            "HTTPTypes",
            "Hummingbird",
            "HummingbirdCore",
            "HummingbirdTLS",
            "Logging",
            "Mustache",
            "NIOHTTPTypes",
            "NIOHTTPTypesHTTP1",
            "NIOTLS",
            "ServiceLifecycle",
            "SwiftASN1",
            "UnixSignals",
            "X509",
        ),
    ),
    "HooksimReplay": Target(
        ("HooksimClient", "HooksimScenarios", "StrictJSON", "Webhooks"),
        (*FOUNDATION, *LOOPS, "Subprocess", "System", "SystemPackage"),
    ),
    "GenerateSchemas": Target(("HooksimScenarios", "HooksimServer", "StrictJSON", "Webhooks"), (*FOUNDATION, "Yams")),
    "hooksim": Target(
        ("HooksimClient", "HooksimReplay", "HooksimScenarios", "HooksimServer", "StrictJSON", "Webhooks"),
        (
            *FOUNDATION,
            "ArgumentParser",
            "AsyncHTTPClient",
            "HTTPTypes",
            "Hummingbird",
            "Logging",
            "NIOCore",
            "NIOHTTP1",
            "ServiceLifecycle",
            "SystemPackage",
            "UnixSignals",
        ),
    ),
}

# The targets of this package that tests may import.
TESTED_FROM = {
    "SQLiteTests": ("SQLite",),
    "StrictJSONTests": ("StrictJSON", "Webhooks"),
    "WebhooksTests": ("StrictJSON", "Webhooks"),
    "HooksimScenariosTests": ("HooksimScenarios", "StrictJSON", "Webhooks"),
    "HooksimClientTests": ("HooksimClient", "HooksimServer"),
    "HooksimServerTests": (
        "HooksimClient",
        "HooksimReplay",
        "HooksimScenarios",
        "HooksimServer",
        "SQLite",
        "StrictJSON",
        "Webhooks",
    ),
    "Fuzz": ("HooksimScenarios", "HooksimServer", "StrictJSON", "Webhooks"),
}

# The only folders of the server that may import these modules; `.` is its top folder, which creates the other parts.
# Every folder may import a module that is not named here if its target may.
FOLDERS_OF = {
    # The simulator is also the target of the scenarios that run inside it.
    "HooksimClient": ("Scenarios",),
    "SQLite": ("Store",),
    "NIOPosix": ("Delivery", "HTTP", "TLS"),
    "NIOSSL": ("Delivery", "TLS"),
    "NIOTLS": ("Delivery",),
    "HummingbirdTLS": ("Composition",),
    "HummingbirdCore": ("Composition", "HTTP", "."),
    "NIOHTTPTypes": ("HTTP",),
    "NIOHTTPTypesHTTP1": ("HTTP",),
    "NIOHTTP1": ("Delivery", "HTTP", "Scenarios"),
    "Crypto": ("API", "Capture", "Control", "Store", "TLS"),
    "SwiftASN1": ("TLS",),
    "X509": ("TLS",),
    "Mustache": ("Inspector",),
    "UnixSignals": (".",),
}

# The only modules that these folders may import, since they must not depend on HTTP.
FOLDER_MODULES = {
    "Store": {
        "Crypto",
        "FoundationEssentials",
        "Logging",
        "NIOCore",
        "SQLite",
        "ServiceLifecycle",
        "StrictJSON",
        "Synchronization",
        "Webhooks",
    },
    "TLS": {"Crypto", "FoundationEssentials", "NIOPosix", "NIOSSL", "SwiftASN1", "Synchronization", "Webhooks", "X509"},
}

# Folders whose files may mention, of the types of the server, only their own and those of these folders.
MENTIONS = {
    "Store": (),
    "TLS": (),
    "HTTP": ("API", "Capture", "Control", "Metrics", "Platform"),
}
