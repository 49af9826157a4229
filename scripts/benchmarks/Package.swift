// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that an ordinary build and CI leave the load tools out.
let package = Package(
    name: "benchmarks",
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2")
    ],
    targets: [
        .executableTarget(
            name: "bench-sink",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .executableTarget(name: "bench-latency"),
    ],
    swiftLanguageModes: [.v6]
)
