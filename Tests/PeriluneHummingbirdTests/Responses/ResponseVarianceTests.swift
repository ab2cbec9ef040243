import HTTPTypes
import Testing

@testable import PeriluneHummingbird

@Suite struct ResponseVarianceTests {
    private func names(_ values: String...) -> [String]? {
        ResponseVariance.names(in: HTTPFields(values.map { HTTPField(name: .vary, value: $0) }))
    }

    private func digest(_ names: [String], _ fields: HTTPFields) -> [UInt8] {
        ResponseVariance.digest(names, in: fields)
    }

    @Test func namesAreReadFromAllFields() {
        #expect(names() == [])
        #expect(names("Accept-Encoding , ,cookie", "COOKIE") == ["accept-encoding", "cookie"])
    }

    @Test func whatCannotBeToldApartHasNoNames() {
        #expect(names("cookie, *") == nil)
        #expect(names("a b, c:d") == nil)
        #expect(names("a,b,c,d,e,f,g,h") != nil)
        #expect(names("a,b,c,d,e,f,g,h,i") == nil)
    }

    @Test func spacesAndCaseOfListsSayNothing() {
        #expect(
            digest(["accept-encoding"], [.acceptEncoding: "GZIP, br;q=0.5"])
                == digest(["accept-encoding"], [.acceptEncoding: "gzip,br; q=0.5"]))
        #expect(digest(["accept"], [.accept: #"text/x;p="a b""#]) != digest(["accept"], [.accept: #"text/x;p="ab""#]))
        #expect(
            digest(["accept"], [.accept: #"text/x;p="a\" b""#]) != digest(["accept"], [.accept: #"text/x;p="a\"b""#]))
        #expect(digest(["cookie"], [.cookie: "a=B"]) != digest(["cookie"], [.cookie: "a=b"]))
    }

    @Test func noTwoRequestsAreOne() {
        #expect(digest(["cookie"], [:]) != digest(["cookie"], [.cookie: ""]))
        #expect(digest(["accept", "cookie"], [.accept: "a"]) != digest(["accept", "cookie"], [.cookie: "a"]))
        #expect(
            digest(["from", "origin"], [.from: "ab", .origin: "c"])
                != digest(["from", "origin"], [.from: "a", .origin: "bc"]))
    }

    @Test func thereAreNoMoreVariantsThanThereMayBe() {
        let buckets = (0..<1_000).map { ResponseVariance.bucket(digest(["from"], [.from: "\($0)"]), of: 8) }
        #expect(Set(buckets) == Set(0..<8))
        #expect(ResponseVariance.bucket([], of: 0) == 0)
    }
}
