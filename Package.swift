// swift-tools-version: 6.2
import PackageDescription

/// The hand-written parts of the OpenAPI document, from which scripts/generate-schemas writes it.
let openAPIParts = [
    "API/events", "API/subscriptions", "API/tokens",
    "Control/attempts", "Control/backup", "Control/clock", "Control/control", "Control/expectations", "Control/faults",
    "Control/listeners", "Control/live-feed", "Control/metrics", "Control/partners", "Control/requests",
    "Control/scenarios",
    "Control/OpenAPI/common",
    "Delivery/deliveries",
].map { "\($0).openapi.yaml" }

let package = Package(
    name: "hooksim",
    // The sources compile there, but only Linux is tested.
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "hooksim", targets: ["hooksim"]),
        .library(name: "HooksimClient", targets: ["HooksimClient"]),
        .library(name: "HooksimServer", targets: ["HooksimServer"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
        // Needed by scripts/build-documentation alone; an ordinary build compiles only the two plugins of this package.
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
    ],
    targets: [
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(
            name: "SQLite",
            dependencies: ["CSQLite", .product(name: "NIOPosix", package: "swift-nio")]
        ),
        .target(name: "StrictJSON"),
        .target(
            name: "Webhooks",
            dependencies: ["StrictJSON", .product(name: "Crypto", package: "swift-crypto")],
            // The resources are embedded in the binary, so that it runs anywhere without other files.
            resources: [.embedInCode("Events/Samples")]
        ),
        // The client library, with which a program uses a simulator. It depends on the values of the API, but not on
        // the server.
        .target(
            name: "HooksimClient",
            dependencies: [
                "StrictJSON",
                "Webhooks",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        // Scenarios are run by a client of the simulator, so this target doesn't depend on the server.
        .target(
            name: "HooksimScenarios",
            dependencies: [
                "HooksimClient",
                "StrictJSON",
                "Webhooks",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ],
            exclude: ["Parser/scenario.schema.yaml"]
        ),
        .target(
            name: "HooksimServer",
            dependencies: [
                "HooksimClient",
                "HooksimScenarios",
                "SQLite",
                "StrictJSON",
                "Webhooks",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            exclude: openAPIParts,
            resources: [
                .embedInCode("Inspector/Assets"), .embedInCode("Inspector/Templates"),
                .embedInCode("Control/OpenAPI/openapi.json"),
            ]
        ),
        // This target starts programs and connects to other simulators; the server does neither.
        .target(
            name: "HooksimReplay",
            dependencies: [
                "HooksimClient",
                "HooksimScenarios",
                "StrictJSON",
                "Webhooks",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]
        ),
        .executableTarget(
            name: "hooksim",
            dependencies: [
                "HooksimClient",
                "HooksimReplay",
                "HooksimScenarios",
                "HooksimServer",
                "StrictJSON",
                "Webhooks",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        // This program writes the committed schemas, and is not part of a release.
        .executableTarget(
            name: "generate-schemas",
            dependencies: [
                "HooksimScenarios", "HooksimServer", "StrictJSON", "Webhooks", .product(name: "Yams", package: "Yams"),
            ],
            path: "Sources/GenerateSchemas"
        ),
        .testTarget(name: "SQLiteTests", dependencies: ["SQLite"]),
        .testTarget(name: "StrictJSONTests", dependencies: ["StrictJSON", "Webhooks"]),
        .testTarget(name: "WebhooksTests", dependencies: ["StrictJSON", "Webhooks"]),
        .testTarget(
            name: "HooksimScenariosTests",
            dependencies: ["HooksimScenarios", "StrictJSON", "Webhooks", .product(name: "Yams", package: "Yams")]
        ),
        // These tests use only public declarations, as a user's tests do.
        .testTarget(
            name: "HooksimClientTests",
            dependencies: [
                "HooksimClient",
                "HooksimServer",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
            ],
            packageAccess: false
        ),
        .testTarget(
            name: "HooksimServerTests",
            dependencies: [
                "HooksimClient",
                "HooksimReplay",
                "HooksimScenarios",
                "HooksimServer",
                "SQLite",
                "StrictJSON",
                "Webhooks",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)

// Only scripts/fuzz-parsers sets this variable: libFuzzer needs a build of its own, and is not available on every
// platform.
if Context.environment["HOOKSIM_FUZZ"] != nil {
    let sanitizers = ["-sanitize=fuzzer,address"]
    package.targets.append(
        .executableTarget(
            name: "FuzzParsers", dependencies: ["HooksimScenarios", "HooksimServer", "StrictJSON", "Webhooks"],
            path: "Tests/Fuzz",
            // The default linker can't link the sanitizers' code.
            linkerSettings: [.unsafeFlags(sanitizers + ["-use-ld=lld"])]))
    // The fuzzed code is instrumented; its dependencies need not be.
    let fuzzed = ["FuzzParsers", "HooksimScenarios", "HooksimServer", "StrictJSON", "Webhooks"]
    for target in package.targets where fuzzed.contains(target.name) {
        target.swiftSettings = [.unsafeFlags(sanitizers)]
    }
}

// All targets have the same settings, so that none differs unnoticed.
for target in package.targets where target.type != .system {
    var settings = target.swiftSettings ?? []
    settings += [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ]
    // Warnings are errors in CI; on a developer's machine, they must not stop a build of unfinished code.
    if Context.environment["CI"] != nil {
        settings.append(.treatAllWarnings(as: .error))
    }
    target.swiftSettings = settings
}
