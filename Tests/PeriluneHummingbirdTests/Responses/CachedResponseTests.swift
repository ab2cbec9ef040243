import HTTPTypes
import NIOCore
import Perilune
import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneHummingbird

@Suite struct CachedResponseTests {
    private let minute = CachedResponse(
        status: 200, fields: [:], body: ByteBuffer(), lifetime: 60_000, initialAge: 0, staleWhileRevalidate: 30_000,
        staleIfError: 90_000, isForAuthorized: false, allowsStale: true)

    private func standing(_ seconds: Int, _ directives: String = "") -> CachedResponse.Standing {
        minute.standing(at: seconds * 1_000, for: CacheDirectives([.cacheControl: directives]))
    }

    @Test func aResponseAges() {
        #expect(standing(0) == .usable)
        #expect(minute.standing(at: 59_999, for: CacheDirectives()) == .usable)
        #expect(standing(60) == .whileRevalidate)
        #expect(standing(89) == .whileRevalidate)
        #expect(standing(90) == .ifError)
        #expect(standing(149) == .ifError)
        #expect(standing(150) == .useless)
    }

    @Test func aClientMayWantANewerOne() {
        #expect(standing(10, "max-age=10") == .usable)
        #expect(standing(11, "max-age=10") == .ifError)
        #expect(standing(60, "max-age=60") == .whileRevalidate)
        #expect(standing(49, "min-fresh=11") == .usable)
        #expect(standing(50, "min-fresh=11") == .ifError)
        #expect(standing(0, "no-cache") == .useless)
    }

    @Test func aClientMayTakeAnOlderOne() {
        #expect(standing(100, "max-stale=40") == .usable)
        #expect(standing(101, "max-stale=40") == .ifError)
        #expect(standing(1_000, "max-stale") == .usable)
        var strict = minute
        strict.allowsStale = false
        #expect(strict.standing(at: 100_000, for: CacheDirectives([.cacheControl: "max-stale"])) == .ifError)
    }
}

@Suite struct CachedResponseCodecTests {
    private let codec = CacheCodec<CachedResponse>.response

    private func response(_ generator: inout SeededGenerator) -> CachedResponse {
        func time() -> Int {
            Int.random(in: 0...(Bool.random(using: &generator) ? 100 : 3_000_000_000_000), using: &generator)
        }
        var fields = HTTPFields()
        for index in 0..<Int.random(in: 0..<6, using: &generator) {
            let value = String(repeating: "x", count: Int.random(in: 0..<200, using: &generator))
            fields.append(HTTPField(name: index.isMultiple(of: 2) ? .contentType : .init("X-\(index)")!, value: value))
        }
        let body = (0..<Int.random(in: 0..<300, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        let names = ["accept", "cookie"].prefix(Int.random(in: 0...2, using: &generator))
        return CachedResponse(
            status: [0, 200, 204, 404, 599].randomElement(using: &generator)!, fields: fields,
            body: ByteBuffer(bytes: body), lifetime: time(), initialAge: time(), staleWhileRevalidate: time(),
            staleIfError: time(), isForAuthorized: .random(using: &generator), allowsStale: .random(using: &generator),
            variance: names.isEmpty
                ? nil
                : ResponseVariance(
                    generation: .random(in: .min ... .max, using: &generator), names: Array(names),
                    digest: ResponseVariance.digest(Array(names), in: fields)))
    }

    @Test func whatIsStoredComesBack() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<500 {
            let response = response(&generator)
            #expect(try codec.decode(codec.encode(response)) == response)
        }
    }

    @Test func noPartOfAResponseIsOne() throws {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<50 {
            let bytes = try codec.encode(response(&generator))
            for count in 0..<bytes.count {
                #expect(throws: (any Error).self) { try codec.decode(Array(bytes[..<count])) }
            }
            #expect(throws: (any Error).self) { try codec.decode(bytes + [0]) }
        }
    }

    @Test func hostileBytesAreAResponseThatIsOneOrNone() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<20_000 {
            var bytes = try codec.encode(response(&generator))
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[index] = .random(in: 0...255, using: &generator)
            }
            check(bytes)
            check((0..<Int.random(in: 0..<60, using: &generator)).map { _ in .random(in: 0...255, using: &generator) })
        }
    }

    private func check(_ bytes: [UInt8]) {
        guard let response = try? codec.decode(bytes) else { return }
        #expect(response.status == 0 || (200...599).contains(response.status))
        #expect(response.fields.allSatisfy { HTTPField.isValidValue($0.value) })
        #expect((try? codec.encode(response)) == bytes)
    }

    @Test func aFieldCannotEndTheHead() throws {
        var bytes = try codec.encode(
            CachedResponse(
                status: 200, fields: [.contentType: "text/x"], body: ByteBuffer(), lifetime: 1, initialAge: 0,
                staleWhileRevalidate: 0, staleIfError: 0, isForAuthorized: false, allowsStale: false))
        let index = try #require(bytes.firstIndex(of: UInt8(ascii: "/")))
        for byte: UInt8 in [0, 10, 13] {
            bytes[index] = byte
            #expect(throws: (any Error).self) { try codec.decode(bytes) }
        }
    }
}
