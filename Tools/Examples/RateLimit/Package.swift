// swift-tools-version: 6.2

import PackageDescription

// What a service that only wants the library writes. Building it shows what such a service has to compile.
let package = Package(
    name: "rate-limit-example",
    platforms: [.macOS(.v15)],
    // Without the trait TLS, and so without OpenSSL. Whoever connects to rediss:// leaves `traits` out.
    dependencies: [.package(name: "perilune", path: "../../..", traits: [])],
    targets: [
        .executableTarget(
            name: "RateLimitExample",
            dependencies: [
                .product(name: "Perilune", package: "perilune"),
                .product(name: "PeriluneEmbedded", package: "perilune"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6)]),
        .executableTarget(
            name: "PlainRedisExample",
            dependencies: [.product(name: "PeriluneRedis", package: "perilune")],
            swiftSettings: [.swiftLanguageMode(.v6)]),
        .executableTarget(
            name: "CommandsExample",
            dependencies: [
                .product(name: "Perilune", package: "perilune"),
                .product(name: "PeriluneEmbedded", package: "perilune"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6)]),
    ]
)
