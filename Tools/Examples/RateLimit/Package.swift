// swift-tools-version: 6.2

import PackageDescription

// What a service that only wants the library writes. Building it shows what such a service has to compile.
let package = Package(
    name: "rate-limit-example",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "perilune", path: "../../..")],
    targets: [
        .executableTarget(
            name: "RateLimitExample",
            dependencies: [
                .product(name: "Perilune", package: "perilune"),
                .product(name: "PeriluneEmbedded", package: "perilune"),
            ],
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
