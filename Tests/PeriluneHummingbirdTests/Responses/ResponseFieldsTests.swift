import HTTPTypes
import NIOCore
import Perilune
import Testing

@testable import PeriluneHummingbird

@Suite struct ResponseFieldsTests {
    @Test func aStatusIsAMemberOfAStructuredList() {
        #expect(CacheStatus(ttl: 12).member(name: "Perilune") == "Perilune; hit; ttl=12")
        #expect(CacheStatus(ttl: -3).member(name: "a b") == #""a b"; hit; ttl=-3"#)
        #expect(
            CacheStatus(forward: .uriMiss, isStored: true).member(name: "x") == "x; fwd=uri-miss; stored")
        #expect(
            CacheStatus(forward: .stale, forwardStatus: 503, ttl: -1).member(name: "x")
                == "x; fwd=stale; fwd-status=503; ttl=-1")
        #expect(CacheStatus().member(name: "a\r\nb") == nil)
        #expect(CacheStatus().member(name: "a\"") == nil)
    }

    @Test(arguments: [
        (#""a""#, true), (#"W/"a""#, true), (#""b", "a""#, true), (#""b",W/"a""#, true), ("*", true), (#""A""#, false),
        ("a", false), (#""a"#, false), (#""b" "a,""#, false), ("", false), (#"""#, false), ("W/", false),
    ])
    func entityTagsAreComparedWeakly(list: String, isKnown: Bool) {
        #expect(ResponseValidators.isKnown([.eTag: #""a""#], to: [.ifNoneMatch: list]) == isKnown)
        #expect(ResponseValidators.isKnown([.eTag: #"W/"a""#], to: [.ifNoneMatch: list]) == isKnown)
    }

    @Test func theEntityTagCountsMoreThanTheDate() {
        let modified: HTTPFields = [.eTag: #""a""#, .lastModified: "Sun, 06 Nov 1994 08:49:37 GMT"]
        func isKnown(_ request: HTTPFields) -> Bool { ResponseValidators.isKnown(modified, to: request) }
        #expect(isKnown([.ifModifiedSince: "Sun, 06 Nov 1994 08:49:37 GMT"]))
        #expect(!isKnown([.ifModifiedSince: "Sun, 06 Nov 1994 08:49:36 GMT"]))
        #expect(!isKnown([.ifModifiedSince: "yesterday"]))
        #expect(!isKnown([.ifModifiedSince: "Sun, 06 Nov 1994 08:49:37 GMT", .ifNoneMatch: #""b""#]))
    }

    @Test func anEntityTagIsMadeOfTheContent() {
        let one = ResponseValidators.entityTag(of: ByteBuffer(string: "a"))
        #expect(one == #""ca978112ca1bbdcafac231b39a23dc4d""#)
        #expect(one != ResponseValidators.entityTag(of: ByteBuffer(string: "b")))
    }

    @Test func tagsAreReadFromAllFields() {
        let tags = ResponseTags(["Surrogate-Key", "Cache-Tag", "not a name"])
        var fields: HTTPFields = [.surrogateKey: " a  b a", .cacheTag: "c d , ,e", .contentType: "x"]
        #expect(tags.tags(in: fields) == ["a", "b", "c d", "e"])
        tags.remove(from: &fields)
        #expect(fields == [.contentType: "x"])
    }

    @Test func whatIsForTheNextHopGoesNoFurther() {
        let fields: HTTPFields = [
            .connection: "close, X-Mine ", .init("X-Mine")!: "1", .init("Keep-Alive")!: "1",
            .transferEncoding: "chunked",
            .upgrade: "x", .contentType: "x",
        ]
        #expect(fields.endToEnd == [.contentType: "x"])
    }
}
