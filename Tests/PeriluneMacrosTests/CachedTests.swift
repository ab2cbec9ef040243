import PeriluneCaching
import PeriluneCore
import PeriluneEmbedded
import Testing

/// Functions with `@Cached` as a service calls them, on the embedded engine.
@Suite struct CachedTests {
    /// Whose clock stands still: on a busy machine a lease may be over before what was computed is stored.
    let caches = Caches(engine: EmbeddedEngine(clock: ManualClock()))
    let origin = Origin()

    @Test func theBodyRunsOnceForEqualArguments() async throws {
        let service = OutbreakService(caches: caches, origin: origin)
        #expect(try await service.report(for: "berlin") == "report 1 of berlin")
        #expect(try await service.report(for: "berlin") == "report 1 of berlin")
        #expect(try await service.report(for: "paris") == "report 2 of paris")
        #expect(origin.count == 2)
    }

    @Test func processesShareResults() async throws {
        let engine = EmbeddedEngine(clock: ManualClock())
        let first = OutbreakService(caches: Caches(engine: engine), origin: origin)
        let second = OutbreakService(caches: Caches(engine: engine), origin: origin)
        let report = try await first.report(for: "berlin")
        #expect(try await second.report(for: "berlin") == report)
        #expect(origin.count == 1)
    }

    @Test func tagsNameArgumentsAndInvalidate() async throws {
        let service = OutbreakService(caches: caches, origin: origin)
        let paris = try await service.report(for: "paris")
        let berlin = try await service.report(for: "berlin")
        try await caches.invalidate(tags: ["location:berlin"], in: .outbreakData)
        #expect(try await service.report(for: "berlin") != berlin)
        #expect(try await service.report(for: "paris") == paris)
        try await caches.invalidate(allOf: ["location:paris", "reports"], in: .outbreakData)
        #expect(try await service.report(for: "paris") != paris)
        let again = try await service.report(for: "berlin")
        try await caches.clear(.outbreakData)
        #expect(try await service.report(for: "berlin") != again)
    }

    @Test func whatIsIgnoredMakesNoDifference() async throws {
        let service = OutbreakService(caches: caches, origin: origin)
        let report = try await service.report(for: "berlin", attempt: 1)
        #expect(try await service.report(for: "berlin", attempt: 2) == report)
    }

    @Test func overloadsAndNamesakesDoNotShareResults() async throws {
        let service = OutbreakService(caches: caches, origin: origin)
        let results = [
            try await service.report(id: 1), try await service.report(id: "1"), try await service.report(number: 1),
            try await OutbreakService.report(id: 1, caches: caches, origin: origin),
            try await OutbreakService.Archive(caches: caches, origin: origin).report(id: 1),
            try await report(id: 1, caches: caches, origin: origin),
        ]
        #expect(Set(results).count == results.count)
        #expect(origin.count == results.count)
    }

    @Test func nothingIsRememberedToo() async throws {
        let service = OutbreakService(caches: caches, origin: origin)
        #expect(try await service.reportIfAny(for: "nowhere") == nil)
        #expect(try await service.reportIfAny(for: "nowhere") == nil)
        #expect(origin.count == 1)
        #expect(try await service.reportIfAny(for: "berlin") == "report 2 of berlin")
        #expect(try await service.reportIfAny(for: "berlin") == "report 2 of berlin")
    }

    @Test func whatTheBodyThrowsIsHandedOnAndNotKept() async throws {
        let service = OutbreakService(caches: caches, origin: origin)
        await #expect(throws: Origin.Failure(number: 1)) { try await service.failing(for: "berlin") }
        await #expect(throws: Origin.Failure(number: 2)) { try await service.failing(for: "berlin") }
    }

    @Test func instancesThatDifferDoNotShareResults() async throws {
        let (first, second) = (
            Tenant(id: 1, caches: caches, origin: origin), Tenant(id: 2, caches: caches, origin: origin)
        )
        let report = try await first.report()
        #expect(try await second.report() != report)
        #expect(try await first.report() == report)
        #expect(try await Tenant(id: 1, caches: caches, origin: origin).report() == report)
        // The same by a method of an extension, where the type's name is part of the key.
        let summary = try await first.summary()
        #expect(try await second.summary() != summary)
        #expect(try await first.summary() == summary)
    }

    @Test func subclassesDoNotShareResults() async throws {
        let (base, derived) = (Source(store: caches), DerivedSource(store: caches))
        #expect(try await base.name(of: 1) == "base 1")
        #expect(try await derived.name(of: 1) == "derived 1")
        #expect(try await Source.kind(in: caches) == "base")
        #expect(try await DerivedSource.kind(in: caches) == "derived")
    }

    @Test func genericTypesDoNotShareResults() async throws {
        #expect(try await Sized<Int8>.size(in: caches) == 1)
        #expect(try await Sized<Int64>.size(in: caches) == 8)
    }

    /// The instance is ignored, and its type is not.
    @Test func typesThatDifferDoNotShareResultsWhateverIsIgnored() async throws {
        let (small, large) = (Sized<Int8>(caches: caches), Sized<Int64>(caches: caches))
        #expect(try await small.bits(times: 1) == 8)
        #expect(try await large.bits(times: 1) == 64)
        #expect(try await Sized<Int8>(caches: caches, note: "other").bits(times: 1) == 8)
        #expect(try await small.bytes(times: 2) == 2)
        #expect(try await large.bytes(times: 2) == 16)
        let (base, derived) = (Source(store: caches), DerivedSource(store: caches))
        #expect(try await base.title(of: 1) == "base 1")
        #expect(try await derived.title(of: 1) == "derived 1")
    }

    @Test func aPrivateTypeHasNoNameInAnExtension() async throws {
        let secret = Secret(caches: caches)
        await #expect(throws: CacheKeyError.privateType("Secret")) { try await secret.report() }
        await #expect(throws: CacheKeyError.privateType("Secret")) { try await secret.summary() }
        #expect(try await secret.named() == 3)
    }

    @Test func keysByHandAreTheWholeKey() async throws {
        let service = OutbreakService(caches: caches, origin: origin)
        let report = try await service.pinned(Location(country: "de", name: "berlin"))
        #expect(try await caches.region(.outbreakData, of: String.self).get("pinned:de/berlin") == report)
    }

    /// The key is what the documentation says, so it is the same in every process and every build.
    @Test func keysAreMadeOfTheFunctionAndItsArguments() async throws {
        let report = try await OutbreakService(caches: caches, origin: origin).report(for: "berlin")
        let function = "PeriluneMacrosTests/CachedTests.swift OutbreakService.report(for:String)->String"
        let key = CacheKeyEncoder(function: function).adding("berlin").key
        #expect(key.name == "(\(function.utf8.count):\(function))(6:berlin)")
        #expect(try await caches.region(.outbreakData, of: String.self).get(key) == report)
    }

    @Test func keywordsAndUnnamedAndVariadicParametersWork() async throws {
        #expect(try await odd(of: 1, "unused", rest: 2, 3, caches: caches) == "1 [2, 3] tag")
        #expect(try await odd(of: 1, "not used", rest: 2, 3, caches: caches) == "1 [2, 3] tag")
        #expect(try await odd(of: 1, "unused", rest: 2, caches: caches) == "1 [2] tag")
    }

    @Test func constantsHoldCachesToo() async throws {
        #expect(try await constantly(1) == 1)
        #expect(try await constantly(1) == 1)
        #expect(runs.count == 1)
    }
}

// MARK: - The service

/// Where reports come from, and how often they were asked for.
final class Origin: Sendable {
    struct Failure: Error, Equatable {
        var number: Int
    }

    private let calls = Calls()

    var count: Int { calls.count }

    func report(_ subject: some Any) async throws -> String { "report \(calls.next()) of \(subject)" }

    func fail() async throws -> String { throw Failure(number: calls.next()) }
}

struct Location: Sendable, CacheKeyPart {
    var country: String
    var name: String

    func encode(into key: inout CacheKeyEncoder) {
        key.append(country)
        key.append(name)
    }
}

struct OutbreakService {
    let caches: Caches
    let origin: Origin

    @Cached(.outbreakData, ttl: .minutes(5), tags: ["location:{locationID}", "reports"], ignoring: ["self"])
    func report(for locationID: String) async throws -> String {
        try await origin.report(locationID)
    }

    @Cached(.outbreakData, ignoring: ["self", "attempt"])
    func report(for locationID: String, attempt: Int) async throws -> String {
        try await origin.report(locationID)
    }

    @Cached(.outbreakData, negativeTTL: .minutes(1), ignoring: ["self"])
    func reportIfAny(for locationID: String) async throws -> String? {
        let report = try await origin.report(locationID)
        return locationID == "nowhere" ? nil : report
    }

    @Cached(.outbreakData, ignoring: ["self"])
    func failing(for locationID: String) async throws -> String {
        try await origin.fail()
    }

    @Cached(.outbreakData, key: "pinned:{location.country}/{location.name}")
    func pinned(_ location: Location) async throws -> String {
        try await origin.report(location.name)
    }

    @Cached(.outbreakData, ignoring: ["self"])
    func report(id: Int) async throws -> String { try await origin.report(id) }

    @Cached(.outbreakData, ignoring: ["self"])
    func report(id: String) async throws -> String { try await origin.report(id) }

    @Cached(.outbreakData, ignoring: ["self"])
    func report(number id: Int) async throws -> String { try await origin.report(id) }

    @Cached(.outbreakData, ignoring: ["origin"])
    static func report(id: Int, caches: Caches, origin: Origin) async throws -> String { try await origin.report(id) }

    struct Archive {
        let caches: Caches
        let origin: Origin

        @Cached(.outbreakData, ignoring: ["self"])
        func report(id: Int) async throws -> String { try await origin.report(id) }
    }
}

@Cached(.outbreakData, ignoring: ["origin"])
func report(id: Int, caches: Caches, origin: Origin) async throws -> String { try await origin.report(id) }

struct Tenant: CacheKeyPart {
    let id: Int
    let caches: Caches
    let origin: Origin

    func encode(into key: inout CacheKeyEncoder) { key.append(id) }

    @Cached(.outbreakData)
    func report() async throws -> String { try await origin.report(id) }
}

extension Tenant {
    @Cached(.outbreakData)
    func summary() async throws -> String { try await origin.report(id) }
}

class Source: @unchecked Sendable, CacheKeyPart {
    final let store: Caches
    init(store: Caches) { self.store = store }

    class var label: String { "base" }
    var label: String { "base" }

    func encode(into key: inout CacheKeyEncoder) {}

    // Reaches members without `self.`, as the body of any method does.
    @Cached(.outbreakData, in: \Source.store)
    func name(of id: Int) async throws -> String { "\(label) \(id)" }

    @Cached(.outbreakData, in: \Source.store, ignoring: ["self"])
    func title(of id: Int) async throws -> String { "\(label) \(id)" }

    @Cached(.outbreakData)
    class func kind(in caches: Caches) async throws -> String { label }
}

final class DerivedSource: Source, @unchecked Sendable {
    override class var label: String { "derived" }
    override var label: String { "derived" }
}

struct Sized<Number: FixedWidthInteger & Sendable> {
    let caches: Caches
    var note = ""

    @Cached(.outbreakData)
    static func size(in caches: Caches) async throws -> Int { MemoryLayout<Number>.size }

    @Cached(.outbreakData, ignoring: ["self"])
    func bits(times factor: Int) async throws -> Int { Number.bitWidth * factor }
}

extension Sized {
    @Cached(.outbreakData, ignoring: ["self"])
    func bytes(times factor: Int) async throws -> Int { MemoryLayout<Number>.size * factor }
}

private struct Secret: CacheKeyPart {
    let caches: Caches
    func encode(into key: inout CacheKeyEncoder) {}
}

extension Secret {
    @Cached(.outbreakData)
    func report() async throws -> Int { 1 }

    @Cached(.outbreakData, ignoring: ["self"])
    func summary() async throws -> Int { 2 }

    @Cached(.outbreakData, key: "secret")
    func named() async throws -> Int { 3 }
}

@Cached(.outbreakData, tags: ["{for}", "{{for}}"])
func odd(of `for`: Int, _: String, rest: Int..., caches: Caches) async throws -> String { "\(`for`) \(rest) tag" }

enum Shared {
    static let caches = Caches(engine: EmbeddedEngine(clock: ManualClock()))
}

let runs = Calls()

@Cached(.outbreakData, in: Shared.caches)
func constantly(_ value: Int) async throws -> Int {
    _ = runs.next()
    return value
}
