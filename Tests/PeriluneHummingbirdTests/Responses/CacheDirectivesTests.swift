import HTTPTypes
import PeriluneCore
import PeriluneTestSupport
import Testing

@testable import PeriluneHummingbird

@Suite struct CacheDirectivesTests {
    private func read(_ values: String...) -> CacheDirectives {
        CacheDirectives(HTTPFields(values.map { HTTPField(name: .cacheControl, value: $0) }))
    }

    @Test func directivesAreReadWhateverTheyLookLike() {
        let directives = read(
            "Public,max-age = 60 ,, S-MAXAGE=\"120\"", "stale-while-revalidate=30;x, Stale-If-Error=40")
        #expect(directives.flags == .isPublic)
        #expect(directives.maxAge == 60)
        #expect(directives.sharedMaxAge == 120)
        #expect(directives.staleWhileRevalidate == 0)
        #expect(directives.staleIfError == 40)
    }

    @Test func aDirectiveForCertainFieldsCountsForAll() {
        #expect(read(#"private="set-cookie, x", no-cache="y""#).flags == [.isPrivate, .noCache])
    }

    @Test func whatIsQuotedSaysNothing() {
        let directives = read(#"ext="no-store, max-age=9 \" , private", public"#)
        #expect(directives.flags == .isPublic)
        #expect(directives.maxAge == nil)
    }

    @Test(
        arguments: [
            "max-age", "max-age=", "max-age=-1", "max-age=1.5", "max-age=x", "max-age=\"", "max-age=\"\"",
            "max-age=\"1 2\"",
            "max-age=+1", "max-age=0x1", "max-age=1s", "max-age=60, max-age=x",
        ])
    func whatIsNoTimeIsNone(text: String) {
        #expect(read(text).maxAge == 0)
    }

    @Test func whatComesBehindATimeSaysNothing() {
        #expect(read("max-age=1 2").maxAge == 1)
        #expect(read("max-age=\"1\"x, public").maxAge == 1)
        #expect(read("max-age 2, public").maxAge == 0)
        #expect(read("max-agex=2").maxAge == nil)
    }

    @Test func timesAreClampedAndTheShortestCounts() {
        #expect(read("max-age=99999999999999999999999").maxAge == 1 << 31)
        #expect(read("max-age=60, max-age=5").maxAge == 5)
        #expect(read("max-stale").maxStale == 1 << 31)
        #expect(read("max-stale=5").maxStale == 5)
    }

    @Test func pragmaCountsWhereThereIsNothingElse() {
        #expect(CacheDirectives([.pragma: "No-Cache"]).flags == .noCache)
        #expect(CacheDirectives([.pragma: "no-cache", .cacheControl: "max-age=0"]).flags == [])
    }

    @Test func anythingCanBeRead() {
        var generator = SeededGenerator(seed: 7)
        let alphabet = Array("max-age=,\"\\ 019\tpublic;")
        for _ in 0..<2_000 {
            let text = String(
                (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                    alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                })
            let directives = read(text)
            #expect((0...(1 << 31)).contains(directives.maxAge ?? 0))
        }
    }
}
