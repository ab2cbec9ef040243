import Perilune
import PeriluneTestSupport
import Testing

@testable import PeriluneServer

@Suite struct CacheSettingsTests {
    @Test func nothingConfiguredIsThePresets() throws {
        let regions = try ConfigurationDirectory().load().cache.regions
        #expect(regions.map(\.type) == CacheType.presets)
        #expect(regions.allSatisfy { $0.origin == nil && $0.warmKeys.isEmpty })
        #expect(try ConfigurationDirectory(yaml: "cache:").load().cache.regions.map(\.type) == CacheType.presets)
    }

    @Test func typesAreChangedAndAdded() throws {
        let yaml = """
            cache:
              types:
                agent_memory: {stale_if_error: 1h}
                weather:
                  ttl: 90s
                  stale_while_revalidate: 5min
                  stale_if_error: 1d
                  negative_ttl: 500ms
                  jitter: 0.25
                  maximum_tags: 8
                  maximum_bytes: 64kb
                  compress_above: never
                  schema: 3
                  shards: 16
                  hard_timeout: 10s
                  wait_limit: 30s
                  shortest_lease: 2s
                  longest_lease: 1min
                  origin: https://weather.example.org/{key}.json
                  origin_timeout: 3s
                  warm: ["zürich, city", geneva]
            """
        let regions = try ConfigurationDirectory(yaml: yaml).load().cache.regions
        #expect(regions.map(\.type.name) == CacheType.presets.map(\.name) + ["weather"])
        var memory = CacheType.agentMemory
        memory.staleIfError = .seconds(3_600)
        #expect(regions.map(\.type).contains(memory))
        var weather = CacheType("weather", ttl: .seconds(90))
        weather.staleWhileRevalidate = .seconds(300)
        weather.staleIfError = .seconds(86_400)
        weather.negativeTTL = .milliseconds(500)
        weather.jitter = 0.25
        (weather.maximumTags, weather.maximumBytes, weather.compressAbove) = (8, 65_536, nil)
        (weather.schema, weather.shards) = (3, 16)
        weather.hardTimeout = .seconds(10)
        (weather.waitLimit, weather.leaseTime) = (.seconds(30), .seconds(2)...(.seconds(60)))
        let last = try #require(regions.last)
        #expect(last.type == weather)
        #expect(last.origin?.description == "https://weather.example.org/{key}.json")
        #expect(last.originTimeout == .seconds(3))
        #expect(last.warmKeys == ["zürich, city", "geneva"])
    }

    @Test func thePresetsCanBeLeftOut() throws {
        let yaml = "cache: {presets: false, types: {outbreak_data: {ttl: 1min}, other: {ttl: 1h}}}"
        let regions = try ConfigurationDirectory(yaml: yaml).load().cache.regions
        #expect(regions.map(\.type.name) == ["outbreak_data", "other"])
        #expect(try ConfigurationDirectory().load(["PERILUNE_CACHE_PRESETS": "false"]).cache.regions.isEmpty)
    }

    @Test func theEnvironmentCountsBeforeTheFile() throws {
        let directory = try ConfigurationDirectory(
            yaml: "cache: {types: {my.cache: {ttl: 1min, shards: 2}, x_negative: {ttl: 1min}}}")
        let configuration = try directory.load([
            "PERILUNE_CACHE_TYPES_MY_CACHE_TTL": "2min", "PERILUNE_CACHE_TYPES_OUTBREAK_DATA_TTL": "30s",
            "PERILUNE_CACHE_TYPES_NEW_TTL": "1h", "PERILUNE_CACHE_TYPES_NEW_NEGATIVE_TTL": "1s",
            "PERILUNE_CACHE_TYPES_NEW_ORIGIN": "http://localhost/{key}", "PERILUNE_CACHE_TYPES_NEW_WARM": "a,b",
            "PERILUNE_CACHE_TYPES_X_NEGATIVE_TTL": "3s",
        ])
        #expect(configuration.warnings.isEmpty)
        let types = Dictionary(uniqueKeysWithValues: configuration.cache.regions.map { ($0.type.name, $0) })
        #expect(types.count == 9)
        #expect(types["my.cache"]?.type.ttl == .seconds(120))
        #expect(types["my.cache"]?.type.shards == 2)
        #expect(types["outbreak_data"]?.type.ttl == .seconds(30))
        #expect(types["new"]?.type.negativeTTL == .seconds(1))
        #expect(types["new"]?.warmKeys == ["a", "b"])
        #expect(types["x_negative"]?.type.ttl == .seconds(3))
    }

    static let mistakes: [(String, String)] = [
        (
            "cache: {types: {a: {ttl: 5}}}",
            """
            cache.types.a.ttl in perilune.yaml: "5" is not a time; write for example 250ms, 30s, 5min, 24h or 7d; from 1ms \
            to 3650d
            """
        ),
        (
            "cache: {types: {a: {ttl: 0s}}}",
            """
            cache.types.a.ttl in perilune.yaml: "0s" is not a time; write for example 250ms, 30s, 5min, 24h or 7d; from 1ms \
            to 3650d
            """
        ),
        ("cache: {types: {a: {shards: 2}}}", "cache.types.a: no ttl; write for example ttl: 5min"),
        (
            "cache: {types: {a: {ttl: 1s, jitter: 60%}}}",
            #"cache.types.a.jitter in perilune.yaml: "60%" is not a number that fits; write a share of the time, from 0 to 0.5"#
        ),
        (
            "cache: {types: {a: {ttl: 1s, jitter: nan}}}",
            #"cache.types.a.jitter in perilune.yaml: "nan" is not a number that fits; write a share of the time, from 0 to 0.5"#
        ),
        (
            "cache: {types: {a: {ttl: 1s, shards: 1025}}}",
            #"cache.types.a.shards in perilune.yaml: "1025" is not a number of shards; write one from 1 to 1024"#
        ),
        (
            "cache: {types: {a: {ttl: 1s, maximum_bytes: 300mb}}}",
            """
            cache.types.a.maximum_bytes in perilune.yaml: "300mb" is not a number of bytes; write for example 4096, 64kb or \
            8mb, from 1 to 256mb
            """
        ),
        (
            "cache: {types: {a: {ttl: 1s, compress_above: no}}}",
            """
            cache.types.a.compress_above in perilune.yaml: "no" is not a number of bytes; write for example 4096, 64kb or \
            8mb, from 0 to 256mb, or never
            """
        ),
        (
            "cache: {types: {a: {ttl: 1s, schema: 256}}}",
            #"cache.types.a.schema in perilune.yaml: "256" is not a version; write one from 0 to 255"#
        ),
        (
            "cache: {types: {a: {ttl: 1s, shortest_lease: 1min}}}",
            "cache.types.a.shortest_lease in perilune.yaml: the shortest lease would be longer than the longest one"
        ),
        (
            "cache: {types: {a: {ttl: 1s, origin: \"https://host/path\"}}}",
            """
            cache.types.a.origin in perilune.yaml: "https://host/path" is not an origin; write for example \
            https://host/path/{key}, http or https, without a user or a #fragment
            """
        ),
        (
            "cache: {types: {a: {ttl: 1s, warm: [x]}}}",
            """
            cache.types.a.warm in perilune.yaml: there is no origin to load from; write for example origin: \
            https://host/path/{key}
            """
        ),
        (
            "cache: {types: {\"a b\": {ttl: 1s}}}",
            "cache.types.a b: \"a b\" is not a name of 1 to 64 of the characters A-Z a-z 0-9 . _ -"
        ),
        (
            "cache: {types: {a: {tll: 1s}}}",
            """
            cache.types.a.tll in perilune.yaml line 1: not a setting; wanted are ttl, stale_while_revalidate, \
            stale_if_error, negative_ttl, jitter, maximum_tags, maximum_bytes, compress_above, schema, shards, \
            hard_timeout, wait_limit, shortest_lease, longest_lease, origin, origin_timeout, warm
            """
        ),
        (
            "cache: {type: {}}",
            "cache.type in perilune.yaml line 1: not a setting; wanted are presets, types"
        ),
        (
            "cache: {types: [a]}",
            "cache.types in perilune.yaml line 1: not a mapping of keys to values; wanted are names of cache types"
        ),
        (
            "cache: {presets: maybe}",
            #"cache.presets in perilune.yaml: "maybe" is not true or false; false leaves the presets out"#
        ),
    ]

    @Test(arguments: mistakes)
    func mistakesAreOneLine(yaml: String, line: String) throws {
        let directory = try ConfigurationDirectory(yaml: yaml)
        let error = #expect(throws: ConfigurationError.self) { try directory.load() }
        #expect(error?.description == line)
    }

    @Test func aMisspeltVariableIsSaid() throws {
        let configuration = try ConfigurationDirectory().load(["PERILUNE_CACHE_TYPES_A_TLL": "1s"])
        #expect(configuration.warnings.count == 1)
        #expect(configuration.warnings.first?.contains("PERILUNE_CACHE_TYPES_NAME_TTL") == true)
        #expect(configuration.cache.regions.count == CacheType.presets.count)
    }
}
