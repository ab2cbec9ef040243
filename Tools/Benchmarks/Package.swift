// swift-tools-version: 6.2

import PackageDescription

// A package of its own, so that nobody who uses the library resolves or builds its benchmarks.
let package = Package(
    name: "perilune-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "perilune", path: "../.."),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
    ],
    targets: [
        .target(name: "CAllocations"),
        .executableTarget(
            name: "PeriluneBench",
            dependencies: [
                "CAllocations",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Perilune", package: "perilune"),
                .product(name: "PeriluneCore", package: "perilune"),
                .product(name: "PeriluneEmbedded", package: "perilune"),
                .product(name: "PeriluneRedis", package: "perilune"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6)]),
    ]
)
