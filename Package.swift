// swift-tools-version: 6.2

import CompilerPluginSupport
import PackageDescription

/// The language settings of every target.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    // SE-0335: `any` is written wherever a value is boxed.
    .enableUpcomingFeature("ExistentialAny"),
    // SE-0444: a file sees only the members of modules that it imports itself.
    .enableUpcomingFeature("MemberImportVisibility"),
    // SE-0409: an import is an implementation detail unless it says `public`.
    .enableUpcomingFeature("InternalImportsByDefault"),
    // SE-0461: an async function runs where its caller runs, so that a call costs no hop between executors.
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

// Debian's headers and libraries are found without pkg-config, which need not be installed.
#if os(macOS)
    let luaPackage: String? = "lua5.4"
    let opensslPackage: String? = "openssl"
#else
    let luaPackage: String? = nil
    let opensslPackage: String? = nil
#endif

/// OpenSSL, for whoever speaks TLS when the package does.
let openssl = Target.Dependency.target(name: "COpenSSL", condition: .when(traits: ["TLS"]))

let package = Package(
    name: "perilune",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Perilune", targets: ["Perilune"]),
        .library(name: "PeriluneCore", targets: ["PeriluneCore"]),
        .library(name: "PeriluneEmbedded", targets: ["PeriluneEmbedded"]),
        .library(name: "PeriluneRedis", targets: ["PeriluneRedis"]),
        .library(name: "PeriluneCaching", targets: ["PeriluneCaching"]),
        .library(name: "PeriluneHummingbird", targets: ["PeriluneHummingbird"]),
        .executable(name: "perilune", targets: ["PeriluneCLI"]),
        .plugin(name: "ScriptBindings", targets: ["ScriptBindings"]),
        .plugin(name: "GenerateScripts", targets: ["GenerateScripts"]),
    ],
    traits: [
        .default(enabledTraits: ["TLS"]),
        .trait(name: "TLS", description: "Connections to Redis over TLS (rediss://), by OpenSSL 3."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration.git", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-http-structured-headers.git", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-syntax.git", from: "603.0.1"),
    ],
    targets: [
        // The C libraries. No pkgConfig for hiredis: its flags make every build print a warning.
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"]), .brew(["hiredis"])]),
        .systemLibrary(name: "CLua", pkgConfig: luaPackage, providers: [.apt(["liblua5.4-dev"]), .brew(["lua@5.4"])]),
        .systemLibrary(name: "CLinuxIO"),
        .systemLibrary(
            name: "COpenSSL", pkgConfig: opensslPackage, providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CLuaHost", dependencies: ["CLua"], linkerSettings: [.linkedLibrary("lua5.4")]),

        // The library.
        .target(
            name: "PeriluneCore",
            dependencies: [
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: settings),
        .target(name: "PeriluneLua", swiftSettings: settings),
        .target(name: "PeriluneYAML", dependencies: [.product(name: "Yams", package: "Yams")], swiftSettings: settings),
        .target(
            name: "PeriluneIO",
            dependencies: [
                "CHiredis", "CLinuxIO", openssl, "PeriluneCore",
                .product(name: "HeapModule", package: "swift-collections"),
            ],
            swiftSettings: settings),
        .target(
            name: "PeriluneRedis",
            dependencies: [
                "PeriluneCore", "PeriluneIO",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: settings),
        .target(
            name: "PeriluneEmbedded",
            dependencies: [
                "CLuaHost", "PeriluneCore", "PeriluneLua",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ],
            swiftSettings: settings),
        .target(
            name: "PeriluneCheck",
            dependencies: ["PeriluneCore", "PeriluneLua", "PeriluneYAML", .product(name: "Yams", package: "Yams")],
            swiftSettings: settings),
        .target(
            name: "PeriluneGolden",
            dependencies: [
                "PeriluneCore", "PeriluneEmbedded", "PeriluneLua", "PeriluneYAML",
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings),
        .target(
            name: "Perilune",
            dependencies: [
                "CZlib", "PeriluneCore",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),

        // The macro, behind a product of its own: nothing else makes anybody compile swift-syntax.
        .macro(
            name: "PeriluneMacros",
            dependencies: [
                .product(name: "SwiftCompilerPlugin", package: "swift-syntax"),
                .product(name: "SwiftDiagnostics", package: "swift-syntax"),
                .product(name: "SwiftParser", package: "swift-syntax"),
                .product(name: "SwiftSyntax", package: "swift-syntax"),
                .product(name: "SwiftSyntaxBuilder", package: "swift-syntax"),
                .product(name: "SwiftSyntaxMacros", package: "swift-syntax"),
            ],
            swiftSettings: settings),
        .target(name: "PeriluneCaching", dependencies: ["Perilune", "PeriluneMacros"], swiftSettings: settings),

        // Bindings of scripts. What the plugins run is compiled by whoever uses them: it depends on no other package.
        .target(name: "PeriluneBindings", dependencies: ["PeriluneLua"], swiftSettings: settings),
        .executableTarget(name: "PeriluneGenerate", dependencies: ["PeriluneBindings"], swiftSettings: settings),
        .plugin(
            name: "ScriptBindings", capability: .buildTool(), dependencies: ["PeriluneGenerate"],
            path: "Tools/Plugins/ScriptBindings"),
        .plugin(
            name: "GenerateScripts",
            capability: .command(
                intent: .custom(
                    verb: "generate-scripts", description: "Write bindings, a reference or a manifest of Lua scripts."),
                permissions: [.writeToPackageDirectory(reason: "It writes what --output names.")]),
            dependencies: ["PeriluneGenerate"], path: "Tools/Plugins/GenerateScripts"),

        // Middleware, server and command line: the parts that need an HTTP stack.
        .target(
            name: "PeriluneHummingbird",
            dependencies: [
                "Perilune", "PeriluneCore",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .target(
            name: "PeriluneServer",
            dependencies: [
                "Perilune", "PeriluneCore", "PeriluneEmbedded", "PeriluneHummingbird", "PeriluneIO", "PeriluneRedis",
                "PeriluneYAML",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "PeriluneCLI",
            dependencies: [
                "CZlib", "Perilune", "PeriluneBindings", "PeriluneCheck", "PeriluneCore", "PeriluneEmbedded",
                "PeriluneGolden", "PeriluneHummingbird", "PeriluneIO", "PeriluneLua", "PeriluneRedis",
                "PeriluneServer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),

        // Tests, one target a module.
        .target(name: "CThreadSanitizer", path: "Tests/CThreadSanitizer"),
        .target(
            name: "PeriluneTestSupport",
            dependencies: [
                "CThreadSanitizer", openssl, "Perilune", "PeriluneCore", "PeriluneIO",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/PeriluneTestSupport", exclude: ["SteeredClock"], swiftSettings: settings),
        .target(
            name: "PeriluneFuzzing",
            dependencies: ["PeriluneCore", "PeriluneEmbedded", "PeriluneIO", "PeriluneTestSupport"],
            path: "Tests/PeriluneFuzzing", swiftSettings: settings),
        .executableTarget(
            name: "FuzzEngines",
            dependencies: [
                "PeriluneFuzzing",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tools/FuzzEngines", swiftSettings: settings),
        .target(
            name: "PeriluneCheckFuzzing", dependencies: ["PeriluneCheck", "PeriluneLua"],
            path: "Tests/PeriluneCheckFuzzing", swiftSettings: settings),
        .executableTarget(
            name: "TryCheck",
            dependencies: [
                "PeriluneCheck", "PeriluneCheckFuzzing", "PeriluneLua",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tools/TryCheck", swiftSettings: settings),
        .target(
            name: "PeriluneFaultProxy",
            dependencies: [
                "PeriluneCore", "PeriluneIO", "PeriluneTestSupport",
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            path: "Tests/PeriluneFaultProxy", swiftSettings: settings),
        .executableTarget(
            name: "FaultProxy",
            dependencies: [
                "PeriluneFaultProxy", "PeriluneIO",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tools/FaultProxy", swiftSettings: settings),
        .testTarget(name: "PeriluneCoreTests", dependencies: ["PeriluneCore"], swiftSettings: settings),
        .testTarget(name: "PeriluneLuaTests", dependencies: ["PeriluneLua"], swiftSettings: settings),
        .testTarget(
            name: "PeriluneIOTests", dependencies: ["PeriluneCore", "PeriluneIO", "PeriluneTestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "PeriluneRedisTests",
            dependencies: [
                "PeriluneCore", "PeriluneFaultProxy", "PeriluneIO", "PeriluneRedis", "PeriluneTestSupport",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "PeriluneEmbeddedTests",
            dependencies: ["CLuaHost", "PeriluneCore", "PeriluneEmbedded", "PeriluneFuzzing", "PeriluneTestSupport"],
            resources: [.copy("Resources")],
            swiftSettings: settings),
        .testTarget(
            name: "PeriluneCheckTests",
            dependencies: [
                "PeriluneCheck", "PeriluneCheckFuzzing", "PeriluneCore", "PeriluneEmbedded", "PeriluneGolden",
                "PeriluneLua", "PeriluneRedis", "PeriluneTestSupport",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "PeriluneYAMLTests", dependencies: ["PeriluneYAML", .product(name: "Yams", package: "Yams")],
            swiftSettings: settings),
        .testTarget(
            name: "PeriluneBindingsTests", dependencies: ["PeriluneBindings", "PeriluneCore", "PeriluneLua"],
            swiftSettings: settings),
        .testTarget(
            name: "PeriluneTests",
            dependencies: ["Perilune", "PeriluneCore", "PeriluneEmbedded", "PeriluneTestSupport"],
            swiftSettings: settings),
        // Not on the macro's own target, which would have every test built for the compiler as well.
        .testTarget(
            name: "PeriluneMacrosTests",
            dependencies: ["PeriluneCaching", "PeriluneCore", "PeriluneEmbedded", "PeriluneTestSupport"],
            resources: [.copy("Resources")],
            swiftSettings: settings),
        .testTarget(
            name: "Conformance",
            dependencies: [
                "Perilune", "PeriluneCLI", "PeriluneCore", "PeriluneEmbedded", "PeriluneFuzzing", "PeriluneRedis",
                "PeriluneTestSupport",
            ],
            resources: [.copy("Resources/dialect-scripts.txt"), .copy("Resources/library-scripts.txt")],
            swiftSettings: settings),
        .testTarget(
            name: "PeriluneHummingbirdTests",
            dependencies: [
                "Perilune", "PeriluneCore", "PeriluneEmbedded", "PeriluneHummingbird", "PeriluneTestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "RawStructuredFieldValues", package: "swift-http-structured-headers"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "PeriluneServerTests",
            dependencies: [
                "Perilune", "PeriluneCore", "PeriluneEmbedded", "PeriluneHummingbird", "PeriluneRedis",
                "PeriluneServer", "PeriluneTestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "PeriluneCLITests",
            dependencies: [
                "CZlib", "Perilune", "PeriluneCLI", "PeriluneCore", "PeriluneEmbedded", "PeriluneGenerate",
                "PeriluneHummingbird", "PeriluneTestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
    ]
)
