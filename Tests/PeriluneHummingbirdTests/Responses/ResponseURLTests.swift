import Testing

@testable import PeriluneHummingbird

@Suite struct ResponseURLTests {
    private func url(
        _ path: String?, host: String? = "a.example", usesHost: Bool = true, query: ResponseCachePolicy.Query = .asSent
    ) -> ResponseURL? {
        ResponseURL(authority: host, path: path, usesHost: usesHost, query: query)
    }

    @Test func twoSpellingsOfAPathAreTwoURLs() {
        let paths = ["/a", "/a/", "//a", "/%61", "/A", "/b/../a", "/a?", "/a%2Fb", "/a/b"]
        #expect(Set(paths.map { url($0) }).count == paths.count)
    }

    @Test func hostsAreToldApartIfThatIsWanted() {
        #expect(url("/", host: "A.example:80") == url("/", host: "a.example:80"))
        #expect(url("/", host: "a.example") != url("/", host: "b.example"))
        #expect(url("/", host: "a", usesHost: false) == url("/", host: "b/../", usesHost: false))
    }

    @Test func noHostCanBePartOfAPath() {
        #expect(url("/c", host: "a/b") == nil)
        #expect(url("/c", host: "a b") == nil)
        #expect(url("/c", host: "a\u{0}") == nil)
        #expect(url("/c", host: String(repeating: "a", count: 256)) == nil)
    }

    @Test func whatIsNoPathHasNoURL() {
        #expect(url(nil) == nil)
        #expect(url("") == nil)
        #expect(url("*") == nil)
        #expect(url("http://a.example/") == nil)
        #expect(url("/" + String(repeating: "a", count: 8_192)) == nil)
    }

    @Test func theFragmentDoesNotCount() {
        #expect(url("/a?b#c") == url("/a?b"))
    }

    @Test func parametersAreSortedIfThatIsWanted() {
        #expect(url("/?b=2&a=1") != url("/?a=1&b=2"))
        #expect(url("/?b=2&a=1&b=1", query: .sorted)?.target == "/?a=1&b=2&b=1")
        #expect(url("/?b=1&a=1&b=2", query: .sorted) != url("/?b=2&a=1&b=1", query: .sorted))
        #expect(url("/?&&a", query: .sorted)?.target == "/?&&a")
        #expect(url("/", query: .sorted)?.target == "/")
    }

    @Test func variantsHaveKeysOfTheirOwn() throws {
        let page = try #require(url("/a"))
        let keys = [
            page.key, page.key(generation: 1, bucket: 0), page.key(generation: 1, bucket: 1),
            page.key(generation: 2, bucket: 0),
        ]
        #expect(Set(keys).count == 4)
    }
}
