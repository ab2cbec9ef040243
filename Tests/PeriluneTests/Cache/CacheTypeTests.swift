import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import Perilune

/// What a cache type may be.
@Suite struct CacheTypeTests {
    struct Wrong: Sendable {
        let error: CacheConfigurationError
        let change: @Sendable (inout CacheType) -> Void

        init(_ error: CacheConfigurationError, _ change: @escaping @Sendable (inout CacheType) -> Void) {
            (self.error, self.change) = (error, change)
        }

        static let tooLong = CacheType.longestTime + .nanoseconds(1)

        static let all =
            ["", " ", "a b", "ä", "a{b}", "a:b", "a\0", String(repeating: "x", count: 65)].map { name in
                Wrong(.invalidName(name)) { $0.name = name }
            }
            + [.zero, .seconds(-1), .microseconds(999), tooLong, .seconds(Int64.max)].flatMap { time in
                [
                    Wrong(.timeOutOfRange(time)) { $0.ttl = time },
                    Wrong(.timeOutOfRange(time)) { $0.negativeTTL = time },
                    Wrong(.timeOutOfRange(time)) { $0.softTimeout = time },
                    Wrong(.timeOutOfRange(time)) { $0.hardTimeout = time },
                    Wrong(.timeOutOfRange(time)) { $0.waitLimit = time },
                ]
            }
            + [.nanoseconds(-1), tooLong].flatMap { time in
                [
                    Wrong(.timeOutOfRange(time)) { $0.staleWhileRevalidate = time },
                    Wrong(.timeOutOfRange(time)) { $0.staleIfError = time },
                ]
            }
            + [Duration.zero...(.seconds(1)), .milliseconds(9)...(.seconds(1)), .seconds(1)...(.seconds(3_601))].map {
                times in Wrong(.leaseOutOfRange(times)) { $0.leaseTime = times }
            }
            + [-0.1, 0.51, .infinity].map { share in Wrong(.jitterOutOfRange(share)) { $0.jitter = share } }
            + [-0.1, 100.1, .infinity].map { beta in Wrong(.earlyRefreshOutOfRange(beta)) { $0.earlyRefresh = beta } }
            + [-1, 65, .max].map { count in Wrong(.tagsOutOfRange(count)) { $0.maximumTags = count } }
            + [0, -1, 256 << 20 + 1, .max].map { bytes in Wrong(.bytesOutOfRange(bytes)) { $0.maximumBytes = bytes } }
            + [-1, .min].map { bytes in Wrong(.bytesOutOfRange(bytes)) { $0.compressAbove = bytes } }
            + [0, -1, 1_025].map { count in Wrong(.shardsOutOfRange(count)) { $0.shards = count } }
    }

    @Test(arguments: Wrong.all) func whatIsOutOfBoundsIsRefusedAndSaidWhy(_ wrong: Wrong) throws {
        var type = CacheType("test", ttl: .seconds(1))
        wrong.change(&type)
        #expect(throws: wrong.error) { try CacheRegion(type, of: String.self, engine: FailingEngine()) }
        #expect(!wrong.error.description.isEmpty && wrong.error.description.utf8.count < 200)
    }

    @Test func whatIsNoNumberIsRefused() throws {
        // They are equal to nothing, not even to themselves.
        for change in [{ $0.jitter = .nan }, { $0.earlyRefresh = .nan }] as [(inout CacheType) -> Void] {
            var type = CacheType("test", ttl: .seconds(1))
            change(&type)
            #expect(throws: CacheConfigurationError.self) { try type.validate() }
        }
    }

    @Test func theBoundsThemselvesAreAllowed() throws {
        var least = CacheType("a", ttl: .milliseconds(1))
        least.negativeTTL = .milliseconds(1)
        least.jitter = 0
        least.earlyRefresh = 0
        least.maximumTags = 0
        least.maximumBytes = 1
        least.compressAbove = 0
        least.leaseTime = .milliseconds(10)...(.milliseconds(10))
        least.waitLimit = .milliseconds(1)
        try least.validate()
        var most = CacheType(String(repeating: "Z", count: 64), ttl: CacheType.longestTime)
        most.staleWhileRevalidate = CacheType.longestTime
        most.staleIfError = CacheType.longestTime
        most.jitter = 0.5
        most.earlyRefresh = 100
        most.maximumBytes = 256 << 20
        most.compressAbove = .max
        most.shards = CacheType.mostShards
        most.leaseTime = .seconds(3_600)...(.seconds(3_600))
        most.waitLimit = CacheType.longestTime
        try most.validate()
    }

    @Test(arguments: CacheType.presets) func thePresetsAreAllowed(_ type: CacheType) throws {
        try type.validate()
    }
}
