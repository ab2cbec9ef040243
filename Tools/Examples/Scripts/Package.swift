// swift-tools-version: 6.2

import PackageDescription

// What a service with scripts of its own writes: the plugin makes the bindings of the `.lua` files in the target's folder.
let package = Package(
    name: "scripts-example",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "perilune", path: "../../..", traits: [])],
    targets: [
        .executableTarget(
            name: "ScriptsExample",
            dependencies: [
                .product(name: "PeriluneCore", package: "perilune"),
                .product(name: "PeriluneEmbedded", package: "perilune"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6)],
            plugins: [.plugin(name: "ScriptBindings", package: "perilune")])
    ]
)
