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
    # Values and pure functions, without I/O.
    "Webhooks": Target((), ("Crypto", "FoundationEssentials", "Synchronization")),
    # A client knows the values of the API, and nothing of the server.
    "HooksimClient": Target(
        ("Webhooks",), ("FoundationEssentials", "Synchronization", "NIOCore", "NIOHTTP1", "NIOSSL", "AsyncHTTPClient")
    ),
    "HooksimServer": Target(
        ("HooksimClient", "SQLite", "Webhooks"),
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
            "Yams",
        ),
    ),
    "HooksimReplay": Target(("HooksimClient", "HooksimServer", "Webhooks"), (*FOUNDATION, *LOOPS)),
    "GenerateSchemas": Target(("HooksimServer", "Webhooks"), (*FOUNDATION, "Yams")),
    "hooksim": Target(
        ("HooksimClient", "HooksimReplay", "HooksimServer", "Webhooks"),
        (
            *FOUNDATION,
            "ArgumentParser",
            "AsyncHTTPClient",
            "Configuration",
            "HTTPTypes",
            "Hummingbird",
            "Logging",
            "NIOCore",
            "NIOHTTP1",
            "ServiceLifecycle",
            "SystemPackage",
            "UnixSignals",
            "Yams",
        ),
    ),
}

# The targets of this package that tests may import.
TESTED_FROM = {
    "SQLiteTests": ("SQLite",),
    "WebhooksTests": ("Webhooks",),
    "HooksimClientTests": ("HooksimClient", "HooksimServer"),
    "HooksimServerTests": ("HooksimClient", "HooksimReplay", "HooksimServer", "SQLite", "Webhooks"),
    "Fuzz": ("HooksimServer", "Webhooks"),
}

# The only folders of the server that may import these modules; `.` is its top folder, which creates the other parts.
# Every folder may import a module that is not named here if its target may.
FOLDERS_OF = {
    # A scenario is a client of the simulator that it runs against.
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
    "Yams": ("Scenarios",),
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
        "Synchronization",
        "Webhooks",
    },
    "TLS": {"Crypto", "FoundationEssentials", "NIOPosix", "NIOSSL", "SwiftASN1", "Synchronization", "Webhooks", "X509"},
}

# Folders whose files may mention, of the types of the server, only their own and those of these folders.
MENTIONS = {
    "Store": (),
    "TLS": (),
    "HTTP": ("API", "Capture", "Control", "Metrics"),
}
